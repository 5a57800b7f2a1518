import assert from "node:assert/strict";
import { test } from "node:test";
import { execute, folder, names, tarball } from "./package.js";

const program = (load) => `${load}
console.log(JSON.stringify({ names: Object.keys(tokenwell).sort(), error: new tokenwell.TokenwellError("api", "x").name }));
`;

test("installed from the tarball into an empty folder, it is imported and required", async (t) => {
  const place = await folder(t, {
    "package.json": JSON.stringify({ private: true }),
    "esm.mjs": program(`import * as tokenwell from "tokenwell";`),
    "cjs.cjs": program(`const tokenwell = require("tokenwell");`),
    "slim.mjs": program(`import * as tokenwell from "tokenwell/slim";`),
    "slim.cjs": program(`const tokenwell = require("tokenwell/slim");`),
  });
  const npm = process.platform === "win32" ? "npm.cmd" : "npm";
  await execute(place, npm, "install", "--offline", "--no-audit", "--no-fund", tarball);
  for (const file of ["esm.mjs", "cjs.cjs"]) {
    const printed = JSON.parse(await execute(place, process.execPath, file));
    assert.deepEqual(printed, { names, error: "TokenwellError" }, file);
  }
  for (const file of ["slim.mjs", "slim.cjs"]) {
    const printed = JSON.parse(await execute(place, process.execPath, file));
    assert.deepEqual(printed, { names: [...names, "init"].sort(), error: "TokenwellError" }, file);
  }
});
