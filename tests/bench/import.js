// What an import costs in a process of its own, and what the first token costs after it.

import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { race } from "./lib/race.js";
import { report, table } from "./lib/report.js";
import { startServer } from "./lib/server.js";

// Milliseconds do not travel from one machine to another, so these packages tell how fast this one is: what their imports
// took over that of an empty module on the machine that the budgets are meant for.
const YARDSTICK = {
  "openid-client": 24,
  "simple-oauth2": 76,
  "google-auth-library": 58,
  "@azure/msal-node": 103,
  "@auth0/auth0-server-js": 43,
};

const execute = promisify(execFile);
const here = fileURLToPath(new URL(".", import.meta.url));

// Where this names certificates, Node 20 reads them at every start, which takes longer than most of what is measured.
const { NODE_EXTRA_CA_CERTS, ...env } = process.env;
const node = (...args) => execute(process.execPath, args, { cwd: here, env });
// Each process says itself how long it took: how long it takes to start and to end is nobody's doing.
const timed = (...args) => async () => Number((await node(...args)).stdout) * 1e6;
const load = (type, statement) =>
  timed(`--input-type=${type}`, "--eval", `const start = performance.now(); ${statement}; console.log(performance.now() - start);`);
const imported = (name) => load("module", `await import("${name}")`);
const first = (program) => timed(program, server.tokenEndpoint);

const server = await startServer();
const contestants = {
  // Node's own way to a file is longer than all that a small package adds, so this is what packages are compared with.
  "empty module": imported("./programs/empty.js"),
  tokenwell: imported("tokenwell"),
  "empty module, by require": load("commonjs", `require("./programs/empty.cjs")`),
  "tokenwell, by require": load("commonjs", `require("tokenwell")`),
  "@badgateway/oauth2-client": imported("@badgateway/oauth2-client"),
  oauth4webapi: imported("oauth4webapi"),
  ...Object.fromEntries(Object.keys(YARDSTICK).map((name) => [name, imported(name)])),
};
const firstUses = {
  "bare fetch of a token": first("programs/second-fetch.js"),
  "tokenwell, first token": first("programs/first-token.js"),
};
const times = await race({ ...contestants, ...firstUses }, { rounds: 31, warmUp: 1 });
server.stop();

const over = (name, base) => (times[name] - times[base]) / 1e6;
const rows = Object.keys(contestants).map((name) => {
  const empty = name.endsWith("by require") ? "empty module, by require" : "empty module";
  return { name, milliseconds: times[name] / 1e6, added: over(name, empty) };
});
table(["ms", "over empty, ms"], rows.map(({ name, milliseconds, added }) => [name, milliseconds, added]));
const uses = Object.keys(firstUses).map((name) => ({ name, milliseconds: times[name] / 1e6, added: over(name, "bare fetch of a token") }));
table(["ms", "over bare, ms"], uses.map(({ name, milliseconds, added }) => [name, milliseconds, added]));

const sum = (numbers) => numbers.reduce((total, number) => total + number, 0);
const slowness = sum(Object.keys(YARDSTICK).map((name) => over(name, "empty module"))) / sum(Object.values(YARDSTICK));
console.log(`This machine takes ${slowness.toFixed(2)} times as long as the one that the budgets are meant for, by the imports of`);
console.log(`${Object.keys(YARDSTICK).join(", ")}. As ms of that machine:\n`);
await report([...rows, ...uses, { name: "slowness", slowness }], [
  { what: "import over an empty module, ms", measured: over("tokenwell", "empty module") / slowness, atMost: 4 },
  {
    what: "first token after it over a bare fetch, ms",
    measured: over("tokenwell, first token", "bare fetch of a token") / slowness,
    atMost: 10,
  },
]);
