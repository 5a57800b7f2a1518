//! What can be done to a token that exists: revoke it (RFC 7009), ask about it (RFC 7662).

use alloc::sync::Arc;
use alloc::vec::Vec;

use crate::Secret;
use crate::client::{Client, given};
use crate::encode::url::Endpoint;
use crate::error::Error;
use crate::http::{HttpRequest, HttpResponse};
use crate::json;
use crate::lifecycle::Failure;
use crate::now::Now;
use crate::refusal::{self, Advice};
use crate::response::{self, Context};
use crate::scope::Scope;

/// What kind of token is meant (RFC 7009 section 2.1, RFC 7662 section 2.1). The server may look further.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenTypeHint<'a> {
    /// `access_token`.
    AccessToken,
    /// `refresh_token`.
    RefreshToken,
    /// Any other kind that the server knows.
    Other(&'a str),
}

impl<'a> TokenTypeHint<'a> {
    /// The name that is sent.
    pub const fn as_str(self) -> &'a str {
        match self {
            Self::AccessToken => "access_token",
            Self::RefreshToken => "refresh_token",
            Self::Other(name) => name,
        }
    }
}

/// A request to revoke a token. Forget the local copy first: then nothing is lost when this fails.
#[derive(Clone, Debug)]
pub struct Revocation(Managing);

/// A request to introspect a token.
#[derive(Clone, Debug)]
pub struct IntrospectionRequest(Managing);

/// What both are: a request about a token, to an endpoint of its own.
#[derive(Clone, Debug)]
struct Managing {
    client: Client,
    what: &'static str,
    request: HttpRequest,
    token: Secret,
}

impl Managing {
    fn fail(&self, failure: &Failure) -> Error {
        let endpoint = &self.request.endpoint;
        failure.error(endpoint.host(), self.what, &endpoint.shown)
    }

    fn context(&self, now: Now) -> Context<'_> {
        Context {
            client: &self.client,
            endpoint: &self.request.endpoint,
            what: self.what,
            advice: Advice::Management,
            now,
            secrets: [self.token.reveal(), "", ""],
        }
    }
}

/// What a server says about a token (RFC 7662 section 2.2).
#[derive(Clone, Debug)]
pub struct Introspection {
    active: bool,
    scope: Scope,
    expires_at_unix_ms: Option<u64>,
    members: Secret,
}

impl Introspection {
    /// Whether the token can be used now.
    pub fn active(&self) -> bool {
        self.active
    }

    /// Its scope.
    pub fn scope(&self) -> &Scope {
        &self.scope
    }

    /// When it expires, in milliseconds since 1970 UTC. Never keep this answer longer (RFC 7662 section 4).
    pub fn expires_at_unix_ms(&self) -> Option<u64> {
        self.expires_at_unix_ms
    }

    /// The whole answer, as the text of one JSON object.
    pub fn members(&self) -> &Secret {
        &self.members
    }
}

impl Client {
    /// Builds a revocation.
    ///
    /// # Errors
    /// `configuration` where no revocation endpoint is known or the token is empty.
    pub fn revoke(&self, token: &Secret, hint: Option<TokenTypeHint<'_>>) -> Result<Revocation, Error> {
        let endpoint = &self.0.revocation_endpoint;
        self.managing("revocation_endpoint", endpoint, "the revocation", token, hint).map(Revocation)
    }

    /// Builds an introspection.
    ///
    /// # Errors
    /// `configuration` where no introspection endpoint is known or the token is empty.
    pub fn introspect(&self, token: &Secret, hint: Option<TokenTypeHint<'_>>) -> Result<IntrospectionRequest, Error> {
        let endpoint = &self.0.introspection_endpoint;
        self.managing("introspection_endpoint", endpoint, "the introspection", token, hint).map(IntrospectionRequest)
    }

    fn managing(
        &self,
        field: &'static str,
        endpoint: &Option<Arc<Endpoint>>,
        what: &'static str,
        token: &Secret,
        hint: Option<TokenTypeHint<'_>>,
    ) -> Result<Managing, Error> {
        let Some(endpoint) = endpoint else {
            return Err(self.lacks(field));
        };
        if token.is_empty() {
            return Err(Error::wrong("token", "is empty"));
        }
        self.require_secret()?;
        let hint = hint.map_or("", TokenTypeHint::as_str);
        let request = self.request(endpoint, given(&[("token", token.reveal()), ("token_type_hint", hint)], &[], &[]));
        Ok(Managing { client: self.clone(), what, request, token: token.clone() })
    }
}

impl Revocation {
    /// The error where no response came.
    pub fn fail(&self, failure: &Failure) -> Error {
        self.0.fail(failure)
    }

    /// What to send.
    pub fn request(&self) -> &HttpRequest {
        &self.0.request
    }

    /// Reads what came back. A token that the server does not know is revoked all the same (RFC 7009 section 2.2).
    ///
    /// # Errors
    /// `oauth` where the server refuses; with 503 it is retryable (RFC 7009 section 2.2.1).
    pub fn finish(self, response: &HttpResponse, now: Now) -> Result<(), Error> {
        let context = self.0.context(now);
        match response.status {
            200..=299 => Ok(()),
            300..=399 => Err(response::redirect(&context, response)),
            _ => Err(refusal::read(&context, response)),
        }
    }
}

impl IntrospectionRequest {
    /// The error where no response came.
    pub fn fail(&self, failure: &Failure) -> Error {
        self.0.fail(failure)
    }

    /// What to send.
    pub fn request(&self) -> &HttpRequest {
        &self.0.request
    }

    /// Reads what came back.
    ///
    /// # Errors
    /// `oauth` where the server refuses, `invalid_response` where `active` is not a boolean.
    pub fn finish(self, response: &HttpResponse, now: Now) -> Result<Introspection, Error> {
        let context = self.0.context(now);
        let mut forgiven = Vec::new();
        let body = response::body(&context, response, &mut forgiven)?;
        let object = response::object(&context, response, &body, &mut forgiven)?;
        let active = match object.raw("active") {
            Some("true") => true,
            Some("false") => false,
            _ => {
                let problem = "has no active that is true or false (RFC 7662 section 2.2)";
                return Err(context.invalid(problem, response));
            }
        };
        let expires_at = object.raw("exp").and_then(json::integer).map(json::milliseconds);
        Ok(Introspection {
            active,
            scope: object.string("scope").map_or(Scope::none(), |scope| Scope::from(&*scope)),
            expires_at_unix_ms: expires_at,
            members: object.written(&[]),
        })
    }
}
