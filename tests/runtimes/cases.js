// The files of the language-neutral cases, as this machine's disk has them.

import { readFileSync, readdirSync } from "node:fs";

/**
 * @param {"vectors" | "scenarios"} folder
 * @returns {{ name: string, content: object }[]}
 */
export function casesOf(folder) {
  const base = new URL(`../${folder}/`, import.meta.url);
  return readdirSync(base)
    .filter((name) => name.endsWith(".json") && name !== "schema.json")
    .sort()
    .map((name) => ({ name: name.slice(0, -".json".length), content: JSON.parse(readFileSync(new URL(name, base), "utf8")) }));
}
