import { html } from "../html.js";
import { layout } from "./layout.js";

/** @param {{ title: string, message: string }} problem */
export function problemPage({ title, message }) {
  const content = html`<section class="card narrow">
<h1>${title}</h1>
<p>${message}</p>
<p><a class="button" href="/">Back to the start</a></p>
</section>`;
  return layout({ title, content });
}
