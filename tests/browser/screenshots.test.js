// How the main pages look, light and dark, into tests/screenshots/. What a person can judge is for a person; what can be
// measured is asserted: nothing sticks out, and every text stands out from its background (WCAG 2.2, 1.4.3).

import assert from "node:assert/strict";
import { mkdir } from "node:fs/promises";
import { describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { useBrowser } from "./setup.js";

const folder = fileURLToPath(new URL("../screenshots/", import.meta.url));

for (const colorScheme of ["light", "dark"]) {
  for (const [size, viewport] of [["wide", { width: 1280, height: 800 }], ["narrow", { width: 390, height: 800 }]]) {
    describe(`${colorScheme}, ${size}`, () => {
      const world = useBrowser({ colorScheme, viewport });

      async function look(name) {
        await mkdir(folder, { recursive: true });
        await world.page.screenshot({ path: `${folder}${name}-${colorScheme}-${size}.png`, fullPage: true });
        assert.deepEqual(await world.page.evaluate(outside), [], "nothing is wider than the window");
        assert.deepEqual(await world.page.evaluate(faint), [], "every text has a contrast of at least 4.5");
      }

      test("the start", async () => {
        await world.page.goto(`${world.origin}/`);
        await look("start");
      });

      test("a user's way: prepared, signing in, connected", async () => {
        await world.start("Authorization code", "LumoAuth");
        await look("prepared");
        await world.page.getByRole("link", { name: /^Sign in at/ }).click();
        await look("sign-in");
        await world.page.getByRole("button", { name: "Allow" }).click();
        await world.press("The user who signed in");
        await world.page.locator(".exchanges summary").last().click();
        await look("connected");
      });

      test("what goes wrong: tampered, declined, refused", async () => {
        await world.start("Authorization code", "Lumanu");
        const callback = new URL(await world.interceptCallback());
        callback.searchParams.set("state", "of-somebody-else-entirely");
        await world.page.goto(callback.href);
        await look("tampered");
        await world.page.goto(`${world.origin}/nothing`);
        await look("problem");
      });

      test("an application's own token", async () => {
        await world.start("Client credentials", "Lucca");
        await world.press("The first three employees");
        await look("application");
      });
    });
  }
}

/** Runs in the page: what sticks out of the window. */
function outside() {
  const wide = document.documentElement.clientWidth;
  return [...document.querySelectorAll("body *")]
    .filter((element) => element.getBoundingClientRect().right > wide + 1 && !element.closest(".unseen, .scroll, pre"))
    .map((element) => `${element.tagName} ${element.className}`);
}

/** Runs in the page: texts that are hard to read. */
function faint() {
  const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const read = (color) => {
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = color;
    canvas.fillRect(0, 0, 1, 1);
    return [...canvas.getImageData(0, 0, 1, 1).data];
  };
  const luminance = (rgb) => {
    const [red, green, blue] = rgb.map((part) => (part / 255 <= 0.04045 ? part / 255 / 12.92 : ((part / 255 + 0.055) / 1.055) ** 2.4));
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const background = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const [red, green, blue, alpha] = read(getComputedStyle(at).backgroundColor);
      if (alpha === 255) return [red, green, blue];
    }
    return [255, 255, 255];
  };
  const found = [];
  for (const element of document.querySelectorAll("body *")) {
    const owns = [...element.childNodes].some((node) => node.nodeType === Node.TEXT_NODE && node.data.trim() !== "");
    if (!owns || element.closest(".unseen, .skip, details:not([open]) .message")) continue;
    const [light, dark] = [luminance(read(getComputedStyle(element).color).slice(0, 3)), luminance(background(element))].sort((a, b) => b - a);
    const contrast = (light + 0.05) / (dark + 0.05);
    if (contrast < 4.5) found.push(`${element.tagName} ${element.className} "${element.textContent.trim().slice(0, 30)}": ${contrast.toFixed(2)}`);
  }
  return found;
}
