// A program that fetches a token without a library, in a process that has loaded Node's own fetch. It prints how many ms
// that took.
import { warmedUp } from "./warm-up.js";
import { fetchToken } from "./fetch-token.js";

const tokenEndpoint = process.argv[2];
await warmedUp(tokenEndpoint);
const start = performance.now();
await fetchToken(tokenEndpoint);
console.log(performance.now() - start);
