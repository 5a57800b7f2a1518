// Holds many sessions, or only their tokens, and prints how many bytes each took.
//
// node --expose-gc held-sessions.js COUNT session | used | tokens

import { createHash } from "node:crypto";
import { tokenwell } from "../lib/contestants.js";
import { settled } from "../lib/settled.js";

const [count, what] = [Number(process.argv[2]), process.argv[3]];
const origin = "http://127.0.0.1:9";
const client = tokenwell(origin);
// The digest that a client writes into the tokens that it hands out to be stored.
const issuedFor = createHash("sha256").update(`client\0${origin}/token`).digest("base64url");
const expiresAt = Date.now() + 3_600_000;

/** Parsed, so that each text is one of its own, as from a database. */
const tokens = (index) =>
  JSON.parse(
    JSON.stringify({
      accessToken: `access-${index}-`.padEnd(120, "x"),
      refreshToken: `refresh-${index}-`.padEnd(120, "y"),
      expiresAt,
      scope: ["read"],
      tokenType: "Bearer",
      issuedFor,
    }),
  );
const hold = what === "tokens" ? tokens : (index) => client.session(tokens(index));
const use = what === "used" ? (session) => session.token() : () => {};

// What is made once is not counted.
const held = [hold(-1)];
const before = (await settled()).rss;
for (let index = 0; index < count; index++) {
  held.push(hold(index));
  await use(held.at(-1));
}
const after = (await settled()).rss;
console.log((after - before) / (held.length - 1));
