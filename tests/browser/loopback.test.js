// Chromium's own log of what it did on the network: pages, its background work, everything.

import assert from "node:assert/strict";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { createTestServer } from "../../examples-node/oauth-test-server/app.js";
import { launch } from "./chromium.js";

test("no request leaves this machine in a whole flow", async () => {
  const folder = await mkdtemp(join(tmpdir(), "oauth-test-server-"));
  const log = join(folder, "net.json");
  const server = await createTestServer();
  try {
    const browser = await launch({ flags: [`--log-net-log=${log}`] });
    const page = await browser.newPage();
    await page.goto(`${server.origin}/`);
    await page.getByRole("button", { name: "Authorization code with Lumanu" }).click();
    await page.getByRole("link", { name: "Sign in at Lumanu" }).click();
    await page.getByRole("button", { name: "Allow" }).click();
    await page.getByRole("button", { name: "The user's workspaces" }).click();
    await page.getByText("workspace-of-ada").waitFor();
    await browser.close();

    const { constants, events } = JSON.parse(await readFile(log, "utf8"));
    const named = (name) => events.filter(({ type }) => type === constants.logEventTypes[name]);
    const urls = named("URL_REQUEST_START_JOB").map(({ params }) => params?.url).filter(Boolean);
    assert.ok(urls.some((url) => url.startsWith(`${server.origin}/callback`)), "the log has the flow");
    const elsewhere = urls.filter((url) => /^(https?|wss?):/.test(url) && new URL(url).hostname !== "127.0.0.1");
    assert.deepEqual(elsewhere, []);
    const connected = named("TCP_CONNECT_ATTEMPT").map(({ params }) => params?.address).filter(Boolean);
    assert.ok(connected.length > 0, "the log has the connections");
    assert.deepEqual(connected.filter((address) => !address.startsWith("127.0.0.1:")), []);
  } finally {
    await server.close();
    await rm(folder, { recursive: true });
  }
});
