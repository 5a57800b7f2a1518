// Next.js: its production build, as a server that stands by itself.

import { spawn } from "node:child_process";
import { cp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { askAndClose } from "../../runtimes/launch/workerd.js";
import { newFolder } from "../folders.js";
import { installed, run } from "./commands.js";

const project = fileURLToPath(new URL("../next/", import.meta.url));

/**
 * An application, built when it is first asked.
 *
 * @param {"webpack" | "turbopack"} bundler
 * @returns {(path: string, address: string) => Promise<object[]>} what the route answers for a world
 */
export function application(bundler) {
  let built;
  return async (path, address) => {
    built ??= build(bundler);
    return askAndClose(await serve(join(await built, "bundlers/next")), path, address);
  };
}

async function build(bundler) {
  const output = join(project, `.next-${bundler}`);
  await rm(output, { recursive: true, force: true });
  const env = { TOKENWELL_BUNDLER: bundler, NEXT_TELEMETRY_DISABLED: "1", NODE_ENV: "production" };
  await run(process.execPath, [installed("next/dist/bin/next"), "build", `--${bundler}`], { cwd: project, env });
  const folder = await newFolder();
  await cp(join(output, "standalone"), folder, { recursive: true, verbatimSymlinks: true });
  await rm(output, { recursive: true, force: true });
  return folder;
}

/** Starts the server that the build left in a folder. */
async function serve(folder) {
  const port = await freePort();
  const child = spawn(process.execPath, ["server.js"], {
    cwd: folder,
    env: { ...process.env, HOSTNAME: "127.0.0.1", NEXT_TELEMETRY_DISABLED: "1", PORT: String(port) },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let printed = "";
  const ended = new Promise((resolve) => child.once("close", resolve));
  await new Promise((resolve, reject) => {
    for (const stream of [child.stdout, child.stderr]) {
      stream.on("data", (chunk) => {
        printed += chunk;
        if (printed.includes("Ready in")) resolve();
      });
    }
    ended.then(() => reject(new Error(`The server ended: ${printed}`)));
  });
  return {
    address: `http://127.0.0.1:${port}`,
    errors: () => printed,
    async close() {
      child.kill("SIGKILL");
      await ended;
    },
  };
}

/** The server takes port 0 for none given. */
async function freePort() {
  const server = createServer();
  await new Promise((resolve, reject) => server.once("error", reject).listen(0, "127.0.0.1", resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}
