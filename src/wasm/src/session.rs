//! Acting for a user: the way there, the way back, and what can be done with the tokens.

use std::rc::Rc;

use js_sys::{Function, Promise};
use tokenwell::{
    AuthorizationRequest, Client, Error, Exchange, HttpRequest, HttpResponse, Outcome, Scope, Secret, SessionTokens,
    TokenSet, TokenSource, TokenTypeHint,
};
use wasm_bindgen::prelude::*;

use crate::client::{Context, JsClient};
use crate::fetch;
use crate::host::{self, Timer};
use crate::reader::Reader;
use crate::secret::ask_for_secret;
use crate::source::{Shared, Source};
use crate::stop::{Deferred, Stop, promise};

#[wasm_bindgen(js_class = Client)]
impl JsClient {
    /// The URL to send the user to, and on a second line the sealed transaction. Throws a failure.
    pub fn authorize(&self, options: &JsValue) -> Result<String, JsValue> {
        let started = self.read(options, read_authorization).map(|request| {
            let entropy = host::secure_random()?;
            let (url, transaction) = self.client.authorize(request, self.context.clock.now(), &entropy)?;
            Ok([url, self.seal.seal(&self.client, &transaction)?].join("\n"))
        });
        started?.map_err(|error: Error| self.failure(&error))
    }

    /// Checks a callback and exchanges its code. Resolves with a source or a failure.
    pub fn callback(&self, url: String, transaction: &str, on_tokens: Option<Function>) -> Promise {
        let opened = self.seal.open(&self.client, transaction, self.context.clock.now());
        let (client, context) = (self.client.clone(), Rc::clone(&self.context));
        promise(async move {
            let transaction = opened?;
            let now = context.clock.now();
            transaction.check(&client, &url, now)?;
            let exchange = transaction.callback(&with_secret(&client, &context).await?, &url, now)?;
            let tokens = exchange_code(exchange, &context).await?;
            context.tell_deviations(&tokens);
            // Not with the secret of this exchange, where that comes from a function: it may be rotated later.
            let source = TokenSource::from_tokens(client, tokens, context.clock.now());
            let shared = Shared::new(context, source, on_tokens);
            shared.save().await;
            Ok(Source { shared }.into())
        })
    }

    /// A source over tokens that were stored, and restored at a certain time of the two clocks. Throws a failure.
    pub fn session(
        &self,
        tokens: &JsValue,
        on_tokens: Option<Function>,
        wall: f64,
        monotonic: Option<f64>,
    ) -> Result<Source, JsValue> {
        let tokens = self.read(tokens, read_tokens)?;
        tokens.check(&self.client).map_err(|error| self.failure(&error))?;
        let source = TokenSource::session(self.client.clone(), tokens, host::moment(wall, monotonic));
        Ok(Source { shared: Shared::new(Rc::clone(&self.context), source, on_tokens) })
    }

    /// Revokes a token. Resolves with nothing or a failure.
    pub fn revoke(&self, token: String, hint: Option<String>) -> Promise {
        let (client, context) = (self.client.clone(), Rc::clone(&self.context));
        promise(async move {
            revoke(&client, &context, &Secret::new(token), hint.as_deref()).await?;
            Ok(JsValue::UNDEFINED)
        })
    }

    /// Asks about a token. Resolves with the answer's JSON text or a failure.
    pub fn introspect(&self, token: String, hint: Option<String>) -> Promise {
        let (client, context) = (self.client.clone(), Rc::clone(&self.context));
        promise(
            async move { introspect(&client, &context, &Secret::new(token), hint.as_deref()).await.map(JsValue::from) },
        )
    }
}

#[wasm_bindgen]
impl Source {
    /// The claims of the ID token, as JSON text.
    pub fn claims(&self) -> Option<String> {
        let state = self.shared.state.borrow();
        state.source.claims().map(|claims| claims.reveal().to_owned())
    }

    /// Ends the session: what is here is forgotten first, then revoked where the provider can. Resolves with nothing or a
    /// failure.
    pub fn disconnect(&self) -> Promise {
        let shared = Rc::clone(&self.shared);
        shared.disconnect();
        promise(async move {
            let Some((client, tokens)) = shared.left_behind().await else { return Ok(JsValue::UNDEFINED) };
            if client.profile().revocation_endpoint.is_none() {
                return Ok(JsValue::UNDEFINED);
            }
            let (token, hint) = match &tokens.refresh_token {
                Some(token) => (token, "refresh_token"),
                None => (&tokens.access_token, "access_token"),
            };
            revoke(&client, &shared.context, token, Some(hint)).await?;
            Ok(JsValue::UNDEFINED)
        })
    }
}

fn read_authorization(reader: &Reader) -> AuthorizationRequest {
    AuthorizationRequest {
        redirect_uri: reader.required("redirectUri", "is missing"),
        request: reader.token_request(),
        prompt: reader.text("prompt"),
        login_hint: reader.text("loginHint"),
        parameters: reader.record("parameters"),
    }
}

fn read_tokens(reader: &Reader) -> SessionTokens {
    const MISSING: &str = "is missing: pass what tokens() gave, unchanged";
    // Only Bearer tokens are handed out, so there is nothing else to read.
    let expires_at = reader.take("expiresAt", "milliseconds since 1970, or null").as_f64();
    reader.take("tokenType", "\"Bearer\"");
    SessionTokens {
        access_token: Secret::new(reader.required("accessToken", MISSING)),
        refresh_token: reader.text_or_null("refreshToken").map(Secret::new),
        id_token: reader.text_or_null("idToken").map(Secret::new),
        expires_at_unix_ms: expires_at.map(host::milliseconds),
        scope: Scope::from(reader.texts("scope")),
        issued_for: reader.required("issuedFor", MISSING),
    }
}

/// The client with its secret, where that comes from the caller's function.
async fn with_secret(client: &Client, context: &Context) -> Result<Client, Error> {
    let Some(function) = &context.client_secret else { return Ok(client.clone()) };
    let stop = Stop::new();
    let _timer = timer(client, &stop);
    client.with_secret(ask_for_secret(function, &stop).await?)
}

/// Sends the code, and sends it again only where it provably was not sent.
async fn exchange_code(exchange: Exchange, context: &Context) -> Result<TokenSet, Error> {
    let mut attempt = 1;
    loop {
        let sent_at = context.clock.now();
        match once(exchange.client(), exchange.request(), context, attempt).await {
            Outcome::Response(response) => return exchange.finish(&response, sent_at),
            Outcome::Failure(failure) => {
                if !exchange.may_be_sent_again(&failure) || attempt > exchange.client().options().retries {
                    return Err(exchange.fail(&failure, context.clock.now()));
                }
                pause(attempt).await;
                attempt = attempt.saturating_add(1);
            }
        }
    }
}

/// A short wait that grows with the attempts.
async fn pause(attempt: u32) {
    let done = Deferred::new();
    let _timer = Timer::resolving(&done, 100u64.saturating_mul(attempt.into()), false);
    let _ = wasm_bindgen_futures::JsFuture::from(done.promise()).await;
}

fn timer(client: &Client, stop: &Stop) -> Timer {
    Timer::stopping(stop, client.options().timeout_ms, false)
}

/// One request with its own timeout, told as events.
async fn once(client: &Client, request: &HttpRequest, context: &Context, attempt: u32) -> Outcome {
    let stop = Stop::new();
    let _timer = timer(client, &stop);
    context.tell("request", Some(attempt), &JsValue::UNDEFINED);
    let outcome = fetch::send(request, context, &stop).await;
    if let Outcome::Response(response) = &outcome {
        context.tell("response", Some(attempt), &response.status().into());
    }
    outcome
}

fn hint(hint: Option<&str>) -> Result<Option<TokenTypeHint>, Error> {
    match hint {
        None => Ok(None),
        Some("access_token") => Ok(Some(TokenTypeHint::AccessToken)),
        Some("refresh_token") => Ok(Some(TokenTypeHint::RefreshToken)),
        Some(_) => Err(Error::configuration("hint", "must be \"access_token\" or \"refresh_token\"")),
    }
}

async fn revoke(client: &Client, context: &Context, token: &Secret, named: Option<&str>) -> Result<(), Error> {
    let hint = hint(named)?;
    let client = with_secret(client, context).await?;
    let revocation = client.revoke(token, hint)?;
    match once(&client, revocation.request(), context, 1).await {
        Outcome::Response(response) => revocation.finish(&response, context.clock.now()),
        Outcome::Failure(failure) => Err(revocation.fail(&failure)),
    }
}

async fn introspect(client: &Client, context: &Context, token: &Secret, named: Option<&str>) -> Result<String, Error> {
    let hint = hint(named)?;
    let client = with_secret(client, context).await?;
    let introspection = client.introspect(token, hint)?;
    let response: HttpResponse = match once(&client, introspection.request(), context, 1).await {
        Outcome::Response(response) => response,
        Outcome::Failure(failure) => return Err(introspection.fail(&failure)),
    };
    let answer = introspection.finish(&response, context.clock.now())?;
    Ok(answer.members().reveal().to_owned())
}
