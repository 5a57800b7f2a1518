// Runs a program in Vercel's edge runtime, bundled as Next.js bundles for it.

import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { EdgeVM } from "@edge-runtime/vm";
import { bundle } from "./workerd.js";

/**
 * @param {string} program the bundle's main module
 * @param {string} query of the one request that it answers
 * @returns {Promise<string>} the answer's body
 */
export async function runInEdgeRuntime(program, query) {
  const folder = await mkdtemp(join(tmpdir(), "tokenwell-edge-"));
  try {
    await bundle(program, folder, ["edge-light", "browser"], [".wasm?module"]);
    const code = await readFile(join(folder, "worker.js"), "utf8");
    const module = new WebAssembly.Module(await readFile(join(folder, "tokenwell.wasm")));
    const runtime = new EdgeVM({ extend: (context) => Object.assign(context, { tokenwellModule: module }) });
    // Next.js, too, compiles what `?module` asks for beforehand, and hands it in.
    runtime.evaluate(code.replace(/import (\w+) from\s*"[^"]*\.wasm\?module";/, "const $1 = tokenwellModule;"));
    const response = await runtime.dispatchFetch(`http://edge.invalid/?${query}`);
    const text = await response.text();
    await response.waitUntil();
    return text;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
