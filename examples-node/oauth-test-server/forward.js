// The providers' own addresses, under this server's: `/host/{host}{path}` is what `https://{host}{path}` would be.

import { answered, noted } from "./exchanges.js";
import { readBody } from "./guard.js";

/** Of the answers' headers, those that the emulator means. */
const passed = ["content-type", "location", "www-authenticate", "allow", "x-request-id", "retry-after"];

/**
 * The address of a provider's URL here.
 *
 * @param {string} url
 */
export function forwardedPath(url) {
  const { host, pathname, search } = new URL(url);
  return `/host/${host}${pathname}${search}`;
}

/**
 * Hands a request to the emulator.
 *
 * @param {import("node:http").IncomingMessage} request
 * @param {object} options
 * @param {string} options.emulatorOrigin
 * @param {(state: string | null) => import("./exchanges.js").Exchange[] | undefined} options.exchangesOf where to note
 *   what the browser does, by the state of its authorization
 * @returns {Promise<{ status: number, headers: Record<string, string>, body: string }>}
 */
export async function forward(request, { emulatorOrigin, exchangesOf }) {
  const { method, url, headers } = request;
  const body = await readBody(request);
  const response = await fetch(`${emulatorOrigin}${url}`, {
    method,
    headers: pick(headers, ["accept", "authorization", "content-type", "api-version"]),
    body: body.length > 0 ? body : undefined,
    redirect: "manual",
  });
  const answer = {
    status: response.status,
    headers: pick(Object.fromEntries(response.headers), passed),
    body: await response.text(),
  };
  const real = `https://${url.slice("/host/".length)}`;
  const exchanges = exchangesOf(stateOf(real) ?? stateOf(answer.headers.location));
  if (exchanges) {
    const note = noted(exchanges, { by: "Browser", method, url: real, headers: Object.entries(pick(headers, ["content-type"])), body: body.toString("utf8") });
    answered(note, answer.status, Object.entries(answer.headers), answer.body);
  }
  return answer;
}

function stateOf(url) {
  return url !== undefined && URL.canParse(url) ? new URL(url).searchParams.get("state") : null;
}

function pick(headers, names) {
  return Object.fromEntries(names.filter((name) => headers[name] !== undefined).map((name) => [name, headers[name]]));
}
