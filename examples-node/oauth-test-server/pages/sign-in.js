import { html } from "../html.js";
import { findProvider } from "../providers.js";
import { layout } from "./layout.js";

const meanings = {
  openid: "Know who you are",
  profile: "See your name",
  email: "See your e-mail address",
  offline_access: "Keep access while you are away",
  "read:users": "Read the list of users",
  "write:users": "Change the list of users",
};

/**
 * The page of a provider's authorization endpoint: who signs in, and what for.
 *
 * @param {import("../../../tests/emulators/authorize.js").PendingAuthorization} pending
 * @param {Record<string, object>} users
 */
export function signInPage({ id, provider, clientId, scope, decisionUrl }, users) {
  const { title } = findProvider(provider);
  const content = html`<section class="card consent" aria-labelledby="asks">
<h1 id="asks">Sign in to ${title}</h1>
<p><strong>${clientId}</strong> wants to act for you.</p>
<form method="post" action="${decisionUrl}">
<input type="hidden" name="authorization" value="${id}">
<fieldset><legend>Sign in as</legend>
${Object.entries(users).map(([name, user], index) => person(name, user, index === 0))}
</fieldset>
<h2>It will be able to</h2>
<ul class="scopes">${scope.length === 0 ? html`<li>Use the ${title} API</li>` : scope.map((one) => html`<li>${meanings[one] ?? "Use what is called"} <code>${one}</code></li>`)}</ul>
<div class="choice"><button class="primary" name="decision" value="approve">Allow</button><button name="decision" value="decline">Decline</button></div>
</form>
</section>`;
  return layout({ title: `Sign in to ${title}`, content, host: title });
}

function person(name, { first_name: first, last_name: last, email }, checked) {
  return html`<label class="person"><input type="radio" name="user" value="${name}"${checked ? html` checked` : ""}><span class="face" aria-hidden="true">${first[0]}${last[0]}</span><span>${first} ${last}<br><span class="quiet">${email}</span></span></label>`;
}
