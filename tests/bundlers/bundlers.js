// Every bundler and test runner whose users the package serves, as data.

import { missing } from "../runtimes/launch/binaries.js";
import { runProgram } from "../runtimes/launch/program.js";
import { askAndClose, serveWorker, workerdBinary } from "../runtimes/launch/workerd.js";
import { bun, byBun, byDeno, byWrangler, deno, denosEsbuild, youngerNode } from "./build/commands.js";
import { application } from "./build/next.js";
import { runTests } from "./build/runners.js";
import { byEsbuild, byRollup, byVite, byWebpack } from "./build/scripts.js";
import { newFolder } from "./folders.js";

const DENO = ["run", "--no-prompt", "--no-lock", "--cached-only", "--allow-net=127.0.0.1"];

/** @type {import("../runtimes/matrix.js").Place[]} */
export const bundlers = [
  script("esbuild, ES modules", byEsbuild, "esm"),
  script("esbuild, CommonJS", byEsbuild, "cjs"),
  script("webpack, ES modules", byWebpack, "esm"),
  script("webpack, CommonJS", byWebpack, "cjs"),
  script("rollup to an ES module", byRollup, "esm"),
  script("rollup to CommonJS", byRollup, "cjs"),
  script("Vite, for the server", byVite, "esm"),
  place("bun build", [bun], async (folder, address) => {
    return runProgram(bun, [await byBun(folder, ["--target=bun"], "bundle.js"), address], { cwd: folder });
  }),
  place("bun build, for Node", [bun], async (folder, address) => {
    return runProgram(process.execPath, [await byBun(folder, ["--target=node"], "bundle.mjs"), address], { cwd: folder });
  }),
  place("bun build --compile", [bun], async (folder, address) => {
    return runProgram(await byBun(folder, ["--compile"], "bundle"), [address], { cwd: folder });
  }),
  place("deno bundle", [deno, denosEsbuild], async (folder, address) => {
    return runProgram(deno, [...DENO, await byDeno(folder), address], { cwd: folder });
  }),
  place("wrangler, in workerd", [youngerNode, workerdBinary()], async (folder, address) => {
    await byWrangler(folder);
    return askAndClose(await serveWorker(folder, "2026-10-01"), "/", address);
  }),
  ...next("webpack", { "Node route": "/node", "edge API route": "/api/edge" }),
  ...next("turbopack", { "Node route": "/node", "edge route": "/edge", "edge API route": "/api/edge" }),
  ...["jest", "vitest"].flatMap((runner) =>
    ["import", "require"].map((form) => ({
      name: `${runner}, ${form}`, missing: null, run: (address) => runTests(runner, form, address),
    })),
  ),
];

function script(name, bundle, form) {
  return place(name, [], async (folder, address) => {
    return runProgram(process.execPath, [await bundle(form, folder), address], { cwd: folder });
  });
}

function next(bundler, routes) {
  const ask = application(bundler);
  return Object.entries(routes).map(([route, path]) => ({
    name: `Next.js with ${bundler}, ${route}`, missing: null, run: (address) => ask(path, address),
  }));
}

/** Bundles into a folder of its own, and runs it there. */
function place(name, programs, run) {
  const lacking = programs.includes(null) ? missing(null) : null;
  return { name, missing: lacking, run: async (address) => run(await newFolder(), address) };
}
