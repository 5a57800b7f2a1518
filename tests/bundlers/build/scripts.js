// Bundlers that are called from a program. Each writes one file for Node, and none may warn of anything.

import { join } from "node:path";
import { fileURLToPath } from "node:url";
import nodeResolve from "@rollup/plugin-node-resolve";
import { build as esbuild } from "esbuild";
import { rollup } from "rollup";
import { build as vite } from "vite";
import webpack from "webpack";

/** The programs to be bundled: the same in both forms. */
const programs = {
  esm: fileURLToPath(new URL("../programs/command.js", import.meta.url)),
  cjs: fileURLToPath(new URL("../programs/command.cjs", import.meta.url)),
};
const names = { esm: "bundle.mjs", cjs: "bundle.cjs" };

/**
 * @typedef {(form: "esm" | "cjs", folder: string) => Promise<string>} Bundle gives the path of what it wrote
 */

/** @type {Bundle} */
export async function byEsbuild(form, folder, options = {}) {
  const outfile = join(folder, names[form]);
  const { warnings } = await esbuild({
    entryPoints: [programs[form]], outfile, bundle: true, format: form, platform: "node", logLevel: "silent", ...options,
  });
  if (warnings.length > 0) throw new Error(JSON.stringify(warnings));
  return outfile;
}

/** @type {Bundle} */
export async function byWebpack(form, folder) {
  const esm = form === "esm";
  const compiler = webpack({
    entry: programs[form],
    experiments: { outputModule: esm },
    mode: "production",
    output: { path: folder, filename: names[form], module: esm },
    target: "node",
  });
  const stats = await new Promise((resolve, reject) => {
    compiler.run((error, result) => compiler.close(() => (error === null ? resolve(result) : reject(error))));
  });
  if (stats.hasErrors() || stats.hasWarnings()) throw new Error(stats.toString());
  return join(folder, names[form]);
}

/** @type {Bundle} */
export async function byRollup(form, folder) {
  const bundle = await rollup({ input: programs.esm, plugins: [nodeResolve()], onwarn: complain });
  const file = join(folder, names[form]);
  await bundle.write({ file, format: form });
  await bundle.close();
  return file;
}

/** @type {Bundle} */
export async function byVite(form, folder) {
  await vite({
    configFile: false,
    logLevel: "error",
    // Else it leaves packages to be found where the bundle runs.
    ssr: { noExternal: true },
    build: {
      ssr: programs.esm,
      outDir: folder,
      emptyOutDir: false,
      rollupOptions: { output: { format: form, entryFileNames: names[form] }, onwarn: complain },
    },
  });
  return join(folder, names[form]);
}

function complain(warning) {
  throw new Error(warning.message);
}
