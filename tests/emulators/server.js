import { createServer } from "node:http";
import { faultReply } from "./faults.js";
import { json, recordedBody, Refusal } from "./http.js";

/** Names that no query string may hold (RFC 6749 section 2.3.1, RFC 9700 section 4.3.2). */
const secretNames = [
  "client_secret", "client_assertion", "code_verifier", "access_token", "refresh_token", "id_token", "token", "password",
];

/**
 * The HTTP server that answers for every provider's hosts.
 *
 * The real URL of a request is told in one of two ways: by the headers `x-forwarded-host` and `x-forwarded-proto`, or
 * by a path that starts with `/host/{host}`, which stands for https to that host.
 *
 * @param {object} world the emulator's shared state
 */
export function emulatorServer(world) {
  return createServer((incoming, outgoing) => {
    serve(world, incoming, outgoing).catch((error) => {
      // A fault of the emulator must not look like an answer of a provider.
      process.emitWarning(error);
      outgoing.destroy();
    });
  });
}

async function serve(world, incoming, outgoing) {
  const body = await readBody(incoming);
  if (body === null) return;
  const request = realRequest(incoming, body);
  const provider = world.providers.find((one) => one.owns(request.host)) ?? null;
  const endpoint = provider?.find(request.host, request.path) ?? null;
  const exchange = {
    provider: provider?.name ?? null,
    endpoint: endpoint?.name ?? null,
    method: request.method,
    protocol: request.protocol,
    host: request.host,
    path: request.path,
    query: Object.fromEntries(request.query),
    headers: request.headers,
    body: recordedBody(request),
    rawBody: request.body,
    at: world.clock.now(),
    status: null,
  };
  world.requests.push(exchange);

  const fault = world.faults.take(exchange.provider, exchange.endpoint);
  const instead = fault.disconnect ? null : faultReply(fault);
  const replaced = instead !== undefined;
  const reply = replaced && !fault.processed ? instead : answer(world, provider, endpoint, request);
  if (fault.delay > 0) await world.pause(fault.delay);
  const sent = replaced ? instead : reply;
  if (sent === null) {
    outgoing.destroy();
    return;
  }
  exchange.status = sent.status;
  outgoing.writeHead(sent.status, { "content-length": String(Buffer.byteLength(sent.body)), ...sent.headers });
  outgoing.end(sent.body);
}

/** Null when the client went away before its request was complete. */
async function readBody(incoming) {
  const chunks = [];
  try {
    for await (const chunk of incoming) chunks.push(chunk);
  } catch {
    return null;
  }
  return Buffer.concat(chunks).toString("utf8");
}

/** @returns {import("./http.js").EmulatedRequest} */
function realRequest(incoming, body) {
  const { "x-forwarded-host": forwardedHost, "x-forwarded-proto": protocol, ...headers } = incoming.headers;
  const prefix = /^\/host\/([^/?]+)(.*)$/s.exec(incoming.url);
  const host = prefix ? prefix[1] : (forwardedHost ?? incoming.headers.host);
  const url = new URL(`https://emulator.invalid${(prefix ? prefix[2] : incoming.url).replace(/^(?!\/)/, "/")}`);
  return {
    method: incoming.method,
    protocol: prefix || protocol === "https" ? "https" : "http",
    host,
    path: url.pathname,
    query: url.searchParams,
    headers: { ...headers, host },
    body,
  };
}

/** What every provider refuses in the same way, and then the endpoint itself. */
function answer(world, provider, endpoint, request) {
  if (!provider) return json(404, { error: "unknown_host", message: "No provider lives at this host." });
  try {
    if (request.protocol !== "https") throw provider.refuse(403, "https_required", "Plain HTTP is not answered.");
    if (!endpoint) throw provider.refuse(404, "not_found", "Nothing lives at this address.");
    if (!endpoint.methods.includes(request.method)) {
      throw provider.refuse(405, "method_not_allowed", "This method is not allowed.", { allow: endpoint.methods.join(", ") });
    }
    if (holdsSecret(world, endpoint, request)) {
      throw provider.refuse(400, "invalid_request", "Credentials and tokens do not belong in a query string.");
    }
    return endpoint.handle(request);
  } catch (error) {
    if (error instanceof Refusal) return error.reply;
    throw error;
  }
}

function holdsSecret(world, endpoint, { query }) {
  const names = endpoint.name === "token" ? [...secretNames, "client_id", "code"] : secretNames;
  if (names.some((name) => query.has(name))) return true;
  const secrets = world.registered.map((client) => client.clientSecret);
  return [...query.values()].some(
    (value) => secrets.includes(value) || world.tokens.accessTokens.has(value) || world.tokens.refreshTokens.has(value),
  );
}
