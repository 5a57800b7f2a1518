// Connects users' Lumanu workspaces, with Express: `node web/express.js`. settings.js says what to set.

import { fileURLToPath } from "node:url";
import express from "express";
import { TokenwellError } from "tokenwell";
import { page, problemOf } from "./page.js";
import { cookieNames, cookieOptions, newUser, settings, transactionSeconds } from "./settings.js";

export function createApp({ api, connections, url }) {
  const app = express();
  app.disable("x-powered-by");

  app.use((request, response, next) => {
    const cookies = Object.fromEntries((request.headers.cookie ?? "").split(/; */).map((pair) => pair.split("=")));
    request.user = cookies[cookieNames.user] ?? newUser();
    request.transaction = cookies[cookieNames.transaction];
    if (cookies[cookieNames.user] === undefined) response.cookie(cookieNames.user, request.user, cookieOptions);
    next();
  });

  app.get("/", async (request, response) => {
    const session = connections.session(request.user);
    const workspaces = session && (await session.currentUserWorkspaces()).data;
    response.send(page({ workspaces }));
  });

  // POST, since Lax cookies do not come along when another site posts here.
  app.post("/connect", (_request, response) => {
    const { url: authorizationUrl, transaction } = api.authorize({ redirectUri: `${url}/callback` });
    response.cookie(cookieNames.transaction, transaction, { ...cookieOptions, maxAge: transactionSeconds * 1000 });
    response.redirect(303, authorizationUrl);
  });

  app.get("/callback", async (request, response) => {
    response.clearCookie(cookieNames.transaction, cookieOptions);
    await connections.connect(request.user, `${url}${request.originalUrl}`, request.transaction);
    response.redirect(303, "/");
  });

  app.post("/disconnect", async (request, response) => {
    await connections.disconnect(request.user);
    response.redirect(303, "/");
  });

  app.use((error, _request, response, next) => {
    if (!(error instanceof TokenwellError)) return next(error);
    console.error(error.message);
    response.status(error.kind === "callback" ? 400 : 502).send(page({ problem: problemOf(error) }));
  });

  return app;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { url, ...rest } = settings();
  createApp({ url, ...rest }).listen(new URL(url).port || 3000, "127.0.0.1", () => console.log(`Open ${url}`));
}
