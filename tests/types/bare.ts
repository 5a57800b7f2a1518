// Compiles where nobody declares the web's types. As much of a response is known as every runtime has.

import { type Client, lucca } from "tokenwell";

export async function requests(client: Client): Promise<string> {
  const response = await client.fetch("employees", { method: "POST", headers: { accept: "application/json" }, body: "{}" });
  // @ts-expect-error: not here
  response.body;
  return `${response.ok} ${response.status.toFixed()} ${response.headers.get("content-type")} ${await response.text()}`;
}

// @ts-expect-error: a fetch gives a response
lucca({ account: "example", fetch: async () => "{}" });
