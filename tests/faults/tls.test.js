// F04: a server that cannot prove who it is gets nothing.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { after, before } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { certificates } from "./lab/certificates.js";
import { fault, SECRET } from "./lab/lab.js";
import { response, token } from "./lab/server.js";

const run = promisify(execFile);
const tests = fileURLToPath(new URL("..", import.meta.url));

let made;
before(() => {
  made = certificates();
});
after(() => made.remove());

// A process of its own, since Node takes a further authority only when it starts.
const program = `
  import { inspect } from "node:util";
  import { oauth } from "tokenwell";
  const [tokenEndpoint, clientSecret] = process.argv.slice(1);
  let attempts = 0;
  const client = oauth({ tokenEndpoint, clientId: "id", clientSecret, onEvent: ({ type }) => { attempts += type === "request"; } });
  const result = await client.token().catch((error) => error);
  const { kind = null, retryable = null, recovery = null, message = null } = result;
  console.log(JSON.stringify({ kind, retryable, recovery, message, attempts, token: result.accessToken !== undefined, printed: inspect(result, { depth: 20, showHidden: true }) }));
`;

async function ask(lab, tls) {
  const server = await lab.server((socket) => socket.end(token()), { tls });
  const args = ["--input-type=module", "-e", program, server.tokenEndpoint, SECRET];
  const { stdout } = await run(process.execPath, args, { cwd: tests, env: { ...process.env, NODE_EXTRA_CA_CERTS: made.authority } });
  const found = JSON.parse(stdout);
  lab.seen.push(found.printed);
  return { ...found, requests: server.requests.length };
}

fault("f04 a certificate of a known authority for this host is taken", async (lab) => {
  const found = await ask(lab, made.good);
  assert.deepEqual([found.token, found.requests], [true, 1], found.printed);
});

for (const [what, name, word] of [
  ["that has expired", "expired", "CERT_HAS_EXPIRED"],
  ["for another host", "wrongHost", "ERR_TLS_CERT_ALTNAME_INVALID"],
  ["that nobody signed", "selfSigned", "DEPTH_ZERO_SELF_SIGNED_CERT"],
]) {
  fault(`f04 a certificate ${what} is final: one attempt, and nothing is sent`, async (lab) => {
    const found = await ask(lab, made[name]);
    assert.deepEqual([found.kind, found.retryable, found.recovery], ["network", false, "fix_configuration"], found.printed);
    assert.ok(found.message.includes(word), found.message);
    assert.deepEqual([found.attempts, found.requests], [1, 0]);
  });
}

fault("f04 a server that speaks an old TLS only is final too", async (lab) => {
  const old = { ...made.good, minVersion: "TLSv1", maxVersion: "TLSv1.1", ciphers: "DEFAULT@SECLEVEL=0" };
  const found = await ask(lab, old);
  assert.deepEqual([found.kind, found.retryable, found.attempts, found.requests], ["network", false, 1, 0], found.printed);
});

fault("f04 a server that speaks plain HTTP where TLS is due gets nothing", async (lab) => {
  const server = await lab.server((socket) => socket.end(response(200)), { connected: (socket) => socket.end("HTTP/1.1 200 OK\r\n\r\n") });
  const tokenEndpoint = server.tokenEndpoint.replace("http:", "https:");
  const { stdout } = await run(process.execPath, ["--input-type=module", "-e", program, tokenEndpoint, SECRET], { cwd: tests });
  const found = JSON.parse(stdout);
  assert.deepEqual([found.kind, found.retryable], ["network", false], found.printed);
});
