//! A refresh token whose answer was lost, so that nobody knows whether it was used up.

use tokenwell::{
    Change, Credentials, ErrorKind, FailureKind, Flight, Now, Observation, Recovery, Secret, SessionTokens, Step,
    TokenSource, provider::Rotation,
};

use crate::lifecycle::{DUE, failure, sent, session, stored};
use crate::support::*;

/// The old token is served and nothing is sent, because its refresh token may be used up.
pub(crate) fn assert_in_doubt(source: &mut TokenSource, ms: u64) {
    match source.poll(at(ms), ms) {
        Step::Ready(token) => assert_eq!(token.access_token().reveal(), "old"),
        step => panic!("{step:?} at {ms}"),
    }
}

#[test]
fn f27_a_success_that_cannot_be_read_leaves_the_refresh_token_in_doubt() {
    for (body, refreshed_again) in [("<html>", false), ("{}", false), (r#"{"error":"invalid_scope"}"#, true)] {
        let mut source = session(Rotation::Strict);
        let flight = sent(&mut source, DUE);
        let step = source.finish(flight, ok(body), at(DUE));
        assert!(matches!(step, Step::Ready(_)), "the old token is still good: {step:?}");
        // By now the pause after a failure is over.
        if refreshed_again {
            sent(&mut source, DUE + 60_000);
        } else {
            assert_in_doubt(&mut source, DUE + 60_000);
        }
        assert_eq!(source.is_in_doubt(), !refreshed_again);
    }
}

#[test]
fn f79_a_store_is_told_of_each_refresh_once_and_of_the_tokens_before_it() {
    let first = ok(r#"{"access_token":"first","refresh_token":"refresh","token_type":"Bearer","expires_in":3600}"#);
    let tokens = client().refresh(&Secret::new("refresh"), ["read"]).unwrap().finish(&first, at(0)).unwrap();
    let mut source = TokenSource::from_tokens(client(), tokens, at(0));
    let flight = sent(&mut source, DUE);
    let step = source.finish(flight, failure(FailureKind::NotSent), at(DUE));
    assert!(matches!(step, Step::Wait { .. }), "{step:?}");
    // The next attempt; nobody has taken the changes yet.
    assert_eq!(sent(&mut source, DUE + 1_000).attempt(), 2);
    match source.take_change() {
        Some(Change::Tokens(tokens)) => assert_eq!(tokens.access_token.reveal(), "first"),
        change => panic!("{change:?}"),
    }
    assert_eq!(source.take_change(), Some(Change::RefreshBegun { at_unix_ms: T0 + DUE + 1_000 }));
    assert_eq!(source.take_change(), None);
}

#[test]
fn f79_a_refresh_token_is_sent_again_only_promptly_after_its_flight_was_abandoned() {
    for rotation in [Rotation::Strict, Rotation::Unknown] {
        let mut source = session(rotation);
        sent(&mut source, DUE);
        source.abandon_flight();
        sent(&mut source, DUE + 4_999);

        let mut source = session(rotation);
        sent(&mut source, DUE);
        source.abandon_flight();
        assert_in_doubt(&mut source, DUE + 5_000);
    }
    let mut source = session(Rotation::Grace { grace_ms: 1_000 });
    sent(&mut source, DUE);
    source.abandon_flight();
    assert_in_doubt(&mut source, DUE + 1_000);
}

#[test]
fn f79_a_refresh_token_is_replayed_once_however_often_its_flight_is_abandoned() {
    /// How often it is sent in `ms` milliseconds in which no answer arrives and whoever led a flight dies.
    fn sent_in(source: &mut TokenSource, from: u64, ms: u64, dies: fn(&mut TokenSource, Flight, Now)) -> usize {
        let polls = (from..from + ms).step_by(50).map(at);
        let sent = polls.filter(|now| match source.poll(*now, 1) {
            Step::Send(flight) => {
                dies(source, flight, *now);
                true
            }
            _ => false,
        });
        sent.count()
    }
    let ways: [fn(&mut TokenSource, Flight, Now); 3] = [
        |source, _, _| source.abandon_flight(),
        |source, flight, now| {
            source.finish(flight, failure(FailureKind::Interrupted), now);
            source.abandon_flight();
        },
        |source, flight, now| match flight.attempt() {
            1 => drop(source.finish(flight, failure(FailureKind::Interrupted), now)),
            _ => source.abandon_flight(),
        },
    ];
    for rotation in [Rotation::Strict, Rotation::Unknown, Rotation::Grace { grace_ms: 30_000 }] {
        for dies in ways {
            let mut source = session(rotation);
            assert_eq!(sent_in(&mut source, DUE, 5_000, dies), 2);
            // As long as the access token lives it is not worth the risk.
            assert_eq!(sent_in(&mut source, DUE + 5_000, 590_000, dies), 0);
        }
        // With nothing to lose there still is no storm.
        assert_eq!(sent_in(&mut session(rotation), 3_600_000, 20_000, ways[0]), 5);
    }
}

#[test]
fn f79_a_refresh_token_in_doubt_says_when_to_call_again() {
    let mut source = session(Rotation::Strict);
    for ms in [0, 1_000] {
        sent(&mut source, 3_600_000 + ms);
        source.abandon_flight();
    }
    let Step::Failed(error) = source.poll(at(3_602_000), 1) else { panic!("sent a third time") };
    assert_eq!((error.kind(), error.recovery()), (ErrorKind::Ambiguous, Recovery::Retry));
    assert_eq!((error.retryable(), error.retry_after_ms()), (true, Some(3_000)));
    assert!(error.to_string().contains("auth.example.com"), "{error}");
    sent(&mut source, 3_605_000);
}

#[test]
fn f79_a_late_use_that_was_never_sent_is_tried_again_as_any_other() {
    let mut source = session(Rotation::Strict);
    sent(&mut source, DUE);
    source.abandon_flight();
    for attempt in 1..=3 {
        let flight = sent(&mut source, 3_600_000 + u64::from(attempt) * 1_000);
        assert_eq!(flight.attempt(), attempt);
        source.finish(flight, failure(FailureKind::NotSent), at(3_600_000 + u64::from(attempt) * 1_000));
    }
}

#[test]
fn f79_what_fails_while_a_refresh_token_is_in_doubt_is_ambiguous() {
    let assert_ambiguous = |step: Step| match step {
        Step::Failed(error) => assert_eq!(error.kind(), ErrorKind::Ambiguous),
        step => panic!("{step:?}"),
    };
    // The first answer was lost; that the replays were never sent changes nothing about it.
    let mut source = session(Rotation::Strict);
    for (ms, kind) in [(0, FailureKind::Interrupted), (1_000, FailureKind::NotSent)] {
        let flight = sent(&mut source, 3_600_000 + ms);
        let step = source.finish(flight, failure(kind), at(3_600_000 + ms));
        assert!(matches!(step, Step::Wait { .. }), "{step:?}");
    }
    let flight = sent(&mut source, 3_602_000);
    assert_ambiguous(source.finish(flight, failure(FailureKind::NotSent), at(3_602_000)));

    // A late use whose answer is lost as well is not replayed.
    let mut source = session(Rotation::Strict);
    sent(&mut source, DUE);
    source.abandon_flight();
    let flight = sent(&mut source, 3_600_000);
    assert_ambiguous(source.finish(flight, failure(FailureKind::Interrupted), at(3_600_100)));

    // What the server itself says of the replay is told as it is.
    let mut source = session(Rotation::Strict);
    sent(&mut source, 3_600_000);
    source.abandon_flight();
    let flight = sent(&mut source, 3_601_000);
    let step = source.finish(flight, answer(400, r#"{"error":"invalid_scope"}"#), at(3_601_000));
    assert!(matches!(&step, Step::Failed(error) if error.kind() == ErrorKind::OAuth), "{step:?}");
}

#[test]
fn f79_a_late_use_that_was_never_sent_has_all_its_attempts() {
    let mut source = session(Rotation::Strict);
    sent(&mut source, 3_600_000);
    source.abandon_flight();
    // To the millisecond from when on a replay is not prompt any more.
    let flight = sent(&mut source, 3_605_000);
    let step = source.finish(flight, failure(FailureKind::NotSent), at(3_605_000));
    assert!(matches!(step, Step::Wait { .. }), "{step:?}");
}

#[test]
fn f79_a_caller_who_was_told_of_the_doubt_may_call_again_when_nothing_is_left_to_lose() {
    let mut source = session(Rotation::Strict);
    let interrupted = |source: &mut TokenSource, ms: u64| {
        let flight = sent(source, ms);
        source.finish(flight, failure(FailureKind::Interrupted), at(ms))
    };
    assert!(matches!(interrupted(&mut source, 3_600_000), Step::Wait { .. }));
    // Each call sends it once.
    for ms in [3_601_000, 3_601_001, 3_601_002] {
        assert!(matches!(interrupted(&mut source, ms), Step::Failed(_)));
    }
    // A flight that dies tells nobody.
    sent(&mut source, 3_602_000);
    source.abandon_flight();
    assert!(matches!(source.poll(at(3_602_000), 1), Step::Failed(_)));
}

#[test]
fn f79_another_process_that_is_gone_has_used_up_the_replay() {
    let mut source = session(Rotation::Strict);
    sent(&mut source, DUE);
    source.abandon_flight();
    // However often the store says it.
    for _ in 0..2 {
        source.observe(Observation::RefreshAbandoned { at_unix_ms: T0 + DUE + 1_000 }, at(DUE + 1_500));
        assert_in_doubt(&mut source, DUE + 1_500);
    }
    let mut source = session(Rotation::Strict);
    for _ in 0..2 {
        source.observe(Observation::RefreshAbandoned { at_unix_ms: T0 + DUE }, at(DUE + 500));
    }
    sent(&mut source, DUE + 1_000);
}

#[test]
fn f79_a_store_that_tells_a_process_of_its_own_flight_takes_no_replay_away() {
    let mut source = session(Rotation::Strict);
    sent(&mut source, DUE);
    let Some(Change::RefreshBegun { at_unix_ms }) = source.take_change() else { panic!("the store was not told") };
    source.abandon_flight();
    // Read again, now that nobody holds the lease.
    source.observe(Observation::RefreshAbandoned { at_unix_ms }, at(DUE + 10));
    sent(&mut source, DUE + 20);
}

#[test]
fn f79_a_refresh_token_that_never_changes_is_never_in_doubt() {
    let mut source = session(Rotation::None);
    sent(&mut source, DUE);
    source.abandon_flight();
    sent(&mut source, DUE + 60_000);
    // That one is never heard of again.
    sent(&mut source, DUE + 120_000);
}

#[test]
fn f79_a_flight_that_never_came_back_leaves_its_refresh_token_in_doubt() {
    let mut source = session(Rotation::Strict);
    sent(&mut source, DUE);
    assert_in_doubt(&mut source, DUE + 30_000);
    assert_in_doubt(&mut source, DUE + 60_000);
}

#[test]
fn f79_a_flight_that_was_never_sent_leaves_no_doubt() {
    let mut source = session(Rotation::Strict);
    let flight = sent(&mut source, DUE);
    source.finish(flight, failure(FailureKind::NotSent), at(DUE + 1));
    // Nobody came for the next attempt; a minute later a new flight begins.
    assert_eq!(sent(&mut source, DUE + 60_000).attempt(), 1);

    let mut source = session(Rotation::Strict);
    let flight = sent(&mut source, DUE);
    source.finish(flight, failure(FailureKind::NotSent), at(DUE + 1));
    source.abandon_flight();
    assert!(!source.is_in_doubt());
    sent(&mut source, DUE + 60_000);
}

#[test]
fn f79_a_flight_whose_secret_was_not_supplied_leaves_no_doubt() {
    let client = profile().client(Credentials::supplied(CLIENT_ID)).unwrap();
    let tokens = stored(&client, None);
    let mut source = TokenSource::session(client, tokens, at(0));
    let flight = sent(&mut source, DUE);
    assert!(flight.needs_secret());
    let step = source.finish(flight, failure(FailureKind::Aborted), at(DUE));
    assert!(matches!(step, Step::Ready(_)), "the old token is still good: {step:?}");
    let waits_for_its_secret = sent(&mut source, DUE + 60_000);
    source.abandon_flight();
    assert!(!source.is_in_doubt());
    // The secret comes when another flight has taken over.
    let mut late = waits_for_its_secret;
    let mut flight = sent(&mut source, DUE + 120_000);
    source.supply_secret(&mut late, CLIENT_SECRET).unwrap();
    source.abandon_flight();
    assert!(!source.is_in_doubt());
    source.finish(flight, failure(FailureKind::Aborted), at(DUE + 120_000));
    flight = sent(&mut source, DUE + 180_000);
    assert!(!flight.needs_secret(), "later flights use it too");
    source.abandon_flight();
    assert!(source.is_in_doubt());
}

#[test]
fn f79_a_flight_that_got_its_secret_leaves_the_refresh_token_in_doubt_that_it_carries() {
    let client = profile().client(Credentials::supplied(CLIENT_ID)).unwrap();
    for newer in [false, true] {
        let tokens = stored(&client, None);
        let mut source = TokenSource::session(client.clone(), tokens.clone(), at(0));
        let mut flight = sent(&mut source, DUE);
        if newer {
            // While the secret is fetched; so the flight takes this one with it.
            let tokens = SessionTokens { refresh_token: Some(Secret::new("newer")), ..tokens };
            source.observe(Observation::Tokens(tokens), at(DUE));
        }
        source.supply_secret(&mut flight, CLIENT_SECRET).unwrap();
        let refresh_token = if newer { "newer" } else { "refresh" };
        assert_eq!(value(&form(flight.request()), "refresh_token"), Some(refresh_token));
        source.abandon_flight();
        assert!(source.is_in_doubt(), "{refresh_token}");
    }
}

#[test]
fn f79_the_lease_of_another_outlasts_the_failure_of_our_own_flight() {
    let client = client_with(|options| options.retries = 0);
    let mut source = TokenSource::client_credentials(client, ["read"]);
    let flight = sent(&mut source, 0);
    source.observe(Observation::LeaseHeld { until_unix_ms: T0 + 20_000 }, at(10));
    assert!(matches!(source.finish(flight, failure(FailureKind::Interrupted), at(20)), Step::Failed(_)));
    match source.poll(at(30), 1) {
        Step::Wait { until } => assert_eq!(until, T0 + 20_000),
        step => panic!("{step:?}"),
    }
    sent(&mut source, 20_010);
}

#[test]
fn f79_whatever_the_server_may_have_seen_leaves_its_refresh_token_in_doubt() {
    for (kind, may_have_been_sent) in [
        (FailureKind::NotSent, false),
        (FailureKind::Untrusted, false),
        (FailureKind::Interrupted, true),
        (FailureKind::TimedOut, true),
        (FailureKind::TooLarge, true),
        (FailureKind::Undecodable, true),
        (FailureKind::Aborted, true),
        (FailureKind::Broken, true),
    ] {
        let mut source = session(Rotation::Strict);
        let flight = sent(&mut source, DUE);
        source.finish(flight, failure(kind), at(DUE));
        assert_eq!(source.is_in_doubt(), may_have_been_sent, "{kind:?}");
    }
}
