// The page about connecting users: its programs are programs, and it tells the truth about the tests.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync, readdirSync } from "node:fs";
import { test } from "node:test";

const page = readFileSync(new URL("../../docs/connecting-users.md", import.meta.url), "utf8");

test("every program on the page parses", () => {
  const programs = [...page.matchAll(/```js\n(.*?)```/gs)].map(([, program]) => program);
  assert.ok(programs.length >= 3);
  for (const input of programs) execFileSync(process.execPath, ["--check", "--input-type=module", "-"], { input });
});

test("every row that the page says is tested here has a test", () => {
  const files = readdirSync(new URL(".", import.meta.url)).filter((name) => name.endsWith(".test.js"));
  const names = files.flatMap((name) => readFileSync(new URL(name, import.meta.url), "utf8").match(/test\([`"].*/g) ?? []);
  const tested = new Set(names.flatMap((name) => name.match(/\br\d\d+\b/g) ?? []).map((id) => Number(id.slice(1))));
  const rows = page.slice(page.indexOf("Done for you"), page.indexOf("Yours to do")).matchAll(/^\| (R\d[^|]*) \|/gm);
  const missing = [];
  for (const [, cell] of rows) {
    for (const part of cell.trim().split(", ")) {
      const [first, last = first] = part.split("–").map((id) => Number(id.slice(1)));
      for (let id = first; id <= last; id += 1) if (!tested.has(id)) missing.push(`R${id}`);
    }
  }
  assert.deepEqual(missing, []);
});
