// Where the programs of the other runtimes lie: their packages bring them for one platform each.

import { createRequire } from "node:module";

const require = createRequire(import.meta.url);

/**
 * @param {string} name a package that holds a program itself, or names packages of platforms that do
 * @param {string} path where in the package
 * @returns {string | null} null where there is none for this platform
 */
export function binary(name, path) {
  try {
    const { optionalDependencies = {} } = require(`${name}/package.json`);
    const platforms = Object.keys(optionalDependencies);
    const holders = platforms.length === 0 ? [name] : platforms;
    return holders.map((holder) => resolved(`${holder}/${path}`)).find((found) => found !== null) ?? null;
  } catch {
    return null;
  }
}

function resolved(path) {
  try {
    // Only what is there for this platform is installed.
    return require.resolve(path);
  } catch {
    return null;
  }
}

/** @param {string | null} program what {@link binary} gave @returns {string | null} why there is none, if there is none */
export function missing(program) {
  return program === null ? `its package has no program for ${process.platform}-${process.arch}` : null;
}
