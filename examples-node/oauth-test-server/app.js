// The server: it listens, hands requests to the site, and sends what the site answers.

import { createServer } from "node:http";
import { createEmulator } from "../../tests/emulators/index.js";
import { securityHeaders } from "./guard.js";
import { problemPage } from "./pages/problem.js";
import { signInPage } from "./pages/sign-in.js";
import { page, Site } from "./site.js";

/**
 * Starts the OAuth test server on 127.0.0.1, with an emulator of the providers behind it.
 *
 * @param {object} [options]
 * @param {number} [options.port] 0, any that is free, unless given
 * @returns {Promise<{ origin: string, emulator: object, close: () => Promise<void> }>}
 */
export async function createTestServer({ port = 0 } = {}) {
  const emulator = await createEmulator({ consent: (pending) => String(signInPage(pending, emulator.users)) });
  let site;
  const server = createServer(async (request, response) => {
    try {
      send(response, await site.answer(request));
    } catch (error) {
      // A fault of this server. It must not look like anything that the protocol does.
      console.error(error);
      if (response.headersSent) return response.destroy();
      send(response, page(500, problemPage({ title: "This server failed", message: "Its terminal says why." })));
    }
  });

  await new Promise((resolve, reject) => server.once("error", reject).listen(port, "127.0.0.1", resolve)).catch(async (error) => {
    await emulator.close();
    throw error;
  });
  const origin = `http://127.0.0.1:${server.address().port}`;
  site = new Site(emulator, origin);
  for (const client of Object.values(emulator.clients)) {
    if (client.grants.includes("authorization_code")) client.redirectUris.push(`${origin}/callback`);
  }

  async function close() {
    server.closeAllConnections();
    await Promise.all([new Promise((resolve) => server.close(resolve)), emulator.close()]);
  }

  return { origin, emulator, close };
}

function send(response, { status, headers, body }) {
  response.writeHead(status, { ...securityHeaders, ...headers, "content-length": Buffer.byteLength(body) });
  response.end(response.req.method === "HEAD" ? undefined : body);
}
