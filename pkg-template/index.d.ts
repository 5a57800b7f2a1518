// Durations are in milliseconds, and points in time in milliseconds since 1970 UTC, as `Date.now()` has them. Where a rule
// comes from an RFC, its number and section stand beside it.

export {};

// The web's types come from `fetch`, whichever library declares it: DOM, @types/node, a worker's, Deno's, Bun's. (The
// classes themselves would not do: some libraries declare them so that `typeof globalThis` does not have them.) Where
// none does, as little of them as every runtime has.
type Web = typeof globalThis extends { fetch: (input: infer Input, init?: infer Init) => Promise<infer Response> }
  ? { input: Input; init: NonNullable<Init | BunInit>; response: Response }
  : { input: MinimalInput; init: MinimalRequestInit; response: MinimalResponse };

// Bun's `fetch` has a signature more, with `tls`, `proxy` and others, and it is not always the last, which is the one that
// is found above.
type BunInit = typeof globalThis extends {
  Bun: unknown;
  fetch: { (input: any, init?: infer One): any; (input: any, init?: infer Other): any };
}
  ? One | Other
  : never;

type MinimalInput = string | { readonly href: string } | { readonly url: string; readonly method: string };
interface MinimalRequestInit {
  method?: string;
  headers?: Record<string, string>;
  body?: string | Uint8Array | null;
  redirect?: "follow" | "error" | "manual";
  signal?: { readonly aborted: boolean; readonly reason: unknown } | null;
}
interface MinimalResponse {
  readonly ok: boolean;
  readonly status: number;
  readonly headers: { get(name: string): string | null };
  arrayBuffer(): Promise<ArrayBuffer>;
  json(): Promise<any>;
  text(): Promise<string>;
}

/** `string | URL | Request` */
type Input = Web["input"];
type RequestInit = Web["init"];
type Response = Web["response"];
type AbortSignal = NonNullable<RequestInit extends { signal?: infer Signal } ? Signal : never>;

/** A function of the shape of the runtime's `fetch`. */
export type Fetch = (input: Input, init?: RequestInit) => Promise<Response>;

/**
 * The options that every function which makes a client takes. An option that is `undefined` counts as absent; one that does
 * not exist is refused by name.
 */
export interface CommonOptions {
  /** Who the program is (RFC 6749 section 2.2). Where it is absent, the provider's environment variable is read. */
  clientId?: string | undefined;
  /**
   * The client's secret, or a function that gives it. The function is asked when the secret is first needed and again
   * after the server refused it, so that a rotated secret works without a restart. Where the option is absent, the
   * provider's environment variable is read. It belongs on servers only.
   */
  clientSecret?: string | (() => string | Promise<string>) | undefined;
  /**
   * How the client authenticates at the token endpoint (RFC 6749 section 2.3); the provider's own way if absent, and for
   * {@link oauth} `client_secret_post`. `none` is for a public client, which has no secret.
   */
  clientAuth?: "client_secret_post" | "client_secret_basic" | "none" | undefined;
  /** The scopes to request, one string with spaces between them or an array (RFC 6749 section 3.3). */
  scope?: string | readonly string[] | undefined;
  /** The API that the token is for, where the server wants it named so. */
  audience?: string | undefined;
  /**
   * The APIs that the token is for, as absolute URIs (RFC 8707). Every token request names them: for the application, with
   * a user's code, and at each refresh. Some servers give a token for one API at a time, and refuse two with
   * `invalid_target`.
   */
  resource?: string | readonly string[] | undefined;
  /** Further parameters of token requests. */
  parameters?: Readonly<Record<string, string>> | undefined;
  /** The base URL of the API, instead of the provider's. */
  apiBase?: string | undefined;
  /** Further origins that may receive the token, such as `https://files.example.com`. */
  allowedOrigins?: readonly string[] | undefined;
  /**
   * What requests are sent with, instead of the runtime's `fetch`: for proxies and tests. It has to give a new `Response`
   * each time. What it throws counts as a failure of the network, and its words are not passed on: they may hold a
   * secret.
   */
  fetch?: Fetch | undefined;
  /**
   * How long one attempt at the token endpoint may take, in milliseconds. It is also the limit of a typed call of the API,
   * of the function for `clientSecret` and of `onTokens`; {@link Client.fetch} has as long as its `signal` says.
   *
   * @default 10_000
   */
  timeout?: number | undefined;
  /**
   * How long all attempts of a token request together may take, in milliseconds. Where it exchanges a user's code, no
   * attempt begins later, but the last one has all of its `timeout`: cut short, it could not be told from one that arrived.
   *
   * @default 25_000
   */
  deadline?: number | undefined;
  /**
   * How many more attempts a token request gets after the first, where another one may help.
   *
   * @default 2
   */
  retries?: number | undefined;
  /**
   * The largest token response that is read, in bytes after decompression.
   *
   * @default 1_048_576
   */
  maxResponseBytes?: number | undefined;
  /**
   * How many token requests may be out at once, those of all clients in this process together. Further ones queue. In
   * Cloudflare Workers it has no effect: a request there cannot wait for another one's turn.
   *
   * @default 64
   */
  maxConcurrentRequests?: number | undefined;
  /**
   * Refuse what would be listed in {@link Token.deviations}.
   *
   * @default false
   */
  strict?: boolean | undefined;
  /**
   * Allow `http:` to loopback hosts, for tests. Everything else needs `https:` in any case.
   *
   * @default false
   */
  allowInsecureLoopback?: boolean | undefined;
  /**
   * Where environment variables are read, instead of `process.env` or `Deno.env`: in Cloudflare Workers, the handler's
   * `env`. Members that are not strings are ignored.
   */
  env?: object | undefined;
  /**
   * 32 random bytes with which transactions are sealed. {@link Client.authorize} needs them where `clientSecret` is not a
   * string; the same bytes have to be given wherever the user may come back to.
   */
  transactionKey?: Uint8Array | undefined;
  /** Gives the time, a number of milliseconds since 1970: for tests. */
  now?: (() => number) | undefined;
  /**
   * Is given work that may outlive the call that began it, such as a refresh or the exchange of a code whose caller gives
   * up, as a promise that never rejects. In Cloudflare Workers, `waitUntil` of `cloudflare:workers`; a server waits for the
   * work before it shuts down.
   */
  waitUntil?: ((work: Promise<unknown>) => void) | undefined;
  /** Is called with everything that happens. Events hold no secrets. What it throws, or rejects with, is ignored. */
  onEvent?: ((event: TokenwellEvent) => void) | undefined;
}

/**
 * The options of {@link luminary}. Read from the environment where absent: `CLIENT_ID`, `CLIENT_SECRET`,
 * `WITHLUMINARY_SUBDOMAIN`.
 */
export interface LuminaryOptions extends CommonOptions {
  /**
   * `acme` for `https://acme.luminary.com`. If the account's API lies at `withluminary.com`, set
   * `apiBase: "https://acme.withluminary.com/api/public/v1"`.
   */
  subdomain?: string | undefined;
}

/** The options of {@link lumanu}. Read from the environment where absent: `LUMANU_CLIENT_ID`, `LUMANU_CLIENT_SECRET`. */
export interface LumanuOptions extends CommonOptions {
  /** Which of Lumanu's two installations: each has its own hosts, accounts and credentials. */
  environment: "sandbox" | "production";
  /** Where users authorize. That of the sandbox is known; in production {@link Client.authorize} needs this option. */
  authorizationEndpoint?: string | undefined;
}

/**
 * The options of {@link lumoauth}. Read from the environment where absent: `LUMOAUTH_CLIENT_ID`, `LUMOAUTH_CLIENT_SECRET`,
 * `LUMOAUTH_TENANT`, `LUMOAUTH_URL`.
 */
export interface LumoAuthOptions extends CommonOptions {
  /** `acme` for `https://app.lumoauth.dev/t/acme`. */
  tenant?: string | undefined;
  /**
   * The address of another region or of a custom domain.
   *
   * @default "https://app.lumoauth.dev"
   */
  baseUrl?: string | undefined;
  /**
   * What stands before the tenant in the path: `orgs` in newer installations, and an empty string for a custom domain.
   *
   * @default "t"
   */
  tenantPrefix?: string | undefined;
  /** The tenant's issuer, to compare callbacks and ID tokens with (RFC 9207). No endpoint is derived from it. */
  issuer?: string | undefined;
}

/** The options of {@link lucca}. Read from the environment where absent: `LUCCA_CLIENT_ID`, `LUCCA_CLIENT_SECRET`. */
export interface LuccaOptions extends CommonOptions {
  /** `example` for `https://example.ilucca.net`. */
  account: string;
  /**
   * The domain of the account. Others are `ilucca.ch`, `ilucca-demo.net` and those of the sandboxes.
   *
   * @default "ilucca.net"
   */
  host?: string | undefined;
  /**
   * The value of the `Api-Version` header.
   *
   * @default "2024-11-01"
   */
  apiVersion?: string | undefined;
}

/** The options of {@link oauth}, for any other OAuth 2.0 server. Nothing is read from the environment. */
export interface OAuthOptions extends CommonOptions {
  /** Where tokens are requested (RFC 6749 section 3.2). */
  tokenEndpoint: string;
  /** Where users authorize (RFC 6749 section 3.1). {@link Client.authorize} needs it. */
  authorizationEndpoint?: string | undefined;
  /** Where tokens are revoked (RFC 7009). {@link Client.revoke} needs it. */
  revocationEndpoint?: string | undefined;
  /** Where the server is asked about tokens (RFC 7662). {@link Client.introspect} needs it. */
  introspectionEndpoint?: string | undefined;
  /** The server's issuer, to compare callbacks and ID tokens with (RFC 9207). No endpoint is derived from it. */
  issuer?: string | undefined;
  /**
   * How the bodies of token requests are written. RFC 6749 has a form.
   *
   * @default "form"
   */
  bodyFormat?: "form" | "json" | undefined;
  /**
   * What stands between scopes: one ASCII character.
   *
   * @default " "
   */
  scopeSeparator?: string | undefined;
  /**
   * Whether id and secret are form-encoded before they go into a Basic header, as RFC 6749 section 2.3.1 has it.
   *
   * @default "form"
   */
  basicEncoding?: "form" | "raw" | undefined;
  /**
   * Send a PKCE challenge (RFC 7636). Turn it off only for a server that refuses it.
   *
   * @default true
   */
  pkce?: boolean | undefined;
  /**
   * What the server does with a refresh token that is used.
   *
   * @default { mode: "unknown" }
   */
  rotation?: Rotation | undefined;
  /**
   * What the server is called in events, and by {@link Client.provider}.
   *
   * @default "oauth"
   */
  name?: string | undefined;
}

/**
 * What a server does with a refresh token that is used (OAuth 2.1 section 4.3.1). `none`: it stays the same. `grace`: it is
 * replaced, and the old one works for `graceMs` milliseconds more. `strict`: it is replaced, and using the old one revokes
 * all of them. `unknown`: nobody says.
 */
export interface Rotation {
  mode: "none" | "grace" | "strict" | "unknown";
  /** The grace period in milliseconds. Where it is absent, nobody says how long it is; other modes have none. */
  graceMs?: number | undefined;
}

/**
 * A client of Luminary.
 *
 * @throws {TokenwellError} `configuration` for options that are wrong or missing, `runtime` in a browser
 */
export function luminary(options?: LuminaryOptions): LuminaryClient;
/**
 * A client of Lumanu.
 *
 * @throws {TokenwellError} `configuration` for options that are wrong or missing, `runtime` in a browser
 */
export function lumanu(options: LumanuOptions): LumanuClient;
/**
 * A client of LumoAuth.
 *
 * @throws {TokenwellError} `configuration` for options that are wrong or missing, `runtime` in a browser
 */
export function lumoauth(options?: LumoAuthOptions): LumoAuthClient;
/**
 * A client of Lucca.
 *
 * @throws {TokenwellError} `configuration` for options that are wrong or missing, `runtime` in a browser
 */
export function lucca(options: LuccaOptions): LuccaClient;
/**
 * A client of any other OAuth 2.0 server.
 *
 * @throws {TokenwellError} `configuration` for options that are wrong or missing, `runtime` in a browser
 */
export function oauth(options: OAuthOptions): Client;

/**
 * A client of one authorization server. Make it once and keep it: it holds the cached tokens.
 *
 * Methods that return a promise never throw: what is listed under `@throws` rejects the promise.
 */
export interface Client {
  /** `luminary`, `lumanu`, `lumoauth`, `lucca`, or the `name` that `oauth` was given. */
  readonly provider: string;
  /**
   * The application's own token, by client credentials (RFC 6749 section 4.4). It is cached and renewed before it
   * expires; callers at the same time share one request.
   *
   * @throws {TokenwellError} `configuration` for wrong options; `network` or `timeout` where the server was not reached or
   *   did not answer in time, after all attempts; `oauth` where it refused; `invalid_response` where its answer is not
   *   one that the protocol allows. After an abort, the signal's reason instead
   */
  token(options?: TokenOptions): Promise<Token>;
  /**
   * Sends a request with the application's token. A string is resolved like a link against the API's base: `employees`
   * lies below it, `/employees` at the origin's root. The token goes to the API's origin and `allowedOrigins` only, over
   * https; other targets are refused before anything is sent. After a 401 for a token that was still current there is
   * one more try with a new one, unless the body is a stream or a Request's, which can be sent only once; where no new one
   * can be had, the 401 is the answer, and the next call rejects. It resolves for every status, as `fetch` does; the
   * response's `redirected` is false also after a redirect, and its `url` is the last.
   *
   * It is a method: a library that takes a `fetch` gets `(input, init) => client.fetch(input, init)`.
   *
   * @throws {TokenwellError} as {@link Client.token}; besides `configuration` for a target that may not have the token or
   *   a request that cannot be sent, `network` where the API was not reached, `redirect_refused` for a redirect to where
   *   the token may not go
   */
  fetch(input: Input, init?: RequestInit): Promise<Response>;
  /**
   * The URL to send a user to, and what has to be kept until the user comes back. Nothing is sent.
   *
   * @throws {TokenwellError} `configuration`, such as for a missing authorization endpoint
   */
  authorize(options: AuthorizeOptions): Authorization;
  /**
   * Exchanges what came back to the redirect URI for the user's tokens.
   *
   * @param url the callback's URL with its query, whole or from its path on, or the request itself
   * @param transaction the one that {@link Client.authorize} gave; it is good for ten minutes, once, or again where the
   *   code was never sent
   * @throws {TokenwellError} `callback` where the user declined or the URL is not to be trusted; `oauth` where the code was
   *   refused; `ambiguous` where the answer was lost, so that the user has to come again
   */
  callback(url: Input, transaction: string, options?: SessionOptions): Promise<Session>;
  /**
   * A session that was stored earlier. Nothing is sent. Keep one for each user: two sessions of the same tokens know
   * nothing of each other, and where refresh tokens are replaced, the second refresh ends the grant.
   *
   * @param tokens what {@link Session.tokens} or `onTokens` gave, unchanged: the object, not its JSON
   * @throws {TokenwellError} `configuration` for tokens that are damaged or another client's
   */
  session(tokens: SessionTokens, options?: SessionOptions): Session;
  /**
   * Revokes a token (RFC 7009). An unknown token counts as revoked.
   *
   * @throws {TokenwellError} `configuration` where the provider has no revocation endpoint; else as {@link Client.token}
   */
  revoke(token: string, options?: RevokeOptions): Promise<void>;
  /**
   * Asks the server about a token (RFC 7662).
   *
   * @throws {TokenwellError} `configuration` where the provider has no introspection endpoint; else as {@link Client.token}
   */
  introspect(token: string, options?: IntrospectOptions): Promise<Introspection>;
  /** Drops every cached token of the application. */
  forget(): void;
}

/**
 * What one call of {@link Client.token} wants otherwise than the client's options say. Each combination of `scope`,
 * `audience` and `resource` is cached apart.
 */
export interface TokenOptions {
  /** As {@link CommonOptions.scope}, and instead of it. */
  scope?: string | readonly string[] | undefined;
  /** As {@link CommonOptions.audience}, and instead of it. */
  audience?: string | undefined;
  /** As {@link CommonOptions.resource}, and instead of it. */
  resource?: string | readonly string[] | undefined;
  /** Gives up waiting: the call rejects with the signal's reason. Other callers are not affected. */
  signal?: AbortSignal | undefined;
  /**
   * Request a new token even if the cached one is still good. Where none can be had the call rejects, and the cached one
   * stays for other calls.
   */
  fresh?: boolean | undefined;
}

/** An access token. It prints, serialises and spreads without its secret members. */
export interface Token {
  /** The secret itself. Not enumerable. */
  readonly accessToken: string;
  /** How the token is used (RFC 6750). No other type is accepted. */
  readonly tokenType: "Bearer";
  /** When it expires, in milliseconds since 1970; `null` if the server did not say. */
  readonly expiresAt: number | null;
  /** The scopes that were granted. */
  readonly scope: readonly string[];
  /** What was wrong with the server's answer and could be forgiven, such as `expires_in_string`. */
  readonly deviations: readonly string[];
  /** Members of the answer that the RFCs don't know. Not enumerable. */
  readonly extra: Readonly<Record<string, unknown>>;
  /** The value of the `Authorization` header: `Bearer …`. */
  authorization(): string;
}

/** What {@link Client.authorize} asks for. */
export interface AuthorizeOptions {
  /**
   * Where the user comes back to. It has to be registered at the provider, which compares it character by character; https,
   * or http to a loopback host.
   */
  redirectUri: string;
  /** As {@link CommonOptions.scope}, and instead of it. */
  scope?: string | readonly string[] | undefined;
  /** As {@link CommonOptions.audience}, and instead of it. */
  audience?: string | undefined;
  /**
   * As {@link CommonOptions.resource}, and instead of it: the code exchange and the refreshes of this session name the same.
   * What a session stores has no place for it, so {@link Client.session} goes on with the client's own: a client for the
   * stored sessions needs the same in its options.
   */
  resource?: string | readonly string[] | undefined;
  /**
   * What the provider asks the user for in any case, such as `login` or `consent` (OpenID Connect Core section
   * 3.1.2.1).
   */
  prompt?: string | undefined;
  /** Which user to suggest, such as an e-mail address (OpenID Connect Core section 3.1.2.1). */
  loginHint?: string | undefined;
  /** Further parameters of the URL. */
  parameters?: Readonly<Record<string, string>> | undefined;
}

/** A user's way to the provider, begun by {@link Client.authorize}. */
export interface Authorization {
  /** Redirect the user's browser here. */
  readonly url: string;
  /**
   * Keep it in the user's own session, such as in a cookie with HttpOnly and SameSite=Lax. It is good for ten minutes,
   * once.
   */
  readonly transaction: string;
}

/** A user's tokens, kept fresh. Methods that return a promise never throw, as with {@link Client}. */
export interface Session {
  /**
   * The user's access token; refreshed if need be. `fresh` and `signal` are those of {@link TokenOptions}.
   *
   * @throws {TokenwellError} as {@link Client.token}, with `recovery: "reauthorize"` when the user has to authorize again
   */
  token(options?: { signal?: AbortSignal | undefined; fresh?: boolean | undefined }): Promise<Token>;
  /** Sends a request with the user's token; otherwise as {@link Client.fetch}. */
  fetch(input: Input, init?: RequestInit): Promise<Response>;
  /**
   * Everything that {@link Client.session} needs. Secret: store it encrypted.
   *
   * @throws {TokenwellError} `oauth` after {@link Session.disconnect}
   */
  tokens(): SessionTokens;
  /**
   * The claims of the ID token, checked (OpenID Connect Core section 3.1.3.7): `sub` says who the user is. `null` if there
   * is none, as without `openid` in the scope.
   */
  readonly claims: Readonly<Record<string, unknown>> | null;
  /**
   * Forgets the tokens, and revokes them where the provider can.
   *
   * @throws {TokenwellError} where the revocation failed; the tokens are forgotten all the same, and where it says `retry`
   *   the same call later revokes them
   */
  disconnect(): Promise<void>;
}

/** What is done with a user's tokens besides using them. */
export interface SessionOptions {
  /**
   * Is called with every new set of tokens, the first of {@link Client.callback} included, and awaited before they are
   * used. Store them: a replaced refresh token exists nowhere else. Where it fails or takes longer than
   * {@link CommonOptions.timeout}, the next call of the session calls it again with the same tokens.
   */
  onTokens?: ((tokens: SessionTokens) => void | Promise<void>) | undefined;
  /**
   * Gives up waiting for {@link Client.callback}. The exchange goes on, since its code is spent, and `onTokens` gets the
   * tokens.
   */
  signal?: AbortSignal | undefined;
}

/** A session as plain data. Secret: store it encrypted. */
export interface SessionTokens {
  /** The access token. */
  accessToken: string;
  /** The refresh token, if the server gave one. */
  refreshToken?: string | undefined;
  /** The ID token, if the server gave one. Its claims are in {@link Session.claims}. */
  idToken?: string | undefined;
  /** When the access token expires, in milliseconds since 1970; `null` if the server did not say. */
  expiresAt: number | null;
  /** The scopes that were granted. */
  scope: string[];
  /** `Bearer`. */
  tokenType: string;
  /** A digest of client id and token endpoint: no other client takes these tokens. */
  issuedFor: string;
}

/** The options of {@link Client.revoke}. */
export interface RevokeOptions {
  /** What kind of token it is, so that the server finds it sooner (RFC 7009 section 2.1). */
  hint?: "access_token" | "refresh_token" | undefined;
  /** Gives up waiting: the call rejects with the signal's reason. The request may have been answered all the same. */
  signal?: AbortSignal | undefined;
}

/** The options of {@link Client.introspect}. */
export interface IntrospectOptions {
  /** What kind of token it is: `access_token`, `refresh_token` or another that the server knows (RFC 7662 section 2.1). */
  hint?: string | undefined;
  /** Gives up waiting: the call rejects with the signal's reason. */
  signal?: AbortSignal | undefined;
}

/** What the server says about a token (RFC 7662 section 2.2). */
export interface Introspection {
  /** Whether the token can be used now. */
  readonly active: boolean;
  /** What else the server says, such as `scope`, `exp` or `sub`. */
  readonly [member: string]: unknown;
}

/** A {@link Client} with a typed call of Luminary's API. */
export interface LuminaryClient extends Client {
  /**
   * One page of the account's households.
   *
   * @throws {TokenwellError} `api` or `insufficient_scope` for any status but a 2xx; else as {@link Client.fetch}
   */
  households(query?: HouseholdsQuery): Promise<HouseholdsPage>;
}

/** Which page of the households is wanted. */
export interface HouseholdsQuery {
  /** How many households a page has, at most 1 000; the provider's default is 50. */
  limit?: number | undefined;
  /** The cursor to go on from. */
  after?: string | undefined;
  /** The cursor to go back from. */
  before?: string | undefined;
}

/** A page as Luminary answers it. */
export interface HouseholdsPage {
  /** The households of this page. */
  data: Record<string, any>[];
  /** The cursors of the pages around it. */
  page_info: Record<string, any>;
  /** How many households there are on all pages. */
  total_count: number;
}

/** A {@link Client} with a typed call of Lumanu's API; those that are answered to users only are on its sessions. */
export interface LumanuClient extends Client {
  /**
   * Creates a payable in a workspace that the token reaches.
   *
   * @throws {TokenwellError} `api` or `insufficient_scope` for any status but a 2xx; else as {@link Client.fetch}
   */
  createPayable(payable: NewPayable): Promise<Record<string, any>>;
  callback(url: Input, transaction: string, options?: SessionOptions): Promise<LumanuSession>;
  session(tokens: SessionTokens, options?: SessionOptions): LumanuSession;
}

/** What {@link LumanuClient.createPayable} creates. */
export interface NewPayable {
  /** The workspace that pays. */
  workspaceId: string;
  /** Who is paid. */
  payeeEmail: string;
  /** In US cents, a whole number. */
  amount: number;
  /** What it is paid for. */
  description: string;
}

/** A {@link Session} with the calls of Lumanu's API that are answered to users only. */
export interface LumanuSession extends Session {
  /**
   * The user whose session this is.
   *
   * @throws {TokenwellError} `api` or `insufficient_scope` for any status but a 2xx; else as {@link Session.fetch}
   */
  currentUser(): Promise<LumanuUser>;
  /**
   * The workspaces that the user belongs to.
   *
   * @throws {TokenwellError} `api` or `insufficient_scope` for any status but a 2xx; else as {@link Session.fetch}
   */
  currentUserWorkspaces(): Promise<{ data: LumanuWorkspace[] }>;
}

/** A user as Lumanu answers it. */
export interface LumanuUser {
  id: string;
  first_name: string;
  last_name: string;
  created_at: string;
  updated_at: string;
}

/** A workspace of a user, and the user's role in it. */
export interface LumanuWorkspace {
  id: string;
  display_name: string;
  role: { id: string; display_name: string };
}

/** A {@link Client} with a typed call of LumoAuth's API. */
export interface LumoAuthClient extends Client {
  /**
   * Asks whether the application has a permission, such as `document.view`.
   *
   * @throws {TokenwellError} `api` or `insufficient_scope` for any status but a 2xx; else as {@link Client.fetch}
   */
  check(permission: string, context?: Readonly<Record<string, unknown>>): Promise<{ allowed: boolean; permission: string }>;
}

/** A {@link Client} whose `fetch` adds the header `Api-Version`. */
export interface LuccaClient extends Client {}

/** What happened. What to do is in {@link Recovery}, which may differ within one kind. */
export type ErrorKind =
  /** An option or argument is wrong or missing; nothing was sent. */
  | "configuration"
  /** The server could not be reached, or the connection broke. */
  | "network"
  /** No complete answer in time. */
  | "timeout"
  /**
   * The work was given up, such as where a stream that was to be sent failed. A caller's own abort rejects with its
   * `signal.reason` instead.
   */
  | "aborted"
  /** A redirect that is not followed, so that nothing secret goes where it should not (RFC 9700 section 4.12). */
  | "redirect_refused"
  /** The answer is larger than `maxResponseBytes`. */
  | "response_too_large"
  /** The answer is not one that the protocol allows. */
  | "invalid_response"
  /** The server refused, mostly with a code in `error` (RFC 6749 section 5.2). */
  | "oauth"
  /** What came back to the redirect URI is a refusal, or is not to be trusted. */
  | "callback"
  /** A code or refresh token was sent and the answer was lost, so nobody knows whether it was used up. */
  | "ambiguous"
  /** The token is good but lacks a scope (RFC 6750 section 3.1). */
  | "insufficient_scope"
  /** The API refused a typed call. */
  | "api"
  /** The runtime lacks something, or Tokenwell has a bug. */
  | "runtime";

/**
 * What helps. `retry`: the same call later. `reauthorize`: send the user through {@link Client.authorize} again.
 * `fix_configuration`: somebody has to change an option, a secret or the registration. `none`: nothing that the program
 * could do.
 */
export type Recovery = "retry" | "reauthorize" | "fix_configuration" | "none";

/** What every failing call rejects with. All members are safe to log: none holds a secret or a body. */
export class TokenwellError extends Error {
  /** For tests: otherwise only Tokenwell makes these. */
  constructor(kind: ErrorKind, message: string, details?: TokenwellErrorDetails);
  /** What happened. */
  readonly kind: ErrorKind;
  /** The server's error code, such as `invalid_client`. */
  readonly error: string | null;
  /** The server's own words, cleaned; at most 1 024 characters. */
  readonly description: string | null;
  /** The HTTP status of the answer. */
  readonly status: number | null;
  /** Origin and path of the URL that was asked. */
  readonly endpoint: string | null;
  /** Whether the same call may succeed later without anybody changing anything. */
  readonly retryable: boolean;
  /** How long to wait before the same call, in milliseconds. */
  readonly retryAfter: number | null;
  /** What helps. */
  readonly recovery: Recovery;
  /** The server's `x-request-id`, or a relative of it. */
  readonly requestId: string | null;
  /** What `JSON.stringify` shows: name, message and the members above. */
  toJSON(): Record<string, unknown>;
}

/**
 * The members of a {@link TokenwellError}. What is absent becomes `null`, except `retryable`, which becomes `false`, and
 * `recovery`, which becomes `none`.
 */
export interface TokenwellErrorDetails {
  error?: string | null | undefined;
  description?: string | null | undefined;
  status?: number | null | undefined;
  endpoint?: string | null | undefined;
  retryable?: boolean | undefined;
  retryAfter?: number | null | undefined;
  recovery?: Recovery | undefined;
  requestId?: string | null | undefined;
  cause?: unknown;
}

interface EventBase {
  /** As {@link Client.provider}. */
  provider: string;
  /** The token endpoint. */
  endpoint: string;
}

/** What happens behind the calls, for logs and metrics. Further types may be added. */
export type TokenwellEvent =
  /**
   * A request goes out; `attempt` counts from 1. `background` is true where nobody waits for it, since the old token is
   * still good.
   */
  | (EventBase & { type: "request"; attempt: number; background?: boolean })
  /** It was answered. */
  | (EventBase & { type: "response"; attempt: number; status: number })
  /** It failed, and there is another attempt after `delay` milliseconds. */
  | (EventBase & { type: "retry"; attempt: number; delay: number })
  /** A token was renewed in the background. */
  | (EventBase & { type: "refresh" })
  /** A token was accepted that {@link CommonOptions.strict} would refuse. */
  | (EventBase & { type: "deviation"; deviations: string[] })
  /** A renewal failed, and the token at hand, which is still good, was used. */
  | (EventBase & { type: "served_stale"; errorKind: ErrorKind; message: string })
  /**
   * {@link SessionOptions.onTokens} threw, rejected or took longer than {@link CommonOptions.timeout}, so the newest tokens
   * may not be stored.
   */
  | (EventBase & { type: "save_failed"; errorKind: ErrorKind; message: string });
