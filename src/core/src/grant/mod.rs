//! One exchange with the token endpoint: build, send, finish. One file a grant.

mod authorization_code;
mod client_credentials;
mod refresh_token;

use alloc::boxed::Box;

pub(crate) use authorization_code::CodeGrant;
pub(crate) use refresh_token::RefreshGrant;

use crate::Secret;
use crate::client::Client;
use crate::encode::text::{filled, joined};
use crate::error::{Error, ErrorKind, Recovery};
use crate::http::{HttpRequest, HttpResponse};
use crate::id_token::{Belongs, Expected, IdToken};
use crate::lifecycle::timing::Jitter;
use crate::lifecycle::{Failure, FailureKind};
use crate::now::Now;
use crate::refusal::Advice;
use crate::response::{self, Context, enforce_strict};
use crate::scope::Scope;
use crate::token::{Deviation, TokenSet};

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
#[derive(Debug)]
pub(crate) enum Grant {
    ClientCredentials { requested: Scope },
    // Boxed, so that the most frequent exchange stays small.
    AuthorizationCode(Box<CodeGrant>),
    RefreshToken(Box<RefreshGrant>),
}

impl Exchange {
    pub(crate) fn new(client: &Client, request: HttpRequest, grant: Grant) -> Self {
        Self { client: client.clone(), request, grant }
    }

    /// The client that it belongs to.
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// What to send.
    pub fn request(&self) -> &HttpRequest {
        &self.request
    }

    /// Reads what came back. `now` is when the request was sent, or later where that is not known: lifetimes count from it.
    /// Where an answer may be under way for half a minute or longer, [`finish_between`](Self::finish_between) takes both
    /// moments.
    ///
    /// # Errors
    /// `oauth` where the server refuses, `redirect_refused` for a redirect, `invalid_response` for anything that is no
    /// token response (RFC 6749 sections 5.1 and 5.2; OpenID Connect Core section 3.1.3.7).
    ///
    /// `ambiguous` where a code was sent and something in front of the server answered (5xx): the code is never sent
    /// again, since it may have been used (RFC 6749 section 4.1.2).
    pub fn finish(self, response: &HttpResponse, now: Now) -> Result<TokenSet, Error> {
        self.finish_between(response, now, now)
    }

    /// [`finish`](Self::finish), where it is known when the request was sent and when its answer came. Lifetimes count from
    /// the first; an ID token may be as young as the second.
    ///
    /// # Errors
    /// As [`finish`](Self::finish).
    pub fn finish_between(self, response: &HttpResponse, sent_at: Now, answered_at: Now) -> Result<TokenSet, Error> {
        self.read(response, sent_at, answered_at).map_err(|error| match self.grant {
            Grant::AuthorizationCode(_) => self.code_spent(error),
            _ => error,
        })
    }

    /// Whether the same request may be sent once more after this failure: always, but for a code that the server may
    /// have seen (RFC 6749 section 4.1.2). What holds for refresh tokens is decided by a
    /// [`TokenSource`](crate::TokenSource).
    pub fn may_be_sent_again(&self, failure: &Failure) -> bool {
        match self.grant {
            Grant::ClientCredentials { .. } => failure.kind().is_transient(),
            Grant::AuthorizationCode(_) | Grant::RefreshToken(_) => failure.kind() == FailureKind::NotSent,
        }
    }

    /// How long to wait, in milliseconds, before the same request is sent once more after attempt `attempt` failed; `None`
    /// where it [may not be](Self::may_be_sent_again), or where [`retries`](crate::ClientOptions::retries) or
    /// [`deadline_ms`](crate::ClientOptions::deadline_ms) allow no more attempts. [`fail`](Self::fail) makes the error then.
    ///
    /// The first attempt is 1, and began `elapsed_ms` milliseconds ago. `entropy` is any random number; it spreads the
    /// attempts, and protects nothing. Each attempt may take all of
    /// [`timeout_ms`](crate::ClientOptions::timeout_ms): to cut the last one short would make of a code that was not sent
    /// one that may have been used (RFC 6749 section 4.1.2).
    pub fn again_after(&self, failure: &Failure, attempt: u32, elapsed_ms: u64, entropy: u64) -> Option<u64> {
        let options = self.client.options();
        let allowed = self.may_be_sent_again(failure) && attempt <= options.retries;
        let wait = Jitter::new(entropy).retry(attempt);
        Some(wait).filter(|wait| allowed && *wait < options.left_ms(elapsed_ms))
    }

    /// The error for an exchange that got no response. `now` is the time.
    pub fn fail(&self, failure: &Failure, now: Now) -> Error {
        let context = self.context(now);
        let error = failure.error(context.endpoint.host(), context.what, &context.endpoint.shown);
        match self.grant {
            Grant::AuthorizationCode(_) if failure.may_have_been_sent() => self.code_spent(error),
            _ => error,
        }
    }

    /// The error of a code exchange that would be worth repeating, were it not for the code.
    fn code_spent(&self, error: Error) -> Error {
        if !error.retryable() {
            return error;
        }
        let host = self.client.0.token_endpoint.host();
        // An error in OAuth's words is the server's own answer; anything else may hide that the code was used.
        let lost = !error.is_definite();
        error.with(|details| {
            details.retryable = false;
            details.recovery = Recovery::Reauthorize;
            if lost {
                details.kind = ErrorKind::Ambiguous;
                details.message = filled(
                    "the answer of {} to the code exchange was lost, and a code is never sent twice: send the user to authorize again",
                    &[host],
                );
            }
        })
    }

    /// [`finish`](Self::finish) where no code was sent, and both moments are known.
    pub(crate) fn read(&self, response: &HttpResponse, sent_at: Now, answered_at: Now) -> Result<TokenSet, Error> {
        let context = self.context(sent_at);
        let mut tokens = TokenSet::awaited(sent_at);
        if let Grant::AuthorizationCode(code) = &self.grant {
            tokens.resource = code.transaction.resource();
            if code.issuer_unverified {
                tokens.deviations.push(Deviation::IssuerUnverified);
            }
        }
        let body = response::body(&context, response, &mut tokens.deviations)?;
        let object = response::object(&context, response, &body, &mut tokens.deviations)?;
        let id_token = tokens
            .read(&object, self.requested_scope(), self.client.0.profile.scope_separator)
            .map_err(|problem| context.invalid(problem, response))?;
        if let Some(token) = &id_token {
            tokens.id_token = self
                .checked(token, &tokens, sent_at, answered_at)
                .map_err(|problem| context.invalid(&joined(&["has an id_token that ", problem]), response))?;
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

    fn requested_scope(&self) -> &str {
        match &self.grant {
            Grant::ClientCredentials { requested } => requested.as_str(),
            Grant::AuthorizationCode(code) => code.transaction.text("scope"),
            Grant::RefreshToken(refresh) => refresh.scope.as_str(),
        }
    }

    /// The ID token that came. The error ends the sentence "the ID token …".
    // Apart from the way of a first token: see docs/performance.md.
    #[inline(never)]
    fn checked(
        &self,
        token: &Secret,
        tokens: &TokenSet,
        sent_at: Now,
        answered_at: Now,
    ) -> Result<Option<IdToken>, &'static str> {
        let expected = self.expected_id_token(tokens, sent_at, answered_at);
        expected.map(|expected| IdToken::check(token, &expected)).transpose()
    }

    /// An ID token that comes with client credentials is about no user and is not looked at.
    fn expected_id_token<'a>(&'a self, tokens: &'a TokenSet, sent_at: Now, answered_at: Now) -> Option<Expected<'a>> {
        let (issuer, session) = match &self.grant {
            Grant::ClientCredentials { .. } => return None,
            Grant::AuthorizationCode(code) => {
                let issuer = code.transaction.field("issuer").map(Secret::reveal);
                (issuer, Belongs::ToAuthorization(code.transaction.field("nonce")))
            }
            Grant::RefreshToken(refresh) => {
                (self.client.0.profile.issuer.as_deref(), Belongs::ToSession(refresh.id_token.as_ref()))
            }
        };
        let client_id = self.client.client_id();
        Some(Expected { client_id, issuer, session, access_token: &tokens.access_token, sent_at, answered_at })
    }

    pub(crate) fn context(&self, now: Now) -> Context<'_> {
        let (what, advice, secrets) = match &self.grant {
            Grant::ClientCredentials { .. } => ("the token request", Advice::ClientCredentials, ["", "", ""]),
            Grant::AuthorizationCode(grant) => {
                let CodeGrant { code, transaction, .. } = &**grant;
                let secrets = [code.reveal(), transaction.text("code_verifier"), transaction.text("nonce")];
                ("the code exchange", Advice::AuthorizationCode, secrets)
            }
            Grant::RefreshToken(refresh) => {
                let secrets = [refresh.refresh_token.reveal(), "", ""];
                ("the refresh of a user's token", Advice::RefreshToken, secrets)
            }
        };
        Context { client: &self.client, endpoint: &self.client.0.token_endpoint, what, advice, now, secrets }
    }
}
