// How much memory is in use once everything is collected that can be. Needs `node --expose-gc`.

import { setTimeout as pause } from "node:timers/promises";

/** Lets finalizers run too: they free what WebAssembly keeps. */
export async function settled() {
  for (let round = 0; round < 3; round++) {
    globalThis.gc();
    await pause(20);
  }
  return process.memoryUsage();
}
