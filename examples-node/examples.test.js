import assert from "node:assert/strict";
import { test } from "node:test";
import { emulated, node } from "./run.js";

const printed = {
  "luminary.js": "120 households, the first 3 of them:\n  household_0001  Household 1\n  household_0002  Household 2\n  household_0003  Household 3\n",
  "lumanu.js": "Payable over 125 dollars for payee@people.example: pending\n",
  "lumoauth.js": "document.view: allowed\n",
  "lucca.js": "Given 1 Family 1\nGiven 2 Family 2\nGiven 3 Family 3\n",
};

const firstVariable = {
  "luminary.js": "WITHLUMINARY_SUBDOMAIN",
  "lumanu.js": "LUMANU_CLIENT_ID",
  "lumoauth.js": "LUMOAUTH_TENANT",
  "lucca.js": "LUCCA_CLIENT_ID",
};

for (const [name, text] of Object.entries(printed)) {
  test(`${name} prints what the provider answered, and no secret`, async () => {
    const { status, stdout, stderr } = await node([...emulated, name]);
    assert.deepEqual({ status, stdout, stderr }, { status: 0, stdout: text, stderr: "" });
    assert.doesNotMatch(stdout, /canary/);
  });

  test(`${name} names the variable that is missing`, async () => {
    const { status, stdout, stderr } = await node([name]);
    assert.equal(status, 1);
    assert.equal(stdout, "");
    assert.match(stderr, new RegExp(`TokenwellError: .* set the environment variable ${firstVariable[name]}`));
  });
}
