// What every program that fetches has to wait for, with a library or without.
import { setTimeout } from "node:timers/promises";
import { fetchToken } from "./fetch-token.js";

/**
 * Loads Node's fetch: that takes several times as long as what is measured after it, and differs by as much from one
 * process to the next. Other threads go on compiling it for a while.
 */
export async function warmedUp(tokenEndpoint) {
  await fetchToken(tokenEndpoint);
  await setTimeout(100);
}
