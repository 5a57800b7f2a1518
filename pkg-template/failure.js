// What a `fetch` threw: whether the server can have seen the request, and the system's own word for it.

import { attempt } from "./host.js";

/** The words of Node (undici, libuv), Deno and Bun for a request that was never sent. */
const NOT_SENT =
  /^(ENOTFOUND|EAI_AGAIN|ECONNREFUSED|EACCES|EHOSTUNREACH|ENETUNREACH|ENETDOWN|EADDRNOTAVAIL|EPERM|UND_ERR_CONNECT_TIMEOUT|UND_ERR_INVALID_ARG|ConnectionRefused|FailedToOpenSocket|DNSException|ERR_INVALID_URL)$/;

/** Beginnings of the words for a certificate that proves nothing. */
const UNTRUSTED =
  /^(CERT_|ERR_TLS_|ERR_SSL_|SELF_SIGNED_CERT|DEPTH_ZERO_SELF_SIGNED|UNABLE_TO_VERIFY|UNABLE_TO_GET_ISSUER|HOSTNAME_MISMATCH|INVALID_CA|EPROTO)/;

/** The words of Node and Deno for what a program needs a permission for that it was not given. */
const FORBIDDEN = /ERR_ACCESS_DENIED|Requires net access/;

/** Beginnings of the words of zlib, Brotli and Zstandard for what they cannot unpack. */
const UNDECODABLE = /^(Z_|ERR__ERROR_FORMAT|ERR_BROTLI|ZSTD_)/;

/** Parts of messages, for what has no code. A port that is bad or blocked is one that `fetch` never connects to, such as 6000. */
const NOT_SENT_WORDS =
  /client error \(Connect\)|dns error|Connection refused|failed to lookup address|Unable to connect|bad port|are blocked/;
const UNTRUSTED_WORDS = /invalid peer certificate|certificate verify failed|CertNotValidForName|tls handshake/;

/**
 * Sorts an exception.
 *
 * @returns {string} what the layer calls it, and on a second line the system's word. Only a code of plain letters is
 *   repeated: messages may hold addresses and more.
 */
export function sorted(thrown) {
  const { codes, words } = told(thrown);
  const begins = (list) => codes.find((code) => list.test(code));
  const untrusted = begins(UNTRUSTED);
  if (untrusted !== undefined) return `untrusted\n${untrusted}`;
  const undecodable = begins(UNDECODABLE);
  if (undecodable !== undefined) return `undecodable\n${undecodable}`;
  if (UNTRUSTED_WORDS.test(words)) return "untrusted";
  // The option that gives the permission has the same name in both.
  if (FORBIDDEN.test(words)) return "forbidden\n--allow-net";
  const unsent = codes.filter((code) => NOT_SENT.test(code));
  // Where several addresses were tried, one that got further decides.
  if (unsent.length > 0 && unsent.length === codes.length) return `not sent\n${codes[0]}`;
  if (unsent.length === 0 && NOT_SENT_WORDS.test(words)) return "not sent";
  return `interrupted\n${codes[0] ?? ""}`;
}

/** The codes and messages of an error, its causes, and the errors that an `AggregateError` is made of. */
function told(thrown) {
  const codes = [];
  let words = "";
  const collect = (error, depth) => {
    if (typeof error !== "object" || error === null || depth > 3) return;
    const member = (name) => attempt(() => error[name]);
    const [code, message, errors] = ["code", "message", "errors"].map(member);
    if (typeof code === "string" && /^\w{1,48}$/.test(code)) codes.push(code);
    if (typeof message === "string") words += message;
    words += " ";
    collect(member("cause"), depth + 1);
    if (Array.isArray(errors)) errors.slice(0, 8).forEach((inner) => collect(inner, depth + 1));
  };
  collect(thrown, 0);
  return { codes, words };
}
