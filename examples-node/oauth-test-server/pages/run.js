import { forwardedPath } from "../forward.js";
import { html } from "../html.js";
import { maskedUrl } from "../masking.js";
import { flowTitles } from "../providers.js";
import { exchangesPanel } from "./exchanges.js";
import { clock, form, layout } from "./layout.js";
import { tokensPanel } from "./tokens.js";

/**
 * One run: where it stands, what can be done next, and what has been sent.
 *
 * @param {import("../run.js").Run} run
 * @param {import("../visits.js").Visit} visit
 * @param {number} ahead minutes
 */
export function runPage(run, visit, ahead) {
  const title = `${run.provider.title}, ${flowTitles[run.flow].toLowerCase()}`;
  const content = html`<nav class="crumbs" aria-label="Where you are"><a href="/">Start</a> <span aria-hidden="true">/</span> ${run.provider.title}</nav>
<h1>${title}</h1>
${steps(run)}
<div class="columns">
<div class="column">
${outcome(run)}
${run.waitsForUser ? sendPanel(run) : null}
${run.token ? tokensPanel(run, visit) : null}
${run.token ? callsPanel(run, visit) : null}
${run.callbacks.map(callbackPanel).reverse()}
${run.token || run.waitsForUser ? null : againPanel(run, visit)}
</div>
${exchangesPanel(run.exchanges)}
</div>`;
  return layout({ title, content, clock: clock(visit, ahead, `/runs/${run.id}`) });
}

function steps(run) {
  if (run.flow !== "authorization_code") return null;
  const names = ["Prepare", "Sign in and consent", "Check the callback", "Use the tokens"];
  const at = run.token ? 3 : run.callbacks.length > 0 ? 2 : run.authorization ? 1 : 0;
  const items = names.map((name, index) => {
    const current = index === at ? html` aria-current="step"` : null;
    return html`<li class="${index < at ? "done" : ""}"${current}>${name}</li>`;
  });
  return html`<ol class="steps">${items}</ol>`;
}

function outcome({ outcome: { ok, title, text, error } }) {
  const facts = error
    ? [["kind", error.kind], ["error", error.error], ["status", error.status], ["what to do", error.recovery.replaceAll("_", " ")]]
    : [];
  const rows = facts.filter(([, value]) => value !== null).map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`);
  return html`<section class="outcome ${ok ? "good" : "bad"}" role="status"><h2>${title}</h2><p>${text}</p>${rows.length > 0 ? html`<dl class="facts">${rows}</dl>` : null}</section>`;
}

function sendPanel({ authorization, provider }) {
  const url = new URL(authorization.url);
  const rows = [...new URL(maskedUrl(authorization.url)).searchParams].map(
    ([name, value]) => html`<tr><th scope="row">${name}</th><td>${value}</td></tr>`,
  );
  return html`<section class="card" aria-labelledby="send">
<h2 id="send">Send the user to ${provider.title}</h2>
<p>An application redirects the browser here. The transaction stays behind, in the user's own session.</p>
<p class="address"><code>${url.origin}${url.pathname}</code></p>
<div class="scroll" tabindex="0" role="region" aria-label="Parameters of the authorization URL"><table><tbody>${rows}</tbody></table></div>
<p><a class="button primary" href="${forwardedPath(authorization.url)}">Sign in at ${provider.title}</a></p>
</section>`;
}

const marks = { passed: "✓", failed: "✕", skipped: "–" };

function callbackPanel({ checks, outcome: { ok, text } }, index) {
  const items = checks.map(
    ({ name, result, detail }) =>
      html`<li class="${result}"><span class="check" aria-hidden="true">${marks[result]}</span><span><strong>${name}</strong><span class="unseen"> ${result}:</span> ${detail}</span></li>`,
  );
  return html`<section class="card" aria-labelledby="callback-${index}">
<h2 id="callback-${index}">${index === 0 ? "The callback" : `The callback, opened again (${index + 1})`}</h2>
<ol class="checks">${items}</ol>
<p class="verdict ${ok ? "good" : "bad"}"><strong>${ok ? "Accepted." : "Refused."}</strong> ${text}</p>
</section>`;
}

function callsPanel(run, visit) {
  const buttons = run.calls.map(
    ({ name, body, path, about }) =>
      html`<li>${form(visit, `/runs/${run.id}/call`, html`<button name="name" value="${name}">${about}</button>`)}<code>${body ? "POST" : "GET"} ${path}</code></li>`,
  );
  return html`<section class="card" aria-labelledby="api">
<h2 id="api">Call the API</h2>
<ul class="calls">${buttons}</ul>
${run.answer ? answerBlock(run.answer) : null}
</section>`;
}

function answerBlock({ call, status, body }) {
  return html`<h3>${call.about} <span class="status ${status < 400 ? "good" : "bad"}">${status}</span></h3>
<pre tabindex="0" aria-label="The answer's body">${body}</pre>`;
}

function againPanel(run, visit) {
  const fields = html`<input type="hidden" name="provider" value="${run.provider.name}"><input type="hidden" name="flow" value="${run.flow}"><input type="hidden" name="scope" value="${run.scope}"><button class="primary">Start it again</button>`;
  return html`<section class="card" aria-labelledby="again"><h2 id="again">There is no token</h2><p>A new run starts from the beginning.</p>${form(visit, "/runs", fields)}</section>`;
}
