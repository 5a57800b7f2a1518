// A budget that is kept stays kept; and where one is not, the package does not grow unseen. `cargo xtask bench size` shows
// the budgets.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { brotliCompressSync, gzipSync } from "node:zlib";
import { installed } from "./package.js";

/** How much larger than last time a file over its budget may get, before somebody has to say that it is meant. */
const SLACK = 1.02;

const sizes = JSON.parse(await readFile(new URL("sizes.json", import.meta.url), "utf8"));

const measures = {
  gzip: (bytes) => gzipSync(bytes, { level: 9 }).length,
  brotli: (bytes) => brotliCompressSync(bytes).length,
};

for (const { file, compressedBy, bytes, budget } of sizes) {
  const kept = bytes <= budget;
  test(`${file} ${kept ? "keeps to its budget" : "is no larger than it was"} (${compressedBy})`, async () => {
    const measured = measures[compressedBy](await readFile(join(installed, file)));
    const most = kept ? budget : bytes * SLACK;
    assert.ok(measured <= most, `${file} has ${measured} bytes, may have ${most} and had ${bytes}: see tests/package/sizes.json`);
  });
}
