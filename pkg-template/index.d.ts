// Times are milliseconds, points in time are milliseconds since 1970 UTC. RFC numbers stand where a rule comes from.

export {};

// The web's types come from `fetch`, whichever library declares it: DOM, @types/node, a worker's, Deno's, Bun's. (The
// classes themselves would not do: some libraries declare them so that `typeof globalThis` does not have them.) Where
// none does, as little of them as every runtime has.
type Web = typeof globalThis extends { fetch: (input: infer Input, init?: infer Init) => Promise<infer Response> }
  ? { input: Input; init: NonNullable<Init>; response: Response }
  : { input: MinimalInput; init: MinimalRequestInit; response: MinimalResponse };

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

/** What has the shape of the runtime's `fetch`. */
export type Fetch = (input: Input, init?: RequestInit) => Promise<Response>;

/** What every function that makes a client takes. An option that is `undefined` counts as absent; one that does not exist is refused by name. */
export interface CommonOptions {
  /** Who the program is (RFC 6749 section 2.2). Where it is absent, the provider's environment variable is read. */
  clientId?: string | undefined;
  /**
   * The client's secret, or a function that gives it. The function is asked when the secret is first needed and again
   * after the server refused it, so that a rotated secret works without a restart. Where the option is absent, the
   * provider's environment variable is read. It belongs on servers only.
   */
  clientSecret?: string | (() => string | Promise<string>) | undefined;
  /** How the client authenticates at the token endpoint (RFC 6749 section 2.3); the provider's own way if absent. */
  clientAuth?: "client_secret_post" | "client_secret_basic" | "none" | undefined;
  /** The scopes to request, one string with spaces between them or an array (RFC 6749 section 3.3). */
  scope?: string | readonly string[] | undefined;
  /** The API that the token is for, where the server wants it named so. */
  audience?: string | undefined;
  /** The APIs that the token is for, as absolute URIs (RFC 8707). */
  resource?: string | readonly string[] | undefined;
  /** Further parameters of token requests. */
  parameters?: Readonly<Record<string, string>> | undefined;
  /** The base URL of the API, instead of the provider's. */
  apiBase?: string | undefined;
  /** Further origins that may receive the token, such as `https://files.example.com`. */
  allowedOrigins?: readonly string[] | undefined;
  /** What requests are sent with, instead of the runtime's `fetch`: for proxies and tests. */
  fetch?: Fetch | undefined;
  /**
   * How long one attempt at the token endpoint may take, in milliseconds; 10 000. A typed call of the API, the function
   * for `clientSecret` and `onTokens` have as long; {@link Client.fetch} has as long as its `signal` says.
   */
  timeout?: number | undefined;
  /** How long all attempts together may take, in milliseconds; 25 000. */
  deadline?: number | undefined;
  /** How many more attempts a token request gets after the first, where another one may help; 2. */
  retries?: number | undefined;
  /** The largest token response that is read, in bytes after decompression; 1 048 576. */
  maxResponseBytes?: number | undefined;
  /** How many token requests of this process may be out at once, whosever client they are of; further ones queue; 64. */
  maxConcurrentRequests?: number | undefined;
  /** Refuse what would be listed in {@link Token.deviations}; false. */
  strict?: boolean | undefined;
  /** Allow `http:` to loopback hosts, for tests; false. Everything else needs `https:` in any case. */
  allowInsecureLoopback?: boolean | undefined;
  /**
   * Where variables are read, instead of `process.env` or `Deno.env`; in Cloudflare Workers the handler's `env`. Members
   * that are no strings are no variables.
   */
  env?: object | undefined;
  /** 32 random bytes that seal transactions. Needed by {@link Client.authorize} where `clientSecret` is no string. */
  transactionKey?: Uint8Array | undefined;
  /** The time in milliseconds since 1970, for tests. */
  now?: (() => number) | undefined;
  /** Keeps a worker alive until background work is done: `(work) => context.waitUntil(work)`. */
  waitUntil?: ((work: Promise<unknown>) => void) | undefined;
  /** Is told what happens. Events hold no secrets. What it throws, or rejects with, is ignored. */
  onEvent?: ((event: TokenwellEvent) => void) | undefined;
}

/** Variables: `CLIENT_ID`, `CLIENT_SECRET`, `WITHLUMINARY_SUBDOMAIN`. */
export interface LuminaryOptions extends CommonOptions {
  /**
   * `acme` for `https://acme.luminary.com`. If the account's API lies at `withluminary.com`, set
   * `apiBase: "https://acme.withluminary.com/api/public/v1"`.
   */
  subdomain?: string | undefined;
}

/** Variables: `LUMANU_CLIENT_ID`, `LUMANU_CLIENT_SECRET`. */
export interface LumanuOptions extends CommonOptions {
  /** Which of Lumanu's two installations: each has its own hosts, accounts and credentials. */
  environment: "sandbox" | "production";
  /** Where users authorize. The sandbox's is known; in production it is needed for {@link Client.authorize}. */
  authorizationEndpoint?: string | undefined;
}

/** Variables: `LUMOAUTH_CLIENT_ID`, `LUMOAUTH_CLIENT_SECRET`, `LUMOAUTH_TENANT`, `LUMOAUTH_URL`. */
export interface LumoAuthOptions extends CommonOptions {
  /** `acme` for `https://app.lumoauth.dev/t/acme`. */
  tenant?: string | undefined;
  /** Another region or a custom domain; `https://app.lumoauth.dev`. */
  baseUrl?: string | undefined;
  /** What stands before the tenant: `t`, in newer installations `orgs`, and for a custom domain an empty string. */
  tenantPrefix?: string | undefined;
  /** The tenant's issuer, to compare callbacks and ID tokens with (RFC 9207). No endpoint is derived from it. */
  issuer?: string | undefined;
}

/** Variables: `LUCCA_CLIENT_ID`, `LUCCA_CLIENT_SECRET`. */
export interface LuccaOptions extends CommonOptions {
  /** `example` for `https://example.ilucca.net`. */
  account: string;
  /** The domain of the account; `ilucca.net`. Others are `ilucca.ch`, `ilucca-demo.net` and the sandboxes'. */
  host?: string | undefined;
  /** The value of the `Api-Version` header; `2024-11-01`. */
  apiVersion?: string | undefined;
}

/** Any other OAuth 2.0 server. No variable is read. */
export interface OAuthOptions extends CommonOptions {
  /** RFC 6749 section 3.2. */
  tokenEndpoint: string;
  /** RFC 6749 section 3.1. Needed by {@link Client.authorize}. */
  authorizationEndpoint?: string | undefined;
  /** RFC 7009. Needed by {@link Client.revoke}. */
  revocationEndpoint?: string | undefined;
  /** RFC 7662. Needed by {@link Client.introspect}. */
  introspectionEndpoint?: string | undefined;
  /** The server's issuer, to compare callbacks and ID tokens with (RFC 9207). No endpoint is derived from it. */
  issuer?: string | undefined;
  /** How request bodies are written; `form`, as RFC 6749 has it. */
  bodyFormat?: "form" | "json" | undefined;
  /** What stands between scopes, one ASCII character; a space. */
  scopeSeparator?: string | undefined;
  /** Whether id and secret are form-encoded before they go into a Basic header; `form`, as RFC 6749 section 2.3.1 has it. */
  basicEncoding?: "form" | "raw" | undefined;
  /** Send a PKCE challenge (RFC 7636); true. Only for servers that refuse it. */
  pkce?: boolean | undefined;
  /** What becomes of a refresh token when it is used; `unknown`. */
  rotation?: Rotation | undefined;
  /** How the server is called in events; `oauth`. */
  name?: string | undefined;
}

/**
 * What becomes of a refresh token when it is used (OAuth 2.1 section 4.3.1): it stays (`none`), it is replaced and works
 * for some milliseconds more (`grace`), it is replaced and using the old one revokes all (`strict`), or nobody says.
 */
export type Rotation = { mode: "grace"; graceMs: number } | { mode: "none" | "strict" | "unknown"; graceMs?: undefined };

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

/** One client of one server. Make it once and keep it: it holds the cached tokens. All promises reject with {@link TokenwellError}. */
export interface Client {
  /** `luminary`, `lumanu`, `lumoauth`, `lucca`, or the `name` that `oauth` was given. */
  readonly provider: string;
  /**
   * The application's own token, by client credentials (RFC 6749 section 4.4). It is cached and renewed before it
   * expires; callers at the same time share one request.
   *
   * @returns rejects with `configuration` for wrong options; `network` or `timeout` where the server was not reached or
   *   did not answer in time, after all attempts; `oauth` where it refused; `invalid_response` where its answer is none;
   *   the signal's reason after an abort
   */
  token(options?: TokenOptions): Promise<Token>;
  /**
   * Sends a request with the application's token. A string is resolved like a link against the API's base: `employees`
   * lies below it, `/employees` at the origin's root. The token goes to the API's origin and `allowedOrigins` only, over
   * https; other targets are refused before anything is sent. After a 401 for a token that was still current there is
   * one more try with a new one, unless the body is a stream or a Request's, which can be sent only once. It resolves for
   * every status, as `fetch` does; the response's `redirected` is false also after a redirect, and its `url` is the last.
   *
   * @returns rejects as {@link Client.token} does; besides with `configuration` for a target that may not have the token
   *   or a request that cannot be sent, `network` where the API was not reached, `redirect_refused` for a redirect to
   *   where the token may not go
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
   * @param transaction the one that {@link Client.authorize} gave; it is good for ten minutes, once
   * @returns rejects with `callback` where the user declined or the URL is not to be trusted; `oauth` where the code was
   *   refused; `ambiguous` where the answer was lost, so that the user has to come again
   */
  callback(url: Input, transaction: string, options?: SessionOptions): Promise<Session>;
  /**
   * A session that was stored earlier. Nothing is sent.
   *
   * @param tokens what {@link Session.tokens} or `onTokens` gave, unchanged
   * @throws {TokenwellError} `configuration` for tokens that are damaged or another client's
   */
  session(tokens: SessionTokens, options?: SessionOptions): Session;
  /**
   * Revokes a token (RFC 7009). An unknown token counts as revoked.
   *
   * @returns rejects with `configuration` where the provider has no revocation endpoint
   */
  revoke(token: string, options?: RevokeOptions): Promise<void>;
  /**
   * Asks the server about a token (RFC 7662).
   *
   * @returns rejects with `configuration` where the provider has no introspection endpoint
   */
  introspect(token: string, options?: IntrospectOptions): Promise<Introspection>;
  /** Drops every cached token of the application. */
  forget(): void;
}

/** What one call wants otherwise than the client's options say. Each combination is cached apart. */
export interface TokenOptions {
  /** As {@link CommonOptions.scope}, and instead of it. */
  scope?: string | readonly string[] | undefined;
  /** As {@link CommonOptions.audience}, and instead of it. */
  audience?: string | undefined;
  /** As {@link CommonOptions.resource}, and instead of it. */
  resource?: string | readonly string[] | undefined;
  /** Gives up waiting: the call rejects with the signal's reason. Other callers are not affected. */
  signal?: AbortSignal | undefined;
  /** Request a new token even if the cached one is good. */
  fresh?: boolean | undefined;
}

/** An access token. It prints, serialises and spreads without its secret members. */
export interface Token {
  /** The secret itself. Not enumerable. */
  readonly accessToken: string;
  readonly tokenType: "Bearer";
  /** In milliseconds since 1970; `null` if the server did not say. */
  readonly expiresAt: number | null;
  /** What was granted. */
  readonly scope: readonly string[];
  /** What was wrong with the server's answer and forgiven, such as `expires_in_string`. */
  readonly deviations: readonly string[];
  /** Members of the answer that the RFCs don't know. Not enumerable. */
  readonly extra: Readonly<Record<string, unknown>>;
  /** The value of the `Authorization` header: `Bearer …`. */
  authorization(): string;
}

export interface AuthorizeOptions {
  /** Where the user comes back to: registered at the provider and compared exactly; https, or http to a loopback host. */
  redirectUri: string;
  /** As {@link CommonOptions.scope}, and instead of it. */
  scope?: string | readonly string[] | undefined;
  /** As {@link CommonOptions.audience}, and instead of it. */
  audience?: string | undefined;
  /** As {@link CommonOptions.resource}, and instead of it. */
  resource?: string | readonly string[] | undefined;
  /** Such as `login` or `consent` (OpenID Connect Core section 3.1.2.1). */
  prompt?: string | undefined;
  /** Whom to suggest, such as an e-mail address. */
  loginHint?: string | undefined;
  /** Further parameters of the URL. */
  parameters?: Readonly<Record<string, string>> | undefined;
}

export interface Authorization {
  /** Redirect the user's browser here. */
  readonly url: string;
  /** Keep it in the user's own session, such as in a cookie with HttpOnly and SameSite=Lax. Good for ten minutes, once. */
  readonly transaction: string;
}

/** A user's tokens, kept fresh. */
export interface Session {
  /**
   * The user's access token; refreshed if need be. `fresh` and `signal` are those of {@link TokenOptions}.
   *
   * @returns rejects as {@link Client.token} does, with `recovery: "reauthorize"` when the user has to come back
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
  /** The claims of the ID token, checked (OpenID Connect Core section 3.1.3.7); `null` if there is none. */
  readonly claims: Readonly<Record<string, unknown>> | null;
  /**
   * Forgets the tokens, and revokes them where the provider can.
   *
   * @returns rejects where the revocation failed; the tokens are forgotten all the same
   */
  disconnect(): Promise<void>;
}

export interface SessionOptions {
  /** Is called with every new set of tokens, and awaited before it is used. Store it: a replaced refresh token exists nowhere else. */
  onTokens?: ((tokens: SessionTokens) => void | Promise<void>) | undefined;
  /** Gives up waiting for {@link Client.callback}. The exchange goes on, since its code is spent, and `onTokens` gets the tokens. */
  signal?: AbortSignal | undefined;
}

/** A session as plain data. Secret: store it encrypted. */
export interface SessionTokens {
  accessToken: string;
  refreshToken?: string | undefined;
  idToken?: string | undefined;
  /** In milliseconds since 1970; `null` if the server did not say. */
  expiresAt: number | null;
  /** What was granted. */
  scope: string[];
  /** `Bearer`. */
  tokenType: string;
  /** A digest of client id and token endpoint. */
  issuedFor: string;
}

export interface RevokeOptions {
  /** What kind of token it is, so that the server finds it sooner (RFC 7009 section 2.1). */
  hint?: "access_token" | "refresh_token" | undefined;
  /** Gives up waiting: the call rejects with the signal's reason. The request may have been answered all the same. */
  signal?: AbortSignal | undefined;
}

export interface IntrospectOptions {
  /** What kind of token it is, `access_token` or `refresh_token` (RFC 7662 section 2.1). */
  hint?: string | undefined;
  /** Gives up waiting: the call rejects with the signal's reason. */
  signal?: AbortSignal | undefined;
}

/** What the server says about a token (RFC 7662 section 2.2). */
export interface Introspection {
  /** Whether the token can be used now. */
  readonly active: boolean;
  readonly [member: string]: unknown;
}

export interface LuminaryClient extends Client {
  /** One page of the account's households. Rejects with `api` (or `insufficient_scope`) for any status but a 2xx. */
  households(query?: HouseholdsQuery): Promise<HouseholdsPage>;
}

export interface HouseholdsQuery {
  /** How many households a page has, at most 1 000; the provider's default is 50. */
  limit?: number | undefined;
  /** The cursor to go on from. */
  after?: string | undefined;
  /** The cursor to go back from. */
  before?: string | undefined;
}

export interface HouseholdsPage {
  data: Record<string, any>[];
  page_info: Record<string, any>;
  total_count: number;
}

export interface LumanuClient extends Client {
  /** Creates a payable in a workspace that the token reaches. Rejects with `api` (or `insufficient_scope`) for any status but a 2xx. */
  createPayable(payable: NewPayable): Promise<Record<string, any>>;
  callback(url: Input, transaction: string, options?: SessionOptions): Promise<LumanuSession>;
  session(tokens: SessionTokens, options?: SessionOptions): LumanuSession;
}

export interface NewPayable {
  workspaceId: string;
  payeeEmail: string;
  /** In US cents, a whole number. */
  amount: number;
  description: string;
}

/** What is answered to users only. */
export interface LumanuSession extends Session {
  /** Rejects with `api` (or `insufficient_scope`) for any status but a 2xx. */
  currentUser(): Promise<LumanuUser>;
  /** Rejects with `api` (or `insufficient_scope`) for any status but a 2xx. */
  currentUserWorkspaces(): Promise<{ data: LumanuWorkspace[] }>;
}

export interface LumanuUser {
  id: string;
  first_name: string;
  last_name: string;
  created_at: string;
  updated_at: string;
}

export interface LumanuWorkspace {
  id: string;
  display_name: string;
  role: { id: string; display_name: string };
}

export interface LumoAuthClient extends Client {
  /** Asks whether the application has a permission, such as `document.view`. Rejects with `api` (or `insufficient_scope`) for any status but a 2xx. */
  check(permission: string, context?: Readonly<Record<string, unknown>>): Promise<{ allowed: boolean; permission: string }>;
}

/** Its `fetch` adds the header `Api-Version`. */
export interface LuccaClient extends Client {}

export type ErrorKind =
  /** An option or argument is wrong or missing; nothing was sent. */
  | "configuration"
  /** The server could not be reached, or the connection broke. */
  | "network"
  /** No complete answer in time. */
  | "timeout"
  /** The work was given up. A caller's own abort rejects with its `signal.reason` instead. */
  | "aborted"
  /** A redirect that is not followed, so that nothing secret goes where it should not (RFC 9700 section 4.12). */
  | "redirect_refused"
  /** The answer is larger than `maxResponseBytes`. */
  | "response_too_large"
  /** The answer is none that the protocol allows. */
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
 * What gets a program out of an error: the same call later (`retry`), the user authorizes again (`reauthorize`), somebody
 * changes an option, a secret or the registration (`fix_configuration`), or nothing.
 */
export type Recovery = "retry" | "reauthorize" | "fix_configuration" | "none";

/** What every failing call rejects with. All members are safe to log: none holds a secret or a body. */
export class TokenwellError extends Error {
  /** Tokenwell makes these itself. Yours may too, in tests. */
  constructor(kind: ErrorKind, message: string, details?: TokenwellErrorDetails);
  readonly kind: ErrorKind;
  /** The server's code, such as `invalid_client`. */
  readonly error: string | null;
  /** The server's own words, cleaned; at most 1 024 characters. */
  readonly description: string | null;
  /** The HTTP status of the answer. */
  readonly status: number | null;
  /** Origin and path. */
  readonly endpoint: string | null;
  /** Whether the same call may succeed later without anybody changing anything. */
  readonly retryable: boolean;
  /** How long to wait before it, in milliseconds. */
  readonly retryAfter: number | null;
  readonly recovery: Recovery;
  /** The server's `x-request-id`, or a relative of it. */
  readonly requestId: string | null;
}

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
  /** A request goes out; `attempt` counts from 1. Where it renews a token, `background` says that nobody waits for it. */
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
  /** {@link SessionOptions.onTokens} threw or rejected, so the newest tokens may not be stored. */
  | (EventBase & { type: "save_failed"; errorKind: ErrorKind; message: string });
