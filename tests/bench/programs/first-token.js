// A program whose only act is to get a token, in a process that has loaded Node's own fetch. It prints how many ms that
// took once the package was loaded.
import { oauth } from "tokenwell";
import { warmedUp } from "./warm-up.js";

const tokenEndpoint = process.argv[2];
await warmedUp(tokenEndpoint);
const start = performance.now();
await oauth({ tokenEndpoint, clientId: "client", clientSecret: "secret", allowInsecureLoopback: true }).token();
console.log(performance.now() - start);
