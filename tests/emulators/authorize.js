import { randomUUID } from "node:crypto";
import { parseForm, Refusal } from "./http.js";
import { Parameters } from "./parameters.js";
import { grantedScope } from "./token-endpoint.js";

/** The header of a consent page that names the pending authorization, for whoever plays the browser. */
export const pendingHeader = "x-emulator-authorization";

/**
 * What a consent page is about. Nobody has signed in yet.
 *
 * @typedef {object} PendingAuthorization
 * @property {string} id
 * @property {string} provider
 * @property {string} clientId
 * @property {string[]} scope
 * @property {string} decisionUrl relative to the page: the page posts the form fields `authorization` (the id),
 *   `decision` (`approve` or `decline`) and `user` (a name of `emulator.users`) to it
 */

/**
 * An authorization endpoint (RFC 6749 section 3.1) and the address that its consent page posts to.
 *
 * @param {object} world the emulator's shared state
 * @param {import("./token-endpoint.js").ServerFacts & { codeLifetime: number, defaultScope: string[],
 *   requiresState: boolean, requiresPkce: (client: object) => boolean, answersIssuer: boolean,
 *   userAudience?: (request: import("./http.js").EmulatedRequest) => string }} facts
 */
export function authorizationEndpoints(world, facts) {
  return {
    authorize: (request) => authorize(world, facts, request),
    decide: (request) => decide(world, facts, request),
  };
}

function authorize(world, facts, request) {
  // Before the client and its redirect URI are known to be right, nothing may be redirected (section 4.1.2.1).
  const parameters = new Parameters(request.query, errorPage);
  const client = world.registered.find(
    (one) => one.provider === facts.provider && one.clientId === parameters.get("client_id"),
  );
  if (!client || !facts.serves(client, request)) throw errorPage("The client is unknown.");
  const redirectUri = parameters.get("redirect_uri");
  if (redirectUri === undefined || !client.redirectUris.includes(redirectUri)) {
    throw errorPage("The redirect_uri is not registered for this client.");
  }
  const state = parameters.get("state");
  const issuer = facts.answersIssuer ? facts.issuer(request) : undefined;
  const goBack = (answer) => redirect(302, callbackUrl(redirectUri, { ...answer, state, iss: issuer }));
  const refuse = (error, description) => new Refusal(goBack({ error, error_description: description }));

  const responseType = parameters.get("response_type");
  if (responseType === undefined) throw refuse("invalid_request", "The parameter response_type is missing.");
  if (responseType !== "code") throw refuse("unsupported_response_type", "Only code is supported.");
  if (!client.grants.includes("authorization_code")) throw refuse("unauthorized_client", "The client may not do this.");
  if (facts.requiresState && state === undefined) throw refuse("invalid_request", "The parameter state is missing.");
  const codeChallenge = parameters.get("code_challenge");
  const method = parameters.get("code_challenge_method");
  if (codeChallenge === undefined && (method !== undefined || facts.requiresPkce(client))) {
    throw refuse("invalid_request", "The parameter code_challenge is missing.");
  }
  if (codeChallenge !== undefined && (method !== "S256" || !/^[A-Za-z0-9_-]{43}$/.test(codeChallenge))) {
    throw refuse("invalid_request", "Only a well-formed S256 code_challenge is accepted.");
  }
  const scope = grantedScope(client, parameters, facts.defaultScope, refuse);
  if (parameters.get("prompt") === "none") throw refuse("login_required", "Nobody is signed in.");

  const id = randomUUID();
  const nonce = parameters.get("nonce");
  world.pending.set(id, { provider: facts.provider, client, redirectUri, state, issuer, scope, nonce, codeChallenge });
  const page = { id, provider: facts.provider, clientId: client.clientId, scope, decisionUrl: "authorize/decision" };
  return html(200, world.consent(page), { [pendingHeader]: id });
}

function decide(world, facts, request) {
  let form;
  try {
    form = new Map(parseForm(request.body));
  } catch {
    throw errorPage("The form is malformed.");
  }
  const pending = world.pending.get(form.get("authorization"));
  if (!pending || pending.provider !== facts.provider) throw errorPage("This authorization is not pending.");
  const { client, redirectUri, state, issuer, scope, nonce, codeChallenge } = pending;
  const user = world.users.byName(form.get("user") ?? "");
  if (form.get("decision") === "approve" && !user) throw errorPage("The user is unknown.");
  world.pending.delete(form.get("authorization"));
  if (form.get("decision") !== "approve") {
    const declined = { error: "access_denied", error_description: "The user declined the request." };
    return redirect(303, callbackUrl(redirectUri, { ...declined, state, iss: issuer }));
  }
  const code = world.tokens.issueCode({
    provider: facts.provider,
    client,
    subject: user.sub,
    scope,
    audience: facts.userAudience ? facts.userAudience(request) : null,
    redirectUri,
    nonce,
    codeChallenge,
    family: randomUUID(),
    lifetime: facts.codeLifetime,
  });
  return redirect(303, callbackUrl(redirectUri, { code, state, iss: issuer }));
}

/** RFC 6749 section 4.1.2: added to the query that the redirect URI may already have. */
function callbackUrl(redirectUri, answer) {
  const added = new URLSearchParams(Object.entries(answer).filter(([, value]) => value !== undefined));
  return `${redirectUri}${redirectUri.includes("?") ? "&" : "?"}${added}`;
}

function redirect(status, location) {
  return { status, headers: { location, "cache-control": "no-store", "referrer-policy": "no-referrer" }, body: "" };
}

function html(status, body, headers = {}) {
  return { status, headers: { "content-type": "text/html; charset=utf-8", "cache-control": "no-store", ...headers }, body };
}

function errorPage(text) {
  return new Refusal(html(400, `<!doctype html><title>Error</title><p>${text}</p>`));
}

/**
 * The consent page unless the emulator is given another.
 *
 * @param {PendingAuthorization} pending
 * @returns {string} HTML
 */
export function plainConsentPage({ id, provider, clientId, scope, decisionUrl }) {
  return `<!doctype html>
<title>Sign in</title>
<h1>${escape(provider)}</h1>
<p>${escape(clientId)} asks for: ${escape(scope.join(" "))}</p>
<form method="post" action="${escape(decisionUrl)}">
  <input type="hidden" name="authorization" value="${escape(id)}">
  <label>User <input name="user" value="ada"></label>
  <button name="decision" value="approve">Allow</button>
  <button name="decision" value="decline">Decline</button>
</form>
`;
}

function escape(text) {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
