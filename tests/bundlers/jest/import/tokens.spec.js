import { writeFileSync } from "node:fs";
import * as tokenwell from "tokenwell";
import { runEssentials } from "../../../runtimes/essentials.js";

test("the package works where Jest imports it", async () => {
  const results = await runEssentials(tokenwell, process.env.TOKENWELL_WORLD);
  writeFileSync(process.env.TOKENWELL_RESULTS, JSON.stringify(results));
  expect(results.filter(({ problem }) => problem !== null)).toEqual([]);
});
