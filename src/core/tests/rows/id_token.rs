//! R81 and R82: the ID token that comes with a code exchange or a refresh.

use tokenwell::{Error, ErrorKind, Exchange, HttpResponse, Secret, SessionTokens, Step, TokenSet, TokenSource};

use crate::support::*;
use crate::token_response::{refreshed, session};

fn claims(change: impl FnOnce(&mut Vec<(&'static str, String)>)) -> String {
    let mut claims = vec![
        ("iss", "\"https://auth.example.com\"".to_owned()),
        ("sub", "\"user-1\"".to_owned()),
        ("aud", format!("\"{CLIENT_ID}\"")),
        ("exp", format!("{}", T0 / 1000 + 300)),
        ("iat", format!("{}", T0 / 1000)),
        ("nonce", format!("\"{}\"", base64url(&entropy(1)[64..]))),
    ];
    change(&mut claims);
    let members: Vec<_> = claims.iter().map(|(name, value)| format!("\"{name}\":{value}")).collect();
    format!("{{{}}}", members.join(","))
}

fn set(claims: &mut Vec<(&'static str, String)>, name: &'static str, value: &str) {
    claims.retain(|(other, _)| *other != name);
    if !value.is_empty() {
        claims.push((name, value.into()));
    }
}

fn with_id_token(id_token: &str) -> HttpResponse {
    ok(format!(
        r#"{{"access_token":"access","token_type":"Bearer","expires_in":60,"refresh_token":"r","id_token":"{id_token}"}}"#
    ))
}

/// The exchange of a user who signs in.
fn signing_in() -> Exchange {
    let client = client_of(|profile| profile.issuer = Some("https://auth.example.com".into()));
    let request = tokenwell::AuthorizationRequest::new(REDIRECT_URI).request(["openid"]);
    let (url, transaction) = client.authorize(request, at(0), &entropy(1)).unwrap();
    let state = value(&query(&url), "state").unwrap().to_owned();
    transaction.callback(&client, &format!("{REDIRECT_URI}?code=c&state={state}"), at(0)).unwrap()
}

fn sign_in(id_token: &str) -> Result<TokenSet, Error> {
    signing_in().finish(&with_id_token(id_token), at(0))
}

#[test]
fn r81_an_id_token_is_decoded_and_its_claims_are_checked() {
    let text = claims(|_| {});
    let tokens = sign_in(&jwt("RS256", &text)).unwrap();
    let id_token = tokens.id_token().unwrap();
    assert_eq!((id_token.issuer(), id_token.subject()), ("https://auth.example.com", "user-1"));
    assert_eq!(id_token.claims().reveal(), text);
    assert_eq!(id_token.token().reveal(), jwt("RS256", &text));
}

#[test]
fn r81_no_token_is_released_with_a_wrong_id_token() {
    let now = T0 / 1000;
    for (name, value, word) in [
        ("iss", "\"https://evil.example\"", "issuer"),
        ("iss", "\"https://auth.example.com/\"", "issuer"),
        ("iss", "", "iss"),
        ("sub", "", "sub"),
        ("sub", "\"\"", "sub"),
        ("sub", "7", "sub"),
        ("aud", "", "aud"),
        ("aud", "\"client-8\"", "another client"),
        ("aud", "[]", "aud"),
        ("aud", "[\"client-7\",\"client-8\"]", "azp"),
        ("aud", "[1]", "aud"),
        ("azp", "\"client-8\"", "azp"),
        ("exp", "", "exp"),
        ("exp", "\"soon\"", "exp"),
        ("exp", &format!("{}", now - 31), "expired"),
        ("iat", "", "iat"),
        ("iat", &format!("{}", now + 31), "future"),
        ("nonce", "", "nonce"),
        ("nonce", "\"another\"", "nonce"),
        ("at_hash", "\"AAAAAAAAAAAAAAAAAAAAAA\"", "at_hash"),
    ] {
        let text = claims(|claims| set(claims, name, value));
        let error = sign_in(&jwt("RS256", &text)).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidResponse, "{name} {value}");
        assert!(error.to_string().contains(word), "{name} {value}: {error}");
    }
    let others = claims(|claims| {
        set(claims, "aud", "[\"client-8\",\"client-9\"]");
        set(claims, "azp", "\"client-7\"");
    });
    let error = sign_in(&jwt("RS256", &others)).unwrap_err();
    assert!(error.to_string().contains("another client"), "{error}");
    for algorithm in ["none", "None", "NONE", "HS256", "HS512"] {
        assert_eq!(sign_in(&jwt(algorithm, &claims(|_| {}))).unwrap_err().kind(), ErrorKind::InvalidResponse);
    }
    for broken in ["a", "a.b", "a.b.c", "a.b.c.d", "e30.e30.x", "=.=.="] {
        assert_eq!(sign_in(broken).unwrap_err().kind(), ErrorKind::InvalidResponse, "{broken}");
    }
}

#[test]
fn r81_an_exchange_may_take_longer_than_clocks_may_be_apart() {
    let now = T0 / 1000;
    let young = |ahead: u64| {
        let claims = claims(|claims| set(claims, "iat", &format!("{}", now + ahead)));
        with_id_token(&jwt("RS256", &claims))
    };
    let tokens = signing_in().finish_between(&young(70), at(0), at(40_000)).unwrap();
    assert_eq!(tokens.expires_at_unix_ms(), Some(T0 + 60_000), "its lifetime counts from the request");
    let error = signing_in().finish_between(&young(71), at(0), at(40_000)).unwrap_err();
    assert!(error.to_string().contains("future"), "{error}");
    // What the server says against it is the same, however many moments are known.
    let error = signing_in().finish_between(&HttpResponse::new(502, ""), at(0), at(40_000)).unwrap_err();
    assert_eq!((error.kind(), error.retryable()), (ErrorKind::Ambiguous, false));
}

#[test]
fn r81_what_an_id_token_may_have() {
    let now = T0 / 1000;
    // base64url of the left half of SHA-256("access").
    let hash = hmac_sha256::Hash::hash(b"access");
    let at_hash = format!("\"{}\"", base64url(&hash[..16]));
    for (name, value) in [
        ("aud", "[\"client-7\"]"),
        ("azp", "\"client-7\""),
        ("exp", &*format!("{}", now - 30)),
        ("exp", &*format!("{}.5", now + 30)),
        ("iat", &*format!("{}", now + 30)),
        ("at_hash", &*at_hash),
    ] {
        sign_in(&jwt("RS256", &claims(|claims| set(claims, name, value)))).expect(name);
    }
    let two = claims(|claims| {
        set(claims, "aud", "[\"client-8\",\"client-7\"]");
        set(claims, "azp", "\"client-7\"");
    });
    sign_in(&jwt("ES256", &two)).unwrap();
    // Only SHA-256 is at hand.
    sign_in(&jwt("ES384", &claims(|claims| set(claims, "at_hash", "\"x\"")))).unwrap();
}

/// A session that began with an ID token and is refreshed with another.
fn refresh_with(change: impl FnOnce(&mut Vec<(&'static str, String)>)) -> Step {
    let tokens = sign_in(&jwt("RS256", &claims(|_| {}))).unwrap();
    let client = client_of(|profile| profile.issuer = Some("https://auth.example.com".into()));
    let mut source = TokenSource::from_tokens(client, tokens, at(0));
    let Step::Send(flight) = source.poll(at(61_000), 1) else { panic!("nothing to send") };
    source.finish(flight, with_id_token(&jwt("RS256", &claims(change))), at(61_000))
}

#[test]
fn r82_an_id_token_in_a_refresh_is_about_the_same_user() {
    let Step::Ready(token) = refresh_with(|claims| set(claims, "nonce", "")) else { panic!("refused") };
    assert_eq!(token.id_token().unwrap().subject(), "user-1");
    assert!(matches!(refresh_with(|_| {}), Step::Ready(_)), "the same nonce is allowed");
    for (name, value) in
        [("iss", "\"https://evil.example\""), ("sub", "\"user-2\""), ("aud", "\"client-8\""), ("nonce", "\"another\"")]
    {
        let Step::Failed(error) = refresh_with(|claims| set(claims, name, value)) else {
            panic!("{name} was let through")
        };
        assert_eq!(error.kind(), ErrorKind::InvalidResponse);
    }
}

#[test]
fn r82_the_first_id_token_is_compared_also_where_no_issuer_is_fixed() {
    let first = claims(|claims| {
        set(claims, "aud", "[\"client-7\",\"client-8\"]");
        set(claims, "azp", "\"client-7\"");
        set(claims, "nonce", "");
    });
    let refreshed_with = |second: &str| {
        let stored = SessionTokens {
            access_token: Secret::new("a"),
            refresh_token: Some(Secret::new("r")),
            id_token: Some(Secret::new(jwt("RS256", &first))),
            expires_at_unix_ms: Some(T0),
            scope: "openid".into(),
            issued_for: client().issued_for(),
        };
        let mut source = TokenSource::session(client(), stored, at(0));
        let Step::Send(flight) = source.poll(at(1), 1) else { panic!("nothing to send") };
        source.finish(flight, with_id_token(&jwt("RS256", second)), at(1))
    };
    assert!(matches!(refreshed_with(&first), Step::Ready(_)));
    let another_issuer = first.replace("https://auth.example.com", "https://evil.example");
    // One of the first audiences is missing.
    let another_audience = first.replace("client-8", "client-9");
    for (second, word) in [(another_issuer, "issuer"), (another_audience, "audience")] {
        let Step::Failed(error) = refreshed_with(&second) else { panic!("{word} was let through") };
        assert!(error.to_string().contains(word), "{error}");
    }
}

#[test]
fn r82_a_session_without_its_first_id_token_takes_the_next_one() {
    let mut source = session(client());
    let body = format!(
        r#"{{"access_token":"access","token_type":"Bearer","expires_in":60,"id_token":"{}"}}"#,
        jwt("RS256", &claims(|_| {}))
    );
    let Step::Ready(token) = refreshed(&mut source, &body) else { panic!("the rotated token was lost") };
    assert_eq!(token.id_token().unwrap().subject(), "user-1");
}

#[test]
fn r82_the_first_id_token_stays_when_a_refresh_brings_none() {
    let tokens = sign_in(&jwt("RS256", &claims(|_| {}))).unwrap();
    let client = client_of(|profile| profile.issuer = Some("https://auth.example.com".into()));
    let mut source = TokenSource::from_tokens(client, tokens, at(0));
    let Step::Send(flight) = source.poll(at(61_000), 1) else { panic!("nothing to send") };
    let Step::Ready(token) = source.finish(flight, ok(token_body("b", 60)), at(61_000)) else { panic!("refused") };
    assert_eq!(token.id_token().unwrap().subject(), "user-1");
    assert!(source.session_tokens().unwrap().id_token.is_some());
}
