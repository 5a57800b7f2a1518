//! Faults of the network and of the clocks, each in the one place where a row has to hold.

use tokenwell::{
    ErrorKind, Failure, FailureKind, Now, Observation, Outcome, Recovery, Secret, SessionTokens, Step, TokenSource,
    provider::Rotation,
};

use crate::doubt::assert_in_doubt;
use crate::lifecycle::{DUE, failure, sent, session, stored};
use crate::support::*;

/// An answer that says nothing of what the server did: another try for the application's own token, one prompt replay of a
/// refresh token.
fn assert_lost(outcome: impl Fn() -> Outcome) {
    let mut own = TokenSource::client_credentials(client(), ["read"]);
    for attempt in 1..=3 {
        let flight = sent(&mut own, u64::from(attempt) * 1_000);
        assert_eq!(flight.attempt(), attempt);
        own.finish(flight, outcome(), at(u64::from(attempt) * 1_000));
    }
    assert!(own.last_failure().is_some_and(|error| error.retryable()));

    let mut source = session(Rotation::Strict);
    for attempt in 1..=2 {
        let flight = sent(&mut source, DUE + u64::from(attempt) * 1_000);
        assert_eq!(flight.attempt(), attempt);
        source.finish(flight, outcome(), at(DUE + u64::from(attempt) * 1_000));
    }
    let error = source.last_failure().unwrap();
    assert_eq!((error.kind(), error.recovery()), (ErrorKind::Ambiguous, Recovery::Retry));
    for ms in [3_000, 10_000, 100_000] {
        assert_in_doubt(&mut source, DUE + ms);
    }
    assert_eq!(source.session_tokens().unwrap().refresh_token, Some(Secret::new("refresh")));
}

#[test]
fn f24_what_the_server_itself_says_to_a_code_is_told_as_it_is() {
    for (status, body, kind) in [
        (503, r#"{"error":"temporarily_unavailable"}"#, ErrorKind::OAuth),
        (429, r#"{"error":"too_many_requests"}"#, ErrorKind::OAuth),
        // Of a gateway.
        (504, r#"{"error":"gateway_timeout"}"#, ErrorKind::Ambiguous),
        (503, "", ErrorKind::Ambiguous),
    ] {
        let (url, transaction) = client().authorize(REDIRECT_URI, at(0), &entropy(1)).unwrap();
        let state = value(&query(&url), "state").unwrap().to_owned();
        let exchange = transaction.callback(&client(), &format!("/callback?code=c&state={state}"), at(1)).unwrap();
        let error = exchange.finish(&answer(status, body), at(2)).unwrap_err();
        assert_eq!((error.kind(), error.recovery(), error.retryable()), (kind, Recovery::Reauthorize, false));
    }
}

#[test]
fn f05_a_connection_that_breaks_after_the_request_may_have_done_everything_or_nothing() {
    assert_lost(|| failure(FailureKind::Interrupted));
    let (url, transaction) = client().authorize(REDIRECT_URI, at(0), &entropy(1)).unwrap();
    let state = value(&query(&url), "state").unwrap().to_owned();
    let exchange = transaction.callback(&client(), &format!("/callback?code=c&state={state}"), at(1)).unwrap();
    let error = exchange.fail(&Failure::new(FailureKind::Interrupted), at(2));
    assert_eq!((error.kind(), error.recovery()), (ErrorKind::Ambiguous, Recovery::Reauthorize));
    assert!(!exchange.may_be_sent_again(&Failure::new(FailureKind::Interrupted)));
}

#[test]
fn f23_a_wait_that_is_over_already_does_not_make_every_call_ask() {
    let client = client_with(|options| options.retries = 0);
    let mut source = TokenSource::client_credentials(client, ["read"]);
    let flight = sent(&mut source, 0);
    assert!(matches!(source.finish(flight, ok(token_body("old", 3_600)), at(0)), Step::Ready(_)));
    for wait in ["0", "Sun, 06 Nov 1994 08:49:37 GMT"] {
        let now = DUE + if wait == "0" { 0 } else { 120_000 };
        let flight = sent(&mut source, now);
        let step = source.finish(flight, answer(503, "").with_header("retry-after", wait), at(now));
        assert!(matches!(step, Step::Ready(_)), "the old token is still good: {step:?}");
        for ms in [0, 1, 999] {
            assert_in_doubt(&mut source, now + ms);
        }
    }
}

#[test]
fn f26_a_gateway_that_gives_up_is_an_answer_that_was_lost() {
    for status in [502, 504] {
        assert_lost(|| answer(status, "<html>Bad Gateway</html>").into());
        // Words of the gateway's own are no verdict either.
        assert_lost(|| answer(status, r#"{"error":"Bad Gateway"}"#).into());
    }
    for (status, code) in [(500, "internal_error"), (502, "bad_gateway"), (503, "no_backend"), (504, "gateway_timeout")]
    {
        assert_lost(|| answer(status, format!(r#"{{"error":"{code}"}}"#)).into());
    }
}

/// A token of an hour, got at the start.
fn of_an_hour() -> TokenSource {
    let mut source = TokenSource::client_credentials(client(), ["read"]);
    let flight = sent(&mut source, 0);
    assert!(matches!(source.finish(flight, ok(token_body("old", 3_600)), at(0)), Step::Ready(_)));
    source
}

/// What the clocks show: the wall clock `wall` milliseconds after the start, or before it, and the other `monotonic` after.
fn clocks(wall: i64, monotonic: u64) -> Now {
    Now::unix_ms(T0.checked_add_signed(wall).unwrap()).with_monotonic_ms(at(monotonic).as_monotonic_ms().unwrap())
}

/// The token is not used any more, and everybody waits for another.
fn assert_over(source: &mut TokenSource, now: Now) {
    assert!(source.current(now).is_none());
    match source.poll(now, 1) {
        Step::Send(flight) => assert!(!flight.is_background()),
        step => panic!("{step:?}"),
    }
}

#[test]
fn f61_a_token_ends_on_time_though_the_wall_clock_was_set_back() {
    const HOUR: i64 = 3_600_000;
    let mut source = of_an_hour();
    let Step::Ready(token) = source.poll(clocks(1_000 - HOUR, 1_000), 1) else { panic!("a good token was dropped") };
    // Neither clock may have passed it: the wall clock alone would let it be reused for two hours.
    assert!(token.reuse_until().as_monotonic_ms() < at(3_600_000).as_monotonic_ms());
    assert!(source.current(clocks(-720_001, 2_879_999)).is_some());
    assert_over(&mut source, clocks(0, 3_600_000));
}

#[test]
fn f62_a_process_that_was_frozen_uses_no_expired_token() {
    let mut source = of_an_hour();
    assert!(source.current(clocks(2_640_000, 2_640_000)).is_some());
    // Twenty minutes, in which only the wall clock went on.
    assert_over(&mut source, clocks(3_840_000, 2_640_001));
}

#[test]
fn f63_a_leader_that_was_frozen_neither_sends_again_nor_replaces_newer_tokens() {
    let rotated = r#"{"access_token":"late","refresh_token":"late","token_type":"Bearer","expires_in":3600}"#;
    let mut source = session(Rotation::Strict);
    let flight = sent(&mut source, DUE);
    assert_in_doubt(&mut source, DUE + 60_000);
    // What the store says on resuming: another has taken over.
    let elsewhere = SessionTokens {
        access_token: Secret::new("elsewhere"),
        refresh_token: Some(Secret::new("newest")),
        expires_at_unix_ms: Some(T0 + 2 * DUE),
        ..stored(source.client(), None)
    };
    source.observe(Observation::Tokens(elsewhere.clone()), at(DUE + 60_000));
    let Step::Ready(token) = source.finish(flight, ok(rotated), at(DUE + 60_001)) else { panic!("no token") };
    assert_eq!(token.access_token().reveal(), "elsewhere");
    assert_eq!(source.session_tokens(), Some(elsewhere));
    // Where nobody has, the answer's tokens are the newest that there are.
    let mut source = session(Rotation::Strict);
    let flight = sent(&mut source, DUE);
    assert_in_doubt(&mut source, DUE + 60_000);
    assert!(matches!(source.finish(flight, ok(rotated), at(DUE + 60_001)), Step::Ready(_)));
    assert_eq!(source.session_tokens().unwrap().refresh_token, Some(Secret::new("late")));
}
