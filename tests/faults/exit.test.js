// A process ends by itself when its work is done, and not before.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { fault } from "./lab/lab.js";
import { inTurn, response, token } from "./lab/server.js";

const run = promisify(execFile);
const tests = fileURLToPath(new URL("..", import.meta.url));

/** Runs a program that has a `make(options)`, and says what it printed and how long it ran after its last line. */
async function program(server, text) {
  const source = `
    import { oauth } from "tokenwell";
    const make = (options) => oauth({ tokenEndpoint: process.argv[1], clientId: "id", clientSecret: "s", allowInsecureLoopback: true, ...options });
    process.on("exit", () => console.log("ran " + Math.round(performance.now() - done)));
    let done = performance.now();
    ${text}
    done = performance.now();
  `;
  const { stdout, stderr } = await run(process.execPath, ["--input-type=module", "-e", source, server.tokenEndpoint], { cwd: tests });
  assert.equal(stderr, "");
  const [, output, ran] = /^([\s\S]*)ran (\d+)\n$/.exec(stdout);
  return { output: output.trim(), ran: Number(ran) };
}

fault("a process that has its token ends at once", async (lab) => {
  const server = await lab.server((socket) => socket.end(token()));
  const { output, ran } = await program(server, `console.log(typeof (await make().token()).accessToken);`);
  assert.equal(output, "string");
  assert.ok(ran < 1000, `${ran} ms`);
});

fault("a process that got an error ends at once", async (lab) => {
  const server = await lab.server(inTurn(response(500)));
  const { output, ran } = await program(server, `await make().token().catch((error) => console.log(error.status));`);
  assert.equal(output, "500");
  assert.ok(ran < 1000, `${ran} ms`);
});

fault("a caller who waits for a retry keeps the process alive until there is an answer", async (lab) => {
  const server = await lab.server(inTurn(response(503, "", { "retry-after": "1" }), token()));
  const { output } = await program(server, `console.log(typeof (await make().token()).accessToken);`);
  assert.equal(output, "string");
  assert.equal(server.requests.length, 2);
});

fault("a retry in the background keeps no process alive", async (lab) => {
  const server = await lab.server(inTurn(token(), response(503, "", { "retry-after": "20" })));
  const { ran } = await program(server, `
    let now = Date.now();
    let retrying;
    const waits = new Promise((resolve) => { retrying = resolve; });
    const client = make({ now: () => now, onEvent: ({ type }) => { if (type === "retry") retrying(); } });
    await client.token();
    now += 3_000_000;
    await client.token();
    await waits;
  `);
  assert.ok(ran < 1000, `${ran} ms`);
});

fault("a caller who gave up leaves nothing that keeps the process alive", async (lab) => {
  const server = await lab.server(() => {});
  const { output, ran } = await program(server, `
    await make().token({ signal: AbortSignal.timeout(100) }).catch((error) => console.log(error.name));
  `);
  assert.equal(output, "TimeoutError");
  assert.ok(ran < 1000, `${ran} ms`);
});
