import assert from "node:assert/strict";
import { test } from "node:test";
import { emulated, node } from "../run.js";

const demo = "demo/demo.js";

test("the demo shows every provider and the real server, and succeeds", async () => {
  const { status, stdout, stderr } = await node([demo]);
  assert.equal(stderr, "");
  assert.equal(status, 0, stdout);
  assert.match(stdout, /\nAll 10 worked\.\n$/);
  for (const line of [
    "ok      Luminary",
    "ok      Lumanu's sandbox",
    "ok      LumoAuth",
    "ok      Lucca",
    "POST https://auth.withluminary.com/oauth2/token",
    "POST https://auth-staging.lumanu.com/oauth/token",
    "POST https://app.lumoauth.dev/t/acme/api/v1/oauth/token",
    "POST https://accounts.world.luccasoftware.com/connect/token",
    "flow            authorization code with PKCE\n",
    "flow            authorization code with PKCE, then refresh token",
    "authenticated   id and secret in the JSON body",
    "authenticated   id and secret in the form body",
    "authenticated   id and secret in the header, Authorization: Basic",
    "token           Bearer, good for 30 min, scope employees.readonly",
    "answer          Ada Lovelace, Owner of Ada's workspace",
    "answer          3 employees, the first is Given 1 Family 1",
    'answer          a token of "id with space:+%&", scope api:read',
  ]) {
    assert.ok(stdout.includes(line), line);
  }
});

test("the demo shows neither a secret nor a token, and no colours where nobody sees them", async () => {
  const { stdout } = await node([demo]);
  assert.doesNotMatch(stdout, /canary/);
  assert.ok(!stdout.includes("p@ss:w/rd"));
  // The real server's tokens are long random words.
  assert.doesNotMatch(stdout, /[\w-]{30,}/);
  assert.ok(!stdout.includes("\u001b"));
});

test("--live asks the provider's own hosts, with the credentials in the environment", async () => {
  const { status, stdout } = await node([...emulated, demo, "--live", "lucca"], { LUCCA_ACCOUNT: "example" });
  assert.equal(status, 0, stdout);
  assert.match(stdout, /token endpoint +POST https:\/\/accounts\.world\.luccasoftware\.com\/connect\/token/);
  assert.match(stdout, /authenticated +id and secret in the form body/);
  assert.match(stdout, /API call +GET https:\/\/example\.ilucca\.net\/lucca-api\/employees\?limit=3/);
  assert.match(stdout, /\nAll 1 worked\.\n$/);
  assert.doesNotMatch(stdout, /canary/);
});

for (const [name, env] of [["luminary", {}], ["lumanu", { LUMANU_ENVIRONMENT: "sandbox" }], ["lumoauth", {}]]) {
  test(`--live ${name} works as well`, async () => {
    const { status, stdout } = await node([...emulated, demo, "--live", name], env);
    assert.equal(status, 0, stdout);
    assert.doesNotMatch(stdout, /canary/);
  });
}

test("--live names all variables that are missing, before anything is sent", async () => {
  const { status, stdout, stderr } = await node([demo, "--live", "lucca"], { LUCCA_CLIENT_ID: "id" });
  assert.equal(status, 2);
  assert.equal(stdout, "");
  assert.match(stderr, /^Set LUCCA_CLIENT_SECRET, LUCCA_ACCOUNT in the environment\./);
});

test("a failure is one sentence, and the exit status tells", async () => {
  const { status, stdout } = await node([...emulated, demo, "--live", "lumanu"], { LUMANU_ENVIRONMENT: "staging" });
  assert.equal(status, 1);
  assert.match(stdout, /FAILED {2}Lumanu/);
  assert.match(stdout, /error +environment must be "sandbox" or "production"\n/);
  assert.match(stdout, /\n1 of 1 failed\.\n$/);
});

test("an unknown provider or option is refused", async () => {
  const unknown = await node([demo, "--live", "luca"]);
  assert.equal(unknown.status, 2);
  assert.match(unknown.stderr, /"luca": the names are luminary, lumanu, lumoauth, lucca/);
  assert.equal((await node([demo, "--alive"])).status, 2);
});
