// Test runners, which load the package in ways of their own: started as their users start them, without configuration.

import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { newFolder } from "../folders.js";
import { installed, run } from "./commands.js";

const programs = {
  jest: [installed("jest/bin/jest.js")],
  vitest: [installed("vitest/vitest.mjs"), "run"],
};

/**
 * Runs a test runner in its project, whose one test leaves the results in a file.
 *
 * @param {"jest" | "vitest"} runner
 * @param {"import" | "require"} form
 * @param {string} address the world's
 */
export async function runTests(runner, form, address) {
  const folder = await newFolder();
  const results = join(folder, "results.json");
  const cases = join(folder, "cases.cjs");
  // Jest's `require` does not read ES modules. The package is not in here: the test gives it.
  await build({
    entryPoints: [fileURLToPath(new URL("../../runtimes/essentials.js", import.meta.url))],
    outfile: cases, bundle: true, format: "cjs", platform: "node", logLevel: "silent",
  });
  const env = { TOKENWELL_WORLD: address, TOKENWELL_RESULTS: results, TOKENWELL_CASES: cases, CI: "true" };
  // What Jest's own pages ask for where tests are ES modules.
  if (runner === "jest" && form === "import") env.NODE_OPTIONS = "--experimental-vm-modules";
  const cwd = fileURLToPath(new URL(`../${runner}/${form}/`, import.meta.url));
  await run(process.execPath, programs[runner], { cwd, env });
  return JSON.parse(await readFile(results, "utf8"));
}
