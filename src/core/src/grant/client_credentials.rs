//! Client credentials: the application acts for itself (RFC 6749 section 4.4).

use alloc::borrow::Cow;

use super::{Exchange, Grant};
use crate::client::Client;
use crate::encode::text::replaced;
use crate::error::Error;
use crate::scope::{Scope, TokenRequest};

impl Client {
    /// Builds a client credentials request. What `request` does not say comes from the client's options and profile.
    ///
    /// # Errors
    /// `configuration` for a scope, resource or audience with characters that it cannot have, and where the secret
    /// is yet to be supplied.
    pub fn client_credentials(&self, request: impl Into<TokenRequest>) -> Result<Exchange, Error> {
        let request = self.merged(request.into());
        request.check()?;
        self.require_secret()?;
        Ok(self.client_credentials_exchange(request))
    }

    /// What a call asks for, completed by what the client asks for when a call does not say.
    pub(crate) fn merged(&self, mut request: TokenRequest) -> TokenRequest {
        let default = &self.0.options.request;
        if request.scope.is_empty() {
            request.scope = default.scope.clone();
        }
        if request.resource.is_empty() {
            request.resource = default.resource.clone();
        }
        if request.audience.is_none() {
            request.audience = default.audience.clone();
        }
        request
    }

    /// The exchange for a request that is merged and checked.
    pub(crate) fn client_credentials_exchange(&self, request: TokenRequest) -> Exchange {
        let scope = self.written_scope(&request.scope);
        let audience = self.audience_of(&request);
        let pairs = [("grant_type", "client_credentials"), ("scope", &*scope), ("audience", audience)];
        let http = self.token_request(&pairs, &request.resource);
        Exchange::new(self, http, Grant::ClientCredentials { requested: request.scope })
    }

    /// The audience that a merged request is sent with; empty where none is.
    pub(crate) fn audience_of<'a>(&'a self, request: &'a TokenRequest) -> &'a str {
        request.audience.as_deref().or(self.0.profile.audience.as_deref()).unwrap_or_default()
    }

    /// A scope with the separator that this server wants.
    pub(crate) fn written_scope<'a>(&self, scope: &'a Scope) -> Cow<'a, str> {
        match self.0.profile.scope_separator {
            ' ' => Cow::Borrowed(scope.as_str()),
            separator => {
                let mut buffer = [0u8; 4];
                let separator: &str = separator.encode_utf8(&mut buffer);
                replaced(scope.as_str(), " ", separator).map_or(Cow::Borrowed(scope.as_str()), Cow::Owned)
            }
        }
    }

    pub(crate) fn require_secret(&self) -> Result<(), Error> {
        if self.awaits_secret() {
            return Err(Error::wrong("client_secret", "is yet to be supplied: make the request from with_secret"));
        }
        Ok(())
    }
}
