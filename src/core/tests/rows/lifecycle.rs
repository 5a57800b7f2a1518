//! The life of a token, where a scenario in virtual time cannot tell it.

use tokenwell::{
    Client, ClientOptions, ErrorKind, Failure, FailureKind, Flight, HttpResponse, Now, Observation, Outcome, Recovery,
    Secret, SessionTokens, Step, TokenSource, provider::Rotation,
};

use crate::support::*;

/// Tokens of an hour that began at the start.
pub(crate) fn stored(client: &Client, id_token: Option<Secret>) -> SessionTokens {
    SessionTokens {
        access_token: Secret::new("old"),
        refresh_token: Some(Secret::new("refresh")),
        id_token,
        expires_at_unix_ms: Some(T0 + 3_600_000),
        scope: "read".into(),
        issued_for: client.issued_for(),
    }
}

pub(crate) fn session(rotation: Rotation) -> TokenSource {
    let client = client_of(|profile| profile.rotation = rotation);
    let tokens = stored(&client, None);
    TokenSource::session(client, tokens, at(0))
}

/// When a refresh of [`stored`] tokens is due, and they are good for some minutes more.
pub(crate) const DUE: u64 = 3_000_000;

pub(crate) fn sent(source: &mut TokenSource, ms: u64) -> Flight {
    match source.poll(at(ms), ms) {
        Step::Send(flight) => flight,
        step => panic!("nothing to send at {ms}: {step:?}"),
    }
}

pub(crate) fn failure(kind: FailureKind) -> Outcome {
    Outcome::Failure(Failure::new(kind))
}

#[test]
fn f61_a_wall_clock_that_was_set_back_ends_no_pause_while_the_other_clock_runs() {
    let refused = || {
        let mut source = TokenSource::client_credentials(client(), ["read"]);
        let flight = sent(&mut source, 0);
        let step = source.finish(flight, answer(400, r#"{"error":"invalid_scope"}"#), at(0));
        assert!(matches!(step, Step::Failed(_)));
        source
    };
    let yesterday = Now::unix_ms(T0 - 86_400_000);
    let monotonic = at(10).as_monotonic_ms().unwrap();
    assert!(matches!(refused().poll(yesterday.with_monotonic_ms(monotonic), 1), Step::Failed(_)));
    // Without the other clock nobody knows how long the pause lasted; it must not last a day.
    assert!(matches!(refused().poll(yesterday, 1), Step::Send(_)));
}

#[test]
fn f61_without_another_clock_a_pause_ends_where_the_wall_clock_was_set_back_by_as_much() {
    let mut source = TokenSource::client_credentials(client(), ["read"]);
    source.observe(Observation::LeaseHeld { until_unix_ms: T0 + 20_000 }, Now::unix_ms(T0));
    assert!(matches!(source.poll(Now::unix_ms(T0 - 19_999), 1), Step::Wait { .. }));
    assert!(matches!(source.poll(Now::unix_ms(T0 - 20_000), 1), Step::Send(_)));
}

#[test]
fn f61_a_moment_is_what_the_clocks_show() {
    assert_eq!((at(7).as_unix_ms(), at(7).as_monotonic_ms()), (T0 + 7, Some(50_007)));
    assert_eq!((Now::unix_ms(7).as_unix_ms(), Now::unix_ms(7).as_monotonic_ms()), (7, None));
    assert_eq!(at(7).after(3), at(10));
}

#[test]
fn f08_a_late_answer_is_listened_to_where_it_may_bring_the_only_refresh_token() {
    let flight = |rotation, timeout_ms, deadline_ms| {
        let options = ClientOptions { timeout_ms, deadline_ms, ..ClientOptions::default() };
        let mut profile = profile();
        profile.rotation = rotation;
        let client = profile.client_with(credentials(), options).unwrap();
        let tokens = stored(&client, None);
        sent(&mut TokenSource::session(client, tokens, at(0)), DUE)
    };
    for rotation in [Rotation::Strict, Rotation::Unknown, Rotation::Grace { grace_ms: 1_000 }] {
        // As long as nobody else takes the flight for lost: half a minute, or the deadline where that is longer.
        assert_eq!(flight(rotation, 10_000, 25_000).listen_ms(), 30_000);
        assert_eq!(flight(rotation, 60_000, 120_000).listen_ms(), 120_000);
    }
    assert_eq!(flight(Rotation::None, 10_000, 25_000).listen_ms(), 10_000, "nothing is lost with it");
    let own = sent(&mut TokenSource::client_credentials(client(), ["read"]), 0);
    assert_eq!((own.timeout_ms(), own.listen_ms()), (10_000, 10_000));
}

#[test]
fn f08_a_late_answer_is_not_lost_because_its_id_token_is_young() {
    let mut profile = profile();
    profile.issuer = Some("https://auth.example.com".into());
    let options = ClientOptions { timeout_ms: 60_000, deadline_ms: 60_000, ..ClientOptions::default() };
    let client = profile.client_with(credentials(), options).unwrap();
    let tokens = stored(&client, None);
    let mut source = TokenSource::session(client, tokens, at(0));
    let flight = sent(&mut source, DUE);
    let issued = (T0 + DUE) / 1000 + 40;
    let claims = format!(
        r#"{{"iss":"https://auth.example.com","sub":"user-1","aud":"{CLIENT_ID}","iat":{issued},"exp":{}}}"#,
        issued + 300
    );
    let body = format!(
        r#"{{"access_token":"new","refresh_token":"next","token_type":"Bearer","expires_in":3600,"id_token":"{}"}}"#,
        jwt("RS256", &claims)
    );
    let step = source.finish(flight, ok(body), at(DUE + 41_000));
    assert!(matches!(step, Step::Ready(_)), "{step:?}");
    assert_eq!(source.session_tokens().unwrap().refresh_token, Some(Secret::new("next")));
}

#[test]
fn f70_while_a_further_attempt_is_out_nobody_sends() {
    let mut source = TokenSource::client_credentials(client(), ["read"]);
    let flight = sent(&mut source, 0);
    let Step::Wait { until } = source.finish(flight, failure(FailureKind::NotSent), at(0)) else { panic!("no retry") };
    assert_eq!(sent(&mut source, until - T0).attempt(), 2);
    for ms in [0, 1, 1_000] {
        let step = source.poll(at(until - T0 + ms), 1);
        assert!(matches!(step, Step::Wait { .. }), "{step:?}");
    }
}

#[test]
fn f72_only_a_flight_with_a_refresh_token_must_not_be_cancelled() {
    let mut own = TokenSource::client_credentials(client(), ["read"]);
    assert!(!sent(&mut own, 0).is_rotating());
    assert!(sent(&mut session(Rotation::Strict), DUE).is_rotating());
}

/// How many of `values`, which lie from `least` to `most`, lie in each quarter.
fn quarters(values: &[u64], least: u64, most: u64) -> [usize; 4] {
    let mut counts = [0; 4];
    for value in values {
        assert!((least..=most).contains(value), "{value} is not from {least} to {most}");
        counts[usize::try_from((value - least) * 4 / (most - least + 1)).unwrap()] += 1;
    }
    counts
}

#[test]
fn f82_a_fleet_spreads_over_the_whole_time_that_there_is() {
    // What programs pass as random: neighbouring numbers, few bits at either end, and all bits.
    let kinds: [fn(u64) -> u64; 4] =
        [|n| n, |n| n << 56, |n| T0 + n, |n| n.wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(17)];
    for entropy in kinds {
        let (mut first, mut second, mut advisory) = (Vec::new(), Vec::new(), Vec::new());
        for number in 0..256 {
            let mut source = TokenSource::client_credentials(client(), ["read"]);
            let mut now = 0;
            for delays in [&mut first, &mut second] {
                let Step::Send(flight) = source.poll(at(now), entropy(number)) else { panic!("nothing to send") };
                let step = source.finish(flight, failure(FailureKind::NotSent), at(now));
                let Step::Wait { until } = step else { panic!("{step:?}") };
                delays.push(until - T0 - now);
                now = until - T0;
            }
            let Step::Send(flight) = source.poll(at(now), 1) else { panic!("nothing to send") };
            let step = source.finish(flight, ok(token_body("a", 3_600)), at(now));
            let Step::Ready(token) = step else { panic!("{step:?}") };
            advisory.push(token.reuse_until().as_unix_ms() - T0 - now);
        }
        for (delays, least, most) in [(first, 0, 200), (second, 0, 400), (advisory, 45 * 60_000, 48 * 60_000)] {
            let counts = quarters(&delays, least, most);
            assert!(counts.iter().all(|count| (32..=96).contains(count)), "{counts:?} from {least} to {most}");
        }
    }
}

#[test]
fn a_session_tells_the_claims_of_its_id_token() {
    let claims = format!(r#"{{"iss":"https://auth.example.com","sub":"somebody","aud":"{CLIENT_ID}"}}"#);
    let tokens = stored(&client(), Some(Secret::new(jwt("RS256", &claims))));
    let mut source = TokenSource::session(client(), tokens, at(0));
    assert_eq!(source.claims().map(Secret::reveal), Some(claims.as_str()));
    source.disconnect();
    assert_eq!(source.claims(), None);
    assert_eq!(session(Rotation::None).claims(), None);
    assert_eq!(TokenSource::client_credentials(client(), ["openid"]).claims(), None);
}

#[test]
fn a_disconnected_session_stays_so_whatever_comes_late() {
    let mut source = session(Rotation::Unknown);
    let flight = sent(&mut source, DUE);
    source.disconnect();
    let assert_over = |source: &mut TokenSource, step: Step| {
        let Step::Failed(error) = step else { panic!("{step:?}") };
        assert_eq!(error.recovery(), Recovery::Reauthorize);
        assert!(error.to_string().contains("disconnected"), "{error}");
        assert!(source.current(at(DUE + 1)).is_none());
        assert_eq!((source.session_tokens(), source.take_change()), (None, None));
    };
    let step = source.poll(at(DUE), 1);
    assert_over(&mut source, step);
    let step = source.finish(flight, ok(token_body("late", 3_600)), at(DUE + 1));
    assert_over(&mut source, step);
    let tokens = SessionTokens { expires_at_unix_ms: None, ..stored(source.client(), None) };
    source.observe(Observation::Tokens(tokens), at(DUE + 1));
    let step = source.poll(at(DUE + 1), 1);
    assert_over(&mut source, step);
}

#[test]
fn a_refresh_token_that_cannot_be_one_is_not_sent() {
    for refresh_token in ["", "\u{e4}", "a\nb", "\u{7f}"] {
        let error = client().refresh(&Secret::new(refresh_token), ["read"]).unwrap_err();
        assert_eq!((error.kind(), error.field()), (ErrorKind::Configuration, Some("refresh_token")));
    }
    client().refresh(&Secret::new(" ~"), ["read"]).unwrap();
}

#[test]
fn f22_a_caller_who_wants_a_fresh_token_waits_only_where_the_server_asked_for_it() {
    for (response, asked_for) in [
        (answer(400, r#"{"error":"invalid_scope"}"#), false),
        (answer(429, "").with_header("retry-after", "100"), true),
    ] {
        let mut source = TokenSource::client_credentials(client(), ["read"]);
        let flight = sent(&mut source, 0);
        assert!(matches!(source.finish(flight, ok(token_body("old", 3_600)), at(0)), Step::Ready(_)));
        let flight = sent(&mut source, DUE);
        assert!(matches!(source.finish(flight, response, at(DUE)), Step::Ready(_)));
        assert!(matches!(source.poll(at(DUE), 1), Step::Ready(_)), "a pause after a failure");
        source.invalidate();
        let step = source.poll(at(DUE), 1);
        assert_eq!(matches!(step, Step::Failed(_)), asked_for, "{step:?}");
        assert_eq!(matches!(step, Step::Send(_)), !asked_for, "{step:?}");
    }
}

#[test]
fn f22_of_two_pauses_the_longer_one_counts() {
    for (response, waits) in [
        (answer(400, r#"{"error":"invalid_scope"}"#), true),
        (answer(429, "").with_header("retry-after", "100"), false),
    ] {
        let mut source = TokenSource::client_credentials(client(), ["read"]);
        let flight = sent(&mut source, 0);
        source.observe(Observation::LeaseHeld { until_unix_ms: T0 + 20_000 }, at(0));
        assert!(matches!(source.finish(flight, response, at(0)), Step::Failed(_)));
        match source.poll(at(1), 1) {
            Step::Wait { until } => assert_eq!((until, waits), (T0 + 20_000, true)),
            Step::Failed(error) => assert_eq!((error.retry_after_ms(), waits), (Some(99_999), false)),
            step => panic!("{step:?}"),
        }
    }
}

#[test]
fn f22_a_late_success_ends_the_pause_of_whoever_took_over() {
    let mut source = TokenSource::client_credentials(client(), ["read"]);
    let lost = sent(&mut source, 0);
    let flight = sent(&mut source, 30_000);
    let step = source.finish(flight, answer(429, "").with_header("retry-after", "3600"), at(30_000));
    assert!(matches!(step, Step::Failed(_)), "{step:?}");
    assert!(matches!(source.finish(lost, ok(token_body("late", 300)), at(31_000)), Step::Ready(_)));
    sent(&mut source, 290_000);
}

#[test]
fn a_refresh_that_the_server_advises_late_is_mandatory_in_time() {
    let mut source = TokenSource::client_credentials(client(), ["read"]);
    let flight = sent(&mut source, 0);
    let late = r#"{"access_token":"a","token_type":"Bearer","expires_in":3000,"refresh_in":2990}"#;
    let Step::Ready(token) = source.finish(flight, ok(late), at(0)) else { panic!("no token") };
    assert_eq!(token.reuse_until(), at(2_940_000));
    assert!(!sent(&mut source, 2_940_000).is_background());
}

#[test]
fn f17_a_success_ends_the_row_of_failures_that_makes_pauses_longer() {
    for entropy in 0..20 {
        let mut source = TokenSource::client_credentials(client(), ["read"]);
        let mut ms = 0;
        let mut answered = |source: &mut TokenSource, response: HttpResponse, after_ms| {
            ms += after_ms;
            let Step::Send(flight) = source.poll(at(ms), entropy) else { panic!("nothing to send at {ms}") };
            assert!(matches!(source.finish(flight, response, at(ms)), Step::Ready(_)));
        };
        answered(&mut source, ok(token_body("first", 3_600)), 0);
        answered(&mut source, answer(400, r#"{"error":"invalid_scope"}"#), DUE);
        for _ in 0..5 {
            answered(&mut source, answer(400, r#"{"error":"invalid_scope"}"#), 60_000);
        }
        answered(&mut source, ok(token_body("second", 3_600)), 60_000);
        // The shortest again: five seconds at most.
        answered(&mut source, answer(400, r#"{"error":"invalid_scope"}"#), DUE);
        answered(&mut source, ok(token_body("third", 3_600)), 5_000);
    }
}
