const { writeFileSync } = require("node:fs");
const tokenwell = require("tokenwell");
const { runEssentials } = require(process.env.TOKENWELL_CASES);

test("the package works where Jest requires it", async () => {
  const results = await runEssentials(tokenwell, process.env.TOKENWELL_WORLD);
  writeFileSync(process.env.TOKENWELL_RESULTS, JSON.stringify(results));
  expect(results.filter(({ problem }) => problem !== null)).toEqual([]);
});
