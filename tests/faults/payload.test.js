// What servers put into their answers.

import assert from "node:assert/strict";
import { assertError, fault } from "./lab/lab.js";
import { inTurn, response, token } from "./lab/server.js";

const json = (body) => response(200, typeof body === "string" ? Buffer.from(body) : body, { "content-type": "application/json" });

/** What a client makes of one body: the token, or the error. */
async function read(lab, body, options) {
  const server = await lab.server(inTurn(json(body)));
  const client = lab.client(server, { now: lab.clock.now, ...options });
  const result = await client.token().catch((error) => error);
  lab.seen.push(result);
  // Nothing that is wrong inside a complete answer gets better by asking again at once.
  assert.equal(server.requests.length, 1);
  await lab.close();
  return result;
}

async function invalid(lab, body) {
  assertError(await read(lab, body), { name: "TokenwellError", kind: "invalid_response", retryable: false });
}

async function valid(lab, body) {
  const result = await read(lab, body);
  assert.ok(result.accessToken, result.stack);
  return result;
}

const bytes = (...parts) => Buffer.concat(parts.map((part) => Buffer.from(part)));

fault("f40 bytes that are no UTF-8, lone surrogates and zero bytes are no token", async (lab) => {
  for (const bad of [[0xff], [0xc0, 0xaf], [0xed, 0xa0, 0x80], [0xf5, 0x80, 0x80, 0x80], [0xe2, 0x82]]) {
    await invalid(lab, bytes('{"access_token":"canary', bad, '"}'));
  }
  for (const text of ["\\ud800", "\\udc00x", "\\u0000", "a\0b"]) await invalid(lab, `{"access_token":"canary${text}"}`);
});

fault("f41 a byte order mark is passed over", async (lab) => {
  await valid(lab, '\ufeff{"access_token":"canary"}');
});

fault("f42 a member twice is refused, also where only its spelling differs", async (lab) => {
  await invalid(lab, '{"access_token":"canary","access_token":"canary"}');
  await invalid(lab, '{"access_token":"canary","access\\u005ftoken":"canary2"}');
  await invalid(lab, '{"access_token":"canary","x":1,"x":2}');
});

const lifetimes = [
  ["0", 0], ["-1", 0], ["1e400", null], ["3600.0", 3600, "expires_in_decimal"], ["3600.5", null, "expires_in_invalid"],
  ['"3600"', 3600, "expires_in_string"], ['"3600abc"', null, "expires_in_invalid"], ['""', null, "expires_in_invalid"],
  ["null", null], ["true", null, "expires_in_invalid"], ["[]", null, "expires_in_invalid"], ["{}", null, "expires_in_invalid"],
  ["9007199254740993", 315_360_000], ["99999999999", 315_360_000], ['"soon"', null, "expires_in_invalid"], ["36e2", 3600], ["1e-1", null],
];
for (const [written, seconds, deviation] of lifetimes) {
  fault(`f43 expires_in ${written} costs at most the lifetime, never the token`, async (lab) => {
    const found = await valid(lab, `{"access_token":"canary","token_type":"Bearer","expires_in":${written}}`);
    assert.equal(found.expiresAt, seconds === null ? null : lab.clock.now() + seconds * 1000);
    if (deviation) assert.ok(found.deviations.includes(deviation), found.deviations.join());
  });
}

fault("f43 a token without a lifetime is kept for five minutes", async (lab) => {
  const server = await lab.server((socket) => socket.end(token({ expires_in: undefined })));
  const client = lab.client(server, { now: lab.clock.now });
  await client.token();
  lab.clock.advance(200_000);
  await client.token();
  assert.equal(server.requests.length, 1);
  lab.clock.advance(100_000);
  await client.token();
  assert.equal(server.requests.length, 2);
});

fault("f44 what only looks like JSON is refused", async (lab) => {
  for (const body of ["NaN", "Infinity", '{"access_token":"canary","expires_in":NaN}', '{"access_token":"canary",}', '{"access_token":"canary"/**/}', "{'access_token':'canary'}", "{access_token:\"canary\"}", '{"access_token":"canary","x":01}', '{"access_token":"can\tary"}', '{"access_token":"canary"} x']) {
    await invalid(lab, body);
  }
});

fault("f45 nesting 200 000 deep is refused, and the next answer is read", async (lab) => {
  const deep = 200_000;
  for (const nested of ["[".repeat(deep) + "]".repeat(deep), '{"a":'.repeat(deep / 2) + "1" + "}".repeat(deep / 2), "[".repeat(deep)]) {
    await invalid(lab, `{"access_token":"canary","x":${nested}}`);
    await invalid(lab, nested);
  }
  await valid(lab, '{"access_token":"canary","x":[[[[1]]]]}');
});

fault("f46 100 000 members and a name of a megabyte are read in no time", async (lab) => {
  const members = Array.from({ length: 100_000 }, (_, index) => `"m${index}":1`).join();
  const start = performance.now();
  await read(lab, `{"access_token":"canary",${members}}`, { maxResponseBytes: 4 << 20 });
  await valid(lab, `{"access_token":"canary","${"n".repeat(1_000_000)}":1}`);
  assert.ok(performance.now() - start < 3000, `${performance.now() - start} ms`);
  assertError(await read(lab, `{"access_token":"canary","x":"${"y".repeat(2 << 20)}"}`), { kind: "response_too_large" });
});

for (const written of ["1", "null", "{}", "[]", '""', "true", '["canary"]', '{"canary":"canary"}']) {
  fault(`f47 access_token ${written.replace(/canary/g, "x")} is refused by the member's name`, async (lab) => {
    const error = await read(lab, `{"access_token":${written},"token_type":"Bearer"}`);
    assertError(error, { kind: "invalid_response", message: /access_token/ });
  });
}

fault("f48 __proto__ and constructor are plain data", async (lab) => {
  const found = await valid(lab, '{"access_token":"canary","__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}},"toString":1}');
  assert.equal({}.polluted, undefined);
  assert.equal(Object.prototype.polluted, undefined);
  assert.deepEqual(Object.keys(found.extra).sort(), ["__proto__", "constructor", "toString"]);
  assert.equal(found.accessToken, "canary");
});

fault("f49 token_type is compared without case, forgiven where it is missing, and refused where it is another", async (lab) => {
  for (const kind of ['"bearer"', '"BEARER"', '"Bearer"']) await valid(lab, `{"access_token":"canary","token_type":${kind}}`);
  assert.ok((await valid(lab, '{"access_token":"canary"}')).deviations.includes("token_type_missing"));
  for (const kind of ['"mac"', '"N_A"', '"DPoP"', "1", "[]"]) await invalid(lab, `{"access_token":"canary","token_type":${kind}}`);
});

fault("f50 a scope that is an array is taken, one with other characters is not", async (lab) => {
  const found = await valid(lab, '{"access_token":"canary","scope":["a","b"]}');
  assert.deepEqual([found.scope, found.deviations.includes("scope_array")], [["a", "b"], true]);
  for (const written of ['"a\\nb"', '"\\"a\\""', "7", "{}"]) {
    const wrong = await valid(lab, `{"access_token":"canary","scope":${written}}`);
    assert.ok(wrong.deviations.includes("scope_invalid"), written);
  }
});

fault("f51 an access token that would break a header is refused", async (lab) => {
  for (const text of ["canary\\r\\nx: 1", "canary x", "canary\\u00e4", "canary\\u0000", "canary\\u007f", "canary\\t"]) await invalid(lab, `{"access_token":"${text}"}`);
});

fault("f52 a token of 100 KiB is a token", async (lab) => {
  const text = `canary${"t".repeat(100 << 10)}`;
  assert.equal((await valid(lab, { access_token: text })).accessToken, text);
});

const part = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");
fault("f53 an ID token that is not for this client, or none at all, costs the whole answer", async (lab) => {
  const claims = { iss: "https://auth.example.com", sub: "user", aud: "id", iat: lab.clock.now() / 1000, exp: lab.clock.now() / 1000 + 60 };
  const idToken = (changes, header = { alg: "RS256" }) => `${part(header)}.${part({ ...claims, ...changes })}.canarysignature`;
  const refresh = async (id_token) => {
    const server = await lab.server(inTurn(token({ id_token, refresh_token: "canary-refresh-1" })));
    return lab.session(server, { now: lab.clock.now, issuer: "https://auth.example.com" }).token();
  };
  await refresh(idToken({}));
  for (const wrong of [idToken({ aud: "other" }), idToken({ iss: "https://evil.example" }), "canary", "a.b.c", `${part({ alg: "none" })}.${part(claims)}.`]) {
    const error = await lab.error(refresh(wrong));
    assert.ok(["invalid_response", "callback"].includes(error.kind), error.stack);
  }
});
