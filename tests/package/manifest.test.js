import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { installed, manifest, root } from "./package.js";

/** Every condition object of the exports map, and every path in it. */
function walk(node, objects = [], paths = []) {
  if (typeof node === "string") paths.push(node);
  else {
    objects.push(node);
    for (const value of Object.values(node)) walk(value, objects, paths);
  }
  return { objects, paths };
}

test("the package, the crates, the lock file and the changelog have one version", async () => {
  const read = (name) => readFile(join(root, name), "utf8");
  const cargo = await read("Cargo.toml");
  const { version } = manifest;
  assert.equal(/^version = "(.+)"$/m.exec(cargo.split("[workspace.package]")[1])[1], version, "the workspace");
  // What the layer asks for, and what is published as the core's version with it.
  assert.equal(/^tokenwell = \{ path = "src\/core", version = "(.+)" \}$/m.exec(cargo)[1], version, "the core as a dependency");
  const lock = await read("Cargo.lock");
  for (const [name, folder] of Object.entries({ tokenwell: "src/core", "tokenwell-wasm": "src/wasm", xtask: "xtask" })) {
    assert.match(await read(`${folder}/Cargo.toml`), /^version\.workspace = true$/m, folder);
    assert.equal(new RegExp(`name = "${name}"\nversion = "(.+)"`).exec(lock)[1], version, `${name} in Cargo.lock`);
  }
  const entries = [...(await read("CHANGELOG.md")).matchAll(/^## \[(.+?)\]/gm)].map(([, entry]) => entry);
  assert.equal(entries.find((entry) => entry !== "Unreleased"), version, "the changelog's newest entry");
});

test("the manifest and the crates state the same licence", async () => {
  const cargo = await readFile(join(root, "Cargo.toml"), "utf8");
  assert.equal(manifest.license, /^license = "(.+)"$/m.exec(cargo)[1]);
});

test("the package depends on nothing and runs nothing when it is installed", () => {
  for (const member of ["dependencies", "peerDependencies", "optionalDependencies", "scripts", "bin"]) {
    assert.equal(member in manifest, false, member);
  }
});

test("every path of the manifest exists", () => {
  const { paths } = walk(manifest.exports);
  for (const path of [...paths, manifest.main, manifest.module, manifest.types, ...manifest.sideEffects]) {
    assert.ok(existsSync(join(installed, path)), path);
  }
});

test("workers come before the browser, since their builds set that condition too", () => {
  assert.deepEqual(Object.keys(manifest.exports["."]), ["workerd", "edge-light", "browser", "import", "require"]);
});

test("types come first in every condition, in the form that the condition loads", () => {
  const { objects } = walk(manifest.exports);
  const loading = objects.filter((object) => "default" in object && typeof object.default === "string");
  assert.ok(loading.length >= 9);
  for (const object of loading) {
    assert.equal(Object.keys(object)[0], "types");
    assert.equal(object.types.endsWith(".d.cts"), object.default.endsWith(".cjs"), object.default);
  }
});
