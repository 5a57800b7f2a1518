// Asks LumoAuth whether this application may view documents.
//
//   LUMOAUTH_CLIENT_ID, LUMOAUTH_CLIENT_SECRET    the application's credentials
//   LUMOAUTH_TENANT                               acme, for https://app.lumoauth.dev/t/acme
//   LUMOAUTH_URL                                  only for another region, such as https://eu.app.lumoauth.dev

import { lumoauth } from "tokenwell";

const api = lumoauth();
const { allowed, permission } = await api.check("document.view");

console.log(`${permission}: ${allowed ? "allowed" : "not allowed"}`);
