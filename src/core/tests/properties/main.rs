//! What holds for every input and every order of events.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests")]
#![allow(clippy::arithmetic_side_effects, reason = "tests may overflow")]

#[path = "../../fuzz/parsers.rs"]
mod parsers;
#[path = "../support/mod.rs"]
mod support;

mod cache_key;
mod codecs;
mod hostile;
mod source;
