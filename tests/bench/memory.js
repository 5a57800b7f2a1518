// Whether resident memory grows with use.

import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { report, table } from "./lib/report.js";

const FEW = 10_000;

function growth(what, many) {
  const program = fileURLToPath(new URL("programs/growth.js", import.meta.url));
  const args = ["--expose-gc", program, what, String(FEW), String(many)];
  const [before, after] = JSON.parse(execFileSync(process.execPath, args, { encoding: "utf8" }));
  return { before, after, ratio: after / before };
}

const cached = growth("cached", 1_000_000);
const refreshes = growth("refreshes", 100_000);
const row = (name, { before, after, ratio }) => [name, before / 1e6, after / 1e6, ratio];
table(["after 10 000, MB", "at the end, MB", "ratio"], [row("1 000 000 cached calls", cached), row("100 000 refreshes", refreshes)]);
await report({ cached, refreshes }, [
  { what: "memory after 1 000 000 cached calls ÷ after 10 000", measured: cached.ratio, atMost: 1.1 },
  { what: "memory after 100 000 refreshes ÷ after 10 000", measured: refreshes.ratio, atMost: 1.1 },
]);
