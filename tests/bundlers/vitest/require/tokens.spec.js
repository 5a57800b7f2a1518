import { writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { expect, test } from "vitest";
import { runEssentials } from "../../../runtimes/essentials.js";

const require = createRequire(import.meta.url);
const tokenwell = require("tokenwell");

test("the package works where a test of Vitest requires it", async () => {
  const results = await runEssentials(tokenwell, process.env.TOKENWELL_WORLD);
  writeFileSync(process.env.TOKENWELL_RESULTS, JSON.stringify(results));
  expect(results.filter(({ problem }) => problem !== null)).toEqual([]);
});
