// Runs a program to its end and reads what it printed.

import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const execute = promisify(execFile);

/** Longer than the slowest runtime takes, by far. */
export const MOST_MS = 180_000;

/** A runtime's program, a file among `programs/`. */
export const programFile = (name) => fileURLToPath(new URL(`../programs/${name}`, import.meta.url));

/**
 * @param {string} program
 * @param {string[]} given its arguments, the last of which is the world's address
 * @param {import("node:child_process").ExecFileOptions} [options]
 * @returns {Promise<object[]>} the results, which are the last line
 */
export async function runProgram(program, given, options = {}) {
  const { stdout } = await execute(program, given, { timeout: MOST_MS, maxBuffer: 64 << 20, ...options });
  return JSON.parse(stdout.trim().split("\n").at(-1));
}
