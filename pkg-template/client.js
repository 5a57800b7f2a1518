// The five functions that make a client, and what a client can do.

import { TokenwellError, refused } from "./errors.js";
import { send } from "./fetch.js";
import { current } from "./instance.js";
import { Source } from "./source.js";
import { orThrow, values } from "./values.js";

export { TokenwellError };

/** How many different requests of one client are remembered. */
const MOST_SOURCES = 10_000;

/** A client of one authorization server. It prints itself without its options: those hold the secret. */
class Client {
  #kind;
  #options;
  #layer;
  #instance;
  #source;
  #sources = new Map();

  constructor(kind, options) {
    this.#kind = kind;
    // A copy, so that a later change of the object changes nothing here.
    this.#options = isObject(options) ? { ...options } : options;
    this.provider = this.layer().provider;
    Object.defineProperty(this, "provider", { writable: false });
    this.#source = this.#open(undefined);
  }

  async token(options) {
    const source = options === undefined ? this.#source : this.#sourceOf(options);
    return (options === undefined && source.ready()) || (await source.answer(options)).token;
  }

  async fetch(input, init) {
    return (await this.send(input, init)).response;
  }

  forget() {
    this.layer().forget();
    this.#sources.clear();
    this.#source = this.#open(undefined);
  }

  /** The layer's client in the live instance. */
  layer() {
    const instance = current();
    if (this.#instance !== instance) {
      this.#layer = orThrow(() => new instance.glue.Client(this.#kind, this.#options, values));
      this.#instance = instance;
    }
    return this.#layer;
  }

  /** Sends with the application's token. */
  send(input, init) {
    const fetch = this.#options?.fetch;
    return send({ layer: () => this.layer(), source: this.#source, fetch: () => fetch ?? globalThis.fetch }, input, init);
  }

  #sourceOf(options) {
    if (!isObject(options)) throw refused("options", "must be an object");
    const { signal, fresh, ...request } = options;
    const members = Object.entries(request).filter(([, value]) => value !== undefined);
    if (members.length === 0) return this.#source;
    const key = JSON.stringify(members, distinct);
    let source = this.#sources.get(key);
    if (source === undefined) {
      source = this.#open(request);
      // Asked for now, so that what cannot be read is refused and not remembered.
      source.layer();
      if (this.#sources.size >= MOST_SOURCES) this.#sources.delete(this.#sources.keys().next().value);
      this.#sources.set(key, source);
    }
    return source;
  }

  #open(request) {
    return new Source(() => this.layer().source(request), this.#options?.now);
  }
}

const isObject = (value) => typeof value === "object" && value !== null && !Array.isArray(value);

/** For a key: only texts and lists of them are what they look like; all else the layer refuses each time. */
function distinct(_name, value) {
  return typeof value === "string" || Array.isArray(value) ? value : { not: typeof value };
}

/** Calls an API, and gives its JSON or throws what went wrong. */
async function call(client, path, body) {
  const init = body === undefined ? undefined : {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  };
  const { response, token, url } = await client.send(path, init);
  if (!response.ok) {
    const challenge = response.headers.get("www-authenticate") ?? undefined;
    const bytes = new Uint8Array(await response.arrayBuffer());
    throw client.layer().apiFailure(url, token.accessToken, response.status, challenge, bytes).toError();
  }
  try {
    return await response.json();
  } catch {
    const endpoint = url.split(/[?#]/, 1)[0];
    throw new TokenwellError("api", `${endpoint} answered with something other than JSON: check the request.`, {
      endpoint,
      status: response.status,
    });
  }
}

class LuminaryClient extends Client {
  households(query) {
    const search = new URLSearchParams(query).toString();
    return call(this, search === "" ? "households" : `households?${search}`);
  }
}

class LumanuClient extends Client {
  createPayable({ workspaceId, payeeEmail, amount, description }) {
    return call(this, "payable", { workspace_id: workspaceId, payee_email: payeeEmail, amount, description });
  }

  async currentUser() {
    throw needsUser("currentUser");
  }

  async currentUserWorkspaces() {
    throw needsUser("currentUserWorkspaces");
  }
}

function needsUser(name) {
  return new TokenwellError(
    "configuration",
    `${name} is answered to a user's token only, so nothing was sent: send the user through authorize(), and call it on the session that callback() gives.`,
    { recovery: "fix_configuration" },
  );
}

class LumoAuthClient extends Client {
  check(permission, context) {
    return call(this, "authz/check", { permission, context });
  }
}

class LuccaClient extends Client {}

export const luminary = (options) => new LuminaryClient("luminary", options);
export const lumanu = (options) => new LumanuClient("lumanu", options);
export const lumoauth = (options) => new LumoAuthClient("lumoauth", options);
export const lucca = (options) => new LuccaClient("lucca", options);
export const oauth = (options) => new Client("oauth", options);
