// A real browser, and proof that it talks to this machine only.

import { existsSync } from "node:fs";
import { chromium } from "playwright-core";

/** Where distributions put it. */
const places = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome-stable", "/usr/bin/google-chrome"];

const flags = [
  "--headless",
  // The tests may run as root in a container, where there is no other sandbox than the container.
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  // Whatever is asked for all the same finds no address.
  "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
];

/**
 * Starts Chromium: the one that the variable CHROMIUM names, or the first that is found.
 *
 * @param {{ flags?: string[] }} [options]
 * @returns {Promise<import("playwright-core").Browser>}
 */
export function launch({ flags: more = [] } = {}) {
  const executablePath = process.env.CHROMIUM ?? places.find((place) => existsSync(place));
  if (executablePath === undefined) throw new Error(`There is no Chromium at ${places.join(", ")}: install it, or name it in the variable CHROMIUM.`);
  return chromium.launch({ executablePath, args: [...flags, ...more] });
}
