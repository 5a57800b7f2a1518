import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { brotliCompressSync } from "node:zlib";
import { runInNewContext } from "node:vm";
import { init, TokenwellError } from "tokenwell/slim";
import { installed } from "./package.js";

test("init() takes the module compiled and as bytes", async () => {
  const bytes = await readFile(join(installed, "tokenwell.wasm"));
  assert.equal(init(bytes), undefined);
  assert.equal(init(new WebAssembly.Module(bytes)), undefined);
});

test("init() takes another realm's module and bytes", async () => {
  const bytes = await readFile(join(installed, "tokenwell.wasm"));
  const elsewhere = runInNewContext("(bytes) => [Uint8Array.from(bytes), Uint8Array.from(bytes).buffer, new WebAssembly.Module(bytes)]");
  for (const given of elsewhere(bytes)) assert.equal(init(given), undefined);
});

test("init() refuses everything that is no module", async () => {
  const bytes = await readFile(join(installed, "tokenwell.wasm"));
  const module = new WebAssembly.Module(bytes);
  // Forgotten awaits, and what some bundlers give for an import.
  const almost = [Promise.resolve(module), new Response(bytes), { default: module }, { module }, new URL("file:///tokenwell.wasm"), []];
  for (const given of [undefined, null, 42, "tokenwell.wasm", () => {}, {}, ...almost]) {
    assert.throws(() => init(given), (error) => error instanceof TokenwellError && error.kind === "configuration");
  }
});

test("index carries the module, and the entries that are handed it do not", async () => {
  const module = brotliCompressSync(await readFile(join(installed, "tokenwell.wasm"))).toString("base64");
  const carries = async (name) => (await readFile(join(installed, name), "utf8")).includes(module.slice(0, 1_000));
  for (const name of ["index.js", "index.cjs"]) assert.ok(await carries(name), name);
  for (const name of ["slim.js", "slim.cjs", "workerd.js", "edge-light.js"]) assert.ok(!(await carries(name)), name);
});
