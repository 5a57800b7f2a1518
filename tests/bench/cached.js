// A token that is there already, compared with an async function that returns a constant.

import { cachedTokens } from "./lib/contestants.js";
import { race } from "./lib/race.js";
import { report, table } from "./lib/report.js";

const { "@azure/msal-node": slow, ...fast } = await cachedTokens();
// In a race of its own, which would otherwise last minutes.
const times = {
  ...(await race(fast, { rounds: 100, calls: 20_000 })),
  ...(await race({ "@azure/msal-node": slow }, { rounds: 100, calls: 100 })),
};

const constant = times["async function, constant"];
const rows = Object.entries(times).map(([name, time]) => ({ name, nanoseconds: time, ratio: time / constant }));
table(["ns", "÷ constant"], rows.map(({ name, nanoseconds, ratio }) => [name, nanoseconds, ratio]));
await report(rows, [{ what: "cached token, ns", measured: times.tokenwell, atMost: 200 }]);
