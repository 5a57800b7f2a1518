// A token request without a library.

/** @param {string} tokenEndpoint */
export async function fetchToken(tokenEndpoint) {
  const response = await fetch(tokenEndpoint, { method: "POST", body: "grant_type=client_credentials" });
  return response.json();
}
