// Every case in every runtime, and the table of them.

import assert from "node:assert/strict";
import { after, describe, test } from "node:test";
import { names } from "./end-to-end.js";
import { runtimes } from "./runtimes.js";
import { createWorld } from "./world.js";

/** For each runtime, what came of each case. */
const results = new Map();

describe("every case passes", { concurrency: 2 }, () => {
  for (const runtime of runtimes) {
    test(`in ${runtime.name}`, async () => {
      if (runtime.missing !== null) {
        // On this platform all of them are installed.
        assert.notEqual(`${process.platform}-${process.arch}`, "linux-x64", runtime.missing);
        return;
      }
      const world = await createWorld();
      try {
        const found = await runtime.run(world.address);
        results.set(runtime, new Map(found.map(({ name, problem }) => [name, problem])));
        assert.deepEqual(found.map(({ name }) => name), names);
        assert.deepEqual(found.filter(({ problem }) => problem !== null), []);
      } finally {
        await world.close();
      }
    });
  }
});

after(() => console.log(table()));

/** A row a case, a column a runtime; their names stand below. Its lines begin with a bar, by which they are found. */
function table() {
  const width = Math.max(...names.map((name) => name.length));
  const heads = runtimes.map((_, index) => String(index + 1));
  const row = (first, cells) => `| ${first.padEnd(width)} | ${cells.map((cell) => cell.padEnd(6)).join(" ")} |`;
  const cell = (runtime, name) => {
    if (runtime.missing !== null) return "-";
    const problem = results.get(runtime)?.get(name);
    return problem === null ? "ok" : problem === undefined ? "NONE" : "FAILED";
  };
  return [
    row("", heads),
    ...names.map((name) => row(name, runtimes.map((runtime) => cell(runtime, name)))),
    ...runtimes.map(({ name, missing }, index) => `| ${index + 1} ${name}${missing === null ? "" : `: cannot run here, ${missing}`}`),
  ].join("\n");
}
