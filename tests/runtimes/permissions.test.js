// What a runtime says that was not given the permission for the network, in its own words.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { test } from "node:test";
import { binary, missing } from "./launch/binaries.js";

const execute = promisify(execFile);
const cwd = fileURLToPath(new URL("..", import.meta.url));

const runtimes = {
  "Deno without --allow-net": [binary("deno", "deno"), "run", "--no-prompt", "--no-lock", "--cached-only"],
  "Node without --allow-net": [binary("node26", "bin/node"), "--no-warnings", "--permission", "--allow-fs-read=*"],
};

for (const [name, [program, ...options]] of Object.entries(runtimes)) {
  test(`${name}: the error says that a permission is missing, and nothing is tried again`, async () => {
    if (program === null) {
      // On this platform all of them are installed.
      assert.notEqual(`${process.platform}-${process.arch}`, "linux-x64", missing(program));
      return;
    }
    const file = fileURLToPath(new URL("programs/without-network.js", import.meta.url));
    const { stdout } = await execute(program, [...options, file], { cwd });
    for (const { requests, retryable, recovery, message } of JSON.parse(stdout)) {
      assert.match(message, /^the program is not allowed to connect to \S+, so .+ was not sent \(--allow-net\)/);
      assert.deepEqual([retryable, recovery], [false, "fix_configuration"]);
      assert.ok(requests <= 1);
    }
  });
}
