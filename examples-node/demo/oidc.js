// `oidc-provider`, which others wrote: what it accepts is not only what we expect.

import { oauth } from "tokenwell";
import { playScene } from "./scene.js";

/** @param {import("../../tests/servers/oidc.js").OidcServer} server */
export function oidc(server) {
  const { post, basic, strange } = server.clients;

  const open = ({ clientId, clientSecret, authMethod }) =>
    oauth({
      name: "oidc-provider",
      tokenEndpoint: server.tokenEndpoint,
      authorizationEndpoint: server.authorizationEndpoint,
      apiBase: server.issuer,
      issuer: server.issuer,
      clientId,
      clientSecret,
      clientAuth: authMethod,
      scope: "api:read",
      allowInsecureLoopback: true, // http, since the server is on this machine
    });

  /** Sends Ada to the server and back, and has the tokens renewed once. */
  async function forUser(client) {
    const api = open(client);
    const { url, transaction } = api.authorize({ redirectUri: server.redirectUri, scope: "openid offline_access api:read" });
    const session = await api.callback(await server.approve(url, { user: "ada" }), transaction);
    await session.token({ fresh: true });
    return session;
  }

  return [
    ["client_secret_post", post, open],
    ["client_secret_basic", basic, open],
    [`client_secret_basic, the client "${strange.clientId}", with a secret as strange`, strange, open],
    ["client_secret_post, the same client", { ...strange, authMethod: "client_secret_post" }, open],
    ["for a user, with a refresh", basic, forUser],
  ].map(([title, client, make]) => ({
    title,
    async run() {
      const before = server.requests.length;
      return playScene({
        api: await make(client),
        call,
        client,
        sent: () => server.requests.slice(before).filter(isOurs).map((one) => received(server, one)),
      });
    },
  }));
}

async function call(api) {
  const response = await api.fetch("api");
  if (!response.ok) throw new Error(`The API answered ${response.status}.`);
  const { clientId, subject, scope } = await response.json();
  return `a token of "${clientId}"${subject === null ? "" : ` for ${subject}`}, scope ${scope}`;
}

/** Not the browser's. */
const isOurs = ({ path }) => path === "/token" || path === "/api";

function received({ issuer }, { method, path, headers, body, status }) {
  return { to: path.slice(1), method, url: `${issuer}${path}`, headers, body, status };
}
