import { html } from "../html.js";
import { flowTitles, providers } from "../providers.js";
import { clock, form, layout } from "./layout.js";

/**
 * Where a provider and a flow are picked.
 *
 * @param {import("../visits.js").Visit} visit
 * @param {number} ahead minutes
 */
export function startPage(visit, ahead) {
  const content = html`<div class="intro">
<h1>Get a token, and watch how</h1>
<p>Pick a provider and a flow. Tokenwell is the client; the provider is an emulator that is as strict as the real one. Every request is shown on the way.</p>
</div>
<div class="cards">
${providers.map((provider) => card(visit, provider))}
</div>
${earlierRuns(visit)}`;
  return layout({ title: "Start", content, clock: clock(visit, ahead, "/") });
}

function card(visit, { name, title, about, flows }) {
  return html`<section class="card provider" aria-labelledby="provider-${name}">
<h2 id="provider-${name}"><span class="mark ${name}" aria-hidden="true"></span>${title}</h2>
<p>${about}</p>
${Object.entries(flows).map(([flow, { scope }]) => flowForm(visit, { name, title, flow, scope }))}
</section>`;
}

function flowForm(visit, { name, title, flow, scope }) {
  const id = `scope-${name}-${flow}`;
  const fields = html`<input type="hidden" name="provider" value="${name}"><input type="hidden" name="flow" value="${flow}">
<div class="field"><label for="${id}">Scope<span class="unseen"> for ${flowTitles[flow]} with ${title}</span></label><input id="${id}" name="scope" value="${scope}" placeholder="the provider's default" autocomplete="off" spellcheck="false"></div>
<button class="${flow === "authorization_code" ? "primary" : "plain"}">${flowTitles[flow]}<span class="unseen"> with ${title}</span></button>`;
  return form(visit, "/runs", fields, "flow");
}

function earlierRuns({ runs }) {
  if (runs.size === 0) return null;
  const rows = [...runs.values()].reverse().map(
    (run) => html`<li><a href="/runs/${run.id}">${run.provider.title}, ${flowTitles[run.flow].toLowerCase()}</a> <span class="quiet">${run.token ? "has a token" : run.waitsForUser ? "waits for the user" : "has no token"}</span></li>`,
  );
  return html`<section class="earlier" aria-labelledby="earlier"><h2 id="earlier">Earlier runs</h2><ul>${rows}</ul></section>`;
}
