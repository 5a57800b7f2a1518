import assert from "node:assert/strict";
import { after, test } from "node:test";
import * as tokenwell from "tokenwell";
import { failure, useEmulator } from "./setup.js";

const world = useEmulator();

let sent = 0;
const fetch = async () => {
  sent += 1;
  throw new TypeError("nothing may be sent here");
};
after(() => assert.equal(sent, 0));

const own = { tokenEndpoint: "https://auth.example.com/token", clientId: "id", clientSecret: "canary-secret", fetch };
const oauth = (options) => tokenwell.oauth({ ...own, ...options });

/** A refusal that begins with the option's name and shows neither secret nor value. */
const names = (option) => failure({ kind: "configuration", recovery: "fix_configuration", message: new RegExp(`^${option}\\b`) });

const constructors = {
  luminary: { subdomain: "acme" },
  lumanu: { environment: "sandbox" },
  lumoauth: { tenant: "acme" },
  lucca: { account: "example" },
  oauth: { tokenEndpoint: "https://auth.example.com/token" },
};
const make = (kind, options) =>
  tokenwell[kind]({ clientId: "id", clientSecret: "canary-secret", fetch, ...constructors[kind], ...options });

for (const kind of Object.keys(constructors)) {
  test(`${kind} refuses an option that it does not know, by name, and says what is near`, () => {
    assert.throws(() => make(kind, { clientid: "x" }), (error) =>
      names("clientid")(error) && /did you mean clientId\?/.test(error.message));
    assert.throws(() => make(kind, { client_secret: "x" }), (error) =>
      names("client_secret")(error) && /did you mean clientSecret\?/.test(error.message));
    assert.throws(() => make(kind, { tls: { rejectUnauthorized: false } }), names("tls"));
    assert.throws(() => make(kind, { rejectUnauthorized: false }), names("rejectUnauthorized"));
  });

  test(`${kind} names a misspelt option, not the one that it leaves missing`, () => {
    const clientId = { clientID: "id", clientSecret: "canary-secret" };
    assert.throws(() => tokenwell[kind]({ ...constructors[kind], ...clientId }), names("clientID"));
    for (const option of Object.keys(constructors[kind])) {
      const misspelt = option.toUpperCase();
      assert.throws(() => make(kind, { [option]: undefined, [misspelt]: "x" }), (error) =>
        names(misspelt)(error) && error.message.endsWith(`did you mean ${option}?`));
    }
  });

  test(`${kind} refuses options that are no object`, () => {
    for (const options of [null, "text", 1, true, [], () => {}, Symbol("s")]) {
      assert.throws(() => tokenwell[kind](options), failure({ kind: "configuration", message: /^options must be an object/ }));
    }
    assert.throws(() => tokenwell[kind](), failure({ kind: "configuration" }));
  });
}

const wrongTypes = {
  clientId: [1, null, {}, ["id"], true],
  clientSecret: [1, null, {}, ["secret"], true],
  clientAuth: ["basic", 1, null, {}],
  scope: [1, null, {}, [1], [null], true, Symbol("s")],
  audience: [1, null, {}, ["a"]],
  resource: [1, null, {}, [1]],
  parameters: ["a=b", 1, null, ["a"], { a: 1 }, { a: null }, { a: undefined }],
  apiBase: [1, null, {}],
  allowedOrigins: ["https://api.example.com", 1, null, [1], {}],
  fetch: ["fetch", 1, null, {}],
  timeout: ["10", -1, 1.5, NaN, Infinity, null, {}, 0, 2 ** 60],
  deadline: ["10", -1, 1.5, NaN, Infinity, null, {}, 0],
  retries: ["1", -1, 1.5, NaN, null, {}],
  maxResponseBytes: ["1", -1, 1.5, NaN, null, {}],
  strict: ["true", 1, null, {}],
  allowInsecureLoopback: ["true", 1, null, {}],
  env: ["CLIENT_ID=1", 1, null, true],
  transactionKey: ["key", 1, null, new Uint8Array(31), new Uint8Array(33), new Uint16Array(32), [1], {}],
  now: [1, "now", null, {}],
  waitUntil: [1, "x", null, {}],
  onEvent: [1, "x", null, {}],
  tokenEndpoint: [1, null, {}, ""],
  authorizationEndpoint: [1, null, {}],
  revocationEndpoint: [1, null, {}],
  introspectionEndpoint: [1, null, {}],
  issuer: [1, null, {}],
  bodyFormat: ["xml", 1, null],
  scopeSeparator: [1, null, {}, "", ", ", "é"],
  basicEncoding: ["base64", 1, null],
  pkce: ["yes", 1, null],
  rotation: ["none", 1, null, {}, { mode: "sometimes" }, { mode: "grace", graceMs: -1 }, { mode: "none", graceMs: "1" }, { mode: "none", x: 1 }],
  name: [1, null, {}],
};

for (const [option, values] of Object.entries(wrongTypes)) {
  test(`${option} of a wrong type is refused by name`, () => {
    for (const value of values) {
      assert.throws(() => oauth({ [option]: value }), (error) => {
        assert.ok(error instanceof tokenwell.TokenwellError, `${typeof value} ${String(value)}: ${error.stack}`);
        assert.equal(error.kind, "configuration");
        const inner = { rotation: /rotation|mode|graceMs|^x / };
        assert.match(error.message, inner[option] ?? new RegExp(`^${option}\\b`));
        return true;
      });
    }
  });
}

test("every mode of rotation goes with a grace period and without", () => {
  for (const mode of ["none", "grace", "strict", "unknown"]) {
    for (const graceMs of [undefined, 0, 10_000]) oauth({ rotation: { mode, graceMs } });
    oauth({ rotation: { mode } });
  }
});

test("the providers' own options of a wrong type are refused by name", () => {
  const wrong = {
    luminary: { subdomain: [1, null, {}, "", "a.b", "a/b", "a@b", "-a", "ä", "a b", "a\n"] },
    lumanu: { environment: ["Sandbox", "staging", 1, null], authorizationEndpoint: [1, null, "http://x.example/", "javascript:alert(1)"] },
    lumoauth: {
      tenant: [1, null, "", "a/b", "..", "a b", "a?b", "a#b", "ä"],
      baseUrl: [1, null, "http://app.lumoauth.dev", "https://u:p@app.lumoauth.dev", "https://a.example/?q", "https://a.example/#f", "ftp://a.example"],
      tenantPrefix: [1, null, "a/b", ".."],
      issuer: [1, null, "http://issuer.example", "https://issuer.example/?q", "https://issuer.example/#f"],
    },
    lucca: {
      account: [1, null, "", "a.b", "a/b", "a@b", "ä"],
      host: [1, null, "", "a/b", "a@b", "evil.example/", "evil.example#", "evil.example?", "a..b", "a:1"],
      apiVersion: [1, null, "2024\r\nx-evil: 1", "2024\n", "ä", ""],
    },
  };
  for (const [kind, options] of Object.entries(wrong)) {
    for (const [option, values] of Object.entries(options)) {
      for (const value of values) {
        assert.throws(() => make(kind, { [option]: value }), (error) => {
          assert.ok(error instanceof tokenwell.TokenwellError, `${kind} ${option} ${JSON.stringify(value)}: ${error.stack}`);
          const also = { baseUrl: /tokenEndpoint|baseUrl/ };
          assert.match(error.message, also[option] ?? new RegExp(`^${option}\\b`), `${kind} ${option} ${value}`);
          return error.kind === "configuration";
        }, `${kind} ${option} ${JSON.stringify(value)}`);
      }
    }
  }
});

const badUrls = {
  "r01 plain http": "http://auth.example.com/token",
  "r01 http to this machine without allowInsecureLoopback": "http://127.0.0.1:1/token",
  "r04 a fragment": "https://auth.example.com/token#f",
  "r04 an empty fragment": "https://auth.example.com/token#",
  "r07 user information": "https://user:canary-secret@auth.example.com/token",
  "r07 a user": "https://user@auth.example.com/token",
  "r07 a backslash": "https://auth.example.com\\@evil.example/token",
  "r07 a line feed": "https://auth.example.com/to\nken",
  "r07 a tab": "https://auth.example.com\t/token",
  "r07 a zero byte": "https://auth.example.com/\0",
  "r07 the scheme javascript": "javascript:alert(1)",
  "r07 the scheme data": "data:application/json,{}",
  "r07 the scheme file": "file:///etc/passwd",
  "a space": "https://auth.example.com/a b",
  "a character outside ASCII": "https://äuth.example.com/token",
  "a relative URL": "/token",
  "no host": "https:///token",
  "a percent sign in the host": "https://auth%2eexample.com/token",
  "a port that is none": "https://auth.example.com:99999/token",
};
for (const [what, url] of Object.entries(badUrls)) {
  test(`${what} is refused in every endpoint, by name`, () => {
    for (const option of ["tokenEndpoint", "authorizationEndpoint", "revocationEndpoint", "introspectionEndpoint", "apiBase", "issuer"]) {
      assert.throws(() => oauth({ [option]: url }), (error) => names(option)(error) && !error.message.includes("canary"));
    }
    assert.throws(() => oauth({ allowedOrigins: [url] }), names("allowedOrigins"));
  });
}

test("r01 http is let through to loopback hosts only, with allowInsecureLoopback", () => {
  for (const host of ["127.0.0.1:1", "localhost:1", "[::1]:1", "127.1.2.3"]) {
    oauth({ tokenEndpoint: `http://${host}/token`, allowInsecureLoopback: true });
  }
  for (const host of ["auth.example.com", "127.0.0.1.example.com", "localhost.example.com", "10.0.0.1", "0.0.0.0", "0x7f.1", "2130706433", "localhost."]) {
    assert.throws(() => oauth({ tokenEndpoint: `http://${host}/token`, allowInsecureLoopback: true }), names("tokenEndpoint"));
  }
});

test("allowedOrigins holds origins and nothing more", () => {
  for (const origin of ["https://a.example/path", "https://a.example?q", "a.example", "https://*.example", "*", ""]) {
    assert.throws(() => oauth({ allowedOrigins: [origin] }), names("allowedOrigins"));
  }
  oauth({ allowedOrigins: ["https://a.example", "https://b.example:8443/"] });
});

test("r32 a scope outside the RFC's characters is refused, in the options and in token()", async () => {
  const client = oauth();
  for (const scope of ['a"b', "a\\b", "a  b", " a", "a ", "é", "a\nb", "a\tb", ["a", ""], ["a", 'b"']]) {
    assert.throws(() => oauth({ scope }), names("scope"), JSON.stringify(scope));
    await assert.rejects(client.token({ scope }), names("scope"), JSON.stringify(scope));
  }
});

test("r35 a resource that is no absolute URI or has a fragment is refused", async () => {
  const client = oauth();
  for (const resource of ["api", "/api", "https://api.example.com/#f", ["https://api.example.com", "x"]]) {
    assert.throws(() => oauth({ resource }), names("resource"));
    await assert.rejects(client.token({ resource }), names("resource"));
  }
});

test("r60 an id or secret outside printable ASCII is refused, without showing it", () => {
  for (const bad of ["", "ä", "a\n", "a\r\nb", "a\0", "\x7f", "canary\u2028"]) {
    assert.throws(() => oauth({ clientId: bad }), (error) => names("clientId")(error) && !error.message.includes("canary"));
    assert.throws(() => oauth({ clientSecret: bad }), (error) => names("clientSecret")(error) && !error.message.includes("canary"));
  }
});

test("an empty id is told as one, and what to give", () => {
  const options = { tokenEndpoint: "https://auth.example.com/token", clientSecret: "secret" };
  assert.throws(() => tokenwell.oauth({ ...options, clientId: "" }), {
    message: "clientId is empty: give the id that the provider gave the application",
  });
});

test("a wrong word is answered with the right ones, as they are to be written", () => {
  const options = { tokenEndpoint: "https://auth.example.com/token", clientId: "id", clientSecret: "secret" };
  assert.throws(() => tokenwell.oauth({ ...options, clientAuth: "basic" }), {
    message: 'clientAuth must be "client_secret_post" or "client_secret_basic" or "none"',
  });
});

test("r63 a public client has no secret", () => {
  assert.throws(() => oauth({ clientAuth: "none" }), names("clientSecret"));
  assert.throws(() => oauth({ clientAuth: "none", clientSecret: "" }), names("clientSecret"));
  for (const clientSecret of ["secret", () => "secret"]) {
    const message = "clientSecret is given, but clientAuth none sends no secret: leave one of them out";
    assert.throws(() => oauth({ clientAuth: "none", clientSecret }), { kind: "configuration", message });
  }
  oauth({ clientAuth: "none", clientSecret: undefined });
});

test("parameters cannot replace what the protocol sets, nor repeat a name", () => {
  for (const name of ["grant_type", "client_id", "client_secret", "scope", "code", "refresh_token", "audience", "resource", "client_assertion"]) {
    assert.throws(() => oauth({ parameters: { [name]: "x" } }), names("parameters"));
  }
  for (const name of ["", "a\n", "ä"]) assert.throws(() => oauth({ parameters: { [name]: "x" } }), names("parameters"));
});

test("token() refuses what it does not know, and what has a wrong type, by name", async () => {
  const client = oauth();
  await assert.rejects(client.token({ scopes: "a" }), (error) => names("scopes")(error) && /scope/.test(error.message));
  for (const [option, values] of Object.entries({ scope: [1, null, {}, [1], () => {}, Symbol("s"), 1n], audience: [1, null, {}], resource: [1, null, {}] })) {
    for (const value of values) await assert.rejects(client.token({ [option]: value }), names(option), `${option}: ${typeof value}`);
  }
  // What cannot even be written down.
  const endless = [];
  endless.push(endless);
  await assert.rejects(client.token({ scope: endless }), names("scope"));
  await assert.rejects(client.token({ audience: { toJSON: () => assert.fail("canary") } }), names("audience"));
  for (const options of [null, "text", 1, true, ["scope"]]) {
    await assert.rejects(client.token(options), failure({ kind: "configuration", message: /^options must be an object/ }), String(options));
  }
  for (const signal of [1, "x", {}, true]) await assert.rejects(client.token({ signal }), names("signal"), String(signal));
  for (const fresh of [1, "x", {}, null]) await assert.rejects(client.token({ fresh }), names("fresh"), String(fresh));
});

test("an option that was refused once is refused again, and one that was absent does not open the way for one that is wrong", async () => {
  const client = world.client("lucca");
  await client.token({ scope: undefined, audience: undefined });
  for (let times = 0; times < 2; times += 1) {
    await assert.rejects(client.token({ scope: null, audience: undefined }), names("scope"));
    await assert.rejects(client.token({ scope: () => {}, audience: undefined }), names("scope"));
    await assert.rejects(client.token({ scope: NaN, audience: undefined }), names("scope"));
  }
});

test("a later change of the options changes nothing", async () => {
  const options = { ...own, scope: ["a"], parameters: { a: "1" } };
  const seen = [];
  options.fetch = async (_url, { body }) => {
    seen.push(body);
    return Response.json({ access_token: "t", token_type: "Bearer" });
  };
  const client = tokenwell.oauth(options);
  options.scope.push("b");
  options.clientSecret = "other";
  await client.token();
  assert.match(seen[0], /scope=a&/);
  assert.match(seen[0], /client_secret=canary-secret/);
});

test("what a provider's own page calls is refused before it is sent where it needs a user", async () => {
  const client = world.client("lumanu");
  await assert.rejects(client.currentUser(), failure({ kind: "configuration", message: /currentUser/ }));
  await assert.rejects(client.currentUserWorkspaces(), failure({ kind: "configuration", message: /currentUserWorkspaces/ }));
  assert.deepEqual(world.emulator.requests, []);
});

test("a token or hint of a wrong type is refused by name, and disturbs nobody else's call", async () => {
  let answer;
  const fetching = new Promise((resolve) => { answer = resolve; });
  const waiting = tokenwell.oauth({ ...own, fetch: () => fetching }).token();
  const client = oauth({ revocationEndpoint: "https://auth.example.com/revoke", introspectionEndpoint: "https://auth.example.com/introspect" });
  for (const method of ["revoke", "introspect"]) {
    for (const token of [undefined, null, 7, {}]) await assert.rejects(client[method](token), names("token"));
    for (const hint of [7, null, {}, true]) await assert.rejects(client[method]("t", { hint }), names("hint"));
  }
  for (const hint of ["", "id_token"]) await assert.rejects(client.revoke("t", { hint }), names("hint"));
  answer(Response.json({ access_token: "canary", token_type: "Bearer" }));
  assert.equal((await waiting).accessToken, "canary");
});
