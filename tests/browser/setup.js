// What the tests of this folder share: a test server and a browser for each file, a fresh visit for each test.

import assert from "node:assert/strict";
import { after, afterEach, before, beforeEach } from "node:test";
import { createTestServer } from "../../examples-node/oauth-test-server/app.js";
import { launch } from "./chromium.js";

/** @param {import("playwright-core").BrowserContextOptions} [options] */
export function useBrowser(options = {}) {
  const holder = {};
  before(async () => {
    holder.server = await createTestServer();
    holder.browser = await launch();
  });
  beforeEach(async () => {
    holder.requested = [];
    holder.context = await holder.browser.newContext(options);
    holder.context.on("request", (request) => holder.requested.push(request.url()));
    holder.page = await watched(holder);
  });
  afterEach(async () => {
    await holder.context.close();
    holder.server.emulator.clock.reset();
    const elsewhere = holder.requested.filter((url) => !url.startsWith(`${holder.server.origin}/`));
    assert.deepEqual(elsewhere, [], "the browser asked for something elsewhere");
    assert.deepEqual(holder.server.emulator.refused, [], "Tokenwell asked for something elsewhere");
  });
  after(async () => {
    await holder.browser?.close();
    await holder.server?.close();
  });
  return {
    /** @returns {import("playwright-core").Page} */
    get page() {
      return holder.page;
    },
    get context() {
      return holder.context;
    },
    get origin() {
      return holder.server.origin;
    },
    get emulator() {
      return holder.server.emulator;
    },

    /** Starts a flow with a provider. @param {"Client credentials" | "Authorization code"} flow */
    async start(flow, provider) {
      await holder.page.goto(`${holder.server.origin}/`);
      await holder.page.getByRole("button", { name: `${flow} with ${provider}`, exact: true }).click();
      await holder.page.waitForURL("**/runs/*");
    },

    /** From the run's page through the provider's. @param {{ user?: string, decision?: "Allow" | "Decline" }} [choice] */
    async signIn({ user = "Ada Lovelace", decision = "Allow" } = {}) {
      const { page } = holder;
      await page.getByRole("link", { name: /^Sign in at/ }).click();
      await page.getByRole("radio", { name: user }).check();
      await page.getByRole("button", { name: decision }).click();
      await page.waitForURL("**/runs/*");
    },

    /** The callback that a decision leads to, without going there. */
    async interceptCallback(choice) {
      const { page, context } = holder;
      // A redirect cannot be intercepted, so what is caught is the form that leads to it.
      let location;
      await context.route("**/authorize/decision", async (route) => {
        const answer = await route.fetch({ maxRedirects: 0 });
        location = answer.headers().location;
        await route.fulfill({ status: 200, contentType: "text/html", body: "<!doctype html><title>Held back</title>" });
      });
      await page.getByRole("link", { name: /^Sign in at/ }).click();
      if (choice?.user) await page.getByRole("radio", { name: choice.user }).check();
      await page.getByRole("button", { name: choice?.decision ?? "Allow" }).click();
      await page.waitForFunction(() => document.title === "Held back");
      await context.unroute("**/authorize/decision");
      return location;
    },

    /** Presses a button and waits for the page that comes then. */
    async press(name) {
      await Promise.all([holder.page.waitForEvent("load"), holder.page.getByRole("button", { name, exact: true }).click()]);
    },

    /** What the last step came to. */
    async outcome() {
      return (await holder.page.getByRole("status").innerText()).replace(/\s+/g, " ");
    },

    /** The lines of the callback's checks: `passed state: …`; the newest callback first. */
    async checks(position = 0) {
      const list = holder.page.locator(".checks").nth(position).locator("li");
      return list.evaluateAll((items) => items.map((item) => `${item.className} ${item.querySelector("strong").textContent}`));
    },

    /** The exchanges so far: `Tokenwell POST /oauth/token 200`. */
    async exchanges() {
      return holder.page.locator(".exchanges li").evaluateAll((items) =>
        items.map((item) => {
          const text = (selector) => item.querySelector(selector).textContent;
          return `${text(".by")} ${text(".line strong")} ${text(".path")} ${text(".status")}`;
        }),
      );
    },
  };
}

/** A page whose errors fail the test: scripts that throw, and what the Content-Security-Policy stopped. */
async function watched({ context }) {
  const page = await context.newPage();
  page.on("pageerror", (error) => assert.fail(`a script threw: ${error.message}`));
  page.setDefaultTimeout(10_000);
  return page;
}
