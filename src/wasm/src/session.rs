//! Acting for a user: the way there, the way back, and what can be done with the tokens.

use std::rc::Rc;

use js_sys::{Function, Promise};
use tokenwell::{
    AuthorizationRequest, Client, Error, Exchange, HttpRequest, IntrospectionRequest, Now, Outcome, Revocation, Scope,
    Secret, SessionTokens, TokenSet, TokenSource, TokenTypeHint,
};
use wasm_bindgen::prelude::*;

use crate::client::{Context, JsClient};
use crate::fetch;
use crate::host::{self, pause};
use crate::reader::Reader;
use crate::seal;
use crate::secret::ask_for_secret;
use crate::source::{Shared, Source};
use crate::stop::{Stop, promise};
use crate::value;

#[wasm_bindgen(js_class = Client)]
impl JsClient {
    /// The URL to send the user to, and on a second line the sealed transaction. Else a failure.
    pub fn authorize(&self, options: &JsValue) -> JsValue {
        value::or_failure(self.start(options))
    }

    /// Checks a callback and exchanges its code. Resolves with a source or a failure.
    pub fn callback(&self, url: &JsValue, transaction: &JsValue, on_tokens: Option<Function>) -> Promise {
        let opened = self.context.seal.open(&self.context.client, &value::text(transaction), self.context.clock.now());
        let context = Rc::clone(&self.context);
        let url = value::text(url);
        promise(Box::pin(async move {
            let (transaction, used) = opened?;
            let now = context.clock.now();
            transaction.check(&context.client, &url, now)?;
            // Nobody can ask for these tokens again.
            let _work = context.work();
            // Where the code was not sent the same call may be made again, so it has to find the transaction unused.
            let client = with_secret(&context).await.inspect_err(|_| seal::give_back(&used))?;
            let exchange = transaction.callback(&client, &url, now)?;
            let tokens = exchange_code(exchange, &context).await.inspect_err(|error| {
                if error.retryable() {
                    seal::give_back(&used);
                }
            })?;
            context.tell_deviations(&tokens);
            // Not with the secret of this exchange, where that comes from a function: it may be rotated later.
            let source = TokenSource::from_tokens(context.client.clone(), tokens, context.clock.now());
            let shared = Shared::new(context, source, on_tokens);
            shared.save().await;
            Ok(Source { shared }.into())
        }))
    }

    /// A source over tokens that were stored, and restored at a certain time of the two clocks. Else a failure.
    pub fn session(&self, tokens: &JsValue, on_tokens: Option<Function>, wall: f64, monotonic: Option<f64>) -> JsValue {
        value::or_failure(self.restore(tokens, on_tokens, host::moment(wall, monotonic)))
    }

    /// Revokes a token, and resolves with nothing; or asks about it, and resolves with the answer's JSON text. Else a
    /// failure.
    pub fn about(&self, token: &JsValue, hint: &JsValue, asks: bool) -> Promise {
        let hint = hint.as_string();
        let context = Rc::clone(&self.context);
        let token = Secret::new(value::text(token));
        promise(Box::pin(async move {
            let hint = hint.as_deref().map(TokenTypeHint::Other);
            about(&context, &token, hint, asks).await
        }))
    }
}

impl JsClient {
    fn start(&self, options: &JsValue) -> Result<String, JsValue> {
        let reader = Reader::new(options, "options");
        let request = read_authorization(&reader);
        reader.finish()?;
        self.sealed(request).map_err(|error| value::failure(&error))
    }

    fn sealed(&self, request: AuthorizationRequest) -> Result<String, Error> {
        let entropy = host::secure_random()?;
        let (url, transaction) = self.context.client.authorize(request, self.context.clock.now(), &entropy)?;
        Ok(value::joined(&[&url, &self.context.seal.seal(&self.context.client, &transaction)?], "\n"))
    }

    fn restore(&self, tokens: &JsValue, on_tokens: Option<Function>, since: Now) -> Result<Source, JsValue> {
        let reader = Reader::new(tokens, "tokens");
        let tokens = read_tokens(&reader);
        reader.finish()?;
        tokens.check(&self.context.client).map_err(|error| value::failure(&error))?;
        let source = TokenSource::session(self.context.client.clone(), tokens, since);
        Ok(Source { shared: Shared::new(Rc::clone(&self.context), source, on_tokens) })
    }
}

#[wasm_bindgen]
impl Source {
    /// The claims of the ID token, as JSON text.
    pub fn claims(&self) -> JsValue {
        let state = self.shared.state.borrow();
        state.source.claims().map_or(JsValue::UNDEFINED, |claims| claims.reveal().into())
    }

    /// Ends the session: what is here is forgotten first, then revoked where the provider can. Resolves with nothing or a
    /// failure; called again, it revokes what it could not.
    pub fn disconnect(&self) -> Promise {
        let shared = Rc::clone(&self.shared);
        shared.disconnect();
        promise(Box::pin(async move {
            let Some(tokens) = shared.left_behind().await else { return Ok(JsValue::UNDEFINED) };
            let (token, hint) = match &tokens.refresh_token {
                Some(token) => (token, TokenTypeHint::RefreshToken),
                None => (&tokens.access_token, TokenTypeHint::AccessToken),
            };
            let revoked = match shared.context.client.profile().revocation_endpoint {
                None => Ok(JsValue::UNDEFINED),
                Some(_) => about(&shared.context, token, Some(hint), false).await,
            };
            // Kept where that failed: the same call would have nothing to revoke otherwise, and seem to succeed.
            if revoked.is_ok() {
                shared.state.borrow_mut().left = None;
            }
            revoked
        }))
    }
}

fn read_authorization(reader: &Reader) -> AuthorizationRequest {
    AuthorizationRequest {
        redirect_uri: reader.required("redirectUri", None),
        request: reader.token_request(),
        prompt: reader.text("prompt"),
        login_hint: reader.text("loginHint"),
        parameters: reader.record("parameters"),
    }
}

fn read_tokens(reader: &Reader) -> SessionTokens {
    const MISSING: &str = "is missing: pass what tokens() gave, unchanged";
    // Only Bearer tokens are handed out, so there is nothing else to read.
    let expires_at = reader.number("expiresAt", "a number of milliseconds since 1970, or null");
    reader.value("tokenType", "\"Bearer\"");
    SessionTokens {
        access_token: Secret::new(reader.wanted("accessToken", MISSING)),
        refresh_token: reader.text_or_null("refreshToken").map(Secret::new),
        id_token: reader.text_or_null("idToken").map(Secret::new),
        expires_at_unix_ms: expires_at.map(host::milliseconds),
        scope: Scope::from(reader.texts("scope")),
        issued_for: reader.wanted("issuedFor", MISSING),
    }
}

/// The client with its secret, where that comes from the caller's function.
async fn with_secret(context: &Context) -> Result<Client, Error> {
    if context.client_secret.is_none() {
        return Ok(context.client.clone());
    }
    let stop = Stop::new();
    let _timer = context.timer(&stop);
    context.client.with_secret(ask_for_secret(context, &stop).await?)
}

/// Sends the code, and sends it again only where it provably was not sent.
async fn exchange_code(exchange: Exchange, context: &Context) -> Result<TokenSet, Error> {
    let began = context.clock.now();
    let mut attempt = 1;
    loop {
        let sent_at = context.clock.now();
        let outcome = once(exchange.request(), context, attempt).await;
        let now = context.clock.now();
        match outcome {
            Outcome::Response(response) => return exchange.finish_between(&response, sent_at, now),
            Outcome::Failure(failure) => {
                let elapsed_ms = now.elapsed_since(began);
                let Some(ms) = exchange.again_after(&failure, attempt, elapsed_ms, host::jitter()) else {
                    return Err(exchange.fail(&failure, now));
                };
                context.tell_number("retry", attempt, host::clipped(ms));
                pause(ms).await;
                attempt = attempt.saturating_add(1);
            }
        }
    }
}

/// One request with its own timeout.
async fn once(request: &HttpRequest, context: &Context, attempt: u32) -> Outcome {
    let stop = Stop::new();
    let _timer = context.timer(&stop);
    fetch::send(request, context, &stop, attempt, JsValue::UNDEFINED).await
}

/// Asks about a token, or revokes it.
async fn about(
    context: &Context,
    token: &Secret,
    hint: Option<TokenTypeHint<'_>>,
    asks: bool,
) -> Result<JsValue, Error> {
    let client = with_secret(context).await?;
    let question = match asks {
        true => Question::Introspection(client.introspect(token, hint)?),
        false => Question::Revocation(client.revoke(token, hint)?),
    };
    let request = match &question {
        Question::Introspection(introspection) => introspection.request(),
        Question::Revocation(revocation) => revocation.request(),
    };
    let outcome = once(request, context, 1).await;
    let now = context.clock.now();
    match (question, outcome) {
        (Question::Introspection(introspection), Outcome::Response(response)) => {
            introspection.finish(&response, now).map(|answer| answer.members().reveal().into())
        }
        (Question::Revocation(revocation), Outcome::Response(response)) => {
            revocation.finish(&response, now).map(|()| JsValue::UNDEFINED)
        }
        (Question::Introspection(introspection), Outcome::Failure(failure)) => Err(introspection.fail(&failure)),
        (Question::Revocation(revocation), Outcome::Failure(failure)) => Err(revocation.fail(&failure)),
    }
}

enum Question {
    Revocation(Revocation),
    Introspection(IntrospectionRequest),
}
