//! R84 to R89: refusals.

use tokenwell::{
    Change, Error, ErrorKind, Failure, FailureKind, HttpResponse, Observation, Recovery, Secret, SessionTokens, Step,
    TokenSource, challenges,
};

use crate::support::*;

fn refusal(response: HttpResponse) -> Error {
    client().client_credentials(["read"]).unwrap().finish(&response, at(0)).unwrap_err()
}

#[test]
fn r84_a_code_is_reported_whatever_the_status() {
    for status in [200, 400, 401, 403, 404, 422, 429, 500, 502, 503] {
        let error = refusal(answer(status, r#"{"error":"invalid_scope","error_description":"No such scope"}"#));
        assert_eq!(error.kind(), ErrorKind::OAuth);
        assert_eq!(error.error(), Some("invalid_scope"));
        assert_eq!(error.description(), Some("No such scope"));
        assert_eq!(error.status(), Some(status));
        assert_eq!(error.endpoint(), Some(TOKEN_ENDPOINT));
    }
}

#[test]
fn r84_the_shapes_that_servers_write_errors_in() {
    for (body, code, description) in [
        (r#"{"error":{"code":"c","message":"m"}}"#, "c", Some("m")),
        (r#"{"error":true,"message":"m","status":401,"code":"c"}"#, "c", Some("m")),
        (r#"{"error":"e","message":"m","hint":"h"}"#, "e", Some("m")),
        (r#"{"errors":[{"message":"m","extensions":{"code":"c"}}]}"#, "c", Some("m")),
        (r#"{"code":"c","message":"m"}"#, "c", Some("m")),
        (r#"{"type":"about:blank","title":"t","detail":"d","status":400}"#, "unknown_error", Some("d")),
        (r#"{"type":"about:blank","title":"t","status":400}"#, "unknown_error", Some("t")),
        (r#"{"Message":"M"}"#, "unknown_error", Some("M")),
        (r#"{"error":"","error_description":""}"#, "unknown_error", None),
        (r#"{"error":null}"#, "unknown_error", None),
        (r#"{"errors":[]}"#, "unknown_error", None),
        (r#"{"errors":["text"]}"#, "unknown_error", None),
        (r#"[]"#, "unknown_error", None),
        ("plain text", "unknown_error", None),
        ("", "unknown_error", None),
    ] {
        let error = refusal(answer(400, body));
        assert_eq!((error.error(), error.description()), (Some(code), description), "{body}");
    }
    let html = HttpResponse::new(500, r#"{"error":"e"}"#).with_header("content-type", "text/html");
    assert_eq!(refusal(html).error(), Some("unknown_error"), "a page is no answer");
}

#[test]
fn r85_what_a_server_says_is_cleaned_and_cut() {
    let error =
        refusal(answer(400, r#"{"error":"a\"b\\c\u0000d\u00e4","error_description":"\u001b[31mx\r\n\u202ey \"z\""}"#));
    assert_eq!(error.error(), Some("a'b/c?d?"));
    assert_eq!(error.description(), Some("?[31mx???y 'z'"));
    let body = format!(r#"{{"error":"{}","error_description":"{}"}}"#, "e".repeat(1000), "d".repeat(5000));
    let error = refusal(answer(400, body));
    assert_eq!(error.error().unwrap().len(), 256);
    assert_eq!(error.description().unwrap().len(), 1024);
    assert!(error.to_string().len() < 1000, "{}", error.to_string().len());
    let request_id = answer(400, "{}").with_header("X-Request-Id", format!("a\u{1b}{}", "b".repeat(500)));
    let error = refusal(request_id);
    assert_eq!(error.request_id().unwrap().len(), 128);
    assert!(error.request_id().unwrap().starts_with("a?b"));
}

#[test]
fn r86_error_uri_is_not_even_kept() {
    let error = refusal(answer(400, r#"{"error":"e","error_uri":"https://evil.example/"}"#));
    assert!(!format!("{error} {error:?}").contains("evil"));
    let body = r#"{"error":"e","error_uri":"https://evil.example/"}"#;
    let error = client().revoke(&Secret::new("t"), None).unwrap().finish(&answer(400, body), at(0)).unwrap_err();
    assert!(!format!("{error} {error:?}").contains("evil"));
}

#[test]
fn r87_unknown_codes_stay_and_the_status_decides() {
    for (status, retryable) in [
        (200, false),
        (400, false),
        (401, false),
        (403, false),
        (404, false),
        (408, true),
        (418, false),
        (429, true),
        (500, true),
        (501, true),
        (502, true),
        (503, true),
        (504, true),
        (599, true),
    ] {
        let error = refusal(answer(status, r#"{"error":"made_up"}"#));
        assert_eq!((error.error(), error.retryable()), (Some("made_up"), retryable), "{status}");
        let recovery = if retryable { Recovery::Retry } else { Recovery::FixConfiguration };
        assert_eq!(error.recovery(), recovery, "{status}");
    }
    for code in ["temporarily_unavailable", "server_error", "slow_down"] {
        assert!(refusal(answer(400, format!(r#"{{"error":"{code}"}}"#))).retryable(), "{code}");
    }
}

#[test]
fn a_failure_without_an_answer_says_what_helps() {
    for (kind, recovery) in [
        (FailureKind::NotSent, Recovery::Retry),
        (FailureKind::Interrupted, Recovery::Retry),
        (FailureKind::TimedOut, Recovery::Retry),
        (FailureKind::Untrusted, Recovery::FixConfiguration),
        (FailureKind::Forbidden, Recovery::FixConfiguration),
        (FailureKind::Broken, Recovery::FixConfiguration),
        (FailureKind::TooLarge, Recovery::None),
        (FailureKind::Undecodable, Recovery::None),
        (FailureKind::Aborted, Recovery::None),
    ] {
        let error = client().client_credentials(["read"]).unwrap().fail(&Failure::new(kind), at(0));
        assert_eq!((error.recovery(), error.retryable()), (recovery, recovery == Recovery::Retry), "{kind:?}");
    }
}

#[test]
fn r87_known_codes_say_what_to_do() {
    for (code, word) in [
        ("invalid_client", "client_secret"),
        ("invalid_scope", "scopes"),
        ("unauthorized_client", "does not allow this grant"),
        ("unsupported_grant_type", "does not allow this grant"),
        ("invalid_target", "audience"),
        ("invalid_request", "further parameters"),
        ("use_dpop_nonce", "DPoP"),
        ("invalid_dpop_proof", "DPoP"),
        ("other", "ask the provider"),
    ] {
        let error = refusal(answer(400, format!(r#"{{"error":"{code}"}}"#)));
        assert_eq!(error.recovery(), Recovery::FixConfiguration);
        assert!(error.to_string().contains(word), "{error}");
        assert!(error.to_string().starts_with("auth.example.com refused the token request with "), "{error}");
        assert!(code == "invalid_client" || !error.to_string().contains("credentials"), "{error}");
    }
    // A user's token was refused, not the application: nobody is sent to check the credentials.
    for (code, word) in [("invalid_request", "further parameters"), ("other", "ask the provider")] {
        let error = client().refresh(&Secret::new("r"), ["x"]).unwrap();
        let error = error.finish(&answer(400, format!(r#"{{"error":"{code}"}}"#)), at(0)).unwrap_err();
        assert_eq!(error.recovery(), Recovery::FixConfiguration);
        assert!(error.to_string().contains(word) && !error.to_string().contains("credentials"), "{error}");
    }
    // Nor where the code is one that only its server knows, unless the status says that it is they.
    let final_code = client_of(|profile| profile.final_errors = &["budget_exceeded"]);
    let error = final_code.client_credentials(["x"]).unwrap();
    let error = error.finish(&answer(429, r#"{"error":"budget_exceeded"}"#), at(0)).unwrap_err();
    assert!(error.to_string().contains("ask the provider") && !error.to_string().contains("credentials"), "{error}");
    for response in [answer(401, r#"{"error":"other"}"#), answer(401, ""), answer(403, "")] {
        let error = refusal(response);
        assert!(error.to_string().contains("credentials"), "{error}");
    }
    let error = client().refresh(&Secret::new("r"), ["x"]).unwrap();
    let error = error.finish(&answer(403, r#"{"error":"invalid_grant"}"#), at(0)).unwrap_err();
    assert_eq!((error.recovery(), error.retryable()), (Recovery::Reauthorize, false));
    let error = client().refresh(&Secret::new("r"), ["x"]).unwrap();
    let error = error.finish(&answer(500, r#"{"error":"invalid_grant"}"#), at(0)).unwrap_err();
    assert_eq!((error.recovery(), error.retryable()), (Recovery::Retry, true), "a gateway's echo is no verdict");
}

#[test]
fn r87_retry_after_is_handed_on_only_where_retrying_helps() {
    let wait = |status, value: &str| {
        refusal(answer(status, r#"{"error":"x"}"#).with_header("Retry-After", value)).retry_after_ms()
    };
    assert_eq!(wait(429, "7"), Some(7_000));
    assert_eq!(wait(503, "86400"), Some(3_600_000));
    assert_eq!(wait(503, "soon"), None);
    assert_eq!(wait(400, "7"), None);
    let final_code = client_of(|profile| profile.final_errors = &["budget_exceeded"]);
    let response = answer(429, r#"{"error":"budget_exceeded"}"#).with_header("Retry-After", "7");
    let error = final_code.client_credentials(["x"]).unwrap().finish(&response, at(0)).unwrap_err();
    assert_eq!((error.retryable(), error.retry_after_ms()), (false, None));
}

#[test]
fn f23_a_time_of_day_that_no_clock_shows_is_no_date() {
    let wait = |time: &str| {
        let response = answer(429, "").with_header("Retry-After", format!("Fri, 15 Jan 2027 {time} GMT"));
        refusal(response).retry_after_ms()
    };
    assert_eq!(wait("08:00:07"), Some(7_000));
    assert_eq!(wait("08:00:60"), Some(60_000), "a leap second");
    assert_eq!(wait("08:59:00"), Some(59 * 60_000));
    assert_eq!(wait("23:00:00"), Some(3_600_000), "cut to an hour");
    for nonsense in ["24:00:00", "08:60:00", "08:00:61", "08:00", "08:00:00:00"] {
        assert_eq!(wait(nonsense), None, "{nonsense}");
    }
}

#[test]
fn r87_a_remembered_refusal_names_a_wait_only_where_the_server_asked_for_one() {
    for (response, first, later) in [
        (answer(400, r#"{"error":"invalid_scope"}"#), None, None),
        (answer(429, "").with_header("Retry-After", "100"), Some(100_000), Some(99_500)),
    ] {
        let mut source = TokenSource::client_credentials(client(), ["read"]);
        let Step::Send(flight) = source.poll(at(0), 1) else { panic!("nothing to send") };
        let Step::Failed(error) = source.finish(flight, response, at(0)) else { panic!("no failure") };
        assert_eq!(error.retry_after_ms(), first);
        let Step::Failed(error) = source.poll(at(500), 1) else { panic!("it was asked again at once") };
        assert_eq!(error.retry_after_ms(), later, "{error}");
    }
}

#[test]
fn a_failure_that_somebody_has_to_mend_says_so() {
    let exchange = client().client_credentials(["read"]).unwrap();
    for (kind, recovery, retryable) in [
        (FailureKind::NotSent, Recovery::Retry, true),
        (FailureKind::Untrusted, Recovery::FixConfiguration, false),
        (FailureKind::Broken, Recovery::FixConfiguration, false),
        (FailureKind::Aborted, Recovery::None, false),
    ] {
        let error = exchange.fail(&Failure::new(kind), at(0));
        assert_eq!((error.recovery(), error.retryable()), (recovery, retryable), "{error}");
    }
}

#[test]
fn a_failure_carries_the_systems_own_word_where_there_is_one() {
    let exchange = client().client_credentials(["read"]).unwrap();
    let failure = Failure::new(FailureKind::NotSent);
    let with = |detail: &str| exchange.fail(&failure.clone().with_detail(detail), at(0)).to_string();
    assert!(with("ECONNREFUSED").contains("the token request (ECONNREFUSED): "), "{}", with("ECONNREFUSED"));
    assert!(with("a\r\n\u{1b}b").contains("(a???b)"), "cleaned");
    for nothing in ["", "  "] {
        assert_eq!(with(nothing), exchange.fail(&failure, at(0)).to_string());
    }
}

fn stored(refresh_token: &str) -> SessionTokens {
    SessionTokens {
        access_token: Secret::new("access"),
        refresh_token: Some(Secret::new(refresh_token)),
        id_token: None,
        expires_at_unix_ms: Some(T0),
        scope: "read".into(),
        issued_for: client().issued_for(),
    }
}

const DEAD: &str = r#"{"error":"invalid_grant"}"#;

#[test]
fn r88_a_dead_refresh_token_is_named_so_that_only_it_is_deleted() {
    let mut source = TokenSource::session(client(), stored("first"), at(0));
    let Step::Send(flight) = source.poll(at(1), 1) else { panic!("nothing to send") };
    assert_eq!(source.take_change(), Some(Change::RefreshBegun { at_unix_ms: T0 + 1 }));
    let Step::Failed(error) = source.finish(flight, answer(400, DEAD), at(2)) else { panic!("no failure") };
    assert_eq!(error.recovery(), Recovery::Reauthorize);
    assert_eq!(source.take_change(), Some(Change::RefreshTokenDead(Secret::new("first"))));
    assert_eq!(source.take_change(), None);
}

#[test]
fn r88_a_dead_refresh_token_is_never_sent_again_until_the_store_has_another() {
    let mut source = TokenSource::session(client(), stored("first"), at(0));
    let Step::Send(flight) = source.poll(at(1), 1) else { panic!("nothing to send") };
    source.finish(flight, answer(400, DEAD), at(2));
    for ms in [3, 10_000, 3_600_000] {
        let Step::Failed(error) = source.poll(at(ms), 1) else { panic!("it was sent again") };
        assert_eq!((error.error(), error.recovery()), (Some("invalid_grant"), Recovery::Reauthorize));
    }
    source.observe(Observation::Tokens(stored("first")), at(3_600_001));
    assert!(matches!(source.poll(at(3_600_002), 1), Step::Failed(_)), "the store only repeats what is dead");
    source.observe(Observation::Tokens(stored("second")), at(3_600_003));
    let Step::Send(flight) = source.poll(at(3_600_004), 1) else { panic!("nothing to send") };
    assert_eq!(value(&form(flight.request()), "refresh_token"), Some("second"));
}

#[test]
fn r88_a_verdict_on_a_token_that_was_replaced_meanwhile_kills_nothing() {
    let mut source = TokenSource::session(client(), stored("first"), at(0));
    let Step::Send(flight) = source.poll(at(1), 1) else { panic!("nothing to send") };
    source.observe(Observation::Tokens(stored("second")), at(2));
    while source.take_change().is_some() {}
    source.finish(flight, answer(400, DEAD), at(3));
    assert_eq!(source.take_change(), None, "nothing may be deleted");
    let Step::Send(flight) = source.poll(at(4), 1) else { panic!("nothing to send") };
    assert_eq!(value(&form(flight.request()), "refresh_token"), Some("second"));
}

#[test]
fn r88_an_unclear_refusal_does_not_kill_the_session() {
    for response in [
        answer(400, "{}"),
        answer(400, r#"{"error":{"code":"invalid_grant"}}"#),
        answer(503, DEAD),
        answer(429, DEAD),
        answer(400, r#"{"error":"invalid_client"}"#),
        HttpResponse::new(403, "<html>").with_header("content-type", "text/html"),
    ] {
        // Without another attempt, which would answer instead.
        let client = client_with(|options| options.retries = 0);
        let mut source = TokenSource::session(client, stored("first"), at(0));
        let Step::Send(flight) = source.poll(at(1), 1) else { panic!("nothing to send") };
        source.finish(flight, response, at(2));
        while let Some(change) = source.take_change() {
            assert!(!matches!(change, Change::RefreshTokenDead(_)), "{change:?}");
        }
    }
}

/// Scheme, token68 and parameters of each challenge, written on one line.
fn shown(value: &str) -> Option<Vec<String>> {
    let show = |challenge: tokenwell::Challenge| {
        let parameters: Vec<_> = challenge.parameters.iter().map(|(name, value)| format!("{name}={value}")).collect();
        format!("{} [{}] {}", challenge.scheme, challenge.token68.unwrap_or_default(), parameters.join(";"))
    };
    Some(challenges(value)?.into_iter().map(show).collect())
}

#[test]
fn r89_challenges_are_read_as_rfc_9110_writes_them() {
    for (value, expected) in [
        ("Bearer", vec!["bearer [] "]),
        ("BEARER realm=\"a, b\"", vec!["bearer [] realm=a, b"]),
        ("Bearer realm=\"q\\\"uo\\\\te\", Error=invalid_token", vec!["bearer [] realm=q\"uo\\te;error=invalid_token"]),
        ("Negotiate a87421==, Bearer scope=\"x y\"", vec!["negotiate [a87421==] ", "bearer [] scope=x y"]),
        (
            "Basic realm=x,Bearer error=\"insufficient_scope\"",
            vec!["basic [] realm=x", "bearer [] error=insufficient_scope"],
        ),
        ("Bearer realm = \"x\" ,, error = y", vec!["bearer [] realm=x;error=y"]),
        (
            "Newauth realm=\"apps\", type=1, title=\"Login to \\\"apps\\\"\", Basic realm=\"simple\"",
            vec!["newauth [] realm=apps;type=1;title=Login to \"apps\"", "basic [] realm=simple"],
        ),
        ("", vec![]),
        (" , ,", vec![]),
    ] {
        assert_eq!(shown(value), Some(expected.into_iter().map(str::to_owned).collect()), "{value}");
    }
}

#[test]
fn r89_a_duplicate_or_broken_challenge_is_unreadable() {
    for value in [
        "Bearer realm=a, realm=b",
        "Bearer realm=a, REALM=b",
        "Bearer realm=\"a",
        "Bearer realm=\"a\\",
        "realm=a",
        "Bearer (x)",
        "Negotiate abc==, x=y",
        "Bearer \u{e4}=x",
        "=x",
    ] {
        assert_eq!(shown(value), None, "{value}");
    }
}
