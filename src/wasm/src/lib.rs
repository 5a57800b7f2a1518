//! The WebAssembly layer: it fetches what the core decides, and hands plain values to JavaScript.
//!
//! | module | what it does |
//! |---|---|
//! | `client`, `source`, `session` | what JavaScript calls: a client, a token that is kept fresh, acting for a user |
//! | `options`, `reader` | read what JavaScript passes |
//! | `flight` | drives a source from one step to the next: attempts, timers and waits |
//! | `turn`, `secret` | what an attempt waits for: that fewer requests are out, and the secret that a caller's function gives |
//! | `fetch`, `failure` | one request and its response, or what `fetch` threw |
//! | `follow` | waits for a flight of another request, where requests are isolated |
//! | `seal`, `save` | a user's transaction on its way, and a user's new tokens for the caller's store |
//! | `stop`, `host` | how everything here waits, and what the runtime offers: clocks, timers, random numbers |
//! | `value` | what goes back to JavaScript |
//!
//! JavaScript looks at its own values itself, in the package's scripts that these files name: through imports it would
//! take several times the code. `docs/architecture.md` follows a token request through core, layer and package.

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
