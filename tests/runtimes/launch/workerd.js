// Starts workerd with a worker that is bundled as its users bundle theirs.

import { spawn } from "node:child_process";
import { copyFile, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { binary } from "./binaries.js";
import { MOST_MS } from "./program.js";

const require = createRequire(import.meta.url);

/** The program, or null where there is none for this platform. */
export const workerdBinary = () => binary("workerd", "bin/workerd");

/**
 * @typedef {object} Server
 * @property {string} address
 * @property {() => string} errors what it has printed about what went wrong
 * @property {() => Promise<void>} close
 */

/**
 * Bundles a worker and starts it without compatibility flags.
 *
 * @param {string} program the worker's main module
 * @param {string} compatibilityDate its runtime behaves as on this day
 * @returns {Promise<Server>}
 */
export async function startWorker(program, compatibilityDate) {
  const folder = await mkdtemp(join(tmpdir(), "tokenwell-workerd-"));
  await bundle(program, folder, ["workerd", "worker", "browser"], [".wasm"]);
  return serveWorker(folder, compatibilityDate);
}

/**
 * Starts the worker that a bundler left in a folder: `worker.js`, and WebAssembly modules. The folder goes in the end.
 *
 * @param {string} folder
 * @param {string} compatibilityDate
 * @returns {Promise<Server>}
 */
export async function serveWorker(folder, compatibilityDate) {
  const modules = (await readdir(folder)).filter((name) => name.endsWith(".wasm"));
  await writeFile(join(folder, "config.capnp"), configuration(modules, compatibilityDate));
  const child = spawn(workerdBinary(), ["serve", "--control-fd=3", "config.capnp"], {
    cwd: folder,
    stdio: ["ignore", "ignore", "pipe", "pipe"],
  });
  let errors = "";
  child.stderr.on("data", (chunk) => (errors += chunk));
  const ended = new Promise((resolve) => child.once("close", resolve));
  const port = await new Promise((resolve, reject) => {
    createInterface({ input: child.stdio[3] }).on("line", (line) => {
      const told = JSON.parse(line);
      if (told.event === "listen") resolve(told.port);
    });
    ended.then(() => reject(new Error(`workerd ended: ${errors}`)));
  });
  return {
    address: `http://127.0.0.1:${port}`,
    errors: () => errors,
    async close() {
      child.kill("SIGKILL");
      await ended;
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/**
 * Has a server run the cases in one request, and ends it.
 *
 * @param {Server} server
 * @param {string} path
 * @param {string} address the world's
 * @returns {Promise<object[]>} the results
 */
export async function askAndClose(server, path, address) {
  try {
    const signal = AbortSignal.timeout(MOST_MS);
    const response = await fetch(`${server.address}${path}?world=${encodeURIComponent(address)}`, { signal });
    const text = await response.text();
    if (!response.ok) throw new Error(`${response.status} ${text} ${server.errors()}`);
    return JSON.parse(text);
  } finally {
    await server.close();
  }
}

/**
 * Bundles a program with the package under these conditions; the WebAssembly module lies beside it.
 *
 * @param {string} program
 * @param {string} folder
 * @param {string[]} conditions
 * @param {string[]} beside endings of imports that stay imports
 */
export async function bundle(program, folder, conditions, beside) {
  await build({
    entryPoints: [fileURLToPath(new URL(program, import.meta.url))],
    outfile: join(folder, "worker.js"),
    bundle: true,
    conditions,
    external: beside.map((ending) => `*${ending}`),
    format: "esm",
    logLevel: "silent",
    platform: "neutral",
  });
  await copyFile(require.resolve("tokenwell/tokenwell.wasm"), join(folder, "tokenwell.wasm"));
}

const configuration = (modules, compatibilityDate) => `
using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  services = [(name = "main", worker = .main), (name = "internet", network = (allow = ["local"]))],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "main")]
);
const main :Workerd.Worker = (
  modules = [
    (name = "worker.js", esModule = embed "worker.js"),
    ${modules.map((name) => `(name = "${name}", wasm = embed "${name}")`).join(",\n    ")}
  ],
  compatibilityDate = "${compatibilityDate}"
);
`;
