//! What a `fetch` threw: whether the server can have seen the request, and the system's own word for it.

use tokenwell::{Failure, FailureKind};
use wasm_bindgen::prelude::*;

use crate::host::Runtime;

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
    let told = Runtime::told(thrown);
    let (codes, words) = told.split_once('\n').unwrap_or_default();
    let codes: Vec<&str> = codes.split_terminator(' ').collect();
    // Not by `contains`, whose searcher is a kilobyte and a half of module.
    let mentions = |list: &[&str]| {
        let has = |part: &str| words.as_bytes().windows(part.len()).any(|window| window == part.as_bytes());
        list.iter().any(|part| has(part))
    };
    let begins =
        |list: &[&str]| codes.iter().copied().find(|code| list.iter().any(|beginning| code.starts_with(beginning)));
    let not_sent = codes.iter().copied().find(|code| NOT_SENT.contains(code));
    let (kind, code) = if let Some(code) = begins(&UNTRUSTED) {
        (FailureKind::Untrusted, Some(code))
    } else if let Some(code) = begins(&UNDECODABLE) {
        (FailureKind::Undecodable, Some(code))
    } else if mentions(&UNTRUSTED_WORDS) {
        (FailureKind::Untrusted, None)
    } else {
        match not_sent {
            // With several addresses tried, one that got further decides.
            Some(code) if codes.iter().all(|code| NOT_SENT.contains(code)) => (FailureKind::NotSent, Some(code)),
            None if mentions(&NOT_SENT_WORDS) => (FailureKind::NotSent, None),
            _ => (FailureKind::Interrupted, codes.first().copied()),
        }
    };
    let failure = Failure::new(kind);
    match code {
        Some(code) => failure.with_detail(code),
        None => failure,
    }
}
