// How the demo looks.

const codes = { bold: [1, 22], dim: [2, 22], green: [32, 39], red: [31, 39] };

/** No colours where nobody sees them, or where they are not wanted (https://no-color.org). */
const colours = process.stdout.isTTY === true && !process.env.NO_COLOR && process.env.TERM !== "dumb";

/**
 * @param {keyof typeof codes} name
 * @param {string} text
 */
export function style(name, text) {
  const [on, off] = codes[name];
  return colours ? `\u001b[${on}m${text}\u001b[${off}m` : text;
}

/** @param {string} text */
export function printTitle(text) {
  console.log(`${style("bold", text)}\n`);
}

/**
 * @param {boolean} worked
 * @param {string} title
 * @param {[string, string][]} rows a name and what it is
 * @param {number} took ms
 */
export function printBlock(worked, title, rows, took) {
  const mark = worked ? style("green", "ok    ") : style("red", "FAILED");
  console.log(`  ${mark}  ${style("bold", title)}  ${style("dim", `${Math.ceil(took)} ms`)}`);
  for (const [name, value] of rows) console.log(`          ${style("dim", name.padEnd(14))}  ${value}`);
  console.log();
}

/**
 * A token as it may be shown: everything but itself.
 *
 * @param {import("tokenwell").Token} token
 */
export function shownToken({ tokenType, expiresAt, scope, deviations }) {
  const parts = [tokenType, expiresAt === null ? "lifetime not told" : `good for ${shownLifetime(expiresAt - Date.now())}`];
  if (scope.length > 0) parts.push(`scope ${scope.join(" ")}`);
  if (deviations.length > 0) parts.push(`forgiven: ${deviations.join(" ")}`);
  return parts.join(", ");
}

function shownLifetime(ms) {
  if (ms < 60_000) return `${Math.max(0, Math.round(ms / 1000))} s`;
  // To the nearest minute: some milliseconds have gone by since it was issued.
  const minutes = Math.round(ms / 60_000);
  return [`${Math.floor(minutes / 60)} h`, `${minutes % 60} min`].filter((part) => !part.startsWith("0 ")).join(" ");
}
