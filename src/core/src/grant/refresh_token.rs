//! Refresh token: new tokens for an old grant (RFC 6749 section 6).

use alloc::boxed::Box;
use alloc::string::String;

use super::{Exchange, Grant};
use crate::Secret;
use crate::client::Client;
use crate::error::Error;
use crate::id_token::IdToken;
use crate::scope::Scope;

/// What a refresh needs to know of the session.
#[derive(Clone, Debug)]
pub(crate) struct RefreshGrant {
    pub(crate) refresh_token: Secret,
    /// What was granted so far; stays granted when the response does not say.
    pub(crate) scope: Scope,
    pub(crate) id_token: Option<IdToken>,
}

impl Client {
    /// Builds a refresh. `granted` is the scope of the tokens so far: it is not sent, so the new tokens keep it
    /// (RFC 6749 section 6), and it is what [`TokenSet::scope`](crate::TokenSet::scope) says when the response does not.
    /// The client's own resources are sent, where it has some (RFC 8707 section 2.2).
    ///
    /// A [`TokenSource`](crate::TokenSource) does this by itself, keeps the old refresh token when none comes back, and knows
    /// when one may be sent again whose answer was lost; build a refresh by hand only where you do the same.
    ///
    /// # Errors
    /// `configuration` for an empty refresh token, and where the secret is yet to be supplied.
    pub fn refresh(&self, refresh_token: &Secret, granted: impl Into<Scope>) -> Result<Exchange, Error> {
        if refresh_token.is_empty() || !crate::encode::body::is_vschar(refresh_token.reveal()) {
            return Err(Error::wrong("refresh_token", "is empty or holds a character outside printable ASCII"));
        }
        self.require_secret()?;
        let grant = RefreshGrant { refresh_token: refresh_token.clone(), scope: granted.into(), id_token: None };
        Ok(self.refresh_exchange(grant, &[]))
    }

    /// For the resources of the authorization, where they are known; else for the client's own.
    pub(crate) fn refresh_exchange(&self, grant: RefreshGrant, resource: &[String]) -> Exchange {
        let pairs = [("grant_type", "refresh_token"), ("refresh_token", grant.refresh_token.reveal())];
        let resource = if resource.is_empty() { &self.0.options.request.resource } else { resource };
        let http = self.token_request(&pairs, resource);
        Exchange::new(self, http, Grant::RefreshToken(Box::new(grant)))
    }
}
