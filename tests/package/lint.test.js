// What others' linters say about the very tarball that would be published.

import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { execute, root, tarball } from "./package.js";

const modules = join(root, "tests/node_modules");

function publint() {
  return execute(root, process.execPath, join(modules, "publint/src/cli.js"), "--strict", tarball);
}

function attw(...options) {
  const program = join(modules, "@arethetypeswrong/cli/dist/index.js");
  // Types of others would be fetched; there are none of this package.
  const always = ["--format", "ascii", "--no-color", "--no-emoji", "--no-definitely-typed"];
  return execute(root, process.execPath, program, tarball, ...always, ...options);
}

test("publint finds nothing in its strictest mode", async () => {
  assert.match(await publint(), /All good!/);
});

test("Are the Types Wrong? finds nothing in any way of resolving any entry that is a script", async () => {
  const printed = await attw("--profile", "strict", "--exclude-entrypoints", "tokenwell.wasm");
  assert.match(printed, /No problems found/);
  for (const entry of ["tokenwell", "tokenwell/slim", "tokenwell/package.json"]) assert.ok(printed.includes(`"${entry}"`), entry);
});

test("nor in the WebAssembly module, but that it can only be imported", async () => {
  const entry = ["--profile", "strict", "--entrypoints", "tokenwell.wasm"];
  // The rule is about `require`, which gives no runtime and no bundler a WebAssembly module.
  assert.match(await attw(...entry, "--ignore-rules", "cjs-resolves-to-esm"), /No problems found/);
  await assert.rejects(attw(...entry), ({ stdout }) => stdout.includes("CJSResolvesToESM"));
});
