// A server that misbehaves on command: it speaks HTTP in raw bytes, so that it can break every rule of it.

import { createServer } from "node:net";
import { createServer as createTlsServer } from "node:tls";

/**
 * Starts a server on loopback. It reads requests properly; what it answers is up to `answer`.
 *
 * @param {(socket: import("node:net").Socket, request: { method: string, path: string, headers: Record<string, string>, body: string }, number: number) => unknown} answer
 *   `number` counts the requests from 1
 * @param {object} [options]
 * @param {{ key: string, cert: string }} [options.tls]
 * @param {(socket: import("node:net").Socket) => void} [options.connected] instead of reading requests
 */
export async function rawServer(answer, { tls, connected, port = 0 } = {}) {
  const requests = [];
  const sockets = new Set();
  let connections = 0;
  const accept = (socket) => {
    connections += 1;
    sockets.add(socket);
    socket.on("error", () => {});
    socket.once("close", () => sockets.delete(socket));
    if (connected) return connected(socket.resume());
    read(socket, (request) => {
      socket.asked = true;
      requests.push(request);
      answer(socket, request, requests.length);
    });
  };
  const server = tls ? createTlsServer(tls, accept) : createServer(accept);
  server.on("tlsClientError", () => {});
  await new Promise((resolve, reject) => server.once("error", reject).listen(port, "127.0.0.1", resolve));
  const address = `127.0.0.1:${server.address().port}`;
  return {
    requests,
    sockets,
    port: server.address().port,
    origin: `${tls ? "https" : "http"}://${address}`,
    tokenEndpoint: `${tls ? "https" : "http"}://${address}/token`,
    get connections() {
      return connections;
    },
    /** Resolves when no connection is left that a request came over: one in reserve may stay. */
    async quiet() {
      const end = Date.now() + 3000;
      while ([...sockets].some((socket) => socket.asked)) {
        if (Date.now() > end) throw new Error("a connection that a request came over is still open");
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
    },
    close() {
      for (const socket of sockets) socket.destroy();
      return new Promise((resolve) => server.close(resolve));
    },
  };
}

function read(socket, take) {
  let buffer = Buffer.alloc(0);
  socket.on("data", (chunk) => {
    buffer = Buffer.concat([buffer, chunk]);
    for (;;) {
      const end = buffer.indexOf("\r\n\r\n");
      if (end < 0) return;
      const [first, ...lines] = buffer.subarray(0, end).toString("latin1").split("\r\n");
      const headers = Object.fromEntries(lines.map((line) => {
        const colon = line.indexOf(":");
        return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
      }));
      const length = Number(headers["content-length"] ?? 0);
      if (buffer.length < end + 4 + length) return;
      const [method, path] = first.split(" ");
      const body = buffer.subarray(end + 4, end + 4 + length).toString();
      buffer = buffer.subarray(end + 4 + length);
      take({ method, path, headers, body });
    }
  });
}

/** An HTTP response as bytes. A header whose value is an array is sent once for each. */
export function response(status, body = "", headers = {}) {
  const bytes = Buffer.isBuffer(body) ? body : Buffer.from(typeof body === "string" ? body : JSON.stringify(body));
  const all = {
    ...(typeof body === "object" && !Buffer.isBuffer(body) ? { "content-type": "application/json" } : {}),
    "cache-control": "no-store",
    "content-length": bytes.length,
    connection: "close",
    ...headers,
  };
  const lines = Object.entries(all).flatMap(([name, value]) => [value].flat().map((one) => `${name}: ${one}\r\n`));
  return Buffer.concat([Buffer.from(`HTTP/1.1 ${status} Status\r\n${lines.join("")}\r\n`, "latin1"), bytes]);
}

let issued = 0;

/** A good token response; every token is another one. */
export function token(members = {}, headers = {}) {
  issued += 1;
  return response(200, { access_token: `canary-access-${issued}`, token_type: "Bearer", expires_in: 3600, ...members }, headers);
}

/** An `answer` that sends these in turn, and the last of them for ever. Functions are called instead. */
export function inTurn(...answers) {
  return (socket, request, number) => {
    const answer = answers[Math.min(number, answers.length) - 1];
    if (typeof answer === "function") answer(socket, request, number);
    else socket.end(answer);
  };
}

/** Ends the connection with a reset. */
export const reset = (socket) => socket.resetAndDestroy();
