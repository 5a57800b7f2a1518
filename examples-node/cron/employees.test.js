import assert from "node:assert/strict";
import { test } from "node:test";
import { emulated, node } from "../run.js";

/** Makes the emulator in the job's process fail. */
function failing(fault) {
  const register = new URL("../../tests/emulators/register.js", import.meta.url).href;
  const code = `import { emulator } from ${JSON.stringify(register)}; emulator.fail(${JSON.stringify(fault)});`;
  return ["--import", `data:text/javascript,${encodeURIComponent(code)}`];
}

test("the job reads all pages, with one token", async () => {
  const { status, stdout, stderr } = await node([...emulated, "cron/employees.js"]);
  assert.deepEqual({ status, stderr }, { status: 0, stderr: "" });
  assert.match(stdout, /^\d{3,} employees\n$/);
});

test("a server that is down is worth another try later: status 75", async () => {
  const fault = { endpoint: "token", status: 503, times: 10 };
  const { status, stdout, stderr } = await node([...emulated, ...failing(fault), "cron/employees.js"]);
  assert.deepEqual({ status, stdout }, { status: 75, stdout: "" });
  assert.match(stderr, /accounts\.world\.luccasoftware\.com.*503/);
  assert.doesNotMatch(stderr, /canary/);
});

test("a wrong secret is not: status 1", async () => {
  const wrong = ["--import", `data:text/javascript,process.env.LUCCA_CLIENT_SECRET="canary-wrong"`];
  const { status, stderr } = await node([...emulated, ...wrong, "cron/employees.js"]);
  assert.equal(status, 1);
  assert.match(stderr, /invalid_client/);
  assert.doesNotMatch(stderr, /canary/);
});
