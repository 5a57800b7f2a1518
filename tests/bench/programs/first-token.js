// A program whose only act is to get a token.
import { oauth } from "tokenwell";

const tokenEndpoint = process.argv[2];
await oauth({ tokenEndpoint, clientId: "client", clientSecret: "secret", allowInsecureLoopback: true }).token();
