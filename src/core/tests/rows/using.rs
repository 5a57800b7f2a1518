//! R96 to R102: using, keeping and revoking tokens.

use tokenwell::{
    AuthorizationRequest, ErrorKind, HttpResponse, Observation, Recovery, Rejection, Secret, SessionTokens, Step,
    Token, TokenRequest, TokenSource, TokenTypeHint, TokenVerdict, token_verdict,
};

use crate::support::*;

#[test]
fn r96_the_token_goes_into_the_authorization_header_and_nowhere_else() {
    let tokens = client().client_credentials(["read"]).unwrap().finish(&ok(token_body("canary", 60)), at(0)).unwrap();
    assert_eq!(tokens.authorization().reveal(), "Bearer canary");
    let request = client().api_request("employees?limit=10").unwrap();
    assert!(!request.url().contains("canary"));
    assert!(client().api_headers().all(|(_, value)| !value.contains("canary")));
}

#[test]
fn r96_no_header_can_be_injected() {
    for token in ["a\\r\\nx-evil: 1", "a\\nb", "a b", "\\u0000"] {
        let body = format!(r#"{{"access_token":"{token}","token_type":"Bearer"}}"#);
        client().client_credentials(["read"]).unwrap().finish(&ok(body), at(0)).unwrap_err();
    }
    for value in ["a\r\nx-evil: 1", "a\nb", "\u{e4}", "\u{7f}", ""] {
        let mut profile = profile();
        profile.api_headers = vec![("x-version".into(), value.into())];
        assert_eq!(profile.client(credentials()).unwrap_err().field(), Some("api_headers"), "{value:?}");
    }
}

#[test]
fn r96_no_header_of_an_api_has_a_name_that_begins_another_or_is_the_tokens_own() {
    for name in ["", "x y", "x:", "x\r\ny", "\u{e4}", "authorization", "Authorization"] {
        let mut profile = profile();
        profile.api_headers = vec![("x-version".into(), "7".into()), (name.into(), "8".into())];
        assert_eq!(profile.client(credentials()).unwrap_err().field(), Some("api_headers"), "{name:?}");
    }
}

#[test]
fn r96_a_stored_token_that_was_damaged_is_not_sent() {
    let damaged = |access_token: &str, refresh_token: Option<&str>| {
        let tokens = SessionTokens {
            access_token: Secret::new(access_token),
            refresh_token: refresh_token.map(Secret::new),
            id_token: None,
            expires_at_unix_ms: Some(T0 + 3_600_000),
            scope: "read".into(),
            issued_for: client().issued_for(),
        };
        let problem = tokens.check(&client()).err();
        if let Some(error) = &problem {
            assert_eq!((error.kind(), error.field()), (ErrorKind::Configuration, Some("tokens")));
        }
        let step = TokenSource::session(client(), tokens, at(0)).poll(at(0), 1);
        assert_eq!(matches!(step, Step::Failed(_)), problem.is_some(), "{step:?}");
        problem.is_some()
    };
    assert!(!damaged("access", None) && !damaged("access", Some("a refresh token")));
    for access_token in ["", "a b", "a\r\nx-evil: 1", "\u{e4}", "\u{7f}"] {
        assert!(damaged(access_token, Some("refresh")), "{access_token:?}");
    }
    for refresh_token in ["", "a\nb", "\u{e4}", "\u{7f}"] {
        assert!(damaged("access", Some(refresh_token)), "{refresh_token:?}");
    }
}

#[test]
fn r96_a_damaged_token_from_a_shared_store_is_not_taken() {
    let stored = |access_token: &str, refresh_token: &str| SessionTokens {
        access_token: Secret::new(access_token),
        refresh_token: Some(Secret::new(refresh_token)),
        id_token: None,
        expires_at_unix_ms: Some(T0 + 3_600_000),
        scope: "read".into(),
        issued_for: client().issued_for(),
    };
    for (access_token, refresh_token) in [("a\r\nx-evil: 1", "refresh"), ("", "refresh"), ("access", "a\nb")] {
        let mut source = TokenSource::session(client(), stored("good", "kept"), at(0));
        source.observe(Observation::Tokens(stored(access_token, refresh_token)), at(1));
        assert_eq!(source.current(at(1)).unwrap().access_token().reveal(), "good");
        assert_eq!(source.session_tokens().unwrap().refresh_token, Some(Secret::new("kept")));
    }
}

#[test]
fn r97_a_reference_is_resolved_like_a_link_against_the_base() {
    for (reference, url) in [
        ("employees", "https://api.example.com/v2/employees"),
        ("employees?limit=10&q=a b", "https://api.example.com/v2/employees?limit=10&q=a%20b"),
        ("", "https://api.example.com/v2/"),
        ("./x/../y", "https://api.example.com/v2/y"),
        ("/x", "https://api.example.com/x"),
        ("../../../x", "https://api.example.com/x"),
        ("https://api.example.com/v9/x", "https://api.example.com/v9/x"),
        ("HTTPS://API.example.com:443/x", "https://API.example.com:443/x"),
        ("employees#part", "https://api.example.com/v2/employees"),
        ("käse", "https://api.example.com/v2/k%C3%A4se"),
        ("?x=1", "https://api.example.com/v2/?x=1"),
    ] {
        let request = client().api_request(reference).unwrap();
        assert_eq!(request.url().to_lowercase(), url.to_lowercase(), "{reference}");
        assert!(!request.endpoint().contains(['?', '#']));
    }
}

#[test]
fn r97_the_token_goes_to_no_other_origin_and_never_without_https() {
    for reference in [
        "https://evil.example/x",
        "//evil.example/x",
        "https://api.example.com.evil.example/",
        "https://evil-api.example.com/",
        "https://evil.api.example.com/",
        "https://evil.example/https://api.example.com/",
        "https://api.example.com@evil.example/",
        "https://api.example.com:444/",
        "http://api.example.com/v2/x",
        "http://api.example.com:443/v2/x",
        "https:\\\\evil.example",
        "\\\\evil.example",
        "javascript:alert(1)",
        "data:,x",
        "file:///x",
        "x:y",
        "https://api%2eexample.com/",
        "ht\ntps://api.example.com/",
        " //evil.example/x",
        "\u{a0}//evil.example/x",
        "https://api.example.com/\r\nx: y",
    ] {
        match client().api_request(reference) {
            Ok(request) => assert!(
                request.url().starts_with("https://api.example.com/"),
                "{reference:?} leads to {}",
                request.url()
            ),
            Err(error) => assert_eq!(error.kind(), ErrorKind::Configuration, "{reference:?}"),
        }
    }
    for reference in ["https://evil.example/x", "//evil.example/x", "http://api.example.com/v2/x", " //evil.example"] {
        assert_eq!(client().api_request(reference).unwrap_err().field(), Some("url"), "{reference}");
    }
}

#[test]
fn r97_a_reference_with_a_control_character_or_a_backslash_is_refused() {
    for reference in ["employees\\7", "\\employees", "employees\n", "employees\u{7f}", "\0", "a\tb\\c"] {
        let error = client().api_request(reference).unwrap_err();
        assert_eq!((error.kind(), error.field()), (ErrorKind::Configuration, Some("url")), "{reference:?}");
        assert!(error.to_string().contains("control character or a backslash"), "{error}");
    }
}

#[test]
fn r97_further_origins_are_named_one_by_one() {
    let client = client_with(|options| options.allowed_origins = vec!["https://files.example.com:443/".into()]);
    assert_eq!(client.api_request("https://FILES.example.com/a").unwrap().endpoint(), "https://files.example.com/a");
    client.api_request("https://sub.files.example.com/a").unwrap_err();
    for origin in
        ["http://files.example.com", "https://files.example.com/path", "*", "files.example.com", "https://x?y", ""]
    {
        let options = tokenwell::ClientOptions { allowed_origins: vec![origin.into()], ..Default::default() };
        let error = profile().client_with(credentials(), options).unwrap_err();
        assert_eq!(error.field(), Some("allowed_origins"), "{origin}");
    }
    let without_base = client_of(|profile| profile.api_base = None);
    for relative in ["x", "x/y:z", "1:2", "?a:b", "/x:y", ""] {
        assert_eq!(without_base.api_request(relative).unwrap_err().field(), Some("api_base"), "{relative}");
    }
    for absolute in
        ["https://api.example.com/", "//api.example.com:8080/", " https://api.example.com/", "mailto:x", "a+b-c.d:x"]
    {
        assert_eq!(without_base.api_request(absolute).unwrap_err().field(), Some("url"), "{absolute}");
    }
    assert_eq!(without_base.api_request("https://api.example.com/").unwrap_err().field(), Some("url"));
}

#[test]
fn r97_a_loopback_api_needs_the_option_for_it() {
    let options = tokenwell::ClientOptions { allow_insecure_loopback: true, ..Default::default() };
    let mut profile = profile();
    profile.api_base = Some("http://127.0.0.1:8080/api".into());
    let client = profile.clone().client_with(credentials(), options.clone()).unwrap();
    assert_eq!(client.api_request("x").unwrap().url(), "http://127.0.0.1:8080/api/x");
    client.api_request("http://localhost:8080/api/x").unwrap_err();
    profile.api_base = Some("http://[::1]:8080/api".into());
    let client = profile.clone().client_with(credentials(), options).unwrap();
    for reference in ["x?list[]=1", "http://[::1]:8080/api/x?list[]=1"] {
        let url = client.api_request(reference).unwrap().url().to_owned();
        assert_eq!(url, "http://[::1]:8080/api/x?list%5B%5D=1", "{reference}");
    }
    assert_eq!(profile.client(credentials()).unwrap_err().field(), Some("api_base"));
}

fn verdict(status: u16, www_authenticate: &str) -> TokenVerdict {
    token_verdict(status, Some(www_authenticate).filter(|value| !value.is_empty()))
}

#[test]
fn r97_only_a_401_speaks_against_the_token() {
    assert_eq!(verdict(401, ""), TokenVerdict::Rejected);
    assert_eq!(verdict(401, "Bearer error=\"invalid_token\""), TokenVerdict::Rejected);
    assert_eq!(verdict(401, "Bearer error=\"broken"), TokenVerdict::Rejected);
    assert_eq!(verdict(401, "Basic realm=x, Bearer error=\"insufficient_scope\""), TokenVerdict::InsufficientScope);
    assert_eq!(verdict(403, "Bearer error=\"insufficient_scope\""), TokenVerdict::InsufficientScope);
    assert_eq!(verdict(403, "Bearer error=\"invalid_token\""), TokenVerdict::Accepted);
    assert_eq!(verdict(403, ""), TokenVerdict::Accepted);
    assert_eq!(verdict(200, "Bearer error=\"insufficient_scope\""), TokenVerdict::Accepted);
    assert_eq!(verdict(500, ""), TokenVerdict::Accepted);
}

fn ready(source: &mut TokenSource, ms: u64, token: &str) -> Token {
    let Step::Send(flight) = source.poll(at(ms), 1) else { panic!("nothing to send at {ms}") };
    let Step::Ready(token) = source.finish(flight, ok(token_body(token, 3600)), at(ms)) else { panic!("no token") };
    token
}

#[test]
fn r97_a_rejected_token_is_replaced_once_in_ten_seconds() {
    let mut source = TokenSource::client_credentials(client(), ["read"]);
    let first = ready(&mut source, 0, "first");
    assert_eq!(source.reject(&first, at(1_000)), Rejection::Dropped);
    assert_eq!(source.reject(&first, at(1_001)), Rejection::Dropped, "another caller with the same 401");
    let second = ready(&mut source, 1_002, "second");
    assert_eq!((first.version(), second.version()), (1, 2));
    assert_eq!(source.reject(&first, at(1_003)), Rejection::Superseded, "a late 401 spends nothing");
    assert_eq!(source.reject_version(first.version(), at(1_003)), Rejection::Superseded);
    assert!(matches!(source.poll(at(1_003), 1), Step::Ready(_)));
    assert_eq!(source.reject(&second, at(10_999)), Rejection::TooSoon);
    assert!(matches!(source.poll(at(10_999), 1), Step::Ready(_)));
    assert_eq!(source.reject(&second, at(11_000)), Rejection::Dropped);
    assert!(matches!(source.poll(at(11_000), 1), Step::Send(_)));
}

#[test]
fn r97_an_api_refusal_is_read_whatever_its_shape() {
    let request = client().api_request("employees").unwrap();
    let token = Secret::new("canary-token");
    let body = br#"{"error":{"code":"no_scope","message":"Bearer canary-token lacks a scope"}}"#;
    let error = client().api_error(&request, &token, &HttpResponse::new(403, *body), at(0));
    assert_eq!((error.kind(), error.status(), error.error()), (ErrorKind::Api, Some(403), Some("no_scope")));
    assert_eq!(error.description(), Some("Bearer [redacted] lacks a scope"));
    let kind_of = |status| {
        let error = client().api_error(&request, &token, &HttpResponse::new(status, "<html>"), at(0));
        (error.kind(), error.retryable(), error.recovery())
    };
    assert_eq!(kind_of(401), (ErrorKind::Api, false, Recovery::FixConfiguration));
    assert_eq!(kind_of(404), (ErrorKind::Api, false, Recovery::None));
    for status in [408, 429, 500, 503] {
        assert_eq!(kind_of(status), (ErrorKind::Api, true, Recovery::Retry), "{status}");
    }
}

#[test]
fn r97_an_api_refusal_says_how_long_to_wait_and_its_id() {
    let request = client().api_request("employees").unwrap();
    let token = Secret::new("canary-token");
    let refused = |status| {
        let response = HttpResponse::new(status, "").with_header("Retry-After", "7");
        let response = response.with_header("X-Request-Id", "id-7 canary-token");
        client().api_error(&request, &token, &response, at(0))
    };
    assert_eq!(refused(429).retry_after_ms(), Some(7000));
    assert_eq!(refused(404).retry_after_ms(), None);
    assert_eq!(refused(404).request_id(), Some("id-7 [redacted]"));
}

#[test]
fn r89_an_api_refusal_is_read_from_every_challenge() {
    let request = client().api_request("employees").unwrap();
    let response = HttpResponse::new(403, "")
        .with_header("WWW-Authenticate", "Basic realm=\"x\"")
        .with_header("WWW-Authenticate", "Bearer error=\"insufficient_scope\"");
    let error = client().api_error(&request, &Secret::new("canary-token"), &response, at(0));
    assert_eq!(error.kind(), ErrorKind::InsufficientScope);
}

#[test]
fn r97_an_api_refusal_lacks_a_scope_only_where_it_says_so() {
    let request = client().api_request("employees").unwrap();
    let kind_of = |status, body: &str, challenge: &str| {
        let response = HttpResponse::new(status, body).with_header("www-authenticate", challenge);
        let error = client().api_error(&request, &Secret::new("canary-token"), &response, at(0));
        assert_eq!(error.recovery(), Recovery::FixConfiguration);
        error.kind()
    };
    let challenge = r#"Bearer error="insufficient_scope""#;
    assert_eq!(kind_of(403, "{}", challenge), ErrorKind::InsufficientScope);
    assert_eq!(kind_of(401, "{}", challenge), ErrorKind::InsufficientScope);
    assert_eq!(kind_of(403, r#"{"code":"insufficient_scope"}"#, "Bearer"), ErrorKind::InsufficientScope);
    assert_eq!(kind_of(403, r#"{"code":"forbidden"}"#, "Bearer"), ErrorKind::Api);
    assert_eq!(kind_of(401, r#"{"code":"insufficient_scope"}"#, "Bearer"), ErrorKind::Api);
}

#[test]
fn r100_the_key_has_everything_that_changes_the_token() {
    let request = TokenRequest::from(["read"]).audience("a").resource("https://r.example");
    let base = client();
    let mut keys = vec![base.cache_key(&request)];
    let mut with = |client: &tokenwell::Client, request: &TokenRequest| keys.push(client.cache_key(request));
    with(&base, &TokenRequest::from(["write"]).audience("a").resource("https://r.example"));
    with(&base, &TokenRequest::from(["read", "write"]).audience("a").resource("https://r.example"));
    with(&base, &TokenRequest::from(["read"]).audience("b").resource("https://r.example"));
    with(&base, &TokenRequest::from(["read"]).resource("https://r.example"));
    with(&base, &TokenRequest::from(["read"]).audience("a"));
    with(&base, &TokenRequest::from(["read"]).audience("a").resource("https://s.example"));
    with(&base, &request.clone().resource("https://s.example"));
    with(&client_of(|profile| profile.token_endpoint = "https://auth.example.com/oauth/token2".into()), &request);
    with(&client_of(|profile| profile.token_endpoint.push_str("?tenant=2")), &request);
    with(&client_of(|profile| profile.issuer = Some("https://auth.example.com".into())), &request);
    with(&client_of(|profile| profile.client_authentication = tokenwell::ClientAuthentication::Basic), &request);
    with(&base.with_secret("another secret").unwrap(), &request);
    with(&public_client(), &request);
    with(&profile().client(tokenwell::Credentials::supplied(CLIENT_ID)).unwrap(), &request);
    with(&profile().client(tokenwell::Credentials::secret("client-8", CLIENT_SECRET)).unwrap(), &request);
    for parameters in
        [vec![("tenant", "1")], vec![("tenant", "2")], vec![("tenan", "t1")], vec![("a", "1"), ("b", "2")]]
    {
        let parameters = parameters.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect();
        with(&client_with(|options| options.parameters = parameters), &request);
    }
    let count = keys.len();
    keys.sort();
    keys.dedup();
    assert_eq!(keys.len(), count, "two different tokens share a key");
}

#[test]
fn r100_what_changes_nothing_is_not_in_the_key() {
    let base = client();
    let key = base.cache_key(&TokenRequest::from("a b").resource("urn:1").resource("urn:2"));
    assert_eq!(base.cache_key(&TokenRequest::from("b a a").resource("urn:2").resource("urn:1")), key);
    let defaults = client_with(|options| {
        options.request = TokenRequest::from("a b").resource("urn:1").resource("urn:2");
        options.parameters = vec![("empty".into(), String::new())];
        (options.timeout_ms, options.strict) = (1, true);
    });
    assert_eq!(defaults.cache_key(&TokenRequest::default()), key, "what a call does not say comes from the options");
    assert_eq!(base.cache_key(&TokenRequest::default().audience("")), base.cache_key(&TokenRequest::default()));
    let audience = client_of(|profile| profile.audience = Some("aud".into()));
    assert_eq!(audience.cache_key(&TokenRequest::default()), base.cache_key(&TokenRequest::default().audience("aud")));
    let sorted = |names: [&str; 2]| {
        client_with(|options| options.parameters = names.map(|name| (name.into(), "v".into())).to_vec())
            .cache_key(&TokenRequest::default())
    };
    assert_eq!(sorted(["x", "y"]), sorted(["y", "x"]));
}

#[test]
fn r101_only_the_scopes_asked_for_are_requested() {
    let (url, _) = client().authorize(AuthorizationRequest::new(REDIRECT_URI), at(0), &entropy(1)).unwrap();
    assert_eq!(value(&query(&url), "scope"), None, "no scope is added by itself");
    assert_eq!(value(&form(client().client_credentials(TokenRequest::default()).unwrap().request()), "scope"), None);
    assert_eq!(value(&form(client().client_credentials(["a"]).unwrap().request()), "scope"), Some("a"));
    let defaults = client_with(|options| options.request = TokenRequest::from(["a", "b"]));
    assert_eq!(
        value(&form(defaults.client_credentials(["a"]).unwrap().request()), "scope"),
        Some("a"),
        "replaced, not added"
    );
}

#[test]
fn r102_a_revocation_names_the_token_and_the_client() {
    let token = Secret::new("canary-refresh");
    let revocation = client().revoke(&token, Some(TokenTypeHint::RefreshToken)).unwrap();
    assert_eq!(revocation.request().url(), "https://auth.example.com/oauth/revoke");
    let pairs = form(revocation.request());
    for (name, expected) in [
        ("token", "canary-refresh"),
        ("token_type_hint", "refresh_token"),
        ("client_id", CLIENT_ID),
        ("client_secret", CLIENT_SECRET),
    ] {
        assert_eq!(value(&pairs, name), Some(expected));
    }
    let pairs = form(client().revoke(&token, Some(TokenTypeHint::AccessToken)).unwrap().request());
    assert_eq!(value(&pairs, "token_type_hint"), Some("access_token"));
    assert_eq!(value(&form(client().revoke(&token, None).unwrap().request()), "token_type_hint"), None);
}

#[test]
fn r102_an_unknown_token_is_revoked_and_an_unavailable_server_is_asked_again() {
    let finish = |response| client().revoke(&Secret::new("t"), None).unwrap().finish(&response, at(0));
    for status in [200, 204] {
        finish(tokenwell::HttpResponse::new(status, "")).unwrap();
    }
    let error = finish(answer(503, "").with_header("Retry-After", "3")).unwrap_err();
    assert_eq!((error.retryable(), error.retry_after_ms()), (true, Some(3_000)));
    let error = finish(answer(400, r#"{"error":"unsupported_token_type"}"#)).unwrap_err();
    assert_eq!(
        (error.kind(), error.error(), error.retryable()),
        (ErrorKind::OAuth, Some("unsupported_token_type"), false)
    );
    finish(answer(199, "")).unwrap_err();
    let without = client_of(|profile| profile.revocation_endpoint = None);
    assert_eq!(without.revoke(&Secret::new("t"), None).unwrap_err().field(), Some("revocation_endpoint"));
    assert_eq!(client().revoke(&Secret::new(""), None).unwrap_err().field(), Some("token"));
}

#[test]
fn r102_introspection_answers_with_active_true_or_false() {
    let read = |body: &str| client().introspect(&Secret::new("t"), None).unwrap().finish(&ok(body), at(0));
    let found = read(r#"{"active":true,"scope":"a b","exp":1800000060,"sub":"user"}"#).unwrap();
    assert!(found.active() && found.scope().contains("b"));
    assert_eq!(found.expires_at_unix_ms(), Some(1_800_000_060_000));
    assert_eq!(found.members().reveal(), r#"{"active":true,"scope":"a b","exp":1800000060,"sub":"user"}"#);
    assert!(!read(r#"{"active":false}"#).unwrap().active());
    for body in ["{}", r#"{"active":"true"}"#, r#"{"active":1}"#, "[]", ""] {
        assert_eq!(read(body).unwrap_err().kind(), ErrorKind::InvalidResponse, "{body}");
    }
}

#[test]
fn r97_a_reference_that_is_refused_says_how_to_write_it() {
    for (reference, advice, written) in [
        ("users:batch", "begin a path with ./", "./users:batch"),
        ("users:batch?from=https://x", "begin a path with ./", "./users:batch?from=https://x"),
        ("a/100%", "as %25", "a/100%25"),
        ("a?q=%zz", "as %25", "a?q=%25zz"),
    ] {
        let error = client().api_request(reference).unwrap_err();
        assert_eq!((error.kind(), error.field()), (ErrorKind::Configuration, Some("url")));
        assert!(error.to_string().contains(advice), "{error}");
        client().api_request(written).unwrap();
    }
}
