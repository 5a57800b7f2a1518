// Prints the resident memory after a number of calls and after many more.
//
// node --expose-gc growth.js cached | refreshes FEW MANY

import { createHash } from "node:crypto";
import { stubFetch, tokenwell } from "../lib/contestants.js";
import { headers, tokenAnswer } from "../lib/server.js";
import { settled } from "../lib/settled.js";

const [, , what, few, many] = process.argv;
const origin = "http://127.0.0.1:9";

/** A client whose token is there: only the first call sends anything. */
function cached() {
  const client = tokenwell(origin, { fetch: stubFetch });
  return () => client.token();
}

/** A session whose refresh token rotates at each call. */
function refreshes() {
  let count = 0;
  const answer = JSON.parse(tokenAnswer);
  const fetch = async () => new Response(JSON.stringify({ ...answer, refresh_token: `refresh-${++count}` }), { headers });
  const session = tokenwell(origin, { fetch }).session({
    accessToken: "access",
    refreshToken: "refresh-0",
    expiresAt: null,
    scope: ["read"],
    tokenType: "Bearer",
    issuedFor: createHash("sha256").update(`client\0${origin}/token`).digest("base64url"),
  });
  return async () => {
    await session.token({ fresh: true });
    // One token request a call, or this would measure something else.
    if (session.tokens().refreshToken !== `refresh-${count}`) throw new Error("the refresh token did not rotate");
  };
}

const call = { cached, refreshes }[what]();
const measured = [];
for (let done = 0; done < Number(many); ) {
  await call();
  if (++done === Number(few) || done === Number(many)) measured.push((await settled()).rss);
}
console.log(JSON.stringify(measured));
