//! One exchange with the token endpoint: build, send, finish. One file a grant.

mod authorization_code;
mod client_credentials;
mod refresh_token;

use alloc::vec;
use alloc::vec::Vec;

pub(crate) use authorization_code::CodeGrant;
pub(crate) use refresh_token::RefreshGrant;

use crate::Secret;
use crate::client::Client;
use crate::error::Error;
use crate::http::{HttpRequest, HttpResponse};
use crate::id_token::{Belongs, Expected, IdToken};
use crate::now::Now;
use crate::refusal::Advice;
use crate::response::{Context, accept, enforce_strict};
use crate::scope::Scope;
use crate::token::{self, Deviation, TokenSet};

/// A request for tokens, and what is needed to read its response.
///
/// [`finish`](Self::finish) takes the exchange, so that a code or a response used twice does not compile:
///
/// ```compile_fail
/// # fn twice(exchange: tokenwell::Exchange, response: tokenwell::HttpResponse, now: tokenwell::Now) {
/// exchange.finish(&response, now);
/// exchange.finish(&response, now);
/// # }
/// ```
// Not `Clone`, or it could be used twice after all.
#[derive(Debug)]
pub struct Exchange {
    client: Client,
    request: HttpRequest,
    grant: Grant,
}

/// What the response is compared with.
#[derive(Clone, Debug)]
pub(crate) enum Grant {
    ClientCredentials { requested: Scope },
    AuthorizationCode(CodeGrant),
    RefreshToken(RefreshGrant),
}

impl Exchange {
    pub(crate) fn new(client: Client, pairs: &[(&str, &str)], grant: Grant) -> Self {
        let parameters = &client.0.options.parameters;
        let request = if parameters.is_empty() {
            client.request(&client.0.token_endpoint, pairs)
        } else {
            let mut list: Vec<(&str, &str)> = pairs.to_vec();
            list.extend(parameters.iter().map(|(name, value)| (name.as_str(), value.as_str())));
            client.request(&client.0.token_endpoint, &list)
        };
        Self { client, request, grant }
    }

    /// What to send.
    pub fn request(&self) -> &HttpRequest {
        &self.request
    }

    /// Reads what came back. `now` is when the request was sent, or later where that is not known: lifetimes count from it.
    ///
    /// # Errors
    /// `oauth` where the server refuses, `redirect_refused` for a redirect, `invalid_response` for anything that is no
    /// token response (RFC 6749 sections 5.1 and 5.2; OpenID Connect Core section 3.1.3.7).
    pub fn finish(self, response: &HttpResponse, now: Now) -> Result<TokenSet, Error> {
        let context = self.context(now);
        let mut deviations = match &self.grant {
            Grant::AuthorizationCode(code) if code.issuer_unverified => vec![Deviation::IssuerUnverified],
            _ => Vec::new(),
        };
        let separator = self.client.0.profile.scope_separator;
        let requested = self.requested_scope();
        let members =
            accept(&context, response, &mut deviations, |object| token::read(object, requested, separator, now))?;
        let mut tokens = members.tokens;
        deviations.append(&mut tokens.deviations);
        tokens.deviations = deviations;
        if let Some(token) = &members.id_token {
            let expected = self.expected_id_token(&tokens, now);
            let checked = expected.map(|expected| IdToken::check(token, &expected)).transpose();
            tokens.id_token = checked
                .map_err(|problem| context.invalid(&alloc::format!("has an id_token that {problem}"), response))?;
        }
        enforce_strict(&context, response, &tokens.deviations)?;
        Ok(tokens)
    }

    /// The refresh token that it carries.
    pub(crate) fn refresh_token(&self) -> Option<&Secret> {
        match &self.grant {
            Grant::RefreshToken(refresh) => Some(&refresh.refresh_token),
            Grant::ClientCredentials { .. } | Grant::AuthorizationCode(_) => None,
        }
    }

    fn requested_scope(&self) -> &Scope {
        match &self.grant {
            Grant::ClientCredentials { requested } => requested,
            Grant::AuthorizationCode(code) => &code.requested,
            Grant::RefreshToken(refresh) => &refresh.scope,
        }
    }

    /// An ID token that comes with client credentials is about no user and is not looked at.
    fn expected_id_token<'a>(&'a self, tokens: &'a TokenSet, now: Now) -> Option<Expected<'a>> {
        let (issuer, session) = match &self.grant {
            Grant::ClientCredentials { .. } => return None,
            Grant::AuthorizationCode(code) => (code.issuer.as_deref(), Belongs::ToAuthorization(code.nonce.as_ref())),
            Grant::RefreshToken(refresh) => {
                (self.client.0.profile.issuer.as_deref(), Belongs::ToSession(refresh.id_token.as_ref()))
            }
        };
        let client_id = self.client.client_id();
        Some(Expected { client_id, issuer, session, access_token: &tokens.access_token, now })
    }

    pub(crate) fn context(&self, now: Now) -> Context<'_> {
        let (what, advice, secrets) = match &self.grant {
            Grant::ClientCredentials { .. } => ("the token request", Advice::ClientCredentials, Vec::new()),
            Grant::AuthorizationCode(code) => ("the code exchange", Advice::AuthorizationCode, code.secrets()),
            Grant::RefreshToken(refresh) => {
                ("the refresh of a user's token", Advice::RefreshToken, vec![refresh.refresh_token.reveal()])
            }
        };
        Context { client: &self.client, endpoint: &self.client.0.token_endpoint, what, advice, now, secrets }
    }
}
