// The typed calls, for a user and for the application.

import assert from "node:assert/strict";
import { test } from "node:test";
import { failure, useProviders } from "./setup.js";

const providers = useProviders();
const payable = { workspaceId: "workspace-of-the-platform", payeeEmail: "p@people.example", amount: 12500, description: "A drawing" };

test("Lumanu tells who the user is, and which workspaces the user has", async () => {
  const { session } = await providers.connect("lumanu", { user: "grace" });
  const user = await session.currentUser();
  assert.deepEqual(Object.keys(user), ["id", "first_name", "last_name", "created_at", "updated_at"]);
  assert.equal(user.id, "user-grace");
  const { data } = await session.currentUserWorkspaces();
  assert.deepEqual(data.map(({ id, role }) => [id, role.id]), [["workspace-of-grace", "owner"], ["workspace-of-ada", "member"]]);
});

test("what Lumanu answers to users only is refused on a client before anything is sent", async () => {
  const { client } = providers.client("lumanu");
  for (const name of ["currentUser", "currentUserWorkspaces"]) {
    await assert.rejects(client[name](), failure({ kind: "configuration", recovery: "fix_configuration", message: new RegExp(name) }));
  }
  assert.equal(providers.emulator.requests.length, 0);
});

test("Lumanu creates a payable", async () => {
  const { client } = providers.client("lumanu");
  const made = await client.createPayable(payable);
  assert.equal(made.amount, 12500);
  const request = providers.sent("api").at(-1);
  assert.deepEqual(request.body, {
    workspace_id: payable.workspaceId, payee_email: payable.payeeEmail, amount: 12500, description: "A drawing",
  });
});

test("what Lumanu's API refuses is an error with its code, its words and the status", async () => {
  const { client } = providers.client("lumanu");
  await assert.rejects(
    client.createPayable({ ...payable, amount: 1.5 }),
    failure({ kind: "api", status: 400, error: "validation_error", description: /A payable has/, recovery: "none" }),
  );
  await assert.rejects(
    client.createPayable({ ...payable, workspaceId: "another" }),
    failure({ kind: "api", status: 403, error: "forbidden", recovery: "fix_configuration" }),
  );
  providers.emulator.fail({ endpoint: "api", status: 429, headers: { "retry-after": "3" }, body: {} });
  await assert.rejects(client.createPayable(payable), failure({ kind: "api", status: 429, recovery: "retry", retryable: true, retryAfter: 3000 }));
  providers.emulator.fail({ endpoint: "api", status: 200, body: "<html>", headers: { "content-type": "text/html" } });
  await assert.rejects(client.createPayable(payable), failure({ kind: "api", status: 200, message: /other than JSON/ }));
  providers.emulator.fail({ endpoint: "api", disconnect: true });
  await assert.rejects(client.createPayable(payable), failure({ kind: "network", recovery: "retry" }));
});

test("r96 a scope that is missing is insufficient_scope, and no token is spent on it", async () => {
  const { session } = await providers.connect("lumanu");
  const headers = { "www-authenticate": 'Bearer error="insufficient_scope", scope="more"' };
  for (const status of [401, 403]) {
    providers.emulator.fail({ endpoint: "api", status, headers, body: {} });
    await assert.rejects(session.currentUser(), failure({ kind: "insufficient_scope", status }));
  }
  assert.equal(providers.sent("token").length, 1);
});

test("a user whose access was taken away has to come back, and the very call says so", async () => {
  const { session } = await providers.connect("lumanu");
  providers.emulator.revoke(session.tokens().refreshToken);
  await assert.rejects(session.currentUser(), failure({ recovery: "reauthorize", error: "invalid_grant" }));
  await assert.rejects(session.currentUser(), failure({ recovery: "reauthorize", error: "invalid_grant" }));
});

test("fetch never throws for a status, also where no new token can be had", async () => {
  const { session } = await providers.connect("lumanu");
  providers.emulator.revoke(session.tokens().refreshToken);
  assert.equal((await session.fetch("user/current")).status, 401);
});

test("Luminary gives its households page by page", async () => {
  const { client } = providers.client("luminary");
  const first = await client.households({ limit: 2, after: undefined });
  assert.equal(first.data.length, 2);
  const second = await client.households({ limit: 2, after: first.page_info.end_cursor });
  assert.notEqual(first.data[0].id, second.data[0].id);
  assert.equal((await client.households()).data.length, 50);
  await assert.rejects(client.households({ limit: 0 }), failure({ kind: "api", status: 400, error: "invalid_parameter" }));
});

test("LumoAuth says what is allowed", async () => {
  const { client } = providers.client("lumoauth");
  assert.deepEqual(await client.check("document.view"), { allowed: true, permission: "document.view" });
  assert.deepEqual(await client.check("document.burn", { document: "1" }), { allowed: false, permission: "document.burn" });
  await assert.rejects(client.check(""), failure({ kind: "api", status: 400, error: "validation_error" }));
});

test("a session of Luminary or Lumanu sends the user's token, and its client the application's", async () => {
  for (const provider of ["luminary", "lumanu"]) {
    const { session, client } = await providers.connect(provider);
    const path = provider === "luminary" ? "households" : "user/current";
    assert.equal((await session.fetch(path)).status, 200);
    const mine = providers.sent("api").at(-1).headers.authorization;
    assert.equal(mine, `Bearer ${session.tokens().accessToken}`);
    await client.fetch(path);
    assert.notEqual(providers.sent("api").at(-1).headers.authorization, mine);
  }
});

test("r06 r97 a session's token goes to the API alone", async () => {
  const { session } = await providers.connect("lumanu");
  const before = providers.emulator.requests.length;
  const refused = failure({ kind: "configuration", message: /may not receive the access token|must use https/ });
  for (const url of ["https://evil.example/x", "//evil.example/x", "http://api.demo.lumanu.link/x", "https://auth-staging.lumanu.com/x"]) {
    await assert.rejects(session.fetch(url), refused);
  }
  assert.equal(providers.emulator.requests.length, before);
});
