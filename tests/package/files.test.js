import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { execute, installed, root, tarball } from "./package.js";

test("the tarball holds exactly the files that are meant to be published", async () => {
  const listed = await execute(root, "tar", "-tzf", tarball);
  const files = listed.split("\n").map((line) => line.replace(/^package\//, ""));
  assert.deepEqual(files.sort(), [
    "CHANGELOG.md",
    "LICENSE-APACHE",
    "LICENSE-MIT",
    "README.md",
    "browser.cjs",
    "browser.js",
    "edge-light.js",
    "index.cjs",
    "index.d.cts",
    "index.d.ts",
    "index.js",
    "package.json",
    "slim.cjs",
    "slim.d.cts",
    "slim.d.ts",
    "slim.js",
    "tokenwell.wasm",
    "tokenwell.wasm.d.ts",
    "workerd.js",
  ].sort());
});

test("the tests use the very files of the tarball", async () => {
  const content = await execute(root, "tar", "-xzOf", tarball, "package/index.js");
  assert.equal(content, (await readFile(join(installed, "index.js"), "utf8")).trim());
});

test("both licences name the developers", async () => {
  for (const name of ["LICENSE-MIT", "LICENSE-APACHE"]) {
    assert.match(await readFile(join(installed, name), "utf8"), /Copyright (\(c\) )?The Tokenwell developers/);
  }
});

test("the module is valid in this Node", async () => {
  assert.ok(WebAssembly.validate(await readFile(join(installed, "tokenwell.wasm"))));
});

test("no file tells where it was built", async () => {
  const listed = await execute(root, "tar", "-tzf", tarball);
  for (const line of listed.split("\n")) {
    const content = await readFile(join(installed, line.replace(/^package\//, "")), "latin1");
    assert.equal(content.includes(root), false, line);
    assert.doesNotMatch(content, /\.cargo\/registry\/src/, line);
  }
});
