// Every case in every place, as tests, and the table of them.

import assert from "node:assert/strict";
import { after, describe, test } from "node:test";
import { createWorld } from "./world.js";

/**
 * @typedef {object} Place where the cases run
 * @property {string} name
 * @property {string | null} missing why it cannot run here, if it can't
 * @property {(address: string) => Promise<{ name: string, problem: string | null }[]>} run
 */

/**
 * Declares a test for each place, with servers of its own, and prints the table in the end.
 *
 * @param {string[]} names of the cases, in the order in which they run
 * @param {Place[]} places
 */
export function everyCasePasses(names, places) {
  /** For each place, what came of each case. */
  const results = new Map();

  describe("every case passes", { concurrency: 2 }, () => {
    for (const place of places) {
      test(`in ${place.name}`, async () => {
        if (place.missing !== null) {
          // On this platform all of them are installed.
          assert.notEqual(`${process.platform}-${process.arch}`, "linux-x64", place.missing);
          return;
        }
        const world = await createWorld();
        try {
          const found = await place.run(world.address);
          results.set(place, new Map(found.map(({ name, problem }) => [name, problem])));
          assert.deepEqual(found.map(({ name }) => name), names);
          assert.deepEqual(found.filter(({ problem }) => problem !== null), []);
        } finally {
          await world.close();
        }
      });
    }
  });

  after(() => console.log(table(names, places, results)));
}

/** A row a case, a column a place; their names stand below. Its lines begin with a bar, by which they are found. */
function table(names, places, results) {
  const width = Math.max(...names.map((name) => name.length));
  const heads = places.map((_, index) => String(index + 1));
  const row = (first, cells) => `| ${first.padEnd(width)} | ${cells.map((cell) => cell.padEnd(6)).join(" ")} |`;
  const cell = (place, name) => {
    if (place.missing !== null) return "-";
    const problem = results.get(place)?.get(name);
    return problem === null ? "ok" : problem === undefined ? "NONE" : "FAILED";
  };
  return [
    row("", heads),
    ...names.map((name) => row(name, places.map((place) => cell(place, name)))),
    ...places.map(({ name, missing }, index) => `| ${index + 1} ${name}${missing === null ? "" : `: cannot run here, ${missing}`}`),
  ].join("\n");
}
