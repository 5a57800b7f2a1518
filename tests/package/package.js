// Where the packed package lies, and how to run programs that use it.

import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const run = promisify(execFile);

export const root = fileURLToPath(new URL("../../", import.meta.url));

/** The package as `npm install` would leave it: unpacked from the tarball by `cargo xtask build`. */
export const installed = join(root, "tests/node_modules/tokenwell");

export const manifest = JSON.parse(await readFile(join(installed, "package.json"), "utf8"));

/** What `npm pack` wrote. */
export const tarball = join(root, `target/xtask/tokenwell-${manifest.version}.tgz`);

/** The names of the public contract. */
export const names = ["TokenwellError", "luminary", "lumanu", "lumoauth", "lucca", "oauth"].sort();

/** A new folder with these files in it; it goes when the test ends. */
export async function folder(test, files = {}) {
  const path = await mkdtemp(join(tmpdir(), "tokenwell-"));
  test.after(() => rm(path, { recursive: true, force: true }));
  for (const [name, content] of Object.entries(files)) await writeFile(join(path, name), content);
  return path;
}

/** Runs a program in a folder and returns what it printed. */
export async function execute(cwd, program, ...args) {
  const { stdout } = await run(program, args, { cwd });
  return stdout.trim();
}
