// What a part found: a table for people, a file for later comparison, and whether the budgets were kept.

import { mkdir, readFile, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { basename } from "node:path";
import { fileURLToPath } from "node:url";

const folder = new URL("../../../target/bench/", import.meta.url);

/** How a part ends that measured everything and found something over its budget. */
const OVER_BUDGET = 2;

const part = basename(process.argv[1], ".js");

/** @param {number} value */
export const short = (value) =>
  Math.abs(value) >= 100 ? value.toFixed(0) : Math.abs(value) >= 10 ? value.toFixed(1) : value.toFixed(2);

/**
 * Prints a table.
 *
 * @param {string[]} heads of the columns after the first
 * @param {[string, ...(string | number | null)[]][]} rows `null` where there is nothing to say
 */
export function table(heads, rows) {
  const cell = (value) => (value === null ? "–" : typeof value === "number" ? short(value) : value);
  console.log(`  ${"".padEnd(34)}${heads.map((head) => head.padStart(16)).join("")}`);
  for (const [name, ...cells] of rows) {
    console.log(`  ${name.padEnd(34)}${cells.map((value) => cell(value).padStart(16)).join("")}`);
  }
}

/**
 * Prints the verdicts and writes the file. The process ends with another status if a budget was missed.
 *
 * @param {object} results anything that JSON can hold
 * @param {{ what: string, measured: number, atMost: number }[]} budgets
 */
export async function report(results, budgets) {
  console.log();
  for (const { what, measured, atMost } of budgets) {
    const verdict = measured <= atMost ? "ok" : "OVER BUDGET";
    console.log(`  ${what.padEnd(58)}${short(measured).padStart(9)}  of ${String(atMost).padStart(6)}  ${verdict}`);
    if (measured > atMost) process.exitCode = OVER_BUDGET;
  }
  await mkdir(folder, { recursive: true });
  const content = { part, at: new Date().toISOString(), node: process.version, versions: await versions(), results, budgets };
  await writeFile(new URL(`${part}.json`, folder), `${JSON.stringify(content, null, 2)}\n`);
}

async function versions() {
  const here = new URL("../", import.meta.url);
  const { devDependencies } = JSON.parse(await readFile(new URL("package.json", here), "utf8"));
  const { version } = createRequire(fileURLToPath(here))("tokenwell/package.json");
  return { tokenwell: version, ...devDependencies };
}
