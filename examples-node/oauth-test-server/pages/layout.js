import { html } from "../html.js";

/**
 * What every page has around it.
 *
 * @param {object} page
 * @param {string} page.title
 * @param {unknown} page.content
 * @param {unknown} [page.clock] the form that moves the time, where there is a visit to move it for
 * @param {string} [page.host] the provider's host, for pages that a provider would show itself
 */
export function layout({ title, content, clock = null, host }) {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title} · OAuth test server</title>
<link rel="icon" href="/icon.svg" type="image/svg+xml">
<link rel="stylesheet" href="/style.css">
<script src="/script.js" defer></script>
</head>
<body>
<a class="skip" href="#content">Skip to the content</a>
<p class="notice"><strong>For development only.</strong> Emulated providers and made-up people, all on this machine.</p>
<header class="top">
  ${host ? html`<p class="brand"><span class="dot" aria-hidden="true"></span>${host} <span class="quiet">emulated</span></p>` : html`<a class="brand" href="/"><span class="dot" aria-hidden="true"></span>OAuth test server</a>`}
  ${clock}
</header>
<main id="content" tabindex="-1">
${content}
</main>
</body>
</html>
`;
}

/**
 * A form of this server, with the token that proves where it came from.
 *
 * @param {import("../visits.js").Visit} visit
 * @param {string} action
 * @param {unknown} content
 * @param {string} [className]
 */
export function form(visit, action, content, className = "") {
  return html`<form method="post" action="${action}" class="${className}"><input type="hidden" name="form_token" value="${visit.formToken}">${content}</form>`;
}

/**
 * The time, and how to let it pass.
 *
 * @param {import("../visits.js").Visit} visit
 * @param {number} ahead minutes
 * @param {string} back where to go afterwards
 */
export function clock(visit, ahead, back) {
  const buttons = [["11", "+11 min"], ["60", "+1 h"], ["1440", "+1 day"]].map(
    ([minutes, text]) => html`<button class="small" name="minutes" value="${minutes}">${text}</button>`,
  );
  const reset = ahead === 0 ? null : html`<button class="small" name="minutes" value="0">Back to now</button>`;
  const fields = html`<input type="hidden" name="back" value="${back}"><span class="quiet">${ahead === 0 ? "Let time pass" : html`Clock: <strong>${duration(ahead)} ahead</strong>`}</span>${buttons}${reset}`;
  return form(visit, "/clock", fields, "clock");
}

function duration(minutes) {
  const parts = [[Math.floor(minutes / 1440), "d"], [Math.floor(minutes / 60) % 24, "h"], [minutes % 60, "min"]];
  return parts.filter(([count]) => count > 0).map(([count, unit]) => `${count} ${unit}`).join(" ");
}
