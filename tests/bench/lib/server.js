// An authorization server and an API that answer at once, in a process of its own: what it does must not be taken for
// the time of those who ask.

import { fork } from "node:child_process";
import { createServer } from "node:http";
import { fileURLToPath } from "node:url";

const here = fileURLToPath(import.meta.url);

/** 800 bytes, most of them the token, as a signed one would be. */
export const tokenAnswer = (() => {
  const members = { access_token: "", token_type: "Bearer", expires_in: 3600, scope: "read" };
  members.access_token = "x".repeat(800 - JSON.stringify(members).length);
  return JSON.stringify(members);
})();

export const headers = { "content-type": "application/json", "cache-control": "no-store" };

const apiAnswer = JSON.stringify({ items: Array.from({ length: 10 }, (_, id) => ({ id, name: `employee ${id}` })) });

/**
 * Starts it.
 *
 * @param {number} [delay] how long the token endpoint takes, in ms
 * @returns {Promise<{ origin: string, tokenEndpoint: string, stop: () => void }>} `GET {origin}/stats` gives `requests`
 *   and `mostAtOnce` of the token endpoints, and starts counting anew
 */
export async function startServer(delay = 0) {
  const child = fork(here, [String(delay)], { execArgv: [] });
  const port = await new Promise((resolve, reject) => {
    child.once("message", resolve);
    child.once("exit", (code) => reject(new Error(`the server ended with ${code} before it listened`)));
  });
  child.unref();
  child.channel.unref();
  const origin = `http://127.0.0.1:${port}`;
  return { origin, tokenEndpoint: `${origin}/token`, stop: () => child.kill() };
}

function serve(delay) {
  let requests = 0;
  let atOnce = 0;
  let mostAtOnce = 0;
  const server = createServer((request, response) => {
    const answer = (body) => {
      response.writeHead(200, { ...headers, "content-length": Buffer.byteLength(body) });
      response.end(body);
    };
    if (request.url === "/stats") {
      answer(JSON.stringify({ requests, mostAtOnce }));
      requests = mostAtOnce = 0;
      return;
    }
    if (request.method !== "POST") {
      answer(request.headers.authorization?.startsWith("Bearer ") ? apiAnswer : "{}");
      return;
    }
    requests++;
    mostAtOnce = Math.max(mostAtOnce, ++atOnce);
    request.resume().on("end", () => {
      const done = () => {
        atOnce--;
        answer(tokenAnswer);
      };
      if (delay === 0) done();
      else setTimeout(done, delay);
    });
  });
  server.keepAliveTimeout = 60_000;
  server.listen(0, "127.0.0.1", () => process.send(server.address().port));
  process.on("disconnect", () => process.exit());
}

if (process.argv[1] === here) serve(Number(process.argv[2]));
