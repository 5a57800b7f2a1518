// Runs the examples as their users do: each in a process of its own.

import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";

export const here = fileURLToPath(new URL(".", import.meta.url));

/** Puts the emulators in the place of the providers, and their sample credentials into the environment. */
export const emulated = ["--import", "../tests/emulators/register.js"];

/** The environment without the variables that the providers know, whatever is set where the tests run. */
const plain = Object.fromEntries(
  Object.entries(process.env).filter(([name]) => !/^(CLIENT_|WITHLUMINARY_|LUMINARY_|LUMANU_|LUMOAUTH_|LUCCA_|NODE_)/.test(name)),
);

/**
 * @param {string[]} args for `node`
 * @param {Record<string, string>} [env] variables to add
 * @returns {Promise<{ status: number, stdout: string, stderr: string }>}
 */
export function node(args, env = {}) {
  return new Promise((resolve) => {
    const options = { cwd: here, env: { ...plain, ...env }, timeout: 60_000 };
    execFile(process.execPath, args, options, (error, stdout, stderr) => {
      resolve({ status: error === null ? 0 : (error.code ?? -1), stdout, stderr });
    });
  });
}
