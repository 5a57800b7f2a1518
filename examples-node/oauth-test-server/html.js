// HTML without holes: what is put into a template is text, unless a template made it.

class Markup {
  constructor(text) {
    this.text = text;
  }

  toString() {
    return this.text;
  }
}

const entities = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };

function escaped(value) {
  if (value instanceof Markup) return value.text;
  if (Array.isArray(value)) return value.map(escaped).join("");
  if (value === null || value === undefined || value === false) return "";
  return String(value).replace(/[&<>"']/g, (character) => entities[character]);
}

/**
 * A template of HTML. Values are escaped, lists are joined; null, undefined and false leave nothing.
 *
 * @returns {Markup}
 */
export function html(strings, ...values) {
  return new Markup(strings.map((text, index) => text + (index < values.length ? escaped(values[index]) : "")).join(""));
}
