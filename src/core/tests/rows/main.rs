//! One test or more for each requirement that concerns the core. `tests/README.md` maps rows to tests.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::arithmetic_side_effects,
    reason = "a test panics when it fails"
)]

#[path = "../support/mod.rs"]
mod support;

mod authorization;
mod callback;
mod canaries;
mod client_authentication;
mod doubt;
mod echoes;
mod errors;
mod faults;
mod fresh;
mod id_token;
mod lifecycle;
mod secrets;
mod stores;
mod token_response;
mod transport;
mod using;
