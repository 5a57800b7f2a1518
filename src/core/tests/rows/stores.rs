//! What a shared store says, and what is believed of it.

use tokenwell::{Observation, Secret, SessionTokens, Step, provider::Rotation};

use crate::lifecycle::{DUE, sent, session, stored};
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
    let rotated = r#"{"access_token":"new","refresh_token":"next","token_type":"Bearer","expires_in":3600}"#;
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

#[test]
fn f80_a_store_that_lags_several_rotations_brings_no_used_refresh_token_back() {
    let mut source = session(Rotation::Strict);
    let mut replica = vec![source.session_tokens().unwrap()];
    for number in 1..=16 {
        let rotated = format!(
            r#"{{"access_token":"access-{number}","refresh_token":"refresh-{number}","token_type":"Bearer","expires_in":3600}}"#
        );
        let flight = sent(&mut source, number * DUE);
        assert!(matches!(source.finish(flight, ok(rotated), at(number * DUE)), Step::Ready(_)));
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
