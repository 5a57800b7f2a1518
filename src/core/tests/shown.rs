//! What programs and people see of the types: stable names, and a `Debug` that helps without showing a secret.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::arithmetic_side_effects,
    reason = "a test panics when it fails"
)]

mod support;

use std::fmt::Debug;

use support::*;
use tokenwell::{
    AuthorizationRequest, ClientAuthentication, ClientOptions, Deviation, ErrorKind, Failure, FailureKind, Outcome,
    Recovery, Scope, Secret, Step, TokenSource, TokenTypeHint, challenges,
};

#[test]
fn the_names_that_javascript_sees() {
    for (kind, name) in [
        (ErrorKind::Configuration, "configuration"),
        (ErrorKind::Network, "network"),
        (ErrorKind::Timeout, "timeout"),
        (ErrorKind::Aborted, "aborted"),
        (ErrorKind::RedirectRefused, "redirect_refused"),
        (ErrorKind::ResponseTooLarge, "response_too_large"),
        (ErrorKind::InvalidResponse, "invalid_response"),
        (ErrorKind::OAuth, "oauth"),
        (ErrorKind::Callback, "callback"),
        (ErrorKind::Ambiguous, "ambiguous"),
        (ErrorKind::InsufficientScope, "insufficient_scope"),
        (ErrorKind::Api, "api"),
        (ErrorKind::Runtime, "runtime"),
    ] {
        assert_eq!((kind.as_str(), kind.to_string()), (name, name.to_owned()));
    }
    for (recovery, name) in [
        (Recovery::Retry, "retry"),
        (Recovery::Reauthorize, "reauthorize"),
        (Recovery::FixConfiguration, "fix_configuration"),
        (Recovery::None, "none"),
    ] {
        assert_eq!((recovery.as_str(), recovery.to_string()), (name, name.to_owned()));
    }
    for (deviation, name) in [
        (Deviation::TokenTypeMissing, "token_type_missing"),
        (Deviation::ExpiresInString, "expires_in_string"),
        (Deviation::ExpiresInDecimal, "expires_in_decimal"),
        (Deviation::ExpiresInNegative, "expires_in_negative"),
        (Deviation::ExpiresInInvalid, "expires_in_invalid"),
        (Deviation::ScopeArray, "scope_array"),
        (Deviation::ScopeInvalid, "scope_invalid"),
        (Deviation::EmptyMember, "empty_member"),
        (Deviation::AccessTokenCharacters, "access_token_characters"),
        (Deviation::Status201, "status_201"),
        (Deviation::ContentType, "content_type"),
        (Deviation::CacheControlMissing, "cache_control_missing"),
        (Deviation::IssuerUnverified, "issuer_unverified"),
    ] {
        assert_eq!((deviation.as_str(), deviation.to_string()), (name, name.to_owned()));
    }
    for (authentication, name) in [
        (ClientAuthentication::Post, "client_secret_post"),
        (ClientAuthentication::Basic, "client_secret_basic"),
        (ClientAuthentication::None, "none"),
    ] {
        assert_eq!(authentication.as_str(), name);
    }
    assert_eq!(TokenTypeHint::AccessToken.as_str(), "access_token");
    assert_eq!(TokenTypeHint::RefreshToken.as_str(), "refresh_token");
}

fn shows(value: &impl Debug, what: &[&str]) {
    let shown = format!("{value:?}");
    for blank in [": ,", ": }", "Some()"] {
        assert!(!shown.contains(blank), "a field shows nothing in {shown}");
    }
    for part in what {
        assert!(shown.contains(part), "{part} is missing from {shown}");
    }
}

#[test]
fn debug_shows_what_helps() {
    let options = ClientOptions { parameters: vec![("api_key".into(), "x".into())], ..ClientOptions::default() };
    shows(
        &options,
        &["ClientOptions", "timeout_ms: 10000", "deadline_ms: 25000", "retries: 2", "\"api_key\"", "strict: false"],
    );
    let profile = client_of(|profile| profile.api_headers = vec![("x-version".into(), "7".into())]).profile().clone();
    shows(
        &profile,
        &["\"example\"", TOKEN_ENDPOINT, "https://auth.example.com/oauth/authorize", "\"x-version\"", "Post"],
    );
    let client = client();
    shows(&client, &[TOKEN_ENDPOINT, CLIENT_ID, "[redacted]#"]);
    let exchange = client.client_credentials(["read"]).unwrap();
    shows(exchange.request(), &["POST", TOKEN_ENDPOINT, "application/x-www-form-urlencoded", "[redacted]#"]);
    shows(&ok("12345"), &["status: 200", "body_length: 5"]);
    shows(&client.api_request("employees?x=y").unwrap(), &["https://api.example.com/v2/employees"]);
    shows(&challenges("Bearer realm=x, error=y").unwrap(), &["\"bearer\"", "\"realm\"", "\"error\""]);
    shows(&challenges("Negotiate abc=").unwrap(), &["\"negotiate\"", "[redacted]"]);
    let mut request = AuthorizationRequest::new(format!("{REDIRECT_URI}?x=y")).request(["read"]);
    request.prompt = Some("login".into());
    request.login_hint = Some("somebody".into());
    request.parameters = vec![("ui_locales".into(), "de".into())];
    shows(&request, &[REDIRECT_URI, "\"read\"", "\"login\"", "[given]", "\"ui_locales\""]);
    let (_, transaction) = client.authorize(REDIRECT_URI, at(0), &entropy(1)).unwrap();
    shows(&transaction, &[REDIRECT_URI, TOKEN_ENDPOINT, CLIENT_ID, "[redacted]#", "1800000000000"]);
    let claims = format!(
        r#"{{"iss":"https://auth.example.com","sub":"somebody","aud":"{CLIENT_ID}","exp":{0},"iat":{0}}}"#,
        T0 / 1000 + 1
    );
    let body = format!(r#"{{"access_token":"a","token_type":"Bearer","id_token":"{}"}}"#, jwt("RS256", &claims));
    let refresh = client.refresh(&Secret::new("r"), ["openid"]).unwrap();
    let tokens = refresh.finish(&ok(body), at(0)).unwrap();
    shows(tokens.id_token().unwrap(), &["IdToken", "[redacted]#", "https://auth.example.com"]);
    assert!(!format!("{tokens:?}").contains("somebody"), "nothing of whom it is about");
    let mut source = TokenSource::client_credentials(client, ["read"]);
    let step = source.poll(at(0), 1);
    shows(&source, &["TokenSource", "flight: Some"]);
    shows(&step, &["Send", "attempt: 1"]);
    let Step::Send(flight) = step else { panic!("nothing to send") };
    let Step::Failed(error) = source.finish(flight, answer(400, r#"{"error":"invalid_scope"}"#), at(1)) else {
        panic!()
    };
    shows(&error, &["kind: OAuth", "invalid_scope", "status: Some(400)", TOKEN_ENDPOINT, "recovery: FixConfiguration"]);
    assert!(error.to_string().contains("invalid_scope"));
}

#[test]
fn a_client_says_what_it_is() {
    let client = client();
    assert_eq!((client.client_id(), client.token_endpoint()), (CLIENT_ID, TOKEN_ENDPOINT));
    assert_eq!(client.profile().name, "example");
    assert_eq!(client.options().timeout_ms, 10_000);
    let queried = client_of(|profile| profile.token_endpoint.push_str("?x"));
    assert_eq!(queried.token_endpoint(), TOKEN_ENDPOINT, "origin and path");
    // What stored tokens are pinned to: id and endpoint, and nothing else.
    assert_eq!(client.issued_for(), client.with_secret("another").unwrap().issued_for());
    assert_ne!(client.issued_for(), queried.issued_for());
    assert_ne!(
        client.issued_for(),
        profile().client(tokenwell::Credentials::secret("other", "s")).unwrap().issued_for()
    );
    assert_eq!(client.issued_for().len(), 43);
    assert_eq!(client.client_secret(), Some(&Secret::new(CLIENT_SECRET)));
    assert_eq!(public_client().client_secret(), None);
    assert_eq!(profile().client(tokenwell::Credentials::supplied(CLIENT_ID)).unwrap().client_secret(), None);
    let lucca = tokenwell::provider::lucca("example").client(credentials()).unwrap();
    assert_eq!(lucca.api_headers().collect::<Vec<_>>(), [("api-version", "2024-11-01")]);
}

#[test]
fn a_response_gives_its_headers_in_any_case() {
    let response = ok("").with_header("X-Correlation-ID", "first").with_header("Via", "a").with_header("via", "b");
    assert_eq!(response.header("CONTENT-type"), Some("application/json"));
    assert_eq!(response.header_values("VIA").collect::<Vec<_>>(), ["a", "b"]);
    assert_eq!((response.header("absent"), response.status()), (None, 200));
    assert_eq!(response.request_id(), Some("first"));
    assert_eq!(ok("").request_id(), None);
    let several = ok("").with_header("cf-ray", "ray").with_header("request-id", "second").with_header("location", "x");
    assert_eq!(several.request_id(), Some("second"), "the more telling one first");
}

#[cfg(feature = "http")]
#[test]
fn the_http_crate_s_types_are_converted() {
    let client = client_of(|profile| profile.client_authentication = ClientAuthentication::Basic);
    let exchange = client.client_credentials(["read"]).unwrap();
    let request = http::Request::<Vec<u8>>::try_from(exchange.request()).unwrap();
    assert_eq!((request.method().as_str(), request.uri().to_string()), ("POST", TOKEN_ENDPOINT.to_owned()));
    assert_eq!(request.body(), exchange.request().body().as_bytes());
    let headers = request.headers();
    assert_eq!(headers["accept"], "application/json");
    assert!(headers["authorization"].is_sensitive() && !headers["accept"].is_sensitive());
    assert_eq!(headers["authorization"].to_str().unwrap(), header(exchange.request(), "authorization").unwrap());
    let response = http::Response::builder()
        .status(429)
        .header("Retry-After", "7")
        .header("set-cookie", "not read")
        .header("x-request-id", "a")
        .body(r#"{"error":"slow_down"}"#)
        .unwrap();
    let taken = tokenwell::HttpResponse::from(response);
    assert_eq!((taken.status(), taken.header("set-cookie"), taken.request_id()), (429, None, Some("a")));
    let error = exchange.finish(&taken, at(0)).unwrap_err();
    assert_eq!((error.error(), error.retry_after_ms()), (Some("slow_down"), Some(7_000)));
}

#[cfg(feature = "http")]
#[test]
fn a_header_value_outside_ascii_still_says_what_it_says() {
    let html = http::HeaderValue::from_bytes("text/html; title=\u{e4}".as_bytes()).unwrap();
    let response = http::Response::builder().header("content-type", html).body(token_body("a", 60)).unwrap();
    let error = client().client_credentials(["read"]).unwrap().finish(&response.into(), at(0)).unwrap_err();
    assert_eq!(error.kind(), tokenwell::ErrorKind::InvalidResponse);
}

#[test]
fn a_secret_is_made_from_any_text() {
    assert_eq!(Secret::from("x"), Secret::from("x".to_owned()));
    assert_ne!(Secret::from("x").tag(), Secret::from("y").tag());
}

#[test]
fn every_type_may_go_to_another_thread() {
    fn goes<T: Send + Sync + 'static>() {}
    goes::<(tokenwell::Client, tokenwell::Exchange, tokenwell::Transaction, tokenwell::ApiRequest)>();
    goes::<(TokenSource, Step, tokenwell::Flight, tokenwell::Outcome, tokenwell::Token, tokenwell::Error)>();
    goes::<(tokenwell::Revocation, tokenwell::IntrospectionRequest, tokenwell::Introspection)>();
    goes::<(tokenwell::Change, tokenwell::Observation, tokenwell::SessionTokens, tokenwell::HttpResponse)>();
}

#[test]
fn values_are_made_from_what_a_program_has_at_hand() {
    const NAMES: &[&str] = &["read", "write"];
    let owned: Vec<String> = NAMES.iter().map(ToString::to_string).collect();
    let text = owned.join(" ");
    let made = [
        Scope::from(NAMES),
        (&owned).into(),
        (&["read", "write"]).into(),
        (&text).into(),
        text.as_str().into(),
        owned.into(),
    ];
    for scope in made {
        assert_eq!((scope.as_str(), scope.to_string()), ("read write", text.clone()));
    }
    let failure = || Failure::new(FailureKind::TimedOut);
    for outcome in [Outcome::from(failure()), Outcome::from(Err(failure()))] {
        assert!(matches!(outcome, Outcome::Failure(failure) if failure.kind() == FailureKind::TimedOut));
    }
    assert!(matches!(Outcome::from(Ok(ok("{}"))), Outcome::Response(response) if response.status() == 200));
}
