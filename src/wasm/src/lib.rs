//! The WebAssembly layer: it fetches what the core decides, and hands plain values to JavaScript.
//!
//! `client` and `source` are what JavaScript calls; `options` and `reader` read what it passes; `flight` drives a source
//! through `fetch` and `failure`, when it is its `turn`, with the `secret` that a caller's function gives; `follow` waits
//! for a flight of another request where requests are isolated; `stop` is how everything here waits; `session` acts for
//! users, whose transactions `seal` keeps and whose new tokens `save` hands to the caller; `host` is what the runtime
//! offers; `value` is what goes back. JavaScript looks at its own values itself, in the package's scripts that these files
//! name: through imports it would take several times the code.

mod client;
mod failure;
mod fetch;
mod flight;
mod follow;
mod host;
mod options;
mod reader;
mod save;
mod seal;
mod secret;
mod session;
mod source;
mod stop;
mod turn;
mod value;

pub use client::JsClient;
pub use source::Source;

#[cfg(target_family = "wasm")]
#[global_allocator]
static ALLOCATOR: talc::wasm::WasmDynamicTalc = talc::wasm::new_wasm_dynamic_allocator();

/// Traps, in a test build.
#[cfg(feature = "trap")]
#[wasm_bindgen::prelude::wasm_bindgen]
pub fn trap() {
    std::process::abort();
}
