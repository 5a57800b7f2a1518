// Callers of the authenticated fetch who give up.

import assert from "node:assert/strict";
import { getEventListeners } from "node:events";
import { test } from "node:test";
import { base, useApi } from "./api.js";

const { sent, client } = useApi();

test("a caller who gives up is told so at once, also where fetch does not heed the signal", async () => {
  const reason = new Error("enough");
  const controller = new AbortController();
  const api = client(() => {
    queueMicrotask(() => controller.abort(reason));
    return new Promise(() => {});
  });
  await assert.rejects(api.fetch("x", { signal: controller.signal }), (error) => error === reason);
});

test("a caller who gives up is told with the reason of the signal, at every moment", async () => {
  const reason = new Error("enough");
  await assert.rejects(client().fetch("x", { signal: AbortSignal.abort(reason) }), (error) => error === reason);
  assert.equal(sent.tokenRequests, 0);
  const controller = new AbortController();
  const hanging = client((_request) => {
    queueMicrotask(() => controller.abort(reason));
    return new Promise((_, reject) => controller.signal.addEventListener("abort", () => reject(new Error("aborted"))));
  });
  await assert.rejects(hanging.fetch("x", { signal: controller.signal }), (error) => error === reason);
  const ofRequest = new AbortController();
  ofRequest.abort(reason);
  await assert.rejects(client().fetch(new Request(`${base}/x`, { signal: ofRequest.signal })), (error) => error === reason);
});

test("one signal for many requests is listened to once, and no longer than they take", async (t) => {
  const warnings = [];
  const note = (warning) => warnings.push(warning.name);
  process.on("warning", note);
  t.after(() => process.off("warning", note));
  // Warned of is an eleventh listener, not what undici does for its own.
  const { signal } = new AbortController();
  const api = client(undefined, {
    fetch: async () => Response.json({ access_token: "canary-1", token_type: "Bearer", expires_in: 3600 }),
  });
  const all = Promise.all(Array.from({ length: 30 }, () => api.fetch("x", { signal })));
  assert.equal(getEventListeners(signal, "abort").length, 1);
  await all;
  assert.equal(getEventListeners(signal, "abort").length, 0);
  await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual(warnings, []);
});

test("many who wait with one signal are all told", async () => {
  const reason = new Error("enough");
  const controller = new AbortController();
  const { signal } = controller;
  const api = client(undefined, { fetch: () => new Promise(() => {}) });
  const waiting = Array.from({ length: 20 }, () => api.fetch("x", { signal }).catch((error) => error));
  waiting.push(api.token({ signal }).catch((error) => error));
  controller.abort(reason);
  assert.deepEqual(new Set(await Promise.all(waiting)), new Set([reason]));
  assert.equal(getEventListeners(signal, "abort").length, 0);
});

test("a null frees a Request of its signal, as with fetch", async () => {
  const request = new Request(`${base}/x`, { signal: AbortSignal.abort(new Error("enough")) });
  assert.equal((await client().fetch(request, { signal: null })).status, 200);
  await assert.rejects(client().fetch(request, { signal: undefined }), /^Error: enough$/);
});
