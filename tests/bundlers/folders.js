// Where bundles are put to run: where no package is installed, so that a bundle that left something out fails.

import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

const made = [];

/** A new folder with no `node_modules` above it. It goes with {@link removeFolders}. */
export async function newFolder() {
  const folder = await mkdtemp(join(tmpdir(), "tokenwell-bundle-"));
  made.push(folder);
  for (let above = folder; above !== dirname(above); above = dirname(above)) {
    if (existsSync(join(above, "node_modules"))) throw new Error(`Packages are installed in ${above}: remove its node_modules.`);
  }
  return folder;
}

export async function removeFolders() {
  await Promise.all(made.splice(0).map((folder) => rm(folder, { recursive: true, force: true })));
}
