// A program that may not use the network: it prints what its requests reject with.

import { oauth } from "tokenwell";

const told = [];
for (const host of ["auth.example.com", "127.0.0.1"]) {
  let requests = 0;
  const onEvent = ({ type }) => (requests += Number(type === "request"));
  const client = oauth({ tokenEndpoint: `https://${host}/token`, clientId: "id", clientSecret: "canary", onEvent });
  const withToken = oauth({
    tokenEndpoint: "https://auth.example.com/token",
    apiBase: `https://${host}/`,
    clientId: "id",
    clientSecret: "canary",
    fetch: (url, init) => (url.endsWith("/token") ? Response.json({ access_token: "canary", token_type: "Bearer" }) : fetch(url, init)),
  });
  for (const call of [client.token(), withToken.fetch("x")]) {
    const { retryable, recovery, message } = await call.then(() => ({}), (error) => error);
    told.push({ requests, retryable, recovery, message });
  }
}
console.log(JSON.stringify(told));
