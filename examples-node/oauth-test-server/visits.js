// Who is at the browser: a visit is what one cookie stands for. Kept in memory, gone when the server ends.

import { randomBytes } from "node:crypto";

const cookieName = "oauth-test-server-visit";
const mostVisits = 100;
const mostRuns = 20;

/**
 * @typedef {object} Visit
 * @property {string} id
 * @property {string} formToken has to come with every form
 * @property {Map<string, import("./run.js").Run>} runs oldest first
 */

export class Visits {
  /** @type {Map<string, Visit>} */
  #visits = new Map();

  /**
   * The visit that a request belongs to, and the cookie to set if it is a new one.
   *
   * @param {import("node:http").IncomingMessage} request
   * @returns {{ visit: Visit, cookie: string | null }}
   */
  of(request) {
    const known = this.#visits.get(readCookie(request.headers.cookie ?? ""));
    if (known) return { visit: known, cookie: null };
    const visit = { id: secret(), formToken: secret(), runs: new Map() };
    this.#visits.set(visit.id, visit);
    dropOldest(this.#visits, mostVisits);
    // Lax, since the callback is a navigation that another site starts. In production also Secure, with the prefix
    // __Host-; here there is no https.
    return { visit, cookie: `${cookieName}=${visit.id}; Path=/; HttpOnly; SameSite=Lax` };
  }

  /** The runs of all visits. */
  runs() {
    return [...this.#visits.values()].flatMap(({ runs }) => [...runs.values()]);
  }
}

/**
 * @param {Visit} visit
 * @param {import("./run.js").Run} run
 */
export function remember(visit, run) {
  visit.runs.set(run.id, run);
  dropOldest(visit.runs, mostRuns);
}

function dropOldest(map, most) {
  while (map.size > most) map.delete(map.keys().next().value);
}

function readCookie(header) {
  const pair = header.split(/;\s*/).find((one) => one.startsWith(`${cookieName}=`));
  return pair?.slice(cookieName.length + 1);
}

function secret() {
  return randomBytes(24).toString("base64url");
}
