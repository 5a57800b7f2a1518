// The layer's client, made from the options once for each instance of the module.

import { isRecord } from "./check.js";
import { current } from "./instance.js";
import { orFail } from "./values.js";

/** How many addresses of the API are remembered. */
const MOST_URLS = 100;

/** What a client and its sessions share. The options stay private here: they hold the secret. */
export class Connection {
  #kind;
  #options;
  #layer;
  #instance = null;
  #apiHeaders;
  #apiUrls = new Map();

  constructor(kind, options) {
    this.#kind = kind;
    // A copy, so that a later change of the object changes nothing here.
    this.#options = isRecord(options) ? { ...options } : options;
    this.layer();
  }

  /** The layer's client, in the live instance. */
  layer() {
    const instance = current();
    if (this.#instance !== instance) {
      this.#layer = orFail(instance.glue.Client.open(this.#kind, this.#options));
      this.#instance = instance;
    }
    return this.#layer;
  }

  /** The headers that the provider's API insists on, name and value in turn. They depend on the options alone. */
  apiHeaders() {
    return (this.#apiHeaders ??= this.layer().apiHeaders().match(/.+/g) ?? []);
  }

  /** Where an API request may go, absolute. That depends on the options alone too, and asking costs ten microseconds. */
  apiUrl(reference) {
    let url = this.#apiUrls.get(reference);
    if (url === undefined) {
      url = orFail(this.layer().apiUrl(reference));
      if (this.#apiUrls.size === MOST_URLS) this.#apiUrls.clear();
      this.#apiUrls.set(reference, url);
    }
    return url;
  }

  /** The caller's clock, if there is one. */
  get now() {
    return this.#options?.now;
  }

  /** The wall clock and, where that is the runtime's, the monotonic one, in ms. */
  moment() {
    return this.now === undefined ? [Date.now(), performance.now()] : [this.now()];
  }

  /** How long one call of the provider's API may take, in ms. */
  get timeout() {
    return this.layer().timeout;
  }

  /** The function to send with. A method call on the options would be an "Illegal invocation" in workers. */
  get fetch() {
    return this.#options?.fetch ?? globalThis.fetch;
  }
}
