//! What a shared store says, and what is believed of it.

use tokenwell::{
    Change, FailureKind, Observation, Recovery, Rejection, Secret, SessionTokens, Step, TokenSource, provider::Rotation,
};

use crate::lifecycle::{DUE, failure, sent, session, stored};
use crate::support::*;

#[test]
fn f68_a_refresh_after_tokens_from_elsewhere_counts() {
    let mut source = session(Rotation::Strict);
    let elsewhere = SessionTokens { access_token: Secret::new("elsewhere"), ..stored(source.client(), None) };
    source.observe(Observation::Tokens(elsewhere), at(0));
    let flight = sent(&mut source, DUE);
    let Step::Ready(token) = source.finish(flight, ok(token_body("new", 3_600)), at(DUE)) else { panic!("no token") };
    assert_eq!(token.access_token().reveal(), "new");
    assert_eq!(source.session_tokens().unwrap().access_token.reveal(), "new");
}

#[test]
fn f80_a_store_that_returns_an_old_value_brings_no_used_refresh_token_back() {
    let mut source = session(Rotation::Strict);
    let before = source.session_tokens().unwrap();
    let flight = sent(&mut source, DUE);
    // Though it says that it lives longer than the new one.
    let rotated = r#"{"access_token":"new","refresh_token":"next","token_type":"Bearer","expires_in":300}"#;
    assert!(matches!(source.finish(flight, ok(rotated), at(DUE)), Step::Ready(_)));
    source.observe(Observation::Tokens(before), at(DUE + 1));
    assert_eq!(source.session_tokens().unwrap().refresh_token, Some(Secret::new("next")));
    assert_eq!(source.current(at(DUE + 1)).unwrap().access_token().reveal(), "new");
    // A server that gives the same refresh token again has replaced none.
    let mut source = session(Rotation::Unknown);
    let flight = sent(&mut source, DUE);
    assert!(matches!(source.finish(flight, ok(rotated.replace("next", "refresh")), at(DUE)), Step::Ready(_)));
    let elsewhere = SessionTokens { access_token: Secret::new("elsewhere"), ..stored(source.client(), None) };
    source.observe(Observation::Tokens(elsewhere), at(DUE + 1));
    assert_eq!(source.session_tokens().unwrap().access_token.reveal(), "elsewhere");
}

#[test]
fn f80_a_refresh_token_that_comes_again_does_not_hide_which_one_was_used_up() {
    let mut source = session(Rotation::Unknown);
    let before = source.session_tokens().unwrap();
    let answer = |access| {
        ok(format!(r#"{{"access_token":"{access}","refresh_token":"next","token_type":"Bearer","expires_in":3600}}"#))
    };
    for (access, now) in [("second", DUE), ("third", 2 * DUE)] {
        let flight = sent(&mut source, now);
        assert!(matches!(source.finish(flight, answer(access), at(now)), Step::Ready(_)));
    }
    source.observe(Observation::Tokens(before), at(2 * DUE + 1));
    assert_eq!(source.session_tokens().unwrap().refresh_token, Some(Secret::new("next")));
    assert_eq!(source.current(at(2 * DUE + 1)).unwrap().access_token().reveal(), "third");
}

/// The refresh that is due for the `number`th time, with a new refresh token.
fn rotate(source: &mut TokenSource, number: u64) {
    let rotated = format!(
        r#"{{"access_token":"access-{number}","refresh_token":"refresh-{number}","token_type":"Bearer","expires_in":3600}}"#
    );
    let flight = sent(source, number * DUE);
    assert!(matches!(source.finish(flight, ok(rotated), at(number * DUE)), Step::Ready(_)));
}

#[test]
fn f80_a_store_that_lags_several_rotations_brings_no_used_refresh_token_back() {
    let mut source = session(Rotation::Strict);
    let mut replica = vec![source.session_tokens().unwrap()];
    for number in 1..=16 {
        rotate(&mut source, number);
        let newest = source.session_tokens().unwrap();
        for old in &replica {
            source.observe(Observation::Tokens(old.clone()), at(number * DUE + 1));
            assert_eq!(source.session_tokens().as_ref(), Some(&newest), "{old:?} came back");
        }
        replica.push(newest);
    }
    // One that was never seen here is news.
    let elsewhere = SessionTokens { refresh_token: Some(Secret::new("refresh-17")), ..stored(source.client(), None) };
    source.observe(Observation::Tokens(elsewhere.clone()), at(16 * DUE + 2));
    assert_eq!(source.session_tokens(), Some(elsewhere));
}

#[test]
fn f80_tokens_from_elsewhere_without_a_refresh_token_keep_the_one_that_is_there() {
    let mut source = session(Rotation::Strict);
    let elsewhere =
        SessionTokens { access_token: Secret::new("elsewhere"), refresh_token: None, ..stored(source.client(), None) };
    source.observe(Observation::Tokens(elsewhere), at(0));
    let kept = source.session_tokens().unwrap();
    assert_eq!((kept.access_token.reveal(), kept.refresh_token), ("elsewhere", Some(Secret::new("refresh"))));
}

#[test]
fn f80_a_store_that_repeats_a_rejected_token_of_the_application_does_not_bring_it_back() {
    let client = client();
    let mut source = TokenSource::client_credentials(client.clone(), ["read"]);
    let tokens = SessionTokens { refresh_token: None, ..stored(&client, None) };
    source.observe(Observation::Tokens(tokens.clone()), at(0));
    let token = source.current(at(0)).unwrap();
    assert_eq!(source.reject(&token, at(1)), Rejection::Dropped);
    source.observe(Observation::Tokens(tokens), at(2));
    assert!(source.current(at(2)).is_none());
}

#[test]
fn f80_another_access_token_beside_a_dead_or_doubtful_refresh_token_changes_nothing_about_it() {
    // Good for a while, so that the doubt has something to protect.
    let beside = |source: &TokenSource| SessionTokens {
        access_token: Secret::new("elsewhere"),
        expires_at_unix_ms: Some(T0 + 2 * DUE),
        ..stored(source.client(), None)
    };
    let mut source = session(Rotation::Strict);
    sent(&mut source, DUE);
    source.abandon_flight();
    let elsewhere = beside(&source);
    source.observe(Observation::Tokens(elsewhere), at(DUE + 10_000));
    assert_eq!(source.current(at(DUE + 10_000)).unwrap().access_token().reveal(), "elsewhere");
    assert!(matches!(source.poll(at(2 * DUE - 60_000), 1), Step::Ready(_)), "sent once more, and late");

    let mut source = session(Rotation::Strict);
    let flight = sent(&mut source, DUE);
    source.finish(flight, answer(400, r#"{"error":"invalid_grant"}"#), at(DUE));
    let elsewhere = beside(&source);
    source.observe(Observation::Tokens(elsewhere), at(DUE + 1));
    assert_eq!(source.current(at(DUE + 1)).unwrap().access_token().reveal(), "elsewhere");
    match source.poll(at(2 * DUE), 1) {
        Step::Failed(error) => assert_eq!(error.recovery(), Recovery::Reauthorize),
        step => panic!("a dead refresh token was sent: {step:?}"),
    }
}

#[test]
fn f80_a_store_that_lags_behind_brings_no_access_token_back_that_was_replaced() {
    let mut source = session(Rotation::None);
    let before = source.session_tokens().unwrap();
    for number in 1..=2 {
        let flight = sent(&mut source, number * DUE);
        let step = source.finish(flight, ok(token_body(&format!("access-{number}"), 3_600)), at(number * DUE));
        assert!(matches!(step, Step::Ready(_)));
        source.observe(Observation::Tokens(before.clone()), at(number * DUE + 1));
        assert_eq!(source.session_tokens().unwrap().access_token.reveal(), format!("access-{number}"));
    }
}

#[test]
fn f80_another_access_token_beside_the_refresh_token_that_is_out_does_not_lose_the_next_one() {
    let mut source = session(Rotation::Unknown);
    let flight = sent(&mut source, DUE);
    let elsewhere = SessionTokens { access_token: Secret::new("elsewhere"), ..stored(source.client(), None) };
    source.observe(Observation::Tokens(elsewhere), at(DUE + 1));
    let rotated = r#"{"access_token":"new","refresh_token":"next","token_type":"Bearer","expires_in":3600}"#;
    assert!(matches!(source.finish(flight, ok(rotated), at(DUE + 2)), Step::Ready(_)));
    assert_eq!(source.session_tokens().unwrap().refresh_token, Some(Secret::new("next")));
    assert_eq!(source.current(at(DUE + 2)).unwrap().access_token().reveal(), "new");
}

#[test]
fn f80_a_store_that_lags_behind_while_a_refresh_is_out_does_not_lose_what_it_brings() {
    let mut source = session(Rotation::Strict);
    let flight = sent(&mut source, DUE);
    // Another process had these before: they were never seen here.
    let older = SessionTokens {
        access_token: Secret::new("older"),
        refresh_token: Some(Secret::new("older")),
        ..stored(source.client(), None)
    };
    source.observe(Observation::Tokens(older.clone()), at(DUE + 1));
    let rotated = r#"{"access_token":"new","refresh_token":"next","token_type":"Bearer","expires_in":3600}"#;
    assert!(matches!(source.finish(flight, ok(rotated), at(DUE + 2)), Step::Ready(_)));
    assert_eq!(source.session_tokens().unwrap().refresh_token, Some(Secret::new("next")));
    // Where none comes back it is the one that was sent.
    let mut source = session(Rotation::Strict);
    let flight = sent(&mut source, DUE);
    source.observe(Observation::Tokens(older), at(DUE + 1));
    assert!(matches!(source.finish(flight, ok(token_body("new", 3_600)), at(DUE + 2)), Step::Ready(_)));
    assert_eq!(source.session_tokens().unwrap().refresh_token, Some(Secret::new("refresh")));
}

#[test]
fn f80_what_was_passed_over_for_older_tokens_of_a_store_comes_back() {
    let mut source = session(Rotation::Strict);
    let of = |name: &str, expires_at| SessionTokens {
        access_token: Secret::new(name),
        refresh_token: Some(Secret::new(name)),
        expires_at_unix_ms: Some(T0 + expires_at),
        ..stored(&client(), None)
    };
    let (newest, older) = (of("newest", 3 * DUE), of("older", 2 * DUE));
    for tokens in [&newest, &older, &newest] {
        source.observe(Observation::Tokens(tokens.clone()), at(1));
        assert_eq!(source.session_tokens().as_ref(), Some(tokens));
    }
    source.observe(Observation::Tokens(older), at(1));
    assert_eq!(source.session_tokens().as_ref(), Some(&newest));
    // Also where it was the newest for certain meanwhile, and is passed over once more.
    source.invalidate();
    let flight = sent(&mut source, 2);
    assert!(matches!(source.finish(flight, ok(token_body("again", 6_000)), at(2)), Step::Ready(_)));
    let again = source.session_tokens().unwrap();
    for tokens in [&of("oldest", DUE), &again] {
        source.observe(Observation::Tokens(tokens.clone()), at(3));
        assert_eq!(source.session_tokens().as_ref(), Some(tokens));
    }
}

#[test]
fn f80_a_flight_that_dies_after_its_refresh_token_was_replaced_leaves_the_new_one_without_a_doubt() {
    let ends: [fn(&mut TokenSource); 2] =
        [TokenSource::abandon_flight, |source| drop(source.poll(at(DUE + 30_000), 1))];
    for end in ends {
        let mut source = session(Rotation::Strict);
        sent(&mut source, DUE);
        let elsewhere = SessionTokens {
            access_token: Secret::new("elsewhere"),
            refresh_token: Some(Secret::new("newest")),
            expires_at_unix_ms: Some(T0 + DUE + 40_000),
            ..stored(source.client(), None)
        };
        source.observe(Observation::Tokens(elsewhere), at(DUE + 1));
        end(&mut source);
        sent(&mut source, DUE + 38_000);
    }
}

#[test]
fn f80_a_refresh_token_that_came_back_while_a_flight_was_out_is_in_doubt_when_it_is_lost() {
    let from_a_store = |name: &str, source: &mut TokenSource| {
        let tokens = SessionTokens {
            access_token: Secret::new(name),
            refresh_token: Some(Secret::new(name)),
            expires_at_unix_ms: Some(T0 + DUE + 60_000),
            ..stored(source.client(), None)
        };
        source.observe(Observation::Tokens(tokens), at(DUE));
    };
    // It came before the flight's next attempt, which was made with it.
    let mut next_attempt = session(Rotation::Strict);
    let flight = sent(&mut next_attempt, DUE);
    next_attempt.finish(flight, failure(FailureKind::NotSent), at(DUE));
    from_a_store("newest", &mut next_attempt);
    next_attempt.invalidate();
    sent(&mut next_attempt, DUE + 1_000);
    // It was there from the beginning, and something older in between.
    let mut back_again = session(Rotation::Strict);
    let before = back_again.session_tokens().unwrap();
    sent(&mut back_again, DUE + 1_000);
    from_a_store("older", &mut back_again);
    back_again.observe(Observation::Tokens(before), at(DUE));
    back_again.invalidate();
    for mut source in [next_attempt, back_again] {
        source.abandon_flight();
        sent(&mut source, DUE + 1_001);
        source.abandon_flight();
        let step = source.poll(at(DUE + 1_002), 1);
        assert!(matches!(step, Step::Failed(_)), "used a third time: {step:?}");
    }
}

#[test]
fn f80_a_doubt_outlasts_a_store_that_lags_behind_for_a_moment() {
    let mut source = session(Rotation::Strict);
    let newest = source.session_tokens().unwrap();
    // Another process died with this refresh token on its way.
    source.observe(Observation::RefreshAbandoned { at_unix_ms: T0 + DUE - 60_000 }, at(DUE));
    let older = SessionTokens {
        access_token: Secret::new("older"),
        refresh_token: Some(Secret::new("older")),
        expires_at_unix_ms: Some(T0 + DUE),
        ..stored(source.client(), None)
    };
    for tokens in [older, newest] {
        source.observe(Observation::Tokens(tokens), at(DUE));
    }
    let mandatory = DUE + 590_000;
    assert!(matches!(source.poll(at(mandatory), 1), Step::Ready(_)), "sent late, while there is something to lose");
}

#[test]
fn f80_a_store_that_lags_behind_brings_no_earlier_token_of_the_application_back() {
    let mut source = TokenSource::client_credentials(client(), ["read"]);
    let from_a_store = |access_token: &str, expires_at_ms| {
        let access_token = Secret::new(access_token);
        let tokens = stored(&client(), None);
        SessionTokens { access_token, refresh_token: None, expires_at_unix_ms: Some(T0 + expires_at_ms), ..tokens }
    };
    let flight = sent(&mut source, 0);
    let Step::Ready(first) = source.finish(flight, ok(token_body("first", 3_600)), at(0)) else { panic!("no token") };
    assert_eq!(source.reject(&first, at(1_000)), Rejection::Dropped);
    let flight = sent(&mut source, 1_000);
    assert!(matches!(source.finish(flight, ok(token_body("second", 3_600)), at(1_000)), Step::Ready(_)));
    source.observe(Observation::Tokens(from_a_store("first", 3_600_000)), at(1_001));
    assert_eq!(source.current(at(1_001)).unwrap().access_token().reveal(), "second");
    source.observe(Observation::Tokens(from_a_store("third", 3_602_000)), at(2_000));
    assert_eq!(source.current(at(2_000)).unwrap().access_token().reveal(), "third");
}

#[test]
fn f80_a_long_session_still_takes_its_newest_tokens_back() {
    let mut source = session(Rotation::Strict);
    // More than are remembered.
    for number in 1..=20 {
        rotate(&mut source, number);
    }
    let newest = source.session_tokens().unwrap();
    let older = SessionTokens {
        access_token: Secret::new("elsewhere"),
        refresh_token: Some(Secret::new("elsewhere")),
        ..stored(source.client(), None)
    };
    source.observe(Observation::Tokens(older.clone()), at(20 * DUE + 1));
    assert_eq!(source.session_tokens(), Some(older), "nobody can know that it is older");
    source.observe(Observation::Tokens(newest.clone()), at(20 * DUE + 2));
    assert_eq!(source.session_tokens(), Some(newest));
}

#[test]
fn r82_tokens_of_a_store_that_leave_the_id_token_out_keep_it() {
    let claims = format!(r#"{{"iss":"https://auth.example.com","sub":"somebody","aud":"{CLIENT_ID}"}}"#);
    let id_token = Secret::new(jwt("RS256", &claims));
    let mut source = TokenSource::session(client(), stored(&client(), Some(id_token.clone())), at(0));
    let elsewhere = SessionTokens { access_token: Secret::new("elsewhere"), ..stored(&client(), None) };
    source.observe(Observation::Tokens(elsewhere), at(0));
    let kept = source.session_tokens().unwrap();
    assert_eq!((kept.access_token.reveal(), kept.id_token), ("elsewhere", Some(id_token)));
    assert_eq!(source.claims().map(Secret::reveal), Some(claims.as_str()));
}

#[test]
fn a_program_that_takes_no_changes_keeps_only_the_newest() {
    let mut source = session(Rotation::Strict);
    for (number, name) in ["first", "second", "third"].into_iter().enumerate() {
        let ms = DUE + u64::try_from(number).unwrap() * 3_600_000;
        let flight = sent(&mut source, ms);
        let body = format!(
            r#"{{"access_token":"{name}","refresh_token":"{name}-r","token_type":"Bearer","expires_in":3600}}"#
        );
        assert!(matches!(source.finish(flight, ok(body), at(ms)), Step::Ready(_)));
    }
    assert!(matches!(source.take_change(), Some(Change::Tokens(tokens)) if tokens.access_token.reveal() == "third"));
    assert_eq!(source.take_change(), None);
}
