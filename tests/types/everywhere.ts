// Compiles with and without the web's types.

import {
  type Client,
  type ErrorKind,
  type Introspection,
  lucca,
  lumanu,
  type LumanuSession,
  luminary,
  lumoauth,
  oauth,
  type Recovery,
  type Session,
  type SessionTokens,
  type Token,
  TokenwellError,
  type TokenwellEvent,
} from "tokenwell";

const variables: Record<string, string | undefined> = {};

export const clients: Client[] = [
  luminary(),
  luminary({ subdomain: "acme", apiBase: "https://acme.withluminary.com/api/public/v1" }),
  lumanu({ environment: "sandbox" }),
  lumanu({ environment: "production", authorizationEndpoint: "https://login.example.com/authorize" }),
  lumoauth(),
  lumoauth({ tenant: "acme", baseUrl: "https://eu.app.lumoauth.dev", tenantPrefix: "orgs", issuer: "https://issuer.example" }),
  lucca({ account: "example", host: "ilucca-demo.net", apiVersion: "2024-11-01" }),
  oauth({ tokenEndpoint: "https://auth.example.com/token" }),
  oauth({
    name: "example",
    tokenEndpoint: "https://auth.example.com/token",
    authorizationEndpoint: "https://auth.example.com/authorize",
    revocationEndpoint: "https://auth.example.com/revoke",
    introspectionEndpoint: "https://auth.example.com/introspect",
    issuer: "https://auth.example.com",
    bodyFormat: "json",
    scopeSeparator: ",",
    basicEncoding: "raw",
    pkce: false,
    rotation: { mode: "grace", graceMs: 10_000 },
    clientId: "id",
    clientSecret: async () => "secret",
    clientAuth: "client_secret_basic",
    scope: ["a", "b"] as const,
    audience: "https://api.example.com",
    resource: ["https://a.example.com", "https://b.example.com"],
    parameters: { further: "one" },
    apiBase: "https://api.example.com",
    allowedOrigins: ["https://files.example.com"],
    timeout: 1000,
    deadline: 5000,
    retries: 0,
    maxResponseBytes: 4096,
    strict: true,
    allowInsecureLoopback: true,
    env: variables,
    transactionKey: new Uint8Array(32),
    now: () => 0,
    waitUntil: (work) => void work.catch(() => {}),
    onEvent: (event) => void describe(event),
  }),
  // What comes out of an environment may be undefined.
  lucca({ account: "example", clientId: variables["ID"], clientSecret: variables["SECRET"], apiBase: variables["BASE"] }),
];

export function describe(event: TokenwellEvent): string {
  switch (event.type) {
    case "request":
      return `${event.provider} ${event.endpoint} ${event.attempt.toFixed()} ${event.background}`;
    case "response":
      return event.status.toFixed();
    case "retry":
      return event.delay.toFixed();
    case "refresh":
      return event.provider;
    case "deviation":
      return event.deviations.join(" ");
    case "served_stale":
    case "save_failed":
      return `${event.errorKind satisfies ErrorKind}: ${event.message}`;
  }
}

export async function tokens(client: Client): Promise<string> {
  const token: Token = await client.token({ scope: "a b", audience: "x", resource: ["https://a.example.com"], fresh: true });
  const bearer: "Bearer" = token.tokenType;
  const expires: number | null = token.expiresAt;
  const scope: readonly string[] = [...token.scope, ...token.deviations];
  client.forget();
  return [bearer, expires, scope, token.authorization(), token.accessToken, token.extra["member"]].join(" ");
}

export async function typedCalls(): Promise<unknown[]> {
  const { data, total_count } = await luminary().households({ limit: 3, after: undefined });
  const payable = await lumanu({ environment: "sandbox" }).createPayable({
    workspaceId: "workspace",
    payeeEmail: "payee@people.example",
    amount: 100,
    description: "A drawing",
  });
  const { allowed } = await lumoauth().check("document.view", { document: 1 });
  const answer: boolean = allowed;
  return [data[0], total_count.toFixed(), payable["id"], answer];
}

export async function users(stored: SessionTokens): Promise<void> {
  const client = lumanu({ environment: "sandbox" });
  const { url, transaction } = client.authorize({
    redirectUri: "https://app.example.com/callback",
    scope: "openid",
    prompt: "login",
    loginHint: "ada@people.example",
    parameters: { ui_locales: "en" },
  });
  const session: LumanuSession = await client.callback(url, transaction, { onTokens: async (tokens) => void tokens.refreshToken });
  const workspaces = await session.currentUserWorkspaces();
  const names: string[] = workspaces.data.map((workspace) => workspace.role.display_name);
  const user = await session.currentUser();
  names.push(user.first_name, session.claims === null ? "" : String(session.claims["sub"]));
  const again: LumanuSession = client.session(session.tokens());
  await again.token({ fresh: true });
  await again.disconnect();
  const plain: Session = luminary().session(stored);
  stored satisfies ReturnType<typeof plain.tokens>;
  await client.revoke("token", { hint: "refresh_token" });
  const { active }: Introspection = await client.introspect("token", { hint: "access_token" });
  active satisfies boolean;
}

export function errors(thrown: unknown): string {
  if (!(thrown instanceof TokenwellError)) throw thrown;
  const kind: ErrorKind = thrown.kind;
  const recovery: Recovery = thrown.recovery;
  const wait: number = thrown.retryable ? (thrown.retryAfter ?? 1000) : 0;
  const texts: (string | null)[] = [thrown.error, thrown.description, thrown.endpoint, thrown.requestId, thrown.message];
  const own = new TokenwellError("api", "It failed.", { status: 500, recovery: "retry", retryable: true });
  const shown: unknown = own.toJSON()["message"];
  return [kind, recovery, wait, texts, thrown.status, own.name, shown].join(" ");
}

export async function mistakes(client: Client): Promise<void> {
  // @ts-expect-error: an option that does not exist
  lucca({ account: "example", clientID: "id" });
  // @ts-expect-error: the account is not optional
  lucca({});
  // @ts-expect-error: nor is the environment
  lumanu();
  // @ts-expect-error: which has two values
  lumanu({ environment: "staging" });
  // @ts-expect-error: a server needs an address
  oauth({ clientId: "id" });
  // @ts-expect-error: an option of another provider
  luminary({ tenant: "acme" });
  // @ts-expect-error: milliseconds are a number
  lumoauth({ timeout: "10s" });
  // @ts-expect-error: the secret is text, or a function that gives it
  lumoauth({ clientSecret: 5 });
  // @ts-expect-error: there is no such method
  lumoauth({ clientAuth: "basic" });
  oauth({ tokenEndpoint: "https://auth.example.com/token", rotation: { mode: "grace" } });
  const configured: { mode: "none" | "grace" | "strict" | "unknown"; graceMs?: number } = { mode: "unknown", graceMs: 1 };
  oauth({ tokenEndpoint: "https://auth.example.com/token", rotation: configured });
  // @ts-expect-error: a grace period is a number of milliseconds
  oauth({ tokenEndpoint: "https://auth.example.com/token", rotation: { mode: "grace", graceMs: "10s" } });
  // @ts-expect-error: a user's token is needed, which only a session has
  await lumanu({ environment: "sandbox" }).currentUser();
  // @ts-expect-error: a payable has an amount
  await lumanu({ environment: "sandbox" }).createPayable({ workspaceId: "w", payeeEmail: "p@people.example", description: "d" });
  // @ts-expect-error: a user has to come back somewhere
  client.authorize({ scope: "openid" });
  // @ts-expect-error: a callback belongs to a transaction
  await client.callback("https://app.example.com/callback?code=1");
  const token = await client.token();
  // @ts-expect-error: a token does not change
  token.accessToken = "other";
  // @ts-expect-error: nor does the list of its scopes
  token.scope.push("more");
  // @ts-expect-error: the lifetime may be unknown
  token.expiresAt.toFixed();
  // @ts-expect-error: a client does not change its provider
  client.provider = "other";
}
