// The servers that every runtime talks to, in this Node process, and what a program may ask of them over loopback.

import { createServer } from "node:http";
import { createEmulator } from "../emulators/index.js";
import { createOidcServer } from "../servers/oidc.js";
import { casesOf } from "./cases.js";

/**
 * Starts the emulated providers, `oidc-provider`, a trap, and what a program in another runtime drives them with.
 *
 * The address answers `GET /world` with where everything is; `POST` with a JSON body to `/fail`, `/revoke`, `/approve`,
 * `/requests` and `/reset` does that at the emulator; `/trap` is where no request may ever arrive.
 *
 * @returns {Promise<{ address: string, close: () => Promise<void> }>}
 */
export async function createWorld() {
  const [emulator, oidc, nobody] = await Promise.all([createEmulator(), createOidcServer(), addressOfNobody()]);
  let trapped = 0;
  const actions = {
    world: () => ({
      emulator: emulator.origin,
      clients: emulator.clients,
      oidc: { tokenEndpoint: oidc.tokenEndpoint, issuer: oidc.issuer, clients: oidc.clients },
      nobody,
      vectors: casesOf("vectors"),
      scenarios: casesOf("scenarios"),
    }),
    fail: (fault) => emulator.fail(fault),
    revoke: ({ token }) => emulator.revoke(token),
    approve: ({ url }) => emulator.approve(url),
    requests: ({ endpoint }) => ({
      statuses: emulator.requests.filter((request) => request.endpoint === endpoint).map(({ status }) => status),
      trapped,
    }),
    reset: () => {
      trapped = 0;
      emulator.reset();
    },
  };
  const server = createServer(async (incoming, outgoing) => {
    const chunks = [];
    for await (const chunk of incoming) chunks.push(chunk);
    const name = incoming.url.slice(1);
    if (name.startsWith("trap")) trapped += 1;
    const given = incoming.method === "POST" && chunks.length > 0 ? JSON.parse(Buffer.concat(chunks).toString()) : {};
    const answer = await actions[name]?.(given);
    // On a slow day a case takes longer than this server keeps an idle connection, and a POST that meets its end fails.
    outgoing.writeHead(name in actions ? 200 : 404, { "content-type": "application/json", connection: "close" });
    outgoing.end(JSON.stringify(answer ?? null));
  });
  return {
    address: await listen(server),
    async close() {
      server.closeAllConnections();
      await Promise.all([emulator.close(), oidc.close(), new Promise((resolve) => server.close(resolve))]);
    },
  };
}

/** Listens on loopback, and gives the address. */
async function listen(server, port = 0) {
  await new Promise((resolve, reject) => server.once("error", reject).listen(port, "127.0.0.1", resolve));
  return `http://127.0.0.1:${server.address().port}`;
}

/** An address where nobody listens: below the ports that a system hands out, so that no other server gets it meanwhile. */
async function addressOfNobody() {
  const server = createServer();
  const address = await listen(server, 20_000 + Math.floor(Math.random() * 10_000));
  await new Promise((resolve) => server.close(resolve));
  return address;
}
