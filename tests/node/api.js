// An API behind a token endpoint that always gives a token: what tests of the authenticated fetch share.

import assert from "node:assert/strict";
import { afterEach, beforeEach } from "node:test";
import { oauth } from "tokenwell";

export const base = "https://api.example.com/v2";

/** Clients for the tests of one file, and what they have sent in the test that runs. */
export function useApi() {
  /** The API's requests, how many went to the token endpoint, and what that answers with the next one's number. */
  const sent = { requests: [], tokenRequests: 0, tokens: undefined };

  beforeEach(() => {
    const token = (number) => ({ access_token: `canary-${number}`, token_type: "Bearer", expires_in: 3600 });
    Object.assign(sent, { requests: [], tokenRequests: 0, tokens: (number) => Response.json(token(number)) });
  });

  /** No test sends a token anywhere but to https origins of example.com's API. */
  afterEach(() => {
    for (const { url, headers, redirect } of sent.requests) {
      // A fetch that follows by itself would take the token anywhere.
      assert.equal(redirect ?? "manual", "manual");
      if (headers.authorization !== undefined) assert.match(url, /^https:\/\/(api|files)\.example\.com(:8443)?\//);
      assert.ok(!url.includes("canary"), "a token is in a URL");
    }
  });

  /** A client of an API that is a function from a noted request and its number to a Response. */
  function client(api = () => Response.json({ ok: true }), options = {}) {
    const fetch = async (input, init) => {
      if (input === "https://auth.example.com/token") return sent.tokens((sent.tokenRequests += 1));
      const request = new Request(input, init);
      const { url, method, headers, redirect } = request;
      const noted = { url, method, headers: Object.fromEntries(headers), redirect, init, body: await request.text() };
      sent.requests.push(noted);
      return api(noted, sent.requests.length);
    };
    return oauth({
      tokenEndpoint: "https://auth.example.com/token",
      apiBase: base,
      clientId: "id",
      clientSecret: "canary-secret",
      fetch,
      ...options,
    });
  }

  return { sent, client };
}
