// What both web applications read from the environment.
//
//   LUMANU_CLIENT_ID, LUMANU_CLIENT_SECRET    the application's credentials for the sandbox
//   TOKEN_KEY     32 random bytes in base64, from: openssl rand -base64 32
//   APP_URL       where users reach the application; http://localhost:3000
//   TOKENS_FILE   where the encrypted tokens lie; connections.json

import { randomBytes } from "node:crypto";
import { lumanu } from "tokenwell";
import { Connections } from "./connections.js";

/** Cookies with this prefix are Secure, of this host alone, and of all its paths. Browsers take them from localhost, too. */
export const cookieNames = { user: "__Host-user", transaction: "__Host-transaction" };

/** Lax: the callback is a navigation that comes from the provider's site, and has to bring the transaction along. */
export const cookieOptions = { httpOnly: true, secure: true, sameSite: "Lax", path: "/" };

/** As long as the transaction itself is good for. */
export const transactionSeconds = 600;

export function settings(env = process.env) {
  const { TOKEN_KEY: key, APP_URL: url = "http://localhost:3000", TOKENS_FILE: file = "connections.json" } = env;
  if (key === undefined) throw new Error("Set TOKEN_KEY in the environment: 32 random bytes in base64, from `openssl rand -base64 32`.");
  const api = lumanu({ environment: "sandbox" });
  return { api, connections: new Connections(api, { file, key: Buffer.from(key, "base64") }), url };
}

/** Stands for your own sign-in: whoever comes first without a name gets one. */
export function newUser() {
  return randomBytes(18).toString("base64url");
}
