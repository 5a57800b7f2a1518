// The table of the README against the suite: every row has its tests, and every test its row.

import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";

const folder = new URL("./", import.meta.url);
const readme = readFileSync(new URL("README.md", folder), "utf8");
const rows = [...readme.matchAll(/^\| (F\d\d) \| (.+?) \| (.+?) \| (.+?) \|$/gm)].map(([, id, what, file, where]) => ({ id, what, file, where }));

/** The ids that the tests of a file carry: written out, or as data of a loop. */
function ids(file) {
  const text = readFileSync(new URL(file, folder), "utf8");
  return new Set([...text.matchAll(/["`](f\d\d)[ "]/g)].map(([, id]) => id));
}

const numbers = (from, to) => Array.from({ length: to - from + 1 }, (_, index) => `F${String(from + index).padStart(2, "0")}`);

test("every fault from F01 to F77 has a row", () => {
  const wanted = [...numbers(1, 17), ...numbers(20, 38), ...numbers(40, 54), ...numbers(60, 68), ...numbers(70, 77)];
  assert.deepEqual([...new Set(rows.map(({ id }) => id))], wanted);
});

for (const { id, file, where } of rows) {
  test(`${id} is where the table says: ${file}`, () => {
    if (file === "none") return assert.ok(where.length > 20, "a reason is due");
    if (file === "core") {
      const stories = new URL("../scenarios/", folder);
      const texts = readdirSync(stories).map((name) => readFileSync(new URL(name, stories), "utf8"));
      return assert.ok(texts.some((text) => text.includes(id)), `no story carries ${id}`);
    }
    assert.equal(where, id.toLowerCase());
    assert.ok(ids(file).has(where), `${file} has no test for ${id}`);
  });
}

test("every test that carries an id has its row", () => {
  for (const file of readdirSync(folder).filter((name) => name.endsWith(".test.js") && name !== "table.test.js")) {
    for (const id of ids(file)) {
      assert.ok(rows.some((row) => row.file === file && row.where === id), `${id} of ${file} is not in the table`);
    }
  }
});
