// Bundlers that are commands.

import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { copyFile, mkdir } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { binary } from "../../runtimes/launch/binaries.js";
import { MOST_MS } from "../../runtimes/launch/program.js";
import { newFolder } from "../folders.js";

const execute = promisify(execFile);
const programs = fileURLToPath(new URL("../programs/", import.meta.url));

/** The path of a file of an installed package, also of one that the package does not export. */
export const installed = (path) => fileURLToPath(new URL(`../node_modules/${path}`, import.meta.url));

export const bun = binary("bun", "bin/bun");
export const deno = binary("deno", "deno");

/** The program with which Deno bundles: it would fetch it when it is first used. */
export const denosEsbuild = existsSync(installed("esbuild-of-deno")) ? installed("esbuild-of-deno/bin/esbuild") : null;

/** wrangler does not run on Node 20. */
export const youngerNode = Number.parseInt(process.versions.node) >= 22 ? process.execPath : binary("node24", "bin/node");

/** Gives what a command printed; throws all of it if the command fails. */
export async function run(program, given, { env, ...options } = {}) {
  const surroundings = { ...process.env, DO_NOT_TRACK: "1", NO_COLOR: "1", ...env };
  // Set by the test runner, for itself.
  delete surroundings.NODE_TEST_CONTEXT;
  try {
    return (await execute(program, given, { timeout: MOST_MS, maxBuffer: 64 << 20, ...options, env: surroundings })).stdout;
  } catch (error) {
    throw new Error(`${error.message}\n${error.stdout}\n${error.stderr}`);
  }
}

/**
 * @param {string} folder
 * @param {string[]} options
 * @param {string} name of what is written
 */
export async function byBun(folder, options, name) {
  const file = join(folder, name);
  await run(bun, ["build", "command.js", ...options, `--outfile=${file}`], { cwd: programs });
  return file;
}

export async function byDeno(folder) {
  const cache = await newFolder();
  const place = join(cache, "dl/esbuild-0.25.5");
  await mkdir(place, { recursive: true });
  await copyFile(denosEsbuild, join(place, "esbuild-linux-x64"));
  const file = join(folder, "bundle.js");
  const env = { DENO_DIR: cache, DENO_NO_UPDATE_CHECK: "1" };
  await run(deno, ["bundle", "--quiet", "--no-lock", "--platform=deno", `--output=${file}`, "command.js"], { cwd: programs, env });
  return file;
}

/** Leaves a worker and its WebAssembly module in the folder. */
export async function byWrangler(folder) {
  const home = await newFolder();
  const env = {
    WRANGLER_SEND_METRICS: "false",
    WRANGLER_HIDE_BANNER: "true",
    WRANGLER_LOG_PATH: join(home, "logs"),
    XDG_CONFIG_HOME: home,
  };
  const given = ["deploy", "--dry-run", "--outdir", folder, "--config", "wrangler.json"];
  await run(youngerNode, [installed("wrangler/bin/wrangler.js"), ...given], { cwd: programs, env });
}
