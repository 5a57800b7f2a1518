// What every request has to pass, and what every answer carries. A web page somewhere else must be able neither to read
// anything here nor to press a button, though the browser that shows it reaches this server.

import { timingSafeEqual } from "node:crypto";

/** The largest form. None here has more than a few fields. */
const mostBytes = 65_536;

/** A request that is not answered as wished. */
export class Refused extends Error {
  /**
   * @param {number} status
   * @param {string} title
   * @param {string} message a sentence for the person at the browser
   */
  constructor(status, title, message) {
    super(message);
    this.status = status;
    this.title = title;
  }
}

/** Nothing from elsewhere, nothing inline, and nothing goes elsewhere. */
const contentSecurityPolicy = [
  "default-src 'none'",
  "style-src 'self'",
  "script-src 'self'",
  "connect-src 'self'",
  "img-src 'self'",
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join("; ");

/** @type {Readonly<Record<string, string>>} */
export const securityHeaders = Object.freeze({
  "content-security-policy": contentSecurityPolicy,
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
  "cache-control": "no-store",
  // Not `no-referrer`: with that, browsers send `Origin: null` with forms, and nothing could be compared.
  "referrer-policy": "same-origin",
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
});

/**
 * Refuses what did not come to this server by its own name (DNS rebinding: a foreign name that leads to 127.0.0.1), and
 * what a page of another origin sends.
 *
 * @param {import("node:http").IncomingMessage} request
 * @param {string} origin such as `http://127.0.0.1:3000`
 */
export function checkOrigin(request, origin) {
  if (request.headers.host !== new URL(origin).host) {
    throw new Refused(421, "Another host", `This server answers at ${origin}/ only.`);
  }
  if (request.method === "GET" || request.method === "HEAD") return;
  const { origin: from, "sec-fetch-site": site } = request.headers;
  // Programs send neither of the two headers; browsers send at least one of them with a POST, and pages can't change them.
  const foreign = (from !== undefined && from !== origin) || (site !== undefined && site !== "same-origin" && site !== "none");
  if (foreign) throw new Refused(403, "Another origin", "The form was sent by a page that does not belong to this server.");
}

/**
 * @param {import("node:http").IncomingMessage} request
 * @returns {Promise<Buffer>}
 */
export async function readBody(request) {
  const chunks = [];
  let size = 0;
  for await (const chunk of request) {
    size += chunk.length;
    if (size > mostBytes) throw new Refused(413, "Too large", "The request's body is too large.");
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/**
 * Reads one of this server's own forms. It has to hold the token of the browser's session.
 *
 * @param {import("node:http").IncomingMessage} request
 * @param {string} formToken
 * @returns {Promise<URLSearchParams>}
 */
export async function readForm(request, formToken) {
  const form = new URLSearchParams((await readBody(request)).toString("utf8"));
  const given = Buffer.from(form.get("form_token") ?? "");
  const wanted = Buffer.from(formToken);
  if (given.length !== wanted.length || !timingSafeEqual(given, wanted)) {
    throw new Refused(403, "An old form", "The form belongs to another visit: go back to the start and try again.");
  }
  return form;
}
