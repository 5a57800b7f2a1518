// The package does not grow unseen. What it should come down to are the budgets, which `cargo xtask bench size` shows.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { brotliCompressSync, gzipSync } from "node:zlib";
import { installed } from "./package.js";

/** How much larger than last time a file may get, before somebody has to say that it is meant. */
const SLACK = 1.02;

const sizes = JSON.parse(await readFile(new URL("sizes.json", import.meta.url), "utf8"));

const measures = {
  gzip: (bytes) => gzipSync(bytes, { level: 9 }).length,
  brotli: (bytes) => brotliCompressSync(bytes).length,
};

for (const { file, compressedBy, bytes } of sizes) {
  test(`${file} is no larger than it was (${compressedBy})`, async () => {
    const measured = measures[compressedBy](await readFile(join(installed, file)));
    assert.ok(
      measured <= bytes * SLACK,
      `${file} has ${measured} bytes and had ${bytes}: if that is meant, change tests/package/sizes.json`,
    );
  });
}
