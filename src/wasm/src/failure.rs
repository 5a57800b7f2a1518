//! What a `fetch` threw: whether the server can have seen the request, and the system's own word for it.

use tokenwell::{Failure, FailureKind};
use wasm_bindgen::prelude::*;

use crate::value;

#[wasm_bindgen(raw_module = "./failure.js")]
extern "C" {
    /// What an exception stands for, and on a second line the system's word for it, where it has one.
    fn sorted(thrown: &JsValue) -> String;
}

/// What is no response at all. `what` is the end of the sentence "no usable response: …".
pub(crate) fn broken(what: &str) -> Failure {
    Failure::new(FailureKind::Broken).with_detail(what)
}

/// The failure that an exception of `fetch` stands for.
pub(crate) fn classify(thrown: &JsValue) -> Failure {
    let sorted = sorted(thrown);
    let mut lines = value::lines(&sorted);
    let kind = match lines.next() {
        Some("not sent") => FailureKind::NotSent,
        Some("untrusted") => FailureKind::Untrusted,
        Some("forbidden") => FailureKind::Forbidden,
        Some("undecodable") => FailureKind::Undecodable,
        _ => FailureKind::Interrupted,
    };
    Failure::new(kind).with_detail(lines.next().unwrap_or_default())
}
