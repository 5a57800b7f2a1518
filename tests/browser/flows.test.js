import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { useBrowser } from "./setup.js";

const world = useBrowser();

const allPassed = ["Transaction", "state", "Age", "iss", "Answer", "Code exchange", "ID token"].map((name) => `passed ${name}`);

const users = {
  Lumanu: { call: "The user who signed in", shows: '"first_name": "Grace"' },
  LumoAuth: { call: "The user who signed in", shows: '"given_name": "Grace"' },
  Luminary: { call: "The first three households", shows: '"name": "Household 1"' },
};

for (const [provider, { call, shows }] of Object.entries(users)) {
  describe(`authorization code with ${provider}`, () => {
    test("a user signs in, and the API answers with the user's token", async () => {
      await world.start("Authorization code", provider);
      assert.match(await world.outcome(), /Nothing has been sent yet/);
      await world.signIn({ user: "Grace Hopper" });
      assert.match(await world.outcome(), /Callback accepted/);
      assert.deepEqual(await world.checks(), allPassed);
      assert.doesNotMatch(world.page.url(), /code=|state=/, "the code does not stay in the address bar");
      await world.press(call);
      assert.match(await world.outcome(), /The API answered .* 200\.$/);
      assert.ok((await world.page.getByLabel("The answer's body").innerText()).includes(shows));
      const exchanges = await world.exchanges();
      assert.deepEqual(exchanges.map((one) => one.split(" ")[0]), ["Browser", "Browser", "Browser", "Tokenwell", "Tokenwell"]);
      assert.deepEqual(exchanges.map((one) => one.split(" ").at(-1)), ["200", "303", "303", "200", "200"]);
    });

    test("a refresh exchanges the refresh token for another access token", async () => {
      await world.start("Authorization code", provider);
      await world.signIn();
      const before = await revealed("Access token");
      await world.press("Refresh");
      assert.match(await world.outcome(), /New token/);
      assert.notEqual(await revealed("Access token"), before);
    });

    test("a user who declines is told so, and can start again", async () => {
      await world.start("Authorization code", provider);
      await world.signIn({ decision: "Decline" });
      assert.match(await world.outcome(), /^Declined .*access_denied/);
      assert.equal((await world.checks()).at(-3), "failed Answer");
      await world.press("Start it again");
      await world.signIn();
      assert.match(await world.outcome(), /Callback accepted/);
    });

    test("r39 a callback with another state is refused, and nothing is sent to the token endpoint", async () => {
      await world.start("Authorization code", provider);
      const callback = new URL(await world.interceptCallback());
      callback.searchParams.set("state", "of-somebody-else");
      await world.page.goto(callback.href);
      assert.match(await world.outcome(), /^Refused .*state/);
      assert.deepEqual((await world.checks()).slice(0, 3), ["passed Transaction", "failed state", "skipped Age"]);
      assert.ok((await world.exchanges()).every((one) => one.startsWith("Browser")));
    });

    test("a callback after ten minutes is refused", async () => {
      await world.start("Authorization code", provider);
      await world.press("+11 min");
      await world.signIn();
      assert.match(await world.outcome(), /^Refused .*expired/);
      assert.deepEqual((await world.checks()).slice(1, 4), ["passed state", "failed Age", "skipped iss"]);
    });

    test("r40 a callback that is opened twice is refused the second time, and the session goes on", async () => {
      await world.start("Authorization code", provider);
      const callback = await world.interceptCallback();
      await world.page.goto(callback);
      assert.match(await world.outcome(), /Callback accepted/);
      await world.page.goto(callback);
      assert.match(await world.outcome(), /^Refused .*used before/);
      assert.deepEqual(await world.checks(1), allPassed);
      assert.equal((await world.checks(0))[0], "failed Transaction");
      await world.press(call);
      assert.match(await world.outcome(), /The API answered/);
    });

    test("a token that the provider revoked is replaced at the next call", async () => {
      await world.start("Authorization code", provider);
      await world.signIn();
      await world.press("Let the provider revoke");
      await world.press(call);
      assert.ok((await world.outcome()).includes("200, with a new token that was fetched on the way"));
      assert.deepEqual((await world.exchanges()).slice(-3).map((one) => one.split(" ").at(-1)), ["401", "200", "200"]);
    });

    test("a token that expired is refreshed before the next call", async () => {
      await world.start("Authorization code", provider);
      await world.signIn();
      for (let day = 0; day < 2; day += 1) await world.press("+1 day");
      assert.match(await world.page.locator(".lifetime").innerText(), /has expired/);
      await world.press(call);
      assert.ok((await world.outcome()).includes("200, with a new token"));
    });

    test("after a disconnection there are no tokens", async () => {
      await world.start("Authorization code", provider);
      await world.signIn();
      await world.press("Disconnect");
      assert.match(await world.outcome(), /^Disconnected/);
      assert.equal(await world.page.getByRole("heading", { name: "Tokens" }).count(), 0);
      await world.press("Start it again");
    });
  });
}

describe("client credentials", () => {
  for (const [provider, call] of [
    ["Lumanu", "Create a payable of 125 dollars"],
    ["LumoAuth", "May document.view? It may"],
    ["Luminary", "The first three households"],
    ["Lucca", "The first three employees"],
  ]) {
    test(`${provider} gives a token and answers with it`, async () => {
      await world.start("Client credentials", provider);
      assert.match(await world.outcome(), /its own access token/);
      await world.press(call);
      assert.match(await world.outcome(), /200\.$/);
      await world.press("Get a new token");
      await world.press("Let the provider revoke");
      await world.press(call);
      assert.match(await world.outcome(), /200, with a new token/);
      assert.equal(await world.page.getByRole("button", { name: "Disconnect" }).count(), 0);
    });
  }

  test("a scope that was not granted is refused in the provider's own words", async () => {
    await world.page.goto(`${world.origin}/`);
    await world.page.getByLabel("Scope for Client credentials with Lucca").fill("payslips.readonly");
    await world.press("Client credentials with Lucca");
    assert.match(await world.outcome(), /^Refused .*invalid_scope/);
  });

  test("a call that the token does not reach shows the API's refusal", async () => {
    await world.start("Client credentials", "Lumanu");
    await world.press("The current user: refused, since no user is behind this token");
    assert.match(await world.outcome(), /403\.$/);
    assert.match(await world.page.getByLabel("The answer's body").innerText(), /user_token_required/);
  });
});

describe("revocation at LumoAuth", () => {
  test("a revoked refresh token ends the user's session", async () => {
    await world.start("Authorization code", "LumoAuth");
    await world.signIn();
    await world.press("Revoke");
    assert.match(await world.outcome(), /^Revoked/);
    assert.match((await world.exchanges()).at(-1), /^Tokenwell POST .*\/oauth\/revoke 200$/);
    await world.press("Refresh");
    assert.match(await world.outcome(), /^Refused .*reauthorize/);
  });

  test("a disconnection revokes at the provider", async () => {
    await world.start("Authorization code", "LumoAuth");
    await world.signIn();
    const access = await revealed("Access token");
    await world.press("Disconnect");
    assert.match((await world.exchanges()).at(-1), /\/oauth\/revoke 200$/);
    assert.equal(world.emulator.tokens.accessTokens.get(access).revoked, true);
  });
});

/** Reveals a token, as a user does, and hides it again. */
async function revealed(title) {
  const row = world.page.locator(".tokens li", { hasText: title });
  await row.getByRole("button").click();
  await row.getByText(/^Hide/).waitFor();
  const value = await row.locator("code").innerText();
  await row.getByRole("button").click();
  return value;
}
