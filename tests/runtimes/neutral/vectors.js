// Runs the vectors through the package: one request or one answer each. Works in every runtime.

import { client, forPackage, issuedFor, merged, outcome, parameter } from "./clients.js";
import { Differences, sorted } from "./differences.js";
import { goodToken, response, wire } from "./wire.js";

/** When a case happens that does not say. */
const NOW = 1_800_000_000_000;

/**
 * The vectors for the package.
 *
 * @param {object} tokenwell the package
 * @param {{ name: string, content: object }[]} files
 * @param {{ inspect?: (value: unknown) => string }} [options] what the runtime's `console.log` prints of a value
 * @returns {{ file: string, id: string, run: () => Promise<string[]> }[]} `run` gives what differs
 */
export function vectors(tokenwell, files, { inspect } = {}) {
  return [...forPackage(files, "cases")].map(({ file, content, one }) => ({
    file,
    id: one.id,
    async run() {
      const vector = new Vector(tokenwell, content.given, one, new Differences(inspect));
      await KINDS[content.kind](vector);
      vector.differences.scan("an event", vector.events, vector.never);
      return vector.differences.list;
    },
  }));
}

/** One case under way. */
class Vector {
  events = [];

  constructor(tokenwell, fileGiven, { given = {}, expect }, differences) {
    this.tokenwell = tokenwell;
    this.given = merged(fileGiven, given);
    this.options = merged(fileGiven.client, given.client);
    this.now = this.given.now ?? NOW;
    this.never = this.given.never ?? [];
    this.expect = expect;
    this.differences = differences;
  }

  client({ fetch }, options = this.options) {
    // A client without a secret has nothing to derive this key from.
    const sealing = options.clientSecret === undefined ? { transactionKey: new Uint8Array(32) } : {};
    return client(this.tokenwell, options, {
      fetch,
      now: () => this.now,
      onEvent: (event) => this.events.push(event),
      retries: 0,
      ...sealing,
    });
  }

  /** The end of a call, compared with the expected error or the lack of one. */
  async ends(call) {
    return this.differences.outcome(this.expect.error, await outcome(call), this.never);
  }

  sentNothing({ sent }) {
    this.differences.compare("requests", 0, sent.length);
  }
}

const KINDS = {
  async client(vector) {
    const network = wire(() => goodToken());
    await vector.ends(() => vector.client(network));
    vector.sentNothing(network);
  },

  async token_request(vector) {
    const network = wire(() => goodToken());
    await vector.ends(() => vector.client(network).token(vector.given.ask));
    if (vector.expect.error !== undefined) vector.sentNothing(network);
    else vector.differences.request(vector.expect.request, network.sent[0]);
  },

  async token_response(vector) {
    const network = wire(() => response(vector.given.response));
    const got = await vector.ends(() => GRANTS[vector.given.grant ?? "client_credentials"](vector, network));
    vector.differences.compare("requests", 1, network.sent.length);
    if (got !== undefined) vector.differences.token(vector.expect.token, { ...got, now: vector.now });
  },

  async authorize(vector) {
    const network = wire(() => goodToken());
    const made = await vector.ends(() => vector.client(network).authorize(vector.given.ask));
    vector.sentNothing(network);
    if (made !== undefined) compareUrl(vector, new URL(made.url));
  },

  async callback(vector) {
    const { given, expect, differences } = vector;
    const network = wire(() => (given.response === undefined ? goodToken() : response(given.response)));
    const { url, transaction } = vector.client(network).authorize(given.ask);
    const state = parameter(url, "state");
    vector.never = [...vector.never, state];
    vector.now += given.after ?? 0;
    const receiver = vector.client(network, merged(vector.options, given.receiver));
    const session = await vector.ends(() => receiver.callback(given.callback.replace("{state}", state), transaction));
    if (session === undefined) return vector.sentNothing(network);
    differences.request(expect.request, network.sent[0]);
    const verifier = new URLSearchParams(network.sent[0]?.body).get("code_verifier");
    if (verifier !== null) differences.compare("the length of code_verifier", 43, verifier.length);
    if (expect.token !== undefined) differences.token(expect.token, { ...(await read(session)), now: vector.now });
  },

  /** `rejected` means one new token and one retry. */
  async verdict({ given, expect, tokenwell, differences }) {
    const headers = given.wwwAuthenticate === undefined ? [] : [["www-authenticate", given.wwwAuthenticate]];
    const network = wire((sent) =>
      sent.headers.has("authorization") ? response({ status: given.status, headers, body: "{}" }) : goodToken(),
    );
    const options = { provider: "luminary", subdomain: "example", clientId: "id", clientSecret: "canary-secret" };
    const luminary = client(tokenwell, options, { fetch: network.fetch, now: () => NOW });
    await luminary.fetch("households");
    differences.compare("requests", expect.verdict === "rejected" ? 4 : 2, network.sent.length);
    if (expect.verdict !== "insufficient_scope") return;
    differences.outcome({ kind: "insufficient_scope" }, await outcome(() => luminary.households()));
  },

  async api_request(vector) {
    const { given, expect, differences } = vector;
    const asked = [];
    const network = wire((sent) => {
      if (!sent.headers.has("authorization")) return goodToken();
      asked.push(sent);
      const redirects = given.redirectedTo !== undefined && asked.length === 1;
      return redirects ? response({ status: 302, headers: [["location", given.redirectedTo]] }) : response({ body: "{}" });
    });
    const answered = await vector.ends(() => vector.client(network).fetch(given.url));
    if (answered !== undefined) differences.compare("url", expect.url, asked.at(-1).url);
    else if (given.redirectedTo === undefined) vector.sentNothing(network);
    else differences.compare("API requests", 1, asked.length);
    for (const [name, value] of Object.entries(expect.headers ?? {})) {
      differences.compare(name, value, asked.at(-1)?.headers.get(name));
    }
  },

  async api_error(vector) {
    const { status, body, wwwAuthenticate, url } = vector.given;
    const headers = wwwAuthenticate === undefined ? [] : [["www-authenticate", wwwAuthenticate]];
    const network = wire((sent) =>
      sent.headers.has("authorization") ? response({ status, headers, body }) : goodToken("canary-access-token"),
    );
    await vector.ends(() => typedCall(vector.client(network), url));
  },

  async management(vector) {
    const { given, expect, differences } = vector;
    const network = wire(() => response(given.response));
    const options = given.hint === undefined ? undefined : { hint: given.hint };
    const answered = await vector.ends(() => vector.client(network)[given.call](given.token, options));
    if (expect.request !== undefined) differences.request(expect.request, network.sent[0]);
    if (answered === undefined) return;
    differences.compare("active", expect.active, answered.active);
    differences.compare("expiresAt", expect.expiresAt, answered.exp === undefined ? null : answered.exp * 1000);
  },
};

/** How a token is got by each grant. */
const GRANTS = {
  async client_credentials(vector, network) {
    return { token: await vector.client(network).token(vector.given.ask) };
  },

  async authorization_code(vector, network) {
    const connecting = vector.client(network);
    const { url, transaction } = connecting.authorize({
      redirectUri: "https://app.example.com/callback",
      ...vector.given.ask,
    });
    return read(await connecting.callback(`/callback?code=canary-code&state=${parameter(url, "state")}`, transaction));
  },

  async refresh_token(vector, network) {
    return read(
      vector.client(network).session({
        accessToken: "canary-expired",
        refreshToken: "canary-refresh-token",
        expiresAt: 0,
        scope: [],
        tokenType: "Bearer",
        issuedFor: await issuedFor(vector.tokenwell, vector.options),
      }),
    );
  },
};

async function read(session) {
  return { token: await session.token(), session };
}

function compareUrl({ expect, differences }, url) {
  differences.compare("url", expect.url, url.href);
  differences.compare("base", expect.base, url.origin + url.pathname);
  differences.scan("the URL", url.href);
  if (expect.query === undefined) return;
  const wanted = expect.query.map(([name, value]) => {
    if (value.random !== true) return [name, value];
    // Random: 32 bytes of base64url (RFC 7636 section 4.1).
    const random = url.searchParams.get(name) ?? "";
    if (!/^[A-Za-z0-9_-]{43}$/.test(random)) differences.add(`${name} is not 43 characters of base64url: ${random}`);
    return [name, random];
  });
  differences.compare("query", sorted(wanted), sorted([...url.searchParams]));
}

/** The call of the package whose URL this is. */
function typedCall(provider, url) {
  const [path, query] = url.split("?");
  const calls = {
    households: () => provider.households(query && Object.fromEntries(new URLSearchParams(query))),
    payable: () => provider.createPayable({ workspaceId: "w", payeeEmail: "a@people.example", amount: 1, description: "d" }),
    "authz/check": () => provider.check("document.view"),
  };
  return calls[path]();
}
