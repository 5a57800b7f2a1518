// Every HTTP exchange of a run, in order. Secrets are masked before anything is kept.

import { maskedBody, maskedHeader, maskedUrl } from "./masking.js";

/**
 * @typedef {object} Exchange
 * @property {"Tokenwell" | "Browser"} by who sent it
 * @property {string} method
 * @property {string} url
 * @property {[string, string][]} requestHeaders
 * @property {string} requestBody
 * @property {number | null} status null where no answer came
 * @property {[string, string][]} responseHeaders
 * @property {string} responseBody
 */

/** Says nothing about the exchange that anybody could learn from. */
const dull = new Set(["connection", "date", "keep-alive", "transfer-encoding", "content-length"]);

/**
 * A `fetch` that notes what goes through it.
 *
 * @param {typeof globalThis.fetch} fetch
 * @param {Exchange[]} exchanges
 * @returns {typeof globalThis.fetch}
 */
export function watchedFetch(fetch, exchanges) {
  return async (input, init) => {
    const request = new Request(input, init);
    const body = request.body === null ? "" : await request.clone().text();
    const exchange = noted(exchanges, { by: "Tokenwell", method: request.method, url: request.url, headers: request.headers, body });
    const response = await fetch(request);
    answered(exchange, response.status, response.headers, await response.clone().text());
    return response;
  };
}

/**
 * @param {Exchange[]} exchanges
 * @param {{ by: Exchange["by"], method: string, url: string, headers?: Iterable<[string, string]>, body?: string }} request
 * @returns {Exchange}
 */
export function noted(exchanges, { by, method, url, headers = [], body = "" }) {
  const all = [...headers];
  const exchange = {
    by,
    method,
    url: maskedUrl(url),
    requestHeaders: shownHeaders(all),
    requestBody: maskedBody(body, contentType(all)),
    status: null,
    responseHeaders: [],
    responseBody: "",
  };
  exchanges.push(exchange);
  return exchange;
}

/**
 * @param {Exchange} exchange
 * @param {number} status
 * @param {Iterable<[string, string]>} headers
 * @param {string} body
 */
export function answered(exchange, status, headers, body) {
  const all = [...headers];
  exchange.status = status;
  exchange.responseHeaders = shownHeaders(all);
  exchange.responseBody = contentType(all).startsWith("text/html") ? "(a page)" : maskedBody(body, contentType(all), { answer: true });
}

function shownHeaders(headers) {
  return headers.filter(([name]) => !dull.has(name)).map(([name, value]) => [name, maskedHeader(name, value)]);
}

function contentType(headers) {
  return headers.find(([name]) => name === "content-type")?.[1] ?? "";
}
