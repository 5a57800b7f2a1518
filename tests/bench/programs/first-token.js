// A program whose only act is to get a token. It prints how many ms that took once it was loaded.
import { oauth } from "tokenwell";

const start = performance.now();
const tokenEndpoint = process.argv[2];
await oauth({ tokenEndpoint, clientId: "client", clientSecret: "secret", allowInsecureLoopback: true }).token();
console.log(performance.now() - start);
