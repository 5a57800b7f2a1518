import assert from "node:assert/strict";
import { request as httpRequest } from "node:http";
import { describe, test } from "node:test";
import { launch } from "./chromium.js";
import { useBrowser } from "./setup.js";

const world = useBrowser();

/** A request as no browser would let a page send it. */
function send(path, { method = "GET", headers = {}, body } = {}) {
  return new Promise((resolve, reject) => {
    const sent = httpRequest(new URL(path, world.origin), { method, headers }, async (response) => {
      let text = "";
      for await (const chunk of response) text += chunk;
      resolve({ status: response.statusCode, headers: response.headers, text });
    });
    sent.once("error", reject).end(body);
  });
}

const formType = { "content-type": "application/x-www-form-urlencoded" };

describe("other hosts' names", () => {
  for (const host of ["evil.example", "localhost", "127.0.0.1", "127.0.0.1:1", "127.0.0.1.evil.example"]) {
    for (const path of ["/", "/style.css", "/host/app.lumoauth.dev/t/acme/api/v1/oauth/token"]) {
      test(`${host} gets nothing at ${path}`, async () => {
        const { status, headers, text } = await send(path, { headers: { host } });
        assert.equal(status, 421);
        assert.equal(headers["set-cookie"], undefined);
        assert.match(text, /answers at http:\/\/127\.0\.0\.1:\d+\/ only/);
      });
    }
  }

  test("a browser that was led here by a foreign name is refused", async () => {
    const browser = await launch({ names: ["rebound.example"] });
    try {
      const page = await browser.newPage();
      const { port } = new URL(world.origin);
      const response = await page.goto(`http://rebound.example:${port}/`);
      assert.equal(response.status(), 421);
    } finally {
      await browser.close();
    }
  });
});

describe("forms", () => {
  test("a form without the visit's token is refused", async () => {
    await world.page.goto(`${world.origin}/`);
    const [{ name, value }] = await world.context.cookies();
    const body = "provider=lumanu&flow=client_credentials";
    for (const form of [body, `${body}&form_token=guessed`, `${body}&form_token=`]) {
      const { status } = await send("/runs", { method: "POST", headers: { ...formType, cookie: `${name}=${value}` }, body: form });
      assert.equal(status, 403, form);
    }
  });

  test("a form's token is of no use to another visit", async () => {
    await world.page.goto(`${world.origin}/`);
    const token = await world.page.locator("[name=form_token]").first().inputValue();
    const body = `provider=lumanu&flow=client_credentials&form_token=${token}`;
    assert.equal((await send("/runs", { method: "POST", headers: formType, body })).status, 403);
  });

  for (const headers of [{ origin: "http://evil.example" }, { origin: "null" }, { "sec-fetch-site": "cross-site" }, { "sec-fetch-site": "same-site" }]) {
    test(`a form that comes with ${JSON.stringify(headers)} is refused`, async () => {
      for (const path of ["/runs", "/clock", "/host/api.demo.lumanu.link/api/oauth/authorize/decision"]) {
        const { status, text } = await send(path, { method: "POST", headers: { ...formType, ...headers }, body: "x=1" });
        assert.equal(status, 403);
        assert.match(text, /does not belong to this server/);
      }
    });
  }

  test("a run of another visit is not found", async () => {
    await world.start("Client credentials", "Lumanu");
    const path = new URL(world.page.url()).pathname;
    const other = await world.context.browser().newContext();
    const page = await other.newPage();
    const response = await page.goto(`${world.origin}${path}`);
    assert.equal(response.status(), 404);
    await other.close();
  });

  test("a callback that nobody waits for is refused", async () => {
    const { status, text } = await send("/callback?code=x&state=y");
    assert.equal(status, 400);
    assert.match(text, /no authorization under way/);
  });

  test("a body that does not end is cut off", async () => {
    const { status } = await send("/host/app.lumoauth.dev/t/acme/api/v1/oauth/token", { method: "POST", headers: formType, body: "x".repeat(70_000) });
    assert.equal(status, 413);
  });
});

describe("answers", () => {
  test("every page forbids what comes from elsewhere, and says what it is for", async () => {
    const paths = ["/", "/nothing", "/runs/none", "/callback", "/host/api.demo.lumanu.link/api/oauth/authorize"];
    for (const path of paths) {
      const { headers, text } = await send(path);
      assert.match(headers["content-security-policy"], /^default-src 'none';/);
      assert.doesNotMatch(headers["content-security-policy"], /unsafe|\*|https?:/);
      assert.equal(headers["cache-control"], "no-store");
      assert.equal(headers["x-content-type-options"], "nosniff");
      assert.match(text, /For development only/, path);
    }
  });

  test("the visit's cookie is kept from scripts and from other sites' forms", async () => {
    const { headers } = await send("/");
    assert.match(headers["set-cookie"][0], /^oauth-test-server-visit=[\w-]{32}; Path=\/; HttpOnly; SameSite=Lax$/);
  });

  test("what a page tries to fetch from elsewhere does not leave the browser", async () => {
    await world.page.goto(`${world.origin}/`);
    const failed = await world.page.evaluate(() =>
      new Promise((resolve) => {
        document.addEventListener("securitypolicyviolation", (event) => resolve(event.blockedURI));
        fetch("https://elsewhere.example/").catch(() => {});
      }),
    );
    assert.match(failed, /^https:\/\/elsewhere\.example/);
  });

  test("no secret is in a page before it is revealed", async () => {
    await world.start("Authorization code", "LumoAuth");
    const prepared = await world.page.content();
    await world.signIn();
    await world.press("Refresh");
    await world.press("The user who signed in");
    const { accessTokens, refreshTokens, codes } = world.emulator.tokens;
    const secrets = [...accessTokens.keys(), ...refreshTokens.keys(), ...codes.keys()];
    secrets.push(...Object.values(world.emulator.clients).map((client) => client.clientSecret));
    assert.ok(secrets.length > 8);
    const all = prepared + (await world.page.content());
    for (const secret of secrets) assert.ok(!all.includes(secret), secret);
    assert.doesNotMatch(all, /eyJ/, "no ID token");
  });
});
