import { html } from "../html.js";
import { masked } from "../masking.js";
import { form } from "./layout.js";

const titles = { access: "Access token", refresh: "Refresh token", id: "ID token" };

/**
 * The tokens of a run, masked, and what can be done with them.
 *
 * @param {import("../run.js").Run} run which has a token
 * @param {import("../visits.js").Visit} visit
 */
export function tokensPanel(run, visit) {
  const { revealed } = run;
  // Shown once: the next look at the page has it masked again.
  run.revealed = null;
  const rows = Object.entries(run.secrets).map(([name, value]) => tokenRow(run, visit, { name, value, shown: name === revealed }));
  const { scope, deviations } = run.token;
  return html`<section class="card" aria-labelledby="tokens">
<h2 id="tokens">Tokens</h2>
${lifetime(run)}
<ul class="tokens">${rows}</ul>
<dl class="facts">
${scope.length > 0 ? html`<div><dt>scope</dt><dd>${scope.join(" ")}</dd></div>` : null}
${deviations.length > 0 ? html`<div><dt>forgiven</dt><dd>${deviations.join(", ")}</dd></div>` : null}
${run.session?.claims ? html`<div><dt>user</dt><dd>${run.session.claims.sub}</dd></div>` : null}
</dl>
${buttons(run, visit)}
</section>`;
}

function lifetime({ token, now }) {
  if (token.expiresAt === null) return html`<p>The server did not say how long it is good.</p>`;
  const seconds = Math.max(0, Math.round((token.expiresAt - now) / 1000));
  return html`<p class="lifetime">${seconds === 0 ? "The access token has expired." : html`The access token is good for <time data-seconds="${seconds}">${words(seconds)}</time>.`}</p>`;
}

function tokenRow(run, visit, { name, value, shown }) {
  const id = `token-${name}`;
  const fields = html`<input type="hidden" name="token" value="${name}"><button class="small" aria-controls="${id}">Reveal<span class="unseen"> the ${titles[name]}</span></button>`;
  return html`<li><span class="label">${titles[name]}</span><code id="${id}" class="secret">${shown ? value : masked(value)}</code>${shown ? null : form(visit, `/runs/${run.id}/reveal`, fields, "reveal")}</li>`;
}

function buttons(run, visit) {
  const button = (action, text, explanation) =>
    html`<li>${form(visit, `/runs/${run.id}/${action}`, html`<button>${text}</button>`)}<span class="quiet">${explanation}</span></li>`;
  const { flow, provider, session, canRefresh } = run;
  return html`<ul class="actions">
${canRefresh ? button("refresh", flow === "client_credentials" ? "Get a new token" : "Refresh", flow === "client_credentials" ? "Asks again with id and secret." : "Exchanges the refresh token.") : html`<li class="quiet">There is no refresh token: when this one expires, the user has to come back.</li>`}
${provider.canRevoke ? button("revoke", "Revoke", "Tells the provider (RFC 7009).") : null}
${button("revoke-at-provider", "Let the provider revoke", "As if its administrator did. Nobody is told.")}
${session ? button("disconnect", "Disconnect", "Ends the user's connection.") : null}
</ul>`;
}

/** As the script shows it too. */
function words(seconds) {
  const parts = [[Math.floor(seconds / 3600), "h"], [Math.floor(seconds / 60) % 60, "min"], [seconds % 60, "s"]];
  const first = parts.findIndex(([count]) => count > 0);
  return first < 0 ? "0 s" : parts.slice(first).map(([count, unit]) => `${count} ${unit}`).join(" ");
}
