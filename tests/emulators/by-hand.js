// Requests written by hand, for the emulator's own tests: what is right at each provider, to be made wrong one way at
// a time.

export const lumanuAudience = "https://lumanu-demo.hasura.app/v1/graphql";

export const tokenUrls = {
  luminary: "https://auth.withluminary.com/oauth2/token",
  lumanu: "https://auth-staging.lumanu.com/oauth/token",
  lumoauth: "https://app.lumoauth.dev/t/acme/api/v1/oauth/token",
  lucca: "https://accounts.world.luccasoftware.com/connect/token",
};

/** A scope that the sample application was granted, where client credentials take one. */
export const grantedScopes = { lumoauth: "read:users", lucca: "employees.readonly" };

/** One API call a provider: the URL and everything but the token. */
export const apiCalls = {
  luminary: { url: "https://acme.luminary.com/v1/households" },
  lumanu: {
    url: "https://api.demo.lumanu.link/api/rest/payable",
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({
      workspace_id: "workspace-of-the-platform",
      payee_email: "payee@people.example",
      amount: 12500,
      description: "A drawing",
    }),
  },
  lumoauth: {
    url: "https://app.lumoauth.dev/api/v1/authz/check",
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ permission: "document.view" }),
  },
  lucca: { url: "https://example.ilucca.net/lucca-api/employees", headers: { "api-version": "2024-11-01" } },
};

/** The parameters of a client-credentials request that the provider accepts. */
export function clientCredentials(emulator, provider) {
  const { clientId, clientSecret } = emulator.clients[provider];
  const scope = grantedScopes[provider];
  return {
    grant_type: "client_credentials",
    client_id: clientId,
    client_secret: clientSecret,
    ...(scope ? { scope } : {}),
    ...(provider === "lumanu" ? { audience: lumanuAudience } : {}),
  };
}

/** Sends parameters in the format that the provider takes. */
export function send(emulator, provider, parameters, { url = tokenUrls[provider], headers = {} } = {}) {
  const isJson = provider === "lumanu";
  return emulator.fetch(url, {
    method: "POST",
    headers: { "content-type": isJson ? "application/json" : "application/x-www-form-urlencoded", ...headers },
    body: isJson ? JSON.stringify(parameters) : new URLSearchParams(parameters).toString(),
  });
}

/** An access token by client credentials. */
export async function accessToken(emulator, provider, extra = {}) {
  const response = await send(emulator, provider, { ...clientCredentials(emulator, provider), ...extra });
  return (await response.json()).access_token;
}

/** The provider's API call with a token. */
export function callApi(emulator, provider, token, overrides = {}) {
  const { url, headers, ...init } = { ...apiCalls[provider], ...overrides };
  return emulator.fetch(url, { ...init, headers: { ...headers, authorization: `Bearer ${token}` } });
}
