import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:http";
import { test } from "node:test";
import { lumanu } from "tokenwell";
import { here, node } from "../run.js";

test("npm run dev starts the server, which programs can use as well, and Ctrl-C ends it", async () => {
  const server = spawn(process.execPath, ["oauth-test-server/server.js", "--port", "0"], { cwd: here, stdio: ["ignore", "pipe", "inherit"] });
  try {
    const [printed] = await once(server.stdout, "data", { signal: AbortSignal.timeout(10_000) });
    const [origin] = /http:\/\/127\.0\.0\.1:\d+/.exec(String(printed));
    assert.match(await (await fetch(origin)).text(), /For development only/);
    // Another address of this same machine, as an address of the network would be.
    await assert.rejects(fetch(origin.replace("127.0.0.1", "127.0.0.2")), { message: "fetch failed" });
    const api = lumanu({
      environment: "sandbox",
      clientId: "lumanu-sample-client",
      clientSecret: "wrong",
      fetch: (url, init) => fetch(url.replace("https://", `${origin}/host/`), init),
    });
    await assert.rejects(api.token(), { error: "access_denied", status: 401 });
    server.kill("SIGINT");
    const [status] = await once(server, "exit", { signal: AbortSignal.timeout(10_000) });
    assert.equal(status, 0);
  } finally {
    server.kill();
  }
});

test("a port that is in use is one sentence with the cure", async () => {
  const other = createServer().listen(0, "127.0.0.1");
  await once(other, "listening");
  const { port } = other.address();
  const { status, stderr } = await node(["oauth-test-server/server.js", "--port", String(port)]);
  other.close();
  assert.equal(status, 1);
  assert.equal(stderr, `Port ${port} is in use: name another one with --port.\n`);
});

test("a port that is not a number is refused", async () => {
  const { status, stderr } = await node(["oauth-test-server/server.js", "--port", "http"]);
  assert.equal(status, 1);
  assert.equal(stderr, '--port takes a number up to 65535, not "http".\n');
});
