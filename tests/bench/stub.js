// What a token request costs apart from the network: a fetch that answers at once, and what each library adds to it.

import { stubFetch, tokenRequests } from "./lib/contestants.js";
import { race } from "./lib/race.js";
import { report, table } from "./lib/report.js";

const times = await race(tokenRequests("http://127.0.0.1:9", stubFetch), { rounds: 400, calls: 50 });

const bare = times["bare fetch"];
const rows = Object.entries(times).map(([name, time]) => ({ name, microseconds: time / 1e3, added: (time - bare) / 1e3 }));
table(["µs", "added, µs"], rows.map(({ name, microseconds, added }) => [name, microseconds, added]));
const added = (times.tokenwell - bare) / 1e3;
await report(rows, [{ what: "library cost with a stub fetch, µs", measured: added, atMost: 6 }]);
