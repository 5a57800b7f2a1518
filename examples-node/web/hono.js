// Connects users' Lumanu workspaces, with Hono: `node web/hono.js`. settings.js says what to set.

import { fileURLToPath } from "node:url";
import { serve } from "@hono/node-server";
import { Hono } from "hono";
import { deleteCookie, getCookie, setCookie } from "hono/cookie";
import { TokenwellError } from "tokenwell";
import { page, problemOf } from "./page.js";
import { cookieNames, cookieOptions, newUser, settings, transactionSeconds } from "./settings.js";

export function createApp({ api, connections, url }) {
  const app = new Hono();

  app.use(async (context, next) => {
    const known = getCookie(context, cookieNames.user);
    context.set("user", known ?? newUser());
    if (known === undefined) setCookie(context, cookieNames.user, context.get("user"), cookieOptions);
    await next();
  });

  app.get("/", async (context) => {
    const session = connections.session(context.get("user"));
    const workspaces = session && (await session.currentUserWorkspaces()).data;
    return context.html(page({ workspaces }));
  });

  // POST, since Lax cookies do not come along when another site posts here.
  app.post("/connect", (context) => {
    const { url: authorizationUrl, transaction } = api.authorize({ redirectUri: `${url}/callback` });
    setCookie(context, cookieNames.transaction, transaction, { ...cookieOptions, maxAge: transactionSeconds });
    return context.redirect(authorizationUrl, 303);
  });

  app.get("/callback", async (context) => {
    const transaction = getCookie(context, cookieNames.transaction);
    deleteCookie(context, cookieNames.transaction, cookieOptions);
    await connections.connect(context.get("user"), context.req.url, transaction);
    return context.redirect("/", 303);
  });

  app.post("/disconnect", async (context) => {
    await connections.disconnect(context.get("user"));
    return context.redirect("/", 303);
  });

  app.onError((error, context) => {
    if (!(error instanceof TokenwellError)) throw error;
    console.error(error.message);
    return context.html(page({ problem: problemOf(error) }), error.kind === "callback" ? 400 : 502);
  });

  return app;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { url, ...rest } = settings();
  const port = Number(new URL(url).port || 3000);
  serve({ fetch: createApp({ url, ...rest }).fetch, hostname: "127.0.0.1", port }, () => console.log(`Open ${url}`));
}
