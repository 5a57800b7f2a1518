// Who is registered when an emulator starts. The word "canary" is in every secret, so that tests can search for it.

/**
 * @typedef {object} RegisteredClient
 * @property {string} provider
 * @property {string} clientId
 * @property {string | null} clientSecret null for a public client
 * @property {string[]} grants
 * @property {string[]} scopes the scopes that the application was granted
 * @property {string[]} redirectUris compared exactly
 */

const redirectUris = ["https://app.example/callback", "http://localhost:3000/callback", "http://127.0.0.1:3000/callback"];

/** @returns {Record<string, RegisteredClient>} a fresh copy */
export function sampleClients() {
  return {
    luminary: {
      provider: "luminary",
      clientId: "luminary-sample-client",
      clientSecret: "canary-secret-luminary-Zk3vQ9",
      grants: ["client_credentials", "authorization_code", "refresh_token"],
      scopes: ["openid", "profile", "email", "offline_access"],
      redirectUris: [...redirectUris],
      subdomains: ["acme"],
    },
    lumanu: {
      provider: "lumanu",
      clientId: "lumanu-sample-client",
      clientSecret: "canary-secret-lumanu-8tWm2L",
      grants: ["client_credentials", "authorization_code", "refresh_token"],
      scopes: ["openid", "profile", "email", "offline_access"],
      redirectUris: [...redirectUris],
      environment: "sandbox",
      workspaces: ["workspace-of-the-platform"],
    },
    // Sandbox and production are separate authorization servers: neither knows the other's clients.
    lumanuProduction: {
      provider: "lumanu",
      clientId: "lumanu-production-client",
      clientSecret: "canary-secret-lumanu-production-c4Rx7N",
      grants: ["client_credentials", "authorization_code", "refresh_token"],
      scopes: ["openid", "profile", "email", "offline_access"],
      redirectUris: [...redirectUris],
      environment: "production",
      workspaces: ["workspace-of-the-platform"],
    },
    lumoauth: {
      provider: "lumoauth",
      clientId: "lumoauth-sample-client",
      clientSecret: "canary-secret-lumoauth-p5YdJ1",
      grants: ["client_credentials", "authorization_code", "refresh_token"],
      scopes: ["read:users", "write:users", "openid", "profile", "email"],
      redirectUris: [...redirectUris],
      tenant: "acme",
      permissions: ["document.view"],
    },
    lucca: {
      provider: "lucca",
      clientId: "lucca-sample-client",
      clientSecret: "canary-secret-lucca-Hb6uX0",
      grants: ["client_credentials"],
      scopes: ["employees.readonly", "departments.readwrite", "employment.readwrite"],
      redirectUris: [],
      accounts: ["example"],
    },
  };
}

/** The people who can sign in, by the name that `approve` takes. */
export function sampleUsers() {
  return {
    ada: {
      sub: "user-ada",
      first_name: "Ada",
      last_name: "Lovelace",
      email: "ada@people.example",
      created_at: "2024-01-15T09:30:00Z",
      updated_at: "2024-06-01T12:00:00Z",
      workspaces: [{ id: "workspace-of-ada", display_name: "Ada's workspace", role: { id: "owner", display_name: "Owner" } }],
    },
    grace: {
      sub: "user-grace",
      first_name: "Grace",
      last_name: "Hopper",
      email: "grace@people.example",
      created_at: "2024-02-20T09:30:00Z",
      updated_at: "2024-07-01T12:00:00Z",
      workspaces: [
        { id: "workspace-of-grace", display_name: "Compilers", role: { id: "owner", display_name: "Owner" } },
        { id: "workspace-of-ada", display_name: "Ada's workspace", role: { id: "member", display_name: "Member" } },
      ],
    },
  };
}

/**
 * The environment variables that the product reads, with the sample credentials.
 *
 * @param {Record<string, RegisteredClient>} clients
 * @returns {Record<string, string>}
 */
export function sampleEnvironment({ luminary, lumanu, lumoauth, lucca }) {
  return {
    CLIENT_ID: luminary.clientId,
    CLIENT_SECRET: luminary.clientSecret,
    WITHLUMINARY_SUBDOMAIN: luminary.subdomains[0],
    LUMANU_CLIENT_ID: lumanu.clientId,
    LUMANU_CLIENT_SECRET: lumanu.clientSecret,
    LUMOAUTH_CLIENT_ID: lumoauth.clientId,
    LUMOAUTH_CLIENT_SECRET: lumoauth.clientSecret,
    LUMOAUTH_TENANT: lumoauth.tenant,
    LUCCA_CLIENT_ID: lucca.clientId,
    LUCCA_CLIENT_SECRET: lucca.clientSecret,
  };
}
