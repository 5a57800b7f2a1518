//! What a `fetch` threw: whether the server can have seen the request, and the system's own word for it.

use tokenwell::{Failure, FailureKind};
use wasm_bindgen::prelude::*;

use crate::host::member;

/// The words of Node (undici, libuv), Deno and Bun for a request that was never sent.
const NOT_SENT: [&str; 14] = [
    "ENOTFOUND",
    "EAI_AGAIN",
    "ECONNREFUSED",
    "EHOSTUNREACH",
    "ENETUNREACH",
    "ENETDOWN",
    "EADDRNOTAVAIL",
    "EPERM",
    "UND_ERR_CONNECT_TIMEOUT",
    "UND_ERR_INVALID_ARG",
    "ConnectionRefused",
    "FailedToOpenSocket",
    "DNSException",
    "ERR_INVALID_URL",
];

/// Beginnings of the words for a certificate that proves nothing.
const UNTRUSTED: [&str; 10] = [
    "CERT_",
    "ERR_TLS_",
    "ERR_SSL_",
    "SELF_SIGNED_CERT",
    "DEPTH_ZERO_SELF_SIGNED",
    "UNABLE_TO_VERIFY",
    "UNABLE_TO_GET_ISSUER",
    "HOSTNAME_MISMATCH",
    "INVALID_CA",
    "EPROTO",
];

/// Beginnings of the words of zlib, Brotli and Zstandard for what they cannot unpack.
const UNDECODABLE: [&str; 4] = ["Z_", "ERR__ERROR_FORMAT", "ERR_BROTLI", "ZSTD_"];

/// Parts of messages, for the runtimes that give no code.
const NOT_SENT_WORDS: [&str; 5] =
    ["client error (Connect)", "dns error", "Connection refused", "failed to lookup address", "Unable to connect"];
const UNTRUSTED_WORDS: [&str; 4] =
    ["invalid peer certificate", "certificate verify failed", "CertNotValidForName", "tls handshake"];

/// What is no response at all. `what` is the end of the sentence "no usable response: …".
pub(crate) fn broken(what: &str) -> Failure {
    Failure::new(FailureKind::Broken).with_detail(what)
}

/// Sorts an exception. Only a code of plain letters gets into the detail: messages may hold addresses and more.
pub(crate) fn classify(thrown: &JsValue) -> Failure {
    let mut codes = Vec::new();
    let mut words = String::new();
    collect(thrown, &mut codes, &mut words, 0);
    let is = |list: &[&str]| codes.iter().find(|code| list.contains(&code.as_str()));
    let untrusted = codes.iter().find(|code| UNTRUSTED.iter().any(|beginning| code.starts_with(beginning)));
    if let Some(code) = untrusted {
        return Failure::new(FailureKind::Untrusted).with_detail(code.as_str());
    }
    if let Some(code) = codes.iter().find(|code| UNDECODABLE.iter().any(|beginning| code.starts_with(beginning))) {
        return Failure::new(FailureKind::Undecodable).with_detail(code.as_str());
    }
    if UNTRUSTED_WORDS.iter().any(|part| words.contains(part)) {
        return Failure::new(FailureKind::Untrusted);
    }
    // With several addresses tried, one that got further decides.
    let all_unsent = !codes.is_empty() && codes.iter().all(|code| NOT_SENT.contains(&code.as_str()));
    match is(&NOT_SENT) {
        Some(code) if all_unsent => return Failure::new(FailureKind::NotSent).with_detail(code.as_str()),
        None if NOT_SENT_WORDS.iter().any(|part| words.contains(part)) => return Failure::new(FailureKind::NotSent),
        _ => {}
    }
    let failure = Failure::new(FailureKind::Interrupted);
    match codes.first() {
        Some(code) => failure.with_detail(code.as_str()),
        None => failure,
    }
}

/// Codes and messages of an error, its causes, and the errors that an `AggregateError` is made of.
fn collect(error: &JsValue, codes: &mut Vec<String>, words: &mut String, depth: u8) {
    if !error.is_object() || depth > 3 {
        return;
    }
    let code = member(error, "code").as_string();
    codes.extend(code.filter(|code| {
        !code.is_empty() && code.len() <= 48 && code.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
    }));
    words.push_str(&member(error, "message").as_string().unwrap_or_default());
    words.push(' ');
    let deeper = depth.saturating_add(1);
    collect(&member(error, "cause"), codes, words, deeper);
    if let Ok(errors) = member(error, "errors").dyn_into::<js_sys::Array>() {
        for inner in errors.iter().take(8) {
            collect(&inner, codes, words, deeper);
        }
    }
}
