import { shownToken } from "./print.js";
import { checkBearer, readTokenRequest } from "./wire.js";

/**
 * One API call with a token, and what there is to see of it.
 *
 * @param {object} scene
 * @param {import("tokenwell").Client} scene.api
 * @param {((api: any) => Promise<string>) | null} scene.call makes the call and says what came back; null for no call
 * @param {{ clientId: string, clientSecret: string }} scene.client who is expected at the token endpoint
 * @param {() => import("./wire.js").Sent[]} scene.sent the requests of this scene, oldest first
 * @returns {Promise<[string, string][]>}
 */
export async function playScene({ api, call, client, sent }) {
  const answer = await call?.(api);
  // The token that the call was made with: it is kept, so nothing is sent for it.
  const token = await api.token();
  const requests = sent();
  const { grant, authentication } = readTokenRequest(requests[0], client);
  const rows = [
    ["flow", grant],
    ["token endpoint", shownRequest(requests[0])],
    ["authenticated", authentication],
    ["token", shownToken(token)],
  ];
  if (answer === undefined) return rows;
  const last = requests.at(-1);
  checkBearer(last, token);
  return [...rows, ["API call", shownRequest(last)], ["answer", `${last.status}: ${answer}`]];
}

function shownRequest({ method, url }) {
  return `${method} ${url}`;
}
