//! Tokens, errors and events as plain JavaScript, made by the package.

use tokenwell::{Deviation, Error, Now, Secret, SessionTokens, Token};
use wasm_bindgen::prelude::*;

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
        verbatim: bool,
        error: Option<&str>,
        description: Option<&str>,
        status: Option<u16>,
        endpoint: Option<&str>,
        retryable: bool,
        retry_after: Option<f64>,
        recovery: &str,
        request_id: Option<&str>,
    ) -> JsValue;

    #[wasm_bindgen(js_name = tokens)]
    fn make_tokens(
        access_token: &str,
        refresh_token: Option<&str>,
        id_token: Option<&str>,
        expires_at: Option<f64>,
        scope: &str,
        issued_for: &str,
    ) -> JsValue;

    /// What tells the caller's `onEvent`.
    pub(crate) type Events;

    #[wasm_bindgen(constructor)]
    pub(crate) fn new(on_event: &JsValue, provider: &str, endpoint: &str) -> Events;

    /// Attempts count from 1; 0 is none.
    #[wasm_bindgen(method)]
    pub(crate) fn tell(this: &Events, kind: &str, attempt: u32, said: &JsValue);

    #[wasm_bindgen(method, js_name = tell)]
    pub(crate) fn tell_number(this: &Events, kind: &str, attempt: u32, said: u32);
}

#[allow(clippy::cast_precision_loss)]
pub(crate) fn number(ms: u64) -> f64 {
    ms as f64
}

/// An argument that is a text: the package has seen to that.
pub(crate) fn text(value: &JsValue) -> String {
    value.as_string().unwrap_or_default()
}

/// What an export gives: a value, or the failure in its place.
pub(crate) fn or_failure<T: Into<JsValue>>(result: Result<T, JsValue>) -> JsValue {
    match result {
        Ok(value) => value.into(),
        Err(failure) => failure,
    }
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
    let mut names = String::new();
    for deviation in list {
        names.push_str(if names.is_empty() { "" } else { " " });
        names.push_str(deviation.as_str());
    }
    names
}

/// Texts with another between them. Not by `join` and `concat`, whose copies for each type are a kilobyte of WebAssembly.
pub(crate) fn joined(texts: &[&str], between: &str) -> String {
    let mut all = String::new();
    for (position, text) in texts.iter().enumerate() {
        all.push_str(if position > 0 { between } else { "" });
        all.push_str(text);
    }
    all
}

/// The lines of a text. Cut at bytes: looking for characters would be more WebAssembly.
pub(crate) fn lines(text: &str) -> impl Iterator<Item = &str> {
    text.as_bytes().split(|byte| *byte == b'\n').map(|line| std::str::from_utf8(line).unwrap_or_default())
}

pub(crate) fn failure(error: &Error) -> JsValue {
    make_failure(
        error.kind().as_str(),
        error.message(),
        // The names of further parameters stay as they are sent; those of options are written as JavaScript does.
        error.field() == Some("parameters"),
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

/// Tokens of a session, for the caller's store.
pub(crate) fn tokens(tokens: &SessionTokens) -> JsValue {
    make_tokens(
        tokens.access_token.reveal(),
        tokens.refresh_token.as_ref().map(Secret::reveal),
        tokens.id_token.as_ref().map(Secret::reveal),
        tokens.expires_at_unix_ms.map(number),
        tokens.scope.as_str(),
        &tokens.issued_for,
    )
}
