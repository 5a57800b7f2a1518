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
];

/**
 * Starts Chromium: the one that the variable CHROMIUM names, or the first that is found.
 *
 * @param {object} [options]
 * @param {string[]} [options.flags] further ones
 * @param {string[]} [options.names] hosts that lead to 127.0.0.1. Everything else has no address at all.
 * @returns {Promise<import("playwright-core").Browser>}
 */
export function launch({ flags: more = [], names = [] } = {}) {
  const executablePath = process.env.CHROMIUM ?? places.find((place) => existsSync(place));
  if (executablePath === undefined) throw new Error(`There is no Chromium at ${places.join(", ")}: install it, or name it in the variable CHROMIUM.`);
  const rules = [...names.map((name) => `MAP ${name} 127.0.0.1`), "MAP * ~NOTFOUND", "EXCLUDE 127.0.0.1"];
  return chromium.launch({ executablePath, args: [...flags, `--host-resolver-rules=${rules.join(", ")}`, ...more] });
}
