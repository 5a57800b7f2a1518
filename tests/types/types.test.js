// The package's types, as strict programs of different kinds see them. What must not compile carries `@ts-expect-error`
// in the fixtures, which is an error itself where nothing is wrong.

import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import ts from "typescript";
import { folder, root } from "../package/package.js";

const here = join(root, "tests/types");

const strict = {
  strict: true,
  exactOptionalPropertyTypes: true,
  noImplicitOverride: true,
  noPropertyAccessFromIndexSignature: true,
  noUncheckedIndexedAccess: true,
  verbatimModuleSyntax: true,
  // The package's own declarations are checked too; only the compiler's are taken for granted.
  skipLibCheck: false,
  skipDefaultLibCheck: true,
  noEmit: true,
  target: ts.ScriptTarget.ES2022,
  typeRoots: [join(root, "tests/node_modules/@types")],
};

const modules = {
  node16: { module: ts.ModuleKind.Node16 },
  nodenext: { module: ts.ModuleKind.NodeNext },
  bundler: { module: ts.ModuleKind.ESNext, moduleResolution: ts.ModuleResolutionKind.Bundler },
};

const environments = {
  "a worker's types": { lib: ["lib.es2022.d.ts"], types: [], files: ["everywhere.ts", "worker.ts", "worker.d.ts"] },
  "neither DOM nor Node types": { lib: ["lib.es2022.d.ts"], types: [], files: ["everywhere.ts", "bare.ts"] },
  "DOM types": {
    lib: ["lib.es2022.d.ts", "lib.dom.d.ts", "lib.dom.iterable.d.ts"],
    types: [],
    files: ["everywhere.ts", "web.ts", "slim.ts"],
  },
  "Node types": { lib: ["lib.es2022.d.ts"], types: ["node"], files: ["everywhere.ts", "web.ts", "node.ts", "slim.ts"] },
  "Bun's types": {
    lib: ["lib.es2022.d.ts"],
    types: ["node"],
    files: ["everywhere.ts", "web.ts", "node.ts", "bun.ts", "bun.d.ts"],
  },
  "DOM and Bun's types": {
    lib: ["lib.es2022.d.ts", "lib.dom.d.ts", "lib.dom.iterable.d.ts"],
    types: ["node"],
    files: ["bun.ts", "bun.d.ts"],
  },
  "DOM and Node types": {
    lib: ["lib.es2022.d.ts", "lib.dom.d.ts", "lib.dom.iterable.d.ts"],
    types: ["node"],
    files: ["everywhere.ts", "web.ts", "node.ts", "slim.ts"],
  },
};

/** What the compiler has to say about these files. */
function diagnostics(files, options) {
  const program = ts.createProgram(files, { ...strict, ...options });
  const host = { getCanonicalFileName: (name) => name, getCurrentDirectory: () => here, getNewLine: () => "\n" };
  return ts.formatDiagnostics(ts.getPreEmitDiagnostics(program), host);
}

for (const [environment, { lib, types, files }] of Object.entries(environments)) {
  for (const [name, kind] of Object.entries(modules)) {
    test(`an ES module compiles with ${environment} and the module resolution ${name}`, () => {
      assert.equal(diagnostics(files.map((file) => join(here, file)), { lib, types, ...kind }), "");
    });
  }

  test(`a CommonJS program compiles with ${environment}`, () => {
    for (const kind of [modules.node16, modules.nodenext]) {
      assert.equal(diagnostics([join(here, "commonjs.cts")], { lib, types, ...kind, verbatimModuleSyntax: false }), "");
    }
  });
}

test("a program of the time before export conditions compiles", () => {
  const kind = { module: ts.ModuleKind.CommonJS, moduleResolution: ts.ModuleResolutionKind.Node10, verbatimModuleSyntax: false };
  const { lib, types } = environments["Node types"];
  assert.equal(diagnostics([join(here, "everywhere.ts"), join(here, "web.ts")], { lib, types, ...kind }), "");
});

test("each half of the types is that of its module format", () => {
  const resolve = (mode) =>
    ts.resolveModuleName("tokenwell", join(here, "everywhere.ts"), { ...strict, ...modules.node16 }, ts.sys, undefined, undefined, mode)
      .resolvedModule.resolvedFileName;
  assert.match(resolve(ts.ModuleKind.ESNext), /tokenwell\/index\.d\.ts$/);
  assert.match(resolve(ts.ModuleKind.CommonJS), /tokenwell\/index\.d\.cts$/);
});

test("a mistake would be noticed", async (t) => {
  const place = await folder(t);
  const file = join(place, "mistake.ts");
  await writeFile(file, `import { lucca } from ${JSON.stringify(join(root, "tests/node_modules/tokenwell/index.js"))};\nlucca({ acount: "example" });\n`);
  assert.match(diagnostics([file], { lib: ["lib.es2022.d.ts"], types: [], ...modules.bundler }), /'acount' does not exist/);
});
