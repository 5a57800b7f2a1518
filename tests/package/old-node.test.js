// What a Node says that is older than the package allows: npm warns of it and installs all the same.

import assert from "node:assert/strict";
import { symlink } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { binary, missing } from "../runtimes/launch/binaries.js";
import { execute, folder, manifest, root } from "./package.js";

const [oldest] = /\d+\.\d+/.exec(manifest.engines.node);
const loads = { import: `import("tokenwell")`, require: `Promise.resolve(require("tokenwell"))` };

/** What becomes of an expression over the package `t` in an old Node: what it gives, or name, kind and message of its error. */
async function outcome(test, major, load, expression) {
  const node = binary(`node${major}`, "bin/node");
  if (node === null) {
    assert.notEqual(`${process.platform}-${process.arch}`, "linux-x64", missing(node));
    return null;
  }
  // In a file: what is given on the command line has Node's modules as globals, `crypto` among them.
  const place = await folder(test, {
    "program.cjs": `${load}
      .then(async (t) => ({ value: await ${expression} }))
      .catch(({ name, kind, message }) => ({ name, kind, message }))
      .then((outcome) => console.log(JSON.stringify(outcome)));`,
  });
  await symlink(join(root, "tests/node_modules"), join(place, "node_modules"));
  return JSON.parse(await execute(place, node, "program.cjs"));
}

const client = `t.lumanu(${JSON.stringify({ environment: "sandbox", clientId: "id", clientSecret: "secret" })})`;

for (const [form, load] of Object.entries(loads)) {
  for (const major of [16, 18]) {
    test(`Node ${major} can ${form} the package, and is told at first use which Node is needed`, async (t) => {
      const found = await outcome(t, major, load, client);
      if (found === null) return;
      assert.deepEqual([found.name, found.kind], ["TokenwellError", "runtime"]);
      assert.ok(found.message.includes(`Node ${oldest}`), found.message);
    });
  }
}
