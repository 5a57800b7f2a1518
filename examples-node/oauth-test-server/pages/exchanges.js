import { html } from "../html.js";

/** @param {import("../exchanges.js").Exchange[]} exchanges */
export function exchangesPanel(exchanges) {
  const items = exchanges.map(exchangeItem);
  return html`<section class="exchanges" aria-labelledby="exchanges">
<h2 id="exchanges">HTTP exchanges <span class="count">${exchanges.length}</span></h2>
${items.length === 0 ? html`<p class="quiet">Nothing has been sent yet.</p>` : html`<ol>${items}</ol>`}
</section>`;
}

function exchangeItem({ by, method, url, requestHeaders, requestBody, status, responseHeaders, responseBody }) {
  const { host, pathname } = new URL(url);
  return html`<li><details>
<summary><span class="by ${by.toLowerCase()}">${by}</span> <span class="line"><strong>${method}</strong> <span class="path">${breakable(pathname)}</span><br><span class="quiet">${host}</span></span> <span class="status ${statusClass(status)}">${status ?? "lost"}</span></summary>
<div class="message">
<h3>Request</h3>
<pre tabindex="0" aria-label="Request">${method} ${url}
${headerLines(requestHeaders)}${requestBody && `\n${requestBody}`}</pre>
<h3>Answer</h3>
<pre tabindex="0" aria-label="Answer">${status ?? "No answer came."}
${headerLines(responseHeaders)}${responseBody && `\n${responseBody}`}</pre>
</div>
</details></li>`;
}

/** A path breaks between its segments, if it has to. */
function breakable(path) {
  return path.split(/(?<=\/)/).map((part) => html`${part}<wbr>`);
}

function headerLines(headers) {
  return headers.map(([name, value]) => `${name}: ${value}\n`).join("");
}

function statusClass(status) {
  if (status === null || status >= 400) return "bad";
  return status >= 300 ? "neutral" : "good";
}
