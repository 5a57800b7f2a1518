//! The WebAssembly layer: it fetches what the core decides, and hands plain values to JavaScript.
//!
//! `client` is what JavaScript calls; `options` and `reader` read what it passes; `flight` drives a token source, through
//! `fetch`, `stop` and `failure`; `session` acts for users, whose transactions `seal` keeps; `host` is what the runtime offers; `value` is what goes back.

mod client;
mod failure;
mod fetch;
mod flight;
mod host;
mod options;
mod reader;
mod seal;
mod session;
mod stop;
mod value;

pub use client::JsClient;
pub use flight::Source;

/// Traps, in a test build.
#[cfg(feature = "trap")]
#[wasm_bindgen::prelude::wasm_bindgen]
pub fn trap() {
    std::process::abort();
}
