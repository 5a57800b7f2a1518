// Chromium's own log of what it did on the network. What it wants for itself in the background (updates, autofill) is
// in it too, in spite of the flags; it finds no address, as `launch` says, so that nothing connects to anywhere else.

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
  const browser = await launch({ flags: [`--log-net-log=${log}`] });
  try {
    const page = await browser.newPage();
    await page.goto(`${server.origin}/`);
    await page.getByRole("button", { name: "Authorization code with Lumanu" }).click();
    await page.getByRole("link", { name: "Sign in at Lumanu" }).click();
    await page.getByRole("button", { name: "Allow" }).click();
    await page.getByRole("button", { name: "The user's workspaces" }).click();
    await page.getByLabel("The answer's body").getByText("workspace-of-ada").waitFor();
    await browser.close();

    const { constants, events } = JSON.parse(await readFile(log, "utf8"));
    const named = (name) => events.filter(({ type }) => type === constants.logEventTypes[name]);
    const addresses = (name) => named(name).map(({ params }) => params?.address).filter(Boolean);
    const connected = addresses("TCP_CONNECT_ATTEMPT");
    assert.ok(connected.includes(new URL(server.origin).host), "the log has the connections");
    assert.deepEqual(connected.filter((address) => !address.startsWith("127.0.0.1:")), []);
    // A UDP socket "connects" without sending, to learn of IPv6. Sent is what has bytes.
    assert.equal(named("UDP_BYTES_SENT").length, 0);
    const callbacks = named("URL_REQUEST_START_JOB").filter(({ params }) => params?.url?.startsWith(`${server.origin}/callback?`));
    assert.equal(callbacks.length, 1, "the log has the flow, once");
  } finally {
    await browser.close();
    await server.close();
    await rm(folder, { recursive: true });
  }
});
