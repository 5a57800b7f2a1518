// `oidc-provider`, which others wrote: what it accepts is not only what we expect.

import { oauth } from "tokenwell";
import { playScene } from "./scene.js";

/** @param {import("../../tests/servers/oidc.js").OidcServer} server */
export function oidc(server) {
  const { post, basic, strange } = server.clients;
  return [
    ["client_secret_post", post],
    ["client_secret_basic", basic],
    [`client_secret_basic, for the client "${strange.clientId}" with a secret as strange`, strange],
    [`client_secret_post, for the same`, { ...strange, authMethod: "client_secret_post" }],
  ].map(([title, client]) => ({ title, run: () => playClient(server, client) }));
}

function playClient(server, client) {
  const before = server.requests.length;
  const api = oauth({
    name: "oidc-provider",
    tokenEndpoint: server.tokenEndpoint,
    apiBase: server.issuer,
    clientId: client.clientId,
    clientSecret: client.clientSecret,
    clientAuth: client.authMethod,
    scope: "api:read",
    allowInsecureLoopback: true, // http, since the server is on this machine
  });
  return playScene({ api, call, client, sent: () => server.requests.slice(before).map((one) => received(server, one)) });
}

async function call(api) {
  const response = await api.fetch("api");
  if (!response.ok) throw new Error(`The API answered ${response.status}.`);
  const { clientId, scope } = await response.json();
  return `the token is that of "${clientId}", scope ${scope}`;
}

function received({ issuer }, { method, path, headers, body, status }) {
  return { method, url: `${issuer}${path}`, headers, body, status };
}
