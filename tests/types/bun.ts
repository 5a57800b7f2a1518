// A program of Bun's, whose fetch takes more than others.

import { type Client, lucca, type Session } from "tokenwell";

export async function requests(client: Client, session: Session): Promise<string[]> {
  const response = await client.fetch("employees", {
    method: "POST",
    body: "{}",
    tls: { rejectUnauthorized: false },
    proxy: "http://proxy.example:8080",
    unix: "/var/run/api.sock",
    verbose: true,
    decompress: false,
  });
  const own: Response = await session.fetch("employees", { proxy: "http://proxy.example:8080", headers: { accept: "text/plain" } });
  // @ts-expect-error: there is no such member
  await client.fetch("employees", { proxi: "http://proxy.example:8080" });
  // @ts-expect-error: a proxy has an address
  await client.fetch("employees", { proxy: 8080 });
  return [await response.text(), await own.text()];
}

export const clients: Client[] = [
  lucca({ account: "example", fetch }),
  lucca({ account: "example", fetch: (input, init) => fetch(input, init) }),
  lucca({ account: "example", fetch: (input, init) => fetch(input, { ...init, proxy: "http://proxy.example:8080" }) }),
];
