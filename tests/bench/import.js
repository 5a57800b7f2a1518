// Whole processes, from start to end: what an import costs, and what it costs to get the first token.

import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { race } from "./lib/race.js";
import { report, table } from "./lib/report.js";
import { startServer } from "./lib/server.js";

const execute = promisify(execFile);
const here = fileURLToPath(new URL(".", import.meta.url));

const node = (...args) => execute(process.execPath, args, { cwd: here });
const load = (name) => () => node("--input-type=module", "--eval", `import "${name}";`);

const server = await startServer();
const contestants = {
  "nothing": () => node("--input-type=module", "--eval", "export {};"),
  // Node's own way to a file is longer than all that a small package adds, so this is what packages are compared with.
  "empty module": load("./programs/empty.js"),
  tokenwell: load("tokenwell"),
  "tokenwell, by require": () => node("--input-type=commonjs", "--eval", `require("tokenwell");`),
  "@badgateway/oauth2-client": load("@badgateway/oauth2-client"),
  oauth4webapi: load("oauth4webapi"),
  "openid-client": load("openid-client"),
  "simple-oauth2": load("simple-oauth2"),
  "google-auth-library": load("google-auth-library"),
  "@azure/msal-node": load("@azure/msal-node"),
  "@auth0/auth0-server-js": load("@auth0/auth0-server-js"),
  "bare fetch of a token": () => node("programs/first-fetch.js", server.tokenEndpoint),
  "tokenwell, first token": () => node("programs/first-token.js", server.tokenEndpoint),
};
const times = await race(contestants, { rounds: 31, warmUp: 1 });
server.stop();

const empty = times["empty module"];
const rows = Object.entries(times).map(([name, time]) => ({ name, milliseconds: time / 1e6, added: (time - empty) / 1e6 }));
table(["ms", "over empty, ms"], rows.map(({ name, milliseconds, added }) => [name, milliseconds, added]));
const over = (name, base) => (times[name] - times[base]) / 1e6;
await report(rows, [
  { what: "import over an empty module, ms", measured: over("tokenwell", "empty module"), atMost: 4 },
  { what: "first token over a bare fetch of one, ms", measured: over("tokenwell, first token", "bare fetch of a token"), atMost: 10 },
]);
