// Every essential case out of every bundle, and the table of them.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { after, test } from "node:test";
import { promisify } from "node:util";
import { names } from "../runtimes/essentials.js";
import { everyCasePasses } from "../runtimes/matrix.js";
import { byEsbuild } from "./build/scripts.js";
import { bundlers } from "./bundlers.js";
import { newFolder, removeFolders } from "./folders.js";

everyCasePasses(names, bundlers);

test("a bundle that leaves the package out does not run where bundles are run", async () => {
  for (const form of ["esm", "cjs"]) {
    const file = await byEsbuild(form, await newFolder(), { external: ["tokenwell"] });
    await assert.rejects(promisify(execFile)(process.execPath, [file]), /Cannot find (module|package) 'tokenwell'/);
  }
});

after(removeFolders);
