// A proxy on loopback between a client and its authorization server, which loses answers on purpose.

import { createServer } from "node:http";

/**
 * @param {string} target the server's origin
 * @returns {Promise<object>} `origin`; `lose(times)`: the next answers to a refresh are lost after the server has given
 *   them; `grace(ms)`: a refresh token that comes again in this time gets the first answer again, as servers with a grace
 *   window do; `refreshes`: what the server answered; `close()`
 */
export async function losingProxy(target) {
  const refreshes = [];
  const remembered = new Map();
  let toLose = 0;
  let graceMs = 0;
  const server = createServer(async (incoming, outgoing) => {
    const chunks = [];
    for await (const chunk of incoming) chunks.push(chunk);
    const body = Buffer.concat(chunks);
    const token = new URLSearchParams(body.toString()).get("refresh_token");
    const first = remembered.get(token);
    const again = token !== null && first !== undefined && Date.now() - first.at <= graceMs;
    const { host: _host, connection: _connection, ...headers } = incoming.headers;
    const answer = again
      ? first.answer
      : await fetch(`${target}${incoming.url}`, {
          method: incoming.method,
          headers,
          body: ["GET", "HEAD"].includes(incoming.method) ? undefined : body,
          redirect: "manual",
        }).then(async (response) => ({ status: response.status, type: response.headers.get("content-type"), body: await response.text() }));
    if (token !== null) {
      refreshes.push({ status: answer.status, token });
      if (!again) remembered.set(token, { at: Date.now(), answer });
      if (toLose > 0) {
        toLose -= 1;
        outgoing.destroy();
        return;
      }
    }
    outgoing.writeHead(answer.status, { "content-type": answer.type ?? "text/plain", "cache-control": "no-store" });
    outgoing.end(answer.body);
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    origin: `http://127.0.0.1:${server.address().port}`,
    refreshes,
    lose: (times) => void (toLose = times),
    grace: (ms) => void (graceMs = ms),
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
