// What the READMEs show is what happens: each of their JavaScript examples runs, against the emulators.

import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { emulated, here, node } from "./run.js";

const root = join(here, "..");

/** The example for a user is a set of functions: this calls them. The browser is played by the emulator. */
const user = `
const { emulator } = await import("../tests/emulators/register.js");
const { url, transaction } = connect();
let saved;
const save = async (tokens) => { saved = tokens; };
const { first_name } = await callback("ada", await emulator.approve(url), transaction, save);
const [workspace] = await workspaces("ada", undefined, save);
const [restored] = await workspaces("ada, in another process", saved, save);
console.log(first_name, workspace.display_name, restored.id === workspace.id);
`;

/** What each example prints, in their order, and what calls it where it is only a set of functions. */
const readmes = {
  "README.md": [{ printed: /^10 employees\n$/ }],
  "pkg-template/README.md": [
    { printed: /^10 employees\n$/ },
    { printed: /^120 households\nallowed\npending\n$/ },
    { printed: /tokenType: 'Bearer',[^]*scope: \[ 'read:users' \]/ },
    { printed: /^Ada Ada's workspace true\n$/, more: user },
    { printed: /^.*invalid_client.*\noauth invalid_client fix_configuration\n$/ },
  ],
};

for (const [name, expected] of Object.entries(readmes)) {
  const text = await readFile(join(root, name), "utf8");
  const examples = [...text.matchAll(/^```js\n([^]*?)^```$/gm)].map(([, code]) => code);

  test(`every JavaScript example of ${name} is known here`, () => {
    assert.equal(examples.length, expected.length);
  });

  for (const [index, { printed, more = "" }] of expected.entries()) {
    test(`JavaScript example ${index + 1} of ${name} works, and shows no secret`, async () => {
      const { status, stdout, stderr } = await node([...emulated, "--input-type=module", "--eval", examples[index] + more]);
      assert.equal(stderr, "");
      assert.equal(status, 0);
      assert.match(stdout, printed);
      assert.doesNotMatch(stdout, /canary/);
    });
  }

  test(`every link of ${name} leads somewhere`, () => {
    const links = [...text.matchAll(/\]\(([^)]+)\)/g)].map(([, target]) => target);
    assert.ok(links.length > 0);
    // The package's own lies beside the licences once it is packed.
    const place = name === "README.md" ? root : join(root, "pkg");
    for (const link of links.filter((one) => !/^https:/.test(one))) assert.ok(existsSync(join(place, link)), link);
  });
}

test("the examples' README names what is there", async () => {
  const text = await readFile(join(here, "README.md"), "utf8");
  for (const [, link] of text.matchAll(/\]\(([^)]+)\)/g)) assert.ok(existsSync(join(here, link)), link);
  const { scripts } = JSON.parse(await readFile(join(here, "package.json"), "utf8"));
  for (const [, name] of text.matchAll(/`npm run ([\w-]+)`/g)) assert.ok(scripts[name], name);
});

test("the two READMEs have the same table of errors", async () => {
  const tables = await Promise.all(
    Object.keys(readmes).map(async (name) => (await readFile(join(root, name), "utf8")).match(/\| `recovery`[^]*?\n\n/)[0]),
  );
  assert.equal(tables[0], tables[1]);
});
