// What a callback is compared with, in the order in which Tokenwell does it, for people to follow. The verdict is
// Tokenwell's: these lines only show what it looked at.

import { masked } from "./masking.js";

const tenMinutes = 600_000;

/**
 * @typedef {object} Check
 * @property {string} name
 * @property {"passed" | "failed" | "skipped"} result
 * @property {string} detail
 */

/**
 * @param {object} callback
 * @param {URL} callback.url
 * @param {URL} callback.authorizationUrl where the user was sent
 * @param {string | null} callback.issuer
 * @param {number} callback.age ms since the user was sent
 * @param {boolean} callback.usedBefore whether the transaction was
 * @param {import("tokenwell").Session | null} callback.session what came of it
 * @param {import("tokenwell").TokenwellError | null} callback.error or why nothing did
 * @returns {Check[]}
 */
export function callbackChecks({ url, authorizationUrl, issuer, age, usedBefore, session, error }) {
  const sent = authorizationUrl.searchParams;
  const came = url.searchParams;
  const asked = [
    ["Transaction", !usedBefore, usedBefore ? "It was used before." : "Kept by this browser's session, and not used before."],
    ["state", came.get("state") === sent.get("state"), compared(sent.get("state"), came.get("state"))],
    ["Age", age < tenMinutes, `${shownAge(age)} since you were sent. Ten minutes are allowed.`],
    ["iss", issuer === null || came.get("iss") === issuer, issuerDetail(issuer, came.get("iss"))],
    ["Answer", came.has("code") && !came.has("error"), answerDetail(came)],
    ["Code exchange", session !== null, session !== null ? "The token endpoint took the code, with the code verifier." : (error?.message ?? "")],
  ];
  const checks = [];
  let over = false;
  for (const [name, passed, detail] of asked) {
    checks.push(over ? { name, result: "skipped", detail: "Not reached." } : { name, result: passed ? "passed" : "failed", detail });
    over ||= !passed;
  }
  checks.push(idTokenCheck(session, over));
  return checks;
}

function compared(sent, came) {
  if (came === null) return `Sent ${masked(sent)}, none came back.`;
  return `Sent ${masked(sent)}, ${masked(came)} came back.`;
}

function issuerDetail(issuer, came) {
  if (issuer === null) return "This provider does not send it.";
  return came === issuer ? `It is ${issuer}.` : `It should be ${issuer}, and ${came === null ? "is missing" : `is ${came}`}.`;
}

function answerDetail(came) {
  if (came.has("error")) return `The provider answered ${came.get("error")}.`;
  return came.has("code") ? `A code, ${masked(came.get("code"))}.` : "Neither a code nor an error.";
}

function idTokenCheck(session, over) {
  const name = "ID token";
  if (over || session === null) return { name, result: "skipped", detail: "Not reached." };
  if (session.claims === null) return { name, result: "skipped", detail: "There is none: openid was not asked for." };
  return { name, result: "passed", detail: `Issuer, audience, nonce and times are right. It is about ${session.claims.sub}.` };
}

function shownAge(ms) {
  const seconds = Math.round(ms / 1000);
  return seconds < 90 ? `${seconds} s` : `${Math.round(seconds / 60)} min`;
}
