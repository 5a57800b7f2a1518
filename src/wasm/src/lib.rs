//! Layer.
use wasm_bindgen::prelude::*;

/// Version.
#[wasm_bindgen]
pub fn version() -> String {
    env!("CARGO_PKG_VERSION").into()
}
