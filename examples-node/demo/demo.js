// One token and one API call from each provider, and from an OAuth server that others wrote. All of them run on this
// machine: no account is needed.
//
//   node demo/demo.js                 against the emulators and oidc-provider
//   node demo/demo.js --live lucca    against Lucca itself, with the credentials in the environment

import { TokenwellError } from "tokenwell";
import { createEmulator } from "../../tests/emulators/index.js";
import { createOidcServer } from "../../tests/servers/oidc.js";
import { emulated } from "./emulated.js";
import { live, liveNames } from "./live.js";
import { oidc } from "./oidc.js";
import { printBlock, printTitle, style } from "./print.js";

/**
 * Plays scenes one after the other, and prints what came of each. After a failure the rest goes on.
 *
 * @param {{ title: string, run: () => Promise<[string, string][]> }[]} scenes
 * @returns {Promise<boolean[]>} which of them worked
 */
async function play(scenes) {
  const worked = [];
  for (const { title, run } of scenes) {
    const start = performance.now();
    try {
      const rows = await run();
      printBlock(true, title, rows, performance.now() - start);
      worked.push(true);
    } catch (error) {
      // What Tokenwell and the demo's own checks throw says it all in one sentence. Anything else is a bug.
      const expected = error instanceof TokenwellError || error.name === "Error";
      printBlock(false, title, [["error", expected ? error.message : error.stack]], performance.now() - start);
      worked.push(false);
    }
  }
  return worked;
}

async function playLocal() {
  const emulator = await createEmulator();
  const server = await createOidcServer();
  try {
    printTitle("Four providers, emulated on this machine");
    const providers = await play(emulated(emulator));
    printTitle("A real authorization server, oidc-provider, on this machine");
    return [...providers, ...(await play(oidc(server)))];
  } finally {
    await Promise.all([emulator.close(), server.close()]);
  }
}

async function main(words) {
  const [option, name] = words;
  let worked;
  if (words.length === 0) {
    worked = await playLocal();
  } else if (words.length === 2 && option === "--live") {
    const scene = live(name, process.env);
    if (typeof scene === "string") {
      console.error(scene);
      return 2;
    }
    printTitle("The provider itself");
    worked = await play([scene]);
  } else {
    console.error(`Usage: cargo xtask demo [--live ${liveNames.join(" | ")}]`);
    return 2;
  }
  const failed = worked.filter((one) => !one).length;
  console.log(failed === 0 ? style("green", `All ${worked.length} worked.`) : style("red", `${failed} of ${worked.length} failed.`));
  return failed === 0 ? 0 : 1;
}

process.exitCode = await main(process.argv.slice(2));
