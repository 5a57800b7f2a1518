// An authenticated GET over loopback, compared with a bare fetch with the same header.

import { authenticatedGets } from "./lib/contestants.js";
import { race } from "./lib/race.js";
import { report, table } from "./lib/report.js";
import { startServer } from "./lib/server.js";

const server = await startServer();
const times = await race(authenticatedGets(server.origin), { rounds: 5_000 });
server.stop();

const bare = times["bare fetch"];
const rows = Object.entries(times).map(([name, time]) => ({ name, microseconds: time / 1e3, ratio: time / bare }));
table(["µs", "÷ bare fetch"], rows.map(({ name, microseconds, ratio }) => [name, microseconds, ratio]));
await report(rows, [{ what: "authenticated GET ÷ bare fetch", measured: times.tokenwell / bare, atMost: 1.03 }]);
