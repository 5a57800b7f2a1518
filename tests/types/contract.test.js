// The types say what the package does: the same names, the same options.

import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import * as tokenwell from "tokenwell";
import ts from "typescript";
import { installed } from "../package/package.js";

const file = join(installed, "index.d.ts");
const program = ts.createProgram([file], { strict: true, lib: ["lib.es2022.d.ts"], types: [] });
const checker = program.getTypeChecker();
const declared = checker.getExportsOfModule(checker.getSymbolAtLocation(program.getSourceFile(file)));

const typeNamed = (name) => checker.getDeclaredTypeOfSymbol(declared.find((symbol) => symbol.name === name));
const members = (name) => checker.getPropertiesOfType(typeNamed(name)).map((symbol) => symbol.name).sort();

/** What an error says after "the options are", when an option is refused that does not exist. */
async function options(call) {
  try {
    await call({ noSuchOption: 1 });
  } catch (error) {
    return /the options are (.*)$/.exec(error.message)[1].split(", ").sort();
  }
  assert.fail("An option that does not exist was accepted.");
}

/** The names of an object's members, inherited ones included. */
function reachable(object) {
  const names = new Set();
  for (let level = object; level !== Object.prototype; level = Object.getPrototypeOf(level)) {
    for (const name of Object.getOwnPropertyNames(level)) if (name !== "constructor") names.add(name);
  }
  return [...names].sort();
}

test("the types declare the values that the package exports, and no other", () => {
  const values = declared.filter((symbol) => symbol.flags & ts.SymbolFlags.Value).map((symbol) => symbol.name);
  assert.deepEqual(values.sort(), Object.keys(tokenwell).filter((name) => name !== "default").sort());
});

const required = {
  luminary: ["LuminaryOptions", { subdomain: "acme" }],
  lumanu: ["LumanuOptions", { environment: "sandbox" }],
  lumoauth: ["LumoAuthOptions", { tenant: "acme" }],
  lucca: ["LuccaOptions", { account: "example" }],
  oauth: ["OAuthOptions", { tokenEndpoint: "https://auth.example.com/token" }],
};
const credentials = { clientId: "id", clientSecret: "secret" };

for (const [name, [type, needed]] of Object.entries(required)) {
  test(`${type} has the options that ${name} knows`, async () => {
    assert.deepEqual(members(type), await options((more) => tokenwell[name]({ ...credentials, ...needed, ...more })));
  });
}

test("TokenOptions has the options that token knows", async () => {
  const client = tokenwell.lucca({ ...credentials, account: "example" });
  assert.deepEqual(members("TokenOptions"), await options((more) => client.token(more)));
});

test("authorize knows every member of AuthorizeOptions", async () => {
  const client = tokenwell.lumanu({ ...credentials, environment: "sandbox" });
  const needed = { redirectUri: "https://app.example.com/callback" };
  const known = await options(async (more) => client.authorize({ ...needed, ...more }));
  assert.deepEqual(members("AuthorizeOptions"), known);
});

test("session knows every member of SessionTokens", async () => {
  const client = tokenwell.lumanu({ ...credentials, environment: "sandbox" });
  const tokens = { accessToken: "token", issuedFor: "somebody else", expiresAt: null, scope: [], tokenType: "Bearer" };
  const known = await options(async (more) => client.session({ ...tokens, ...more }));
  assert.deepEqual(members("SessionTokens"), known);
});

test("every client has the declared members", async () => {
  const clients = {
    LuminaryClient: tokenwell.luminary({ ...credentials, subdomain: "acme" }),
    LumanuClient: tokenwell.lumanu({ ...credentials, environment: "sandbox" }),
    LumoAuthClient: tokenwell.lumoauth({ ...credentials, tenant: "acme" }),
    LuccaClient: tokenwell.lucca({ ...credentials, account: "example" }),
    Client: tokenwell.oauth({ ...credentials, tokenEndpoint: "https://auth.example.com/token" }),
  };
  // These exist to say that a session has them.
  const forUsers = { LumanuClient: ["currentUser", "currentUserWorkspaces"] };
  for (const [type, client] of Object.entries(clients)) {
    const known = [...members(type), ...(forUsers[type] ?? [])].sort();
    assert.deepEqual(known, reachable(client), type);
  }
});

test("an error has the declared members", () => {
  const error = new tokenwell.TokenwellError("api", "It failed.");
  const own = [...Object.keys(error), "name", "message", "stack", "cause", "toJSON"].sort();
  assert.deepEqual(members("TokenwellError"), own);
});
