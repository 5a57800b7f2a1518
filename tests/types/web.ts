// Compiles where the web's types are declared, by the DOM library or by @types/node, and uses those very types.

import { type Client, type Fetch, lucca, type Session } from "tokenwell";

type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;

export async function requests(client: Client, session: Session): Promise<void> {
  const controller = new AbortController();
  await client.token({ signal: controller.signal });
  await client.token({ signal: AbortSignal.timeout(1000) });
  const response = await client.fetch("employees", {
    method: "POST",
    headers: new Headers({ accept: "application/json" }),
    body: new URLSearchParams({ a: "b" }),
    signal: controller.signal,
  });
  const same: Same<typeof response, Response> = true;
  await client.fetch(new URL("https://example.ilucca.net/lucca-api/employees"));
  await session.fetch(new Request("https://example.ilucca.net/lucca-api/employees"));
  await client.callback(new Request("https://app.example.com/callback"), "transaction", { signal: controller.signal });
  await client.callback(new URL("https://app.example.com/callback"), "transaction");
  [same, response.body?.getReader(), response.headers.getSetCookie()];
  // @ts-expect-error: there is no such method
  await client.fetch("employees", { signal: "soon" });
}

export const clients: Client[] = [
  lucca({ account: "example", fetch }),
  lucca({ account: "example", fetch: globalThis.fetch }),
  lucca({ account: "example", fetch: async (input, init) => new Response(`${String(input)} ${init?.method}`) }),
  lucca({ account: "example", fetch: async () => new Response("{}") }),
  // @ts-expect-error: a fetch gives a response
  lucca({ account: "example", fetch: async () => "{}" }),
];

export const own: Fetch = (input, init) => fetch(input, init);
