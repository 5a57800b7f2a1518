// What every program that fetches has to wait for, with a library or without.
import { setTimeout } from "node:timers/promises";
import { fetchToken } from "./fetch-token.js";

// Of each 100 ms a process that waits takes less than 1, and one whose other threads compile takes 30 to 100.
const PART_MS = 100;
const QUIET_MS = 5;

/**
 * Loads Node's fetch: that takes several times as long as what is measured after it, and differs by as much from one
 * process to the next. It includes a WebAssembly module of its own, which other threads go on compiling for 100 to 200 ms
 * and which would take a processor from what is measured, so this waits until they have ended.
 */
export async function warmedUp(tokenEndpoint) {
  await fetchToken(tokenEndpoint);
  while ((await processorMsOf(PART_MS)) > QUIET_MS);
}

/** How many ms of processors' time this process takes, in all its threads, while nothing runs in this one for `ms`. */
async function processorMsOf(ms) {
  const before = process.cpuUsage();
  await setTimeout(ms);
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}
