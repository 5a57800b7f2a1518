// Every runtime that the package promises to work in, as data.

import { binary } from "./launch/binaries.js";
import { runInEdgeRuntime } from "./launch/edge-light.js";
import { MOST_MS, runProgram } from "./launch/program.js";
import { startWorker, workerdBinary } from "./launch/workerd.js";

/**
 * @typedef {object} Runtime
 * @property {string} name
 * @property {string | null} missing why it cannot run here, if it can't
 * @property {(address: string) => Promise<{ name: string, problem: string | null }[]>} run
 */

const version = process.versions.node.split(".")[0];

/** The other Node versions are packages for one platform, and so are optional. */
const nodes = [["node22", "22"], ["node24", "24"], ["node26", "26"]].map(([name, major]) => [major, binary(name, "bin/node")]);

/** @type {Runtime[]} */
export const runtimes = [
  ...[[version, process.execPath], ...nodes.filter(([major]) => major !== version)].flatMap(([major, program]) => [
    command(`Node ${major}, import`, program, [], "node.js"),
    command(`Node ${major}, require`, program, [], "node.cjs"),
  ]),
  command(`Node ${version}, slim`, process.execPath, [], "node-slim.js"),
  command("Deno, with the network alone", binary("deno", "deno"), denoArguments(), "deno.js"),
  command("Bun", binary("bun", "bin/bun"), [], "bun.js"),
  worker("2022-10-31"),
  worker("2026-10-23"),
  { name: "the edge runtime", missing: null, run: (address) => edge(address) },
];

function command(name, program, before, file) {
  return { name, missing: missing(program), run: (address) => runProgram(program, before, file, address) };
}

/** No permission for anything but loopback: neither files nor the environment. */
function denoArguments() {
  return ["run", "--no-prompt", "--no-lock", "--cached-only", "--allow-net=127.0.0.1"];
}

function worker(compatibilityDate) {
  return {
    name: `workerd as of ${compatibilityDate}`,
    missing: missing(workerdBinary()),
    async run(address) {
      const started = await startWorker("../programs/workerd.js", compatibilityDate);
      try {
        const signal = AbortSignal.timeout(MOST_MS);
        const response = await fetch(`${started.address}/?world=${encodeURIComponent(address)}`, { signal });
        return await response.json();
      } finally {
        await started.close();
      }
    },
  };
}

async function edge(address) {
  return JSON.parse(await runInEdgeRuntime("../programs/edge-light.js", `world=${encodeURIComponent(address)}`));
}

function missing(program) {
  return program === null ? `its package has no program for ${process.platform}-${process.arch}` : null;
}
