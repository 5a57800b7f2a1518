// The format of vectors and scenarios, so that no runner skips a case because of a misspelt name.
import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { test } from "node:test";
import { Ajv } from "ajv";

const kinds = [
  { folder: new URL("./", import.meta.url), list: "cases", least: 300, leastInPackage: 200 },
  { folder: new URL("../scenarios/", import.meta.url), list: "scenarios", least: 60, leastInPackage: 60 },
];

const read = (folder, name) => JSON.parse(readFileSync(new URL(name, folder), "utf8"));

for (const { folder, list, least, leastInPackage } of kinds) {
  const names = readdirSync(folder).filter((name) => name.endsWith(".json") && name !== "schema.json");
  const all = names.flatMap((name) => read(folder, name)[list].map((one) => ({ ...one, file: name })));
  // The members of "then" need no types of their own: the schemas beside them have them.
  const validate = new Ajv({ allErrors: true, allowUnionTypes: true, strictRequired: false, strictTypes: false }).compile(
    read(folder, "schema.json"),
  );

  for (const name of names) {
    test(`${list} in ${name} follow the schema`, () => {
      validate(read(folder, name));
      assert.deepEqual(validate.errors ?? [], []);
    });
    test(`${list} in ${name} have ids of their own`, () => {
      const ids = read(folder, name)[list].map(({ id }) => id);
      assert.deepEqual(ids.filter((id, position) => ids.indexOf(id) !== position), []);
    });
  }

  test(`there are at least ${least} ${list}, ${leastInPackage} of them for the package`, () => {
    assert.ok(all.length >= least, `${all.length}`);
    const inPackage = all.filter(({ runs_in }) => runs_in.includes("package"));
    assert.ok(inPackage.length >= leastInPackage, `${inPackage.length}`);
  });

  test(`the schema of ${list} refuses a misspelt name`, () => {
    const file = read(folder, names[0]);
    file[list][0].expcet = {};
    assert.equal(validate(file), false);
  });
}

test("no scenario for the package needs what the package does not offer", () => {
  const { folder, list } = kinds[1];
  for (const name of readdirSync(folder).filter((name) => name.endsWith(".json") && name !== "schema.json")) {
    for (const scenario of read(folder, name)[list].filter(({ runs_in }) => runs_in.includes("package"))) {
      for (const step of scenario.steps) {
        assert.ok(["poll", "answer"].includes(step.do), `${name} ${scenario.id}: ${step.do}`);
        assert.equal(step.monotonic, undefined, `${name} ${scenario.id}: two clocks`);
        assert.equal(step.flight, undefined, `${name} ${scenario.id}: two flights`);
      }
    }
  }
});
