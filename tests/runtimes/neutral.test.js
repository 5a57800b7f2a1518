// The language-neutral cases in the package, in this Node.

import assert from "node:assert/strict";
import { test } from "node:test";
import { inspect } from "node:util";
import * as tokenwell from "tokenwell";
import { casesOf } from "./cases.js";
import { scenarios } from "./neutral/scenarios.js";
import { vectors } from "./neutral/vectors.js";

const options = { inspect: (value) => inspect(value, { depth: 20, showHidden: true }) };

const runners = { vectors, scenarios };

for (const [folder, runner] of Object.entries(runners)) {
  const files = casesOf(folder);
  for (const file of files) {
    const cases = runner(tokenwell, [file], options);
    // Some files are about functions that the package does not export.
    if (cases.length === 0) continue;
    test(`${folder}/${file.name}.json: ${cases.length} cases hold in the package`, async () => {
      const failures = [];
      for (const { id, run } of cases) failures.push(...(await run()).map((problem) => `${id}: ${problem}`));
      assert.deepEqual(failures, []);
    });
  }
}

/** Every expectation of a case that can be seen in the package, one a kind: the way to it. */
function expectations(one) {
  const { expect, steps, requests, secretsAsked } = one;
  const expected = { expect: seen(expect), steps: steps?.map(stepExpectations), requests, secretsAsked };
  const ways = [...leaves(expected)];
  return ways.filter((way, index) => ways.findIndex((other) => shape(other) === shape(way)) === index);
}

function seen({ ok, token, ...others } = {}) {
  // Made or not: that is told by the lack of an error. Without a user there is nothing to refresh with.
  return token === undefined ? others : { ...others, token: { ...token, refreshToken: undefined } };
}

function stepExpectations({ do: what, expect: { reuse, wait, ...others } }) {
  // Until when nothing is asked is a matter between the package's halves.
  return { expect: what === "answer" && wait !== true ? { ...others, wait } : others };
}

function* leaves(value, way = []) {
  if (typeof value === "object" && value !== null) {
    for (const [name, inner] of Object.entries(value)) yield* leaves(inner, [...way, name]);
  } else if (value !== undefined) {
    yield way;
  }
}

const shape = (way) => way.filter((name) => !/^\d+$/.test(name)).join(".");

/** The case with one expectation that is wrong. */
function wrongly(one, way) {
  const copy = structuredClone(one);
  const holder = way.slice(0, -1).reduce((value, name) => value[name], copy);
  const last = way.at(-1);
  const right = holder[last];
  if (last === "random") holder[last] = undefined;
  else if (typeof right === "boolean") holder[last] = !right;
  else if (typeof right === "number") holder[last] = last === "to" ? -1 : right + 1e12;
  else holder[last] = right === "rejected" ? "accepted" : "rejected";
  return copy;
}

for (const [folder, runner] of Object.entries(runners)) {
  const list = folder === "vectors" ? "cases" : "scenarios";
  test(`a wrong expectation in the ${folder} is noticed, whichever it is`, async () => {
    const tried = new Set();
    const unnoticed = [];
    for (const { name, content } of casesOf(folder)) {
      for (const one of content[list].filter(({ runs_in }) => runs_in.includes("package"))) {
        for (const way of expectations(one)) {
          // One of its kind a file will do.
          if (tried.has(`${name} ${shape(way)}`)) continue;
          tried.add(`${name} ${shape(way)}`);
          const [wrong] = runner(tokenwell, [{ name, content: { ...content, [list]: [wrongly(one, way)] } }], options);
          const differences = await wrong.run();
          if (differences.length === 0) unnoticed.push(`${name}/${one.id}: ${way.join(".")}`);
        }
      }
    }
    assert.deepEqual(unnoticed, []);
    assert.ok(tried.size > 50, `${tried.size} kinds of expectations`);
  });
}
