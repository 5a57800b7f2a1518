import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { useBrowser } from "./setup.js";

describe("without a script", () => {
  const world = useBrowser({ javaScriptEnabled: false });

  test("a user signs in, reveals a token, calls the API and disconnects", async () => {
    await world.start("Authorization code", "LumoAuth");
    await world.signIn();
    await world.page.getByRole("button", { name: "Reveal the Access token" }).click();
    await world.page.waitForURL("**#tokens");
    const shown = await world.page.locator("#token-access").innerText();
    assert.ok(world.emulator.tokens.accessTokens.has(shown));
    await world.press("The user who signed in");
    assert.match(await world.page.locator("#token-access").innerText(), /^•{8}.{4}$/, "it is masked again");
    await world.press("Disconnect");
    assert.match(await world.outcome(), /^Disconnected/);
  });
});

describe("with a script", () => {
  const world = useBrowser();

  test("the lifetime counts down", async () => {
    await world.start("Client credentials", "Lucca");
    const time = world.page.locator("time");
    const before = await time.innerText();
    await world.page.waitForFunction((text) => document.querySelector("time").textContent !== text, before);
    assert.match(await time.innerText(), /^29 min \d+ s$/);
  });

  test("a token is revealed and hidden in its place", async () => {
    await world.start("Client credentials", "Lucca");
    const place = world.page.locator("#token-access");
    const masked = await place.innerText();
    await world.page.getByRole("button", { name: "Reveal the Access token" }).click();
    await world.page.getByRole("button", { name: "Hide the Access token" }).waitFor();
    assert.ok(world.emulator.tokens.accessTokens.has(await place.innerText()));
    await world.page.getByRole("button", { name: "Hide the Access token" }).click();
    assert.equal(await place.innerText(), masked);
  });
});

describe("with the keyboard alone", () => {
  const world = useBrowser();

  /** Presses Tab until something of that name has the focus. Everything on the way has to show that it has it. */
  async function tabTo(name) {
    for (let presses = 0; presses < 60; presses += 1) {
      await world.page.keyboard.press("Tab");
      const focused = await world.page.evaluate(() => {
        const element = document.activeElement;
        const label = element.getAttribute("aria-label") ?? element.labels?.[0]?.textContent ?? element.textContent;
        const { outlineStyle, outlineWidth } = getComputedStyle(element);
        const { width, height } = element.getBoundingClientRect();
        return { label: label.trim(), visible: outlineStyle !== "none" && Number.parseFloat(outlineWidth) >= 2 && width > 0 && height > 0 };
      });
      assert.ok(focused.visible, `nobody sees that "${focused.label}" has the focus`);
      if (focused.label.startsWith(name)) return;
    }
    assert.fail(`Tab does not lead to "${name}"`);
  }

  async function enter(url) {
    await Promise.all([world.page.waitForURL(url), world.page.keyboard.press("Enter")]);
  }

  test("a user gets through the whole flow", async () => {
    const { page } = world;
    await page.goto(`${world.origin}/`);
    await page.keyboard.press("Tab");
    assert.equal(await page.evaluate(() => document.activeElement.textContent), "Skip to the content");
    await page.keyboard.press("Enter");
    await tabTo("Authorization code with Lumanu");
    await enter("**/runs/*");
    await tabTo("Sign in at Lumanu");
    await enter("**/oauth/authorize?*");
    await tabTo("ALAda Lovelace");
    await page.keyboard.press("ArrowDown");
    await tabTo("Allow");
    await enter("**/runs/*");
    assert.match(await world.outcome(), /Callback accepted/);
    await tabTo("The user who signed in");
    await Promise.all([page.waitForEvent("load"), page.keyboard.press("Enter")]);
    assert.match(await page.getByLabel("The answer's body").innerText(), /Grace/);
    await tabTo("Tokenwell POST /oauth/token");
    await page.keyboard.press("Enter");
    assert.match(await page.locator("details[open]").innerText(), /"client_secret": "•+/);
  });
});
