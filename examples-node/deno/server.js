// Asks LumoAuth for a permission, in Deno: `deno run --allow-env --allow-net deno/server.js`, or `npm run deno`.
//
//   LUMOAUTH_CLIENT_ID, LUMOAUTH_CLIENT_SECRET    the application's credentials
//   LUMOAUTH_TENANT                               acme, for https://app.lumoauth.dev/t/acme
//   PORT                                          8000

import { lumoauth, TokenwellError } from "tokenwell";

const api = lumoauth();
const port = Number(Deno.env.get("PORT") ?? 8000);

Deno.serve({ hostname: "127.0.0.1", port }, async (request) => {
  const permission = new URL(request.url).searchParams.get("permission");
  if (permission === null) return new Response("Add ?permission=document.view\n", { status: 400 });
  try {
    return Response.json(await api.check(permission));
  } catch (error) {
    if (!(error instanceof TokenwellError)) throw error;
    console.error(error.message);
    return Response.json({ problem: "LumoAuth does not answer now" }, { status: 502 });
  }
});
