import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { build, transform } from "esbuild";
import { execute, installed, names, root } from "./package.js";

const scripts = [
  "index.js",
  "index.cjs",
  "workerd.js",
  "edge-light.js",
  "slim.js",
  "slim.cjs",
  "browser.js",
  "browser.cjs",
];
const forbidden = [
  /\bnew Function\b/,
  // But not in the words with which the glue describes a value.
  /(?<!`)\bFunction\(/,
  /\beval\(/,
  /\bimport\.meta\b/,
  /\bimport\(/,
  /\brequire\(/,
  /\b__(dir|file)name\b/,
  /["']node:/,
];
const tests = join(root, "tests");
const node = (...args) => execute(tests, process.execPath, ...args);

/** The file of the package that a bundler takes under these conditions. */
async function chosen(conditions, contents = `import * as tokenwell from "tokenwell"; console.log(tokenwell);`) {
  const { metafile } = await build({
    stdin: { contents, resolveDir: tests },
    bundle: true,
    conditions,
    external: ["*.wasm", "*.wasm?module"],
    format: "esm",
    logLevel: "silent",
    metafile: true,
    platform: "neutral",
    write: false,
  });
  const [output] = Object.values(metafile.outputs);
  return Object.entries(output.inputs)
    .filter(([path, { bytesInOutput }]) => path.includes("node_modules/tokenwell/") && bytesInOutput > 0)
    .map(([path]) => path.split("/").at(-1));
}

for (const name of scripts) {
  test(`${name} contains nothing that one of the runtimes forbids`, async () => {
    const source = await readFile(join(installed, name), "utf8");
    for (const construct of forbidden) {
      // Without the whole file in the message.
      assert.ok(!construct.test(source), `${name} contains ${construct}`);
    }
  });

  test(`${name} awaits nothing at its top level`, async () => {
    const source = await readFile(join(installed, name), "utf8");
    // esbuild refuses to write a top-level await as CommonJS.
    await transform(source, { format: "cjs", logLevel: "silent" });
  });
}

test("a top-level await would be noticed", async () => {
  await assert.rejects(transform("await 1;", { format: "cjs", logLevel: "silent" }), /Top-level await/);
});

for (const load of [`import("tokenwell")`, `Promise.resolve(require("tokenwell"))`, `import("tokenwell/slim")`]) {
  test(`${load} compiles and instantiates nothing`, async () => {
    const printed = await node("-e", `
      let touched = 0;
      globalThis.WebAssembly = new Proxy(WebAssembly, { get(target, name) { touched++; return target[name]; } });
      ${load}.then(() => console.log(touched));`);
    assert.equal(printed, "0");
  });
}

test("it can be imported where there is no WebAssembly at all", async () => {
  const printed = await node("--jitless", "-e", `
    import("tokenwell").then((tokenwell) => console.log(typeof WebAssembly, typeof tokenwell.TokenwellError));`);
  assert.equal(printed, "undefined function");
});

test("each kind of runtime gets its entry", async () => {
  assert.deepEqual(await chosen(["workerd", "worker", "browser"]), ["workerd.js"]);
  assert.deepEqual(await chosen(["edge-light", "browser"]), ["edge-light.js"]);
  assert.deepEqual(await chosen(["browser"]), ["browser.js"]);
  assert.deepEqual(await chosen([]), ["index.js"]);
  assert.deepEqual(await chosen(["node"]), ["index.js"]);
  assert.deepEqual(await chosen([], `console.log(require("tokenwell"));`), ["index.cjs"]);
  assert.deepEqual(await chosen(["browser"], `console.log(require("tokenwell"));`), ["browser.cjs"]);
});

test("the entries for workers take the module from beside them", async () => {
  assert.match(await readFile(join(installed, "workerd.js"), "utf8"), /^import \w+ from"\.\/tokenwell\.wasm";/);
  assert.match(await readFile(join(installed, "edge-light.js"), "utf8"), /^import \w+ from"\.\/tokenwell\.wasm\?module";/);
});

for (const load of [`import("tokenwell")`, `new Promise((resolve) => resolve(require("tokenwell")))`]) {
  test(`under the browser condition ${load} throws an error that says why`, async () => {
    const printed = JSON.parse(await node("--conditions=browser", "-e", `
      ${load}.then(() => console.log("null"), ({ name, kind, recovery, message }) =>
        console.log(JSON.stringify({ name, kind, recovery, message })));`));
    assert.equal(printed.name, "TokenwellError");
    assert.equal(printed.kind, "runtime");
    assert.equal(printed.recovery, "fix_configuration");
    assert.match(printed.message, /client secret/);
    assert.match(printed.message, /server/);
    // Jest's jsdom takes what browsers take.
    assert.match(printed.message, /in a test, choose the environment node instead of jsdom/);
    assert.doesNotMatch(printed.message, /[.!?] /, "one sentence");
  });
}

test("a program for a browser links, so that the error is what its developer sees", async () => {
  const contents = `import { ${names.join(", ")} } from "tokenwell"; console.log(${names.join(", ")});`;
  assert.deepEqual(await chosen(["browser"], contents), ["browser.js"]);
});

test("a named import that nobody uses leaves nothing in the bundle", async () => {
  assert.deepEqual(await chosen([], `import { TokenwellError } from "tokenwell";`), []);
});
