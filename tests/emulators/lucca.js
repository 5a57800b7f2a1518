import { bearerToken, requireScope } from "./bearer.js";
import { json, noStore, Refusal } from "./http.js";
import { tokenEndpoint } from "./token-endpoint.js";

/** One token host for all accounts: it is not the account's own domain. */
const tokenHost = "accounts.world.luccasoftware.com";
const accountHost = /^([a-z0-9-]+)\.(?:ilucca|ilucca-test|ilucca-demo)\.(?:net|ch)$/;
const sandboxHost = /^([a-z0-9-]+)-[a-z0-9]+\.sandbox\.(?:eu1|eu2|ch1)\.luccasoftware\.com$/;
const apiVersions = ["2024-11-01"];

const employees = Array.from({ length: 230 }, (_, index) => ({
  id: String(index + 1),
  type: "employee",
  givenName: `Given ${index + 1}`,
  familyName: `Family ${index + 1}`,
}));

/**
 * Lucca: form bodies only, bare OAuth error codes at the token host, `application/problem+json` at the API.
 *
 * @param {object} world the emulator's shared state
 */
export function lucca(world) {
  const facts = {
    provider: "lucca",
    bodyFormat: "form",
    basic: false,
    grants: ["client_credentials"],
    tokenType: "Bearer",
    expiresIn: 1800,
    answersScope: false,
    grantsAllByDefault: true,
    // The provider does not say; a path of `/connect/token` is IdentityServer's, which answers 400 and the code alone.
    refuse: (error) => new Refusal(json(400, { error }, noStore)),
    serves: () => true,
  };
  const token = { name: "token", methods: ["POST"], handle: tokenEndpoint(world, facts) };

  function listEmployees(account) {
    return (request) => {
      const accepts = (record) => record.provider === "lucca" && record.client.accounts.includes(account);
      const record = bearerToken(world, request, { accepts, refuse: problem });
      const version = request.headers["api-version"];
      if (version === undefined) throw problem(400, "api_version_missing", "The header Api-Version is required.");
      if (!apiVersions.includes(version)) throw problem(400, "api_version_unknown", "This Api-Version is not supported.");
      requireScope(record, ["employees.readonly", "employees.readwrite"], problem);
      return json(200, page(request));
    };
  }

  return {
    name: "lucca",
    owns: (host) => host === tokenHost || accountHost.test(host) || sandboxHost.test(host),
    find(host, path) {
      if (host === tokenHost) return path === "/connect/token" ? token : null;
      const account = (accountHost.exec(host) ?? sandboxHost.exec(host))[1];
      const known = world.registered.some((one) => one.provider === "lucca" && one.accounts.includes(account));
      if (!known || path !== "/lucca-api/employees") return null;
      return { name: "api", methods: ["GET"], handle: listEmployees(account) };
    },
    refuse: problem,
  };
}

/** RFC 9457. The titles of 401 and 403 are both "Unauthorized": only the status tells them apart. */
function problem(status, code, detail, headers = {}) {
  const title = { 400: "Bad Request", 401: "Unauthorized", 403: "Unauthorized", 404: "Not Found", 405: "Method Not Allowed" }[status];
  const body = { type: `https://problems.example/${code}`, title, status, detail };
  return new Refusal(json(status, body, { "content-type": "application/problem+json", ...headers }));
}

/** `page` is a cursor, `limit` at most 100, `include=links` gives `links.next.href`. */
function page(request) {
  const { query } = request;
  for (const name of new Set(query.keys())) {
    const wrong = !["page", "limit", "include"].includes(name) || query.getAll(name).length > 1;
    if (wrong) throw problem(400, "invalid_query", `The parameter ${name} is unknown or appears twice.`);
  }
  const limit = query.get("limit") ?? "25";
  if (!/^[1-9]\d{0,2}$/.test(limit) || Number(limit) > 100) throw problem(400, "invalid_query", "limit must lie between 1 and 100.");
  if (query.has("include") && query.get("include") !== "links") throw problem(400, "invalid_query", "Only links can be included.");
  const start = query.has("page") ? positionOf(query.get("page")) : 0;
  const end = Math.min(start + Number(limit), employees.length);
  const collection = `https://${request.host}${request.path}`;
  return {
    type: "employees",
    url: collection,
    items: employees.slice(start, end).map((one) => ({ ...one, url: `${collection}/${one.id}` })),
    ...(query.has("include") ? { links: { next: end < employees.length ? { href: nextHref(collection, limit, end) } : null } } : {}),
  };
}

function nextHref(collection, limit, position) {
  return `${collection}?${new URLSearchParams({ page: cursorOf(position), limit, include: "links" })}`;
}

function cursorOf(position) {
  return Buffer.from(`position:${position}`).toString("base64url");
}

function positionOf(cursor) {
  const match = /^position:(\d+)$/.exec(Buffer.from(cursor, "base64url").toString());
  if (!match || Number(match[1]) >= employees.length) throw problem(400, "invalid_query", "page is not a cursor of this list.");
  return Number(match[1]);
}
