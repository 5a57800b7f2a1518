#![no_std]
#![forbid(unsafe_code)]
#![deny(missing_docs)]
#![cfg_attr(
    test,
    allow(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::indexing_slicing,
        clippy::arithmetic_side_effects
    )
)]
//! OAuth 2.0 access tokens for server-side programs, without any I/O.
//!
//! **One invariant above all: a [`TokenSource`] never has two flights out, and a refresh token whose answer was lost is
//! sent again once, promptly, and otherwise only when its access token is not served any more.** Everything else serves it.
//!
//! The crate opens no socket, reads no clock, draws no random number and starts no thread. You send the requests that
//! it builds with the HTTP client of your choice, blocking or async, and hand it the answers; every decision can be
//! tested in virtual time.
//!
//! # One token, once
//!
//! Build, send, finish. `finish` takes the exchange, so nothing can be used twice.
//!
//! ```
//! use tokenwell::{Credentials, HttpRequest, HttpResponse, Now, provider};
//!
//! # fn send(request: &HttpRequest) -> HttpResponse {
//! #     assert_eq!(request.url(), "https://accounts.world.luccasoftware.com/connect/token");
//! #     HttpResponse::new(200, r#"{"access_token":"2YotnFZFEjr1zCsicMWpAA","token_type":"Bearer","expires_in":1800}"#)
//! #         .with_header("content-type", "application/json")
//! # }
//! # let ms = 1_800_000_000_000;
//! let client = provider::lucca("example").client(Credentials::secret("id", "secret"))?;
//!
//! let exchange = client.client_credentials(["employees.readonly"])?;
//! let response = send(exchange.request()); // any HTTP client
//! let tokens = exchange.finish(&response, Now::unix_ms(ms))?;
//!
//! assert_eq!(tokens.authorization().reveal(), "Bearer 2YotnFZFEjr1zCsicMWpAA");
//! # Ok::<(), tokenwell::Error>(())
//! ```
//!
//! # A token that stays fresh
//!
//! The canonical loop:
//!
//! 1. [`poll`](TokenSource::poll) with the time and any random number.
//! 2. `Ready`: use the token. It says until when you need not poll again.
//! 3. `Send`: send the flight's request within its timeout, following no redirect.
//! 4. [`finish`](TokenSource::finish) the flight with what came back, or with a [`Failure`]. Always. It gives the next
//!    step, for everybody who waited for this flight; polling instead would begin another one.
//! 5. `Wait`: sleep until then, and go to 1. `Failed`: the error says whose fault it is and what helps.
//!
//! ```
//! use tokenwell::{Credentials, Error, HttpRequest, Now, Outcome, Step, Token, TokenSource, provider};
//! # use tokenwell::HttpResponse;
//! # fn now() -> Now { Now::unix_ms(1_800_000_000_000) }
//! # fn entropy() -> u64 { 4 }
//! # fn sleep_until(_unix_ms: u64) {}
//! # fn send(_: &HttpRequest) -> Outcome {
//! #     HttpResponse::new(200, r#"{"access_token":"abc","token_type":"Bearer","expires_in":1800}"#)
//! #         .with_header("content-type", "application/json").into()
//! # }
//!
//! fn token(source: &mut TokenSource) -> Result<Token, Error> {
//!     let mut step = source.poll(now(), entropy());
//!     loop {
//!         step = match step {
//!             Step::Ready(token) => return Ok(token),
//!             Step::Send(flight) => {
//!                 let outcome = send(flight.request());
//!                 source.finish(flight, outcome, now())
//!             }
//!             Step::Wait { until } => {
//!                 sleep_until(until);
//!                 source.poll(now(), entropy())
//!             }
//!             Step::Failed(error) => return Err(error),
//!         }
//!     }
//! }
//!
//! let client = provider::lucca("example").client(Credentials::secret("id", "secret"))?;
//! let mut source = TokenSource::client_credentials(client, ["employees.readonly"]);
//! assert_eq!(token(&mut source)?.authorization().reveal(), "Bearer abc");
//! # Ok::<(), Error>(())
//! ```
//!
//! # A session that several processes share
//!
//! A refresh token that the server replaces may be in the hands of one process at a time, so the store lends it out. Where
//! a poll may send, that is, once the last token's [`reuse_until`](Token::reuse_until) is over:
//!
//! 1. [`observe`](TokenSource::observe) what the store says, and take its lease, which lasts longer than
//!    [`ClientOptions::deadline_ms`].
//! 2. Where another process has it, poll once. `Ready` is a token that is still good. At `Wait`, begin at 1 again after a
//!    moment: a poll when the other's lease is over would send without one, and what the other got is known to the store
//!    alone.
//! 3. With the lease, go through the canonical loop. After every poll and finish, and before a flight is sent, store what
//!    [`take_change`](TokenSource::take_change) gives.
//! 4. Give the lease back. What was recorded of refreshes stays only where one [is in doubt](TokenSource::is_in_doubt).
//!
//! ```
//! use tokenwell::{Change, Now, Observation, SessionTokens, TokenSource};
//! # use tokenwell::{Client, Credentials, Error, Failure, FailureKind, HttpResponse, Secret, Step, provider::Profile};
//!
//! struct Record {
//!     tokens: SessionTokens, // encrypted at rest
//!     begun: Vec<u64>,       // refreshes since these tokens
//!     leased_until: u64,
//! }
//!
//! /// In one transaction of the store. Whether the lease was taken: else poll once, and come back here rather than wait.
//! fn take(record: &mut Record, source: &mut TokenSource, now: Now) -> bool {
//!     source.observe(Observation::Tokens(record.tokens.clone()), now);
//!     source.observe(Observation::LeaseHeld { until_unix_ms: record.leased_until }, now);
//!     if record.leased_until > now.as_unix_ms() {
//!         return false;
//!     }
//!     for &at_unix_ms in &record.begun {
//!         source.observe(Observation::RefreshAbandoned { at_unix_ms }, now);
//!     }
//!     record.leased_until = now.after(30_000).as_unix_ms();
//!     true
//! }
//!
//! fn store(record: &mut Record, source: &mut TokenSource) {
//!     while let Some(change) = source.take_change() {
//!         match change {
//!             Change::RefreshBegun { at_unix_ms } => record.begun.push(at_unix_ms),
//!             Change::Tokens(tokens) => (record.tokens, record.begun) = (tokens, Vec::new()),
//!             Change::RefreshTokenDead(dead) => {
//!                 record.tokens.refresh_token.take_if(|current| *current == dead);
//!             }
//!         }
//!     }
//! }
//!
//! /// Only with the lease.
//! fn give_back(record: &mut Record, source: &TokenSource) {
//!     if !source.is_in_doubt() {
//!         record.begun.clear();
//!     }
//!     record.leased_until = 0;
//! }
//! # let client = Profile::new("example", "https://auth.example.com/token").client(Credentials::secret("id", "secret"))?;
//! # let tokens = SessionTokens {
//! #     access_token: Secret::new("old"),
//! #     refresh_token: Some(Secret::new("first")),
//! #     id_token: None,
//! #     expires_at_unix_ms: Some(1_800_000_000_000),
//! #     scope: "read".into(),
//! #     issued_for: client.issued_for(),
//! # };
//! # let now = |ms: u64| Now::unix_ms(1_800_000_000_000 + ms).with_monotonic_ms(ms);
//! # let mut record = Record { tokens: tokens.clone(), begun: Vec::new(), leased_until: 0 };
//! # let session = || TokenSource::session(client.clone(), tokens.clone(), now(0));
//! # let (mut one, mut other) = (session(), session());
//! # // The answer is lost twice, and the second process finds nothing to replay any more.
//! # assert!(take(&mut record, &mut one, now(0)));
//! # assert!(!take(&mut record, &mut other, now(1)));
//! # assert!(matches!(other.poll(now(1), 1), Step::Wait { until } if until == record.leased_until));
//! # for ms in [0, 1_000] {
//! #     let Step::Send(flight) = one.poll(now(ms), 1) else { panic!("nothing to send") };
//! #     store(&mut record, &mut one);
//! #     one.finish(flight, Failure::new(FailureKind::Interrupted), now(ms));
//! # }
//! # give_back(&mut record, &one);
//! # assert_eq!(record.begun.len(), 2);
//! # assert!(take(&mut record, &mut other, now(2_000)));
//! # assert!(matches!(other.poll(now(2_000), 1), Step::Failed(_)));
//! # give_back(&mut record, &other);
//! # // Later there is nothing to lose.
//! # assert!(take(&mut record, &mut one, now(60_000)));
//! # let Step::Send(flight) = one.poll(now(60_000), 1) else { panic!("nothing to send") };
//! # store(&mut record, &mut one);
//! # let body = r#"{"access_token":"new","refresh_token":"second","token_type":"Bearer","expires_in":3600}"#;
//! # one.finish(flight, HttpResponse::new(200, body), now(60_000));
//! # store(&mut record, &mut one);
//! # give_back(&mut record, &one);
//! # assert!(record.begun.is_empty() && record.tokens.refresh_token == Some(Secret::new("second")));
//! # assert!(take(&mut record, &mut other, now(60_001)));
//! # assert!(matches!(other.poll(now(60_001), 1), Step::Ready(token) if token.access_token().reveal() == "new"));
//! # Ok::<(), Error>(())
//! ```
//!
//! # Which method when
//!
//! | you have | you want | call |
//! |---|---|---|
//! | a profile and credentials | a client | [`Profile::client`](provider::Profile::client) |
//! | a client | the application's token, once | [`Client::client_credentials`] |
//! | a client | the application's token, always fresh | [`TokenSource::client_credentials`] |
//! | a client | to send a user to the provider | [`Client::authorize`] |
//! | a [`Transaction`] and the callback's URL | an exchange for the user's tokens | [`Transaction::callback`] |
//! | an [`Exchange`] that got no response | to know whether, and when, to send it again | [`Exchange::again_after`] |
//! | a user's [`TokenSet`] | it always fresh | [`TokenSource::from_tokens`] |
//! | [`SessionTokens`] from a store | it always fresh | [`TokenSource::session`] |
//! | a store that several processes share | one refresh at a time | [`TokenSource::observe`], [`TokenSource::take_change`] |
//! | a token | an API request with it | [`Client::api_request`], then [`TokenSet::authorization`] |
//! | a 401 from the API | another token | [`token_verdict`], [`TokenSource::reject`] |
//! | a token that is still good | a newer one all the same | [`TokenSource::invalidate`], then [`TokenSource::poll`] |
//! | a token | it gone, or its state | [`Client::revoke`], [`Client::introspect`] |
//!
//! # Errors and panics
//!
//! Bad input and bad answers are [`Error`]s; there is no panic, no unchecked index and no overflow in this crate, and
//! lints keep it so. An error never holds a secret, a token or a body.

extern crate alloc;

/// Compiles the README's examples.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

#[cfg(test)]
extern crate std;

mod api;
mod authorize;
mod cache_key;
mod callback;
mod challenge;
mod client;
mod credentials;
mod encode;
mod error;
mod grant;
mod http;
mod id_token;
mod json;
mod lifecycle;
mod management;
mod now;
mod pkce;
pub mod provider;
mod refusal;
mod response;
mod retry_after;
mod scope;
mod secret;
mod shown;
mod token;

pub use api::{ApiRequest, TokenVerdict, token_verdict};
pub use authorize::{AuthorizationRequest, TRANSACTION_LIFETIME_MS, Transaction};
pub use challenge::{Challenge, challenges};
pub use client::{BodyFormat, Client, ClientOptions};
pub use credentials::{BasicEncoding, ClientAuthentication, Credentials};
pub use error::{Error, ErrorKind, Recovery};
pub use grant::Exchange;
pub use http::{HttpRequest, HttpResponse};
pub use id_token::IdToken;
pub use lifecycle::{
    Change, Failure, FailureKind, Flight, Observation, Outcome, Rejection, SessionTokens, Step, Token, TokenSource,
};
pub use management::{Introspection, IntrospectionRequest, Revocation, TokenTypeHint};
pub use now::Now;
pub use scope::{Scope, TokenRequest};
pub use secret::Secret;
pub use token::{Deviation, TokenSet};
