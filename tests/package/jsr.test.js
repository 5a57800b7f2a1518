// JSR takes no conditions in `exports` and no WebAssembly as an entry, so it can have what brings the module along or is
// handed it, and not the entries for workers. Deno's dry run says what JSR would say.

import assert from "node:assert/strict";
import { cp, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { names } from "../runtimes/essentials.js";
import { binary, missing } from "../runtimes/launch/binaries.js";
import { runProgram } from "../runtimes/launch/program.js";
import { createWorld } from "../runtimes/world.js";
import { execute, folder, manifest, root } from "./package.js";

const deno = binary("deno", "deno");
if (deno === null) assert.notEqual(`${process.platform}-${process.arch}`, "linux-x64", missing(deno));

const built = join(root, "pkg");
const jsr = JSON.parse(await readFile(join(built, "jsr.json"), "utf8"));

/** A folder with nothing in it but what would be published. */
async function published(test) {
  const place = await folder(test);
  for (const file of jsr.publish.include) await cp(join(built, file), join(place, file));
  return place;
}

test("JSR's manifest says the same as npm's", () => {
  assert.deepEqual([jsr.version, jsr.license], [manifest.version, manifest.license]);
});

test("JSR takes the package, whose types it can read without inferring any", async (t) => {
  if (deno === null) return;
  // Rejects with what Deno printed.
  await execute(await published(t), deno, "publish", "--dry-run", "--allow-dirty", "--quiet");
});

test("what JSR gets works in Deno", async (t) => {
  if (deno === null) return;
  const place = await published(t);
  const map = join(place, "map.json");
  await writeFile(map, JSON.stringify({ imports: { tokenwell: jsr.exports["."] } }));
  const program = join(root, "tests/bundlers/programs/command.js");
  const world = await createWorld();
  try {
    const options = ["--no-prompt", "--no-lock", "--cached-only", "--allow-net=127.0.0.1", `--import-map=${map}`];
    const found = await runProgram(deno, ["run", ...options, program, world.address]);
    assert.deepEqual(found, names.map((name) => ({ name, problem: null })));
  } finally {
    await world.close();
  }
});

test("its slim entry takes the module", async (t) => {
  if (deno === null) return;
  const place = await published(t);
  const program = join(place, "slim-program.ts");
  await writeFile(program, `
    import { init, lucca } from "${jsr.exports["./slim"]}";
    init(await Deno.readFile("${join(place, "tokenwell.wasm")}"));
    console.log(lucca({ account: "example", clientId: "id", clientSecret: "secret" }).provider);
  `);
  assert.equal(await execute(place, deno, "run", "--check", "--no-prompt", `--allow-read=${place}`, program), "lucca");
});
