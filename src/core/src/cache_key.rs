//! What tells two tokens apart.

use alloc::vec::Vec;

use crate::client::Client;
use crate::credentials::ClientSecret;
use crate::scope::TokenRequest;

/// Changes with every change of the layout below, so that a key never means two things in one store.
const LAYOUT: &[u8] = b"tokenwell client credentials 1";

impl Client {
    /// The key under which a cache may keep the token that [`client_credentials`](Self::client_credentials) gets for
    /// `request`: a SHA-256 over everything that changes that token.
    ///
    /// Handing one user's or one tenant's token to another is the worst bug that a cache can have, so nothing is left
    /// out that could make two tokens differ: token endpoint, issuer, client id, a digest of the client secret, how the
    /// client authenticates, audience, resources, scopes, and the further parameters. What the call does not say comes
    /// from the client's options and profile, as in the request itself. Order never changes a token, so the scopes are
    /// sorted and each counted once, and resources and parameters are sorted. What a client forgives, how long it waits
    /// and how it writes the request is no part of the key.
    ///
    /// A client whose secret was not supplied yet has other keys than the same client afterwards: make the key from the
    /// client that all calls share. The key does not reveal the secret, and is not meant to be shown either.
    ///
    /// ```
    /// # use tokenwell::{Credentials, TokenRequest, provider};
    /// let client = provider::lumoauth("acme").client(Credentials::secret("id", "secret"))?;
    /// let key = client.cache_key(&TokenRequest::from(["read:users", "write:users"]));
    /// assert_eq!(key, client.cache_key(&TokenRequest::from("write:users read:users")));
    /// assert_ne!(key, client.cache_key(&TokenRequest::from(["read:users"])));
    /// # Ok::<(), tokenwell::Error>(())
    /// ```
    // Apart from the way of a first token: see docs/performance.md.
    #[inline(never)]
    pub fn cache_key(&self, request: &TokenRequest) -> [u8; 32] {
        let request = self.merged(request.clone());
        let inner = &*self.0;
        let mut key = Key(hmac_sha256::Hash::new());
        key.field(LAYOUT);
        key.field(inner.token_endpoint.url.as_bytes());
        key.field(inner.profile.issuer.as_deref().unwrap_or_default().as_bytes());
        key.field(self.client_id().as_bytes());
        match &inner.credentials.client_secret {
            ClientSecret::Known(secret) => key.field(&hmac_sha256::Hash::hash(secret.reveal().as_bytes())),
            // Neither is as long as a digest.
            ClientSecret::Supplied => key.field(b"supplied"),
            ClientSecret::Public => key.field(b""),
        }
        key.field(inner.profile.client_authentication.as_str().as_bytes());
        key.field(self.audience_of(&request).as_bytes());
        let mut resources = Vec::new();
        for resource in &request.resource {
            resources.push([resource, ""]);
        }
        key.sorted(resources, 1);
        let mut scopes = Vec::new();
        for scope in request.scope.iter() {
            if !scopes.contains(&[scope, ""]) {
                scopes.push([scope, ""]);
            }
        }
        key.sorted(scopes, 1);
        let mut parameters = Vec::new();
        for (name, value) in &inner.options.parameters {
            // An empty value is not sent (RFC 6749 section 3.2).
            if !value.is_empty() {
                parameters.push([name, &**value]);
            }
        }
        key.sorted(parameters, 2);
        key.0.finalize()
    }
}

/// Fields with their lengths before them, so that no two lists of fields are the same bytes.
struct Key(hmac_sha256::Hash);

impl Key {
    fn field(&mut self, bytes: &[u8]) {
        self.count(bytes.len());
        self.0.update(bytes);
    }

    /// A list of ones or of pairs, as `fields` says: one type for both, because a sort is half a kilobyte
    /// of WebAssembly.
    fn sorted(&mut self, mut list: Vec<[&str; 2]>, fields: usize) {
        list.sort_unstable();
        self.count(list.len());
        for entry in list {
            for text in entry.iter().take(fields) {
                self.field(text.as_bytes());
            }
        }
    }

    fn count(&mut self, number: usize) {
        // A length fits 64 bits on every machine that there is.
        self.0.update(u64::try_from(number).unwrap_or(u64::MAX).to_be_bytes().as_slice());
    }
}
