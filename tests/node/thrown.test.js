// What a `fetch` throws: each runtime has words of its own, and what they mean for the request has to be found in them.

import assert from "node:assert/strict";
import { test } from "node:test";
import { oauth } from "tokenwell";

const coded = (code, more) => Object.assign(new Error("failed"), { code }, more);
const caused = (cause) => new TypeError("fetch failed", { cause });

const UNREACHABLE = [/could not be reached/, { kind: "network", retryable: true }];
const BROKEN = [/the connection to .* broke/, { kind: "network", retryable: true }];
const UNTRUSTED = [/could not prove its identity/, { kind: "network", retryable: false }];
const FORBIDDEN = [/not allowed to connect to .*, so the token request was not sent \(--allow-net\)/, { kind: "network", retryable: false, recovery: "fix_configuration" }];
const UNDECODABLE = [/not what its Content-Encoding says/, { kind: "invalid_response" }];

const throwing = Object.defineProperty(new Error("failed"), "code", {
  get() {
    throw new Error("looked at");
  },
});

const cases = [
  ["Node: nothing listens", caused(coded("ECONNREFUSED")), UNREACHABLE, "(ECONNREFUSED)"],
  ["Node: no such name", caused(coded("ENOTFOUND")), UNREACHABLE, "(ENOTFOUND)"],
  ["Bun: nothing listens", coded("ConnectionRefused"), UNREACHABLE, "(ConnectionRefused)"],
  ["Deno: no such name", new TypeError("error sending request: client error (Connect): dns error"), UNREACHABLE],
  ["a port that fetch never connects to", caused(new Error("bad port")), UNREACHABLE],
  ["Deno: such a port", new TypeError("Fetch failed: Requests to port 1 are blocked"), UNREACHABLE],
  ["every address refuses", caused(new AggregateError([coded("ECONNREFUSED"), coded("EHOSTUNREACH")])), UNREACHABLE],
  ["one address got further", caused(new AggregateError([coded("ECONNREFUSED"), coded("ETIMEDOUT")])), BROKEN],
  ["a reset connection", caused(coded("ECONNRESET")), BROKEN, "(ECONNRESET)"],
  ["an expired certificate", caused(coded("CERT_HAS_EXPIRED")), UNTRUSTED, "(CERT_HAS_EXPIRED)"],
  ["Deno: an unknown issuer", new TypeError("invalid peer certificate: UnknownIssuer"), UNTRUSTED],
  ["Node: a connection without the permission", caused(coded("ERR_ACCESS_DENIED", { message: "connect ERR_ACCESS_DENIED" })), FORBIDDEN],
  ["Node: a name without the permission", caused(new Error("getaddrinfo ERR_ACCESS_DENIED auth.example.com")), FORBIDDEN],
  ["Deno: a connection without the permission", new Error('Requires net access to "auth.example.com", run again with the --allow-net flag'), FORBIDDEN],
  ["a firewall that refuses", caused(coded("EACCES")), UNREACHABLE, "(EACCES)"],
  ["a body that is no gzip", caused(coded("Z_DATA_ERROR")), UNDECODABLE, "(Z_DATA_ERROR)"],
  ["a code in the fourth cause", caused(caused(caused(coded("ECONNREFUSED")))), UNREACHABLE],
  ["a code beyond that is not looked for", caused(caused(caused(caused(coded("ECONNREFUSED"))))), BROKEN],
  ["a code that is none", coded("the secret is swordfish"), BROKEN],
  ["a getter that throws", throwing, BROKEN],
  ["a text", "swordfish", BROKEN],
  ["nothing", undefined, BROKEN],
];

for (const [name, thrown, [sentence, members], word] of cases) {
  test(`${name}: sorted by what it means for the request`, async () => {
    const fetch = async () => {
      throw thrown;
    };
    const client = oauth({ tokenEndpoint: "https://auth.example.com/token", clientId: "id", clientSecret: "secret", retries: 0, fetch });
    const error = await client.token().then(assert.fail, (error) => error);
    assert.match(error.message, sentence);
    for (const [member, value] of Object.entries(members)) assert.equal(error[member], value, member);
    if (word !== undefined) assert.ok(error.message.includes(word), error.message);
    assert.ok(!error.message.includes("swordfish"), error.message);
  });
}
