// What the page about connecting users shows is what happens: each of its JavaScript examples runs, against the emulators.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { emulated, here, node } from "./run.js";

const text = await readFile(join(here, "../docs/connecting-users.md"), "utf8");
const examples = [...text.matchAll(/^```js\n([^]*?)^```$/gm)].map(([, code]) => code);

/** What the page leaves to its reader. */
const given = `
const { emulator } = await import("../tests/emulators/register.js");
const saved = new Map();
const save = async (user, tokens) => saved.set(user, tokens);
const store = { save, load: async (user) => saved.get(user) };
`;

/** Two users of whom one declines, and a callback of nobody's. `ask` resolves to a web response. */
const visits = `
for (const decline of [false, true]) {
  const start = await ask("/connect");
  const cookie = start.headers.getSetCookie()[0].split(";")[0];
  const { pathname, search } = new URL(await emulator.approve(start.headers.get("location"), { decline }));
  const end = await ask(pathname + search, { cookie });
  console.log(start.status, end.status, end.headers.get("location"), end.headers.get("cache-control"), [...saved.keys()].join());
}
console.log((await ask("/callback?code=1&state=2")).headers.get("location"));
`;
const visited = /^303 303 \/connected no-store ada\n303 303 \/connect\?declined no-store ada\n\/connect\?failed\n$/;

const programs = [
  {
    name: "the three calls",
    change: (code) => `${given}const userId = "ada";${code.replace("callbackUrl", "await emulator.approve(url)")}`,
    then: "console.log(user.first_name, (await later.currentUser()).first_name);",
    printed: /^Ada Ada\n$/,
  },
  {
    name: "Express",
    change: (code) => given + code.replace("express();", 'express().use((request, _, next) => next(void (request.user = { id: "ada" })));'),
    then: `
const server = app.listen(0, "127.0.0.1");
await new Promise((resolve) => server.once("listening", resolve));
const ask = (path, headers) => fetch(\`http://127.0.0.1:\${server.address().port}\${path}\`, { headers, redirect: "manual" });
${visits}
server.close();
server.closeAllConnections();`,
    printed: visited,
  },
  {
    name: "Hono",
    change: (code) => given + code.replace("new Hono();", 'new Hono().use((context, next) => (context.set("user", { id: "ada" }), next()));'),
    then: `const ask = (path, headers) => app.request(path, { headers });${visits}`,
    printed: visited,
  },
  {
    name: "signing users in",
    change: (code) => `import { lumanu } from "tokenwell";${given}
const api = lumanu({ environment: "sandbox" });
const { url, transaction } = api.authorize({ redirectUri: "https://app.example/callback", scope: "openid offline_access" });
${code.replace("(url, transaction", "(await emulator.approve(url), transaction")}`,
    then: "console.log([...saved.keys()].join());",
    printed: /^user-ada\n$/,
  },
  {
    name: "shutting down",
    change: (code) => `import { lumanu } from "tokenwell";const server = { close: (closed) => closed() };${code}`,
    then: `
api.token();
process.once("exit", () => console.log(working.size));
process.emit("SIGTERM");
setInterval(() => {}, 1_000);`,
    printed: /^0\n$/,
  },
];

test("every JavaScript example of the page is known here", () => {
  assert.equal(examples.length, programs.length);
});

for (const [index, { name, change, then, printed }] of programs.entries()) {
  test(`the example of ${name} works, and shows no secret`, async () => {
    const program = change(examples[index]) + then;
    const { status, stdout, stderr } = await node([...emulated, "--input-type=module", "--eval", program]);
    assert.match(stdout, printed, stderr);
    assert.equal(status, 0);
    assert.doesNotMatch(stdout + stderr, /canary/);
  });
}
