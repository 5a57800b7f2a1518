//! A caller wants a fresh token, whatever the age of the one at hand: that one is set aside meanwhile, for everybody.

use tokenwell::{
    ErrorKind, FailureKind, Observation, Rejection, Secret, SessionTokens, Step, Token, TokenSource, provider::Rotation,
};

use crate::doubt::assert_in_doubt;
use crate::lifecycle::{DUE, failure, sent, session, stored};
use crate::support::*;

/// A source with a token that is good for an hour from 0.
fn with_token(name: &str) -> (TokenSource, Token) {
    let mut source = TokenSource::client_credentials(client(), ["read"]);
    let token = got(&mut source, name, 0);
    (source, token)
}

fn got(source: &mut TokenSource, name: &str, ms: u64) -> Token {
    let flight = sent(source, ms);
    ready(source.finish(flight, ok(token_body(name, 3_600)), at(ms)), name)
}

fn ready(step: Step, name: &str) -> Token {
    let Step::Ready(token) = step else { panic!("{step:?} instead of {name}") };
    assert_eq!(token.access_token().reveal(), name);
    token
}

#[test]
fn f77_a_fresh_token_that_is_used_up_at_once_goes_to_whoever_wanted_it_and_costs_nobody_the_good_one() {
    let (mut source, _) = with_token("good");
    source.invalidate();
    let flight = sent(&mut source, 1_000);
    let spent = ready(source.finish(flight, ok(token_body("spent", 0)), at(1_100)), "spent");
    assert_eq!(spent.reuse_until(), at(1_100));
    let good = ready(source.poll(at(1_100), 1), "good");
    // A 401 for the spent one says nothing about the good one, nor does it count as one for that.
    assert_eq!(source.reject(&spent, at(1_200)), Rejection::Dropped);
    ready(source.poll(at(1_200), 1), "good");
    assert_eq!(source.reject(&good, at(1_300)), Rejection::Dropped);
    got(&mut source, "next", 1_300);
}

#[test]
fn f77_a_token_of_a_store_that_is_used_up_costs_nobody_the_good_one_that_was_set_aside() {
    let tokens = stored(&client(), None);
    let mut source = TokenSource::session(client(), tokens.clone(), at(0));
    source.invalidate();
    let flight = sent(&mut source, 1_000);
    let news = SessionTokens {
        access_token: Secret::new("spent"),
        refresh_token: Some(Secret::new("newer")),
        expires_at_unix_ms: Some(T0),
        ..tokens
    };
    source.observe(Observation::Tokens(news), at(1_100));
    assert!(source.current(at(1_100)).is_none(), "the flight is still out that a caller waits for");
    let step = source.finish(flight, answer(400, r#"{"error":"invalid_grant"}"#), at(1_200));
    assert!(matches!(step, Step::Failed(_)), "{step:?}");
    ready(source.poll(at(1_200), 1), "old");
    source.invalidate();
    let flight = sent(&mut source, 1_300);
    assert_eq!(value(&form(flight.request()), "refresh_token"), Some("newer"));
}

#[test]
fn f77_a_flight_that_was_thought_lost_does_not_answer_for_the_one_that_is_out() {
    let (mut source, _) = with_token("old");
    let lost = sent(&mut source, DUE);
    source.invalidate();
    let flight = sent(&mut source, DUE + 30_000);
    let step = source.finish(lost, failure(FailureKind::Interrupted), at(DUE + 30_100));
    assert!(matches!(step, Step::Failed(_)), "{step:?}");
    assert!(source.current(at(DUE + 30_100)).is_none(), "whoever wants a fresh token still waits");
    let step = source.finish(flight, failure(FailureKind::NotSent), at(DUE + 30_200));
    let Step::Wait { until } = step else { panic!("{step:?}") };
    assert!(matches!(source.poll(at(DUE + 30_200), 1), Step::Wait { .. }));
    got(&mut source, "fresh", until - T0);
}

#[test]
fn f77_a_token_that_was_refused_while_it_was_set_aside_is_not_served_again() {
    let (mut source, first) = with_token("first");
    assert_eq!(source.reject(&first, at(1_000)), Rejection::Dropped);
    let second = got(&mut source, "second", 1_000);
    assert_eq!(source.reject(&second, at(2_000)), Rejection::TooSoon);
    source.invalidate();
    let flight = sent(&mut source, 2_000);
    // It is being replaced already, so nothing more is asked for because of this.
    assert_eq!(source.reject(&second, at(2_100)), Rejection::Dropped);
    assert!(matches!(source.poll(at(2_100), 1), Step::Wait { .. }));
    let step = source.finish(flight, answer(400, r#"{"error":"invalid_scope"}"#), at(2_200));
    assert!(matches!(step, Step::Failed(_)), "{step:?}");
    assert!(source.current(at(2_200)).is_none());
    // Nor does another wish for a fresh one bring it back.
    source.invalidate();
    let flight = sent(&mut source, 2_300);
    let step = source.finish(flight, answer(400, r#"{"error":"invalid_scope"}"#), at(2_400));
    assert!(matches!(step, Step::Failed(_)), "{step:?}");
    assert!(source.current(at(2_400)).is_none());
}

#[test]
fn f77_a_flight_that_cannot_go_on_keeps_nobody_from_the_good_token() {
    let tokens = stored(&client(), None);
    let mut source = TokenSource::session(client(), tokens, at(0));
    source.invalidate();
    let lost = sent(&mut source, 0);
    let flight = sent(&mut source, 30_000);
    let Step::Wait { until } = source.finish(flight, failure(FailureKind::NotSent), at(30_000)) else {
        panic!("no further attempt")
    };
    // A verdict, late, and before that attempt.
    let step = source.finish(lost, answer(400, r#"{"error":"invalid_grant"}"#), at(30_000));
    assert!(matches!(step, Step::Failed(_)), "{step:?}");
    let step = source.poll(at(until - T0), 1);
    assert!(matches!(&step, Step::Failed(error) if error.error() == Some("invalid_grant")), "{step:?}");
    ready(source.poll(at(until - T0), 1), "old");
}

#[test]
fn f79_who_wants_a_fresh_token_has_a_refresh_token_in_doubt_sent_again_once() {
    let mut source = session(Rotation::Strict);
    sent(&mut source, DUE);
    source.abandon_flight();
    assert_in_doubt(&mut source, DUE + 5_000);
    source.invalidate();
    let flight = sent(&mut source, DUE + 5_000);
    let step = source.finish(flight, failure(FailureKind::Interrupted), at(DUE + 5_100));
    assert!(matches!(&step, Step::Failed(error) if error.kind() == ErrorKind::Ambiguous), "{step:?}");
    // For all others it is still not worth the risk.
    assert_in_doubt(&mut source, DUE + 120_000);
}
