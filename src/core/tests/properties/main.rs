//! What holds for every input and every order of events.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::arithmetic_side_effects,
    reason = "a test panics when it fails"
)]

#[path = "../../fuzz/parsers.rs"]
mod parsers;
#[path = "../support/mod.rs"]
mod support;

use proptest::test_runner::Config;

/// So many cases, or as many as `PROPTEST_CASES` says.
fn cases(usual: u32) -> Config {
    let mut config = Config { max_shrink_iters: 20_000, failure_persistence: None, ..Config::default() };
    if std::env::var_os("PROPTEST_CASES").is_none() {
        config.cases = usual;
    }
    config
}

mod cache_key;
mod codecs;
mod events;
mod hostile;
mod server;
mod source;
mod stores;
