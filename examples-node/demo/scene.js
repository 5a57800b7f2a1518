import { shownToken } from "./print.js";
import { checkBearer, readTokenRequest } from "./wire.js";

/**
 * One API call with a token, and what there is to see of it.
 *
 * @param {object} scene
 * @param {import("tokenwell").Client | import("tokenwell").Session} scene.api
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
  const tokenRequests = requests.filter(({ to }) => to === "token");
  const seen = tokenRequests.map((request) => readTokenRequest(request, client));
  const rows = [
    ["flow", seen.map(({ grant }) => grant).join(", then ")],
    ["token endpoint", shownRequest(tokenRequests[0])],
    ["authenticated", [...new Set(seen.map(({ authentication }) => authentication))].join(", then ")],
    ["token", shownToken(token)],
  ];
  for (const request of requests.filter(({ to }) => to === "api")) {
    checkBearer(request, token);
    rows.push(["API call", `${shownRequest(request)} → ${request.status}`]);
  }
  if (answer !== undefined) rows.push(["answer", answer]);
  return rows;
}

function shownRequest({ method, url }) {
  return `${method} ${url}`;
}
