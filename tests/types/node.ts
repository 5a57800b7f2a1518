// Compiles with @types/node.

import { luminary } from "tokenwell";

export const api = luminary({ env: process.env, clientId: process.env["CLIENT_ID"], transactionKey: Buffer.alloc(32) });
