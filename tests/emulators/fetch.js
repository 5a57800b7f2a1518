// The real one, kept before anybody replaces it.
const send = globalThis.fetch;

/**
 * Makes a `fetch` that sends what is meant for a provider to the emulator. It behaves as the real one does, redirects
 * included; a host that no provider owns cannot be reached: `TypeError: fetch failed`.
 *
 * @param {object} options
 * @param {string} options.origin where the emulator listens
 * @param {(host: string) => boolean} options.knows whether a provider owns the host
 * @param {string[]} options.refused collects the hosts that could not be reached
 * @param {boolean} options.loopback let http to loopback hosts pass to the network
 * @returns {typeof globalThis.fetch}
 */
export function mappingFetch({ origin, knows, refused, loopback }) {
  return async function fetch(input, init) {
    let request = new Request(input, init);
    let body = request.body === null ? undefined : new Uint8Array(await request.arrayBuffer());
    for (let redirects = 0; ; redirects += 1) {
      const response = await once(request, body);
      const location = response.headers.get("location");
      if (![301, 302, 303, 307, 308].includes(response.status) || location === null || request.redirect === "manual") {
        return named(response, request.url, redirects > 0);
      }
      await response.body?.cancel();
      if (request.redirect === "error") throw failed(new Error("unexpected redirect"));
      if (redirects === 20) throw failed(new Error("redirect count exceeded"));
      ({ request, body } = redirected(request, body, response.status, new URL(location, request.url)));
    }
  };

  function once(request, body) {
    const url = new URL(request.url);
    const init = { method: request.method, signal: request.signal, redirect: "manual", body };
    if (loopback && ["127.0.0.1", "localhost", "[::1]"].includes(url.hostname)) {
      return send(url, { ...init, headers: request.headers });
    }
    if (!["http:", "https:"].includes(url.protocol) || !knows(url.host)) {
      refused.push(url.host);
      throw failed(Object.assign(new Error(`getaddrinfo ENOTFOUND ${url.hostname}`), { code: "ENOTFOUND" }));
    }
    const headers = new Headers(request.headers);
    headers.set("x-forwarded-host", url.host);
    headers.set("x-forwarded-proto", url.protocol.slice(0, -1));
    return send(`${origin}${url.pathname}${url.search}`, { ...init, headers });
  }
}

/** The Fetch standard's HTTP-redirect fetch: what is kept, and what is dropped. */
function redirected(request, body, status, url) {
  const headers = new Headers(request.headers);
  const becomesGet = status === 303 ? !["GET", "HEAD"].includes(request.method) : status < 303 && request.method === "POST";
  if (becomesGet) for (const name of [...headers.keys()]) if (name.startsWith("content-")) headers.delete(name);
  if (url.origin !== new URL(request.url).origin) for (const name of ["authorization", "cookie"]) headers.delete(name);
  const { signal, redirect } = request;
  const method = becomesGet ? "GET" : request.method;
  return { request: new Request(url, { method, headers, signal, redirect }), body: becomesGet ? undefined : body };
}

/** Gives the answer the URL that was asked for, not the one on loopback. */
function named(response, url, redirected) {
  return Object.defineProperties(response, { url: { value: url }, redirected: { value: redirected } });
}

function failed(cause) {
  return new TypeError("fetch failed", { cause });
}
