// Runs a program to its end and reads what it printed.

import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const execute = promisify(execFile);

/** Longer than the slowest runtime takes, by far. */
export const MOST_MS = 180_000;

/**
 * @param {string} program
 * @param {string[]} before arguments for the runtime
 * @param {string} name the program's file among `programs/`
 * @param {string} address the world's
 * @returns {Promise<object[]>} the results, which are the last line
 */
export async function runProgram(program, before, name, address) {
  const file = fileURLToPath(new URL(`../programs/${name}`, import.meta.url));
  const { stdout } = await execute(program, [...before, file, address], { timeout: MOST_MS, maxBuffer: 64 << 20 });
  return JSON.parse(stdout.trim().split("\n").at(-1));
}
