// Every runtime that the package promises to work in, as data.

import { binary, missing } from "./launch/binaries.js";
import { runInEdgeRuntime } from "./launch/edge-light.js";
import { programFile, runProgram } from "./launch/program.js";
import { askAndClose, startWorker, workerdBinary } from "./launch/workerd.js";

const version = process.versions.node.split(".")[0];

/** The other Node versions are packages for one platform, and so are optional. */
const nodes = [["node20", "20.16"], ["node22", "22"], ["node24", "24"], ["node26", "26"]].map(([name, major]) => [major, binary(name, "bin/node")]);

/** @type {import("./matrix.js").Place[]} */
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
  return { name, missing: missing(program), run: (address) => runProgram(program, [...before, programFile(file), address]) };
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
      return askAndClose(await startWorker("../programs/workerd.js", compatibilityDate), "/", address);
    },
  };
}

async function edge(address) {
  return JSON.parse(await runInEdgeRuntime("../programs/edge-light.js", `world=${encodeURIComponent(address)}`));
}
