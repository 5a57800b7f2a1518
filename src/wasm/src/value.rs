//! Tokens, errors and events as plain JavaScript, made by the package.

use tokenwell::{Deviation, Error, Now, Secret, Token};
use wasm_bindgen::prelude::*;

use crate::reader::UNKNOWN;

// One call for each value, where setting members one by one would cost microseconds.
#[wasm_bindgen(raw_module = "./values.js")]
extern "C" {
    #[wasm_bindgen(js_name = token)]
    fn make_token(
        access_token: &str,
        expires_at: Option<f64>,
        scope: Option<&str>,
        deviations: Option<&str>,
        extra: Option<&str>,
        reuse_until: f64,
        reuse_until_monotonic: Option<f64>,
        version: f64,
    ) -> JsValue;

    #[wasm_bindgen(js_name = failure)]
    fn make_failure(
        kind: &str,
        message: &str,
        error: Option<&str>,
        description: Option<&str>,
        status: Option<u16>,
        endpoint: Option<&str>,
        retryable: bool,
        retry_after: Option<f64>,
        recovery: &str,
        request_id: Option<&str>,
    ) -> JsValue;

    #[wasm_bindgen(js_name = event)]
    fn make_event(
        kind: &str,
        provider: &str,
        endpoint: &str,
        attempt: Option<u32>,
        status: Option<u16>,
        delay: Option<u32>,
        background: Option<bool>,
        deviations: Option<&str>,
        error_kind: Option<&str>,
        message: Option<&str>,
    ) -> JsValue;
}

/// The names that a message may mention, in the core's spelling and in JavaScript's.
const SPELLINGS: [(&str, &str); 13] = [
    ("allow_insecure_loopback", "allowInsecureLoopback"),
    ("allowed_origins", "allowedOrigins"),
    ("api_base", "apiBase"),
    ("authorization_endpoint", "authorizationEndpoint"),
    ("base_url", "baseUrl"),
    ("client_auth", "clientAuth"),
    ("client_id", "clientId"),
    ("client_secret", "clientSecret"),
    ("introspection_endpoint", "introspectionEndpoint"),
    ("redirect_uri", "redirectUri"),
    ("revocation_endpoint", "revocationEndpoint"),
    ("tenant_prefix", "tenantPrefix"),
    ("token_endpoint", "tokenEndpoint"),
];

#[allow(clippy::cast_precision_loss)]
pub(crate) fn number(ms: u64) -> f64 {
    ms as f64
}

pub(crate) fn token(token: &Token) -> JsValue {
    reusable(token, token.reuse_until())
}

/// A token that is asked for again at the next call.
pub(crate) fn token_for_once(token: &Token) -> JsValue {
    reusable(token, Now::unix_ms(0))
}

fn reusable(token: &Token, until: Now) -> JsValue {
    make_token(
        token.access_token().reveal(),
        token.expires_at_unix_ms().map(number),
        Some(token.scope().as_str()).filter(|scope| !scope.is_empty()),
        Some(deviations(token.deviations())).as_deref().filter(|names| !names.is_empty()),
        Some(token.extra().reveal()).filter(|extra| *extra != "{}"),
        number(until.as_unix_ms()),
        until.as_monotonic_ms().map(number),
        number(token.version()),
    )
}

pub(crate) fn deviations(list: &[Deviation]) -> String {
    list.iter().map(|deviation| deviation.as_str()).collect::<Vec<_>>().join(" ")
}

/// An error's sentence, with the options in it spelled as JavaScript spells them.
fn sentence(error: &Error) -> String {
    let message = error.to_string();
    // A key that nobody knows is the caller's own, and so is its spelling; further parameters are spelled as they are sent.
    if message.contains(UNKNOWN) || error.field() == Some("parameters") {
        return message;
    }
    SPELLINGS.iter().fold(message, |message, (core, javascript)| match message.contains(core) {
        true => message.replace(core, javascript),
        false => message,
    })
}

pub(crate) fn failure(error: &Error) -> JsValue {
    make_failure(
        error.kind().as_str(),
        &sentence(error),
        error.error(),
        error.description(),
        error.status(),
        error.endpoint(),
        error.retryable(),
        error.retry_after_ms().map(number),
        error.recovery().as_str(),
        error.request_id(),
    )
}

/// What happened, for `onEvent`. No member can hold a secret but for the tag of one.
pub(crate) struct Event<'a> {
    pub(crate) kind: &'static str,
    pub(crate) provider: &'a str,
    pub(crate) endpoint: &'a str,
    pub(crate) attempt: Option<u32>,
    pub(crate) status: Option<u16>,
    pub(crate) delay: Option<u32>,
    pub(crate) background: Option<bool>,
    pub(crate) deviations: Option<String>,
    pub(crate) error_kind: Option<&'static str>,
    pub(crate) message: Option<String>,
}

impl<'a> Event<'a> {
    pub(crate) fn new(kind: &'static str, provider: &'a str, endpoint: &'a str) -> Self {
        Self {
            kind,
            provider,
            endpoint,
            attempt: None,
            status: None,
            delay: None,
            background: None,
            deviations: None,
            error_kind: None,
            message: None,
        }
    }

    pub(crate) fn about(self, error: &Error) -> Self {
        Self { error_kind: Some(error.kind().as_str()), message: Some(sentence(error)), ..self }
    }

    pub(crate) fn to_object(&self) -> JsValue {
        make_event(
            self.kind,
            self.provider,
            self.endpoint,
            self.attempt,
            self.status,
            self.delay,
            self.background,
            self.deviations.as_deref(),
            self.error_kind,
            self.message.as_deref(),
        )
    }
}

/// A secret as it goes out to JavaScript: one of the few places where it does.
pub(crate) fn revealed(secret: Option<&Secret>) -> JsValue {
    secret.map_or(JsValue::UNDEFINED, |secret| secret.reveal().into())
}
