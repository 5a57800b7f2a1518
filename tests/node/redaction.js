// The search for secrets: whatever a program may print of a value is printed, and no canary may be in it.

import assert from "node:assert/strict";
import { inspect } from "node:util";

/** Every secret of the tests holds this word, and every token of their servers. */
const CANARY = "canary";

/** The canary as it is, and as base64 wherever in a longer text it stands. */
const needles = [CANARY, ...["", "x", "xx"].map((before) => core(before))];

function core(before) {
  const encoded = Buffer.from(`${before}${CANARY}`).toString("base64").replace(/=+$/, "");
  // The first characters belong to what stands before, the last may belong to what comes after.
  return encoded.slice(before.length === 0 ? 0 : before.length + 1, -1);
}

/** Everything that a program may print of a value, as one text. */
export function printed(value) {
  const isObject = typeof value === "object" && value !== null;
  const texts = [
    String(value),
    JSON.stringify(value),
    inspect(value),
    inspect(value, { depth: 20, showHidden: true, getters: true, maxArrayLength: null, maxStringLength: null }),
  ];
  if (isObject) texts.push(JSON.stringify({ ...value }), JSON.stringify(Object.entries(value)));
  if (value instanceof Error) texts.push(value.message, value.stack, printed(value.cause ?? null));
  return texts.join("\n");
}

/** Fails if a canary, or one of these further secrets, is in anything that can be printed of these values. */
export function assertSilent(values, secrets = []) {
  for (const value of values) {
    const text = printed(value);
    for (const needle of [...needles, ...secrets]) {
      assert.ok(!text.includes(needle), `a secret is shown: …${around(text, needle)}…`);
    }
  }
}

function around(text, needle) {
  const at = text.indexOf(needle);
  return text.slice(Math.max(0, at - 60), at + 60);
}
