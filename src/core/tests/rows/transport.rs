//! R01 to R11: transport and endpoints.

use tokenwell::{
    AuthorizationRequest, BodyFormat, Client, ClientAuthentication, ClientOptions, Credentials, Deviation, Error,
    ErrorKind, Failure, FailureKind, HttpRequest, Secret, Step, TokenRequest, TokenSource,
};

use crate::support::*;

/// A client whose endpoints are all where they should be but one.
fn with_endpoint(field: &str, url: &str, allow_insecure_loopback: bool) -> Result<Client, Error> {
    let mut profile = profile();
    match field {
        "token_endpoint" => profile.token_endpoint = url.into(),
        "authorization_endpoint" => profile.authorization_endpoint = Some(url.into()),
        "revocation_endpoint" => profile.revocation_endpoint = Some(url.into()),
        "introspection_endpoint" => profile.introspection_endpoint = Some(url.into()),
        "api_base" => profile.api_base = Some(url.into()),
        "issuer" => profile.issuer = Some(url.into()),
        _ => panic!("there is no {field}"),
    }
    profile.client_with(credentials(), ClientOptions { allow_insecure_loopback, ..ClientOptions::default() })
}

const FIELDS: [&str; 6] =
    ["token_endpoint", "authorization_endpoint", "revocation_endpoint", "introspection_endpoint", "api_base", "issuer"];

fn assert_refused(field: &str, url: &str, allow_insecure_loopback: bool) {
    match with_endpoint(field, url, allow_insecure_loopback) {
        Ok(_) => panic!("{field} {url} was let through"),
        Err(error) => {
            assert_eq!(error.kind(), ErrorKind::Configuration, "{url}");
            assert_eq!(error.field(), Some(field), "{url}");
        }
    }
}

/// A request of every kind that carries credentials.
fn credentialed_requests(client: &Client) -> Vec<HttpRequest> {
    let token = Secret::new("canary-refresh-token");
    let (_, transaction) = client.authorize(REDIRECT_URI, at(0), &entropy(1)).unwrap();
    let state = value(&form_of(transaction.to_secret().reveal()), "state").unwrap().to_owned();
    let callback = format!("{REDIRECT_URI}?code=canary-code&state={state}");
    vec![
        client.client_credentials(["read"]).unwrap().request().clone(),
        transaction.callback(client, &callback, at(1)).unwrap().request().clone(),
        client.refresh(&token, ["read"]).unwrap().request().clone(),
        client.revoke(&token, None).unwrap().request().clone(),
        client.introspect(&token, None).unwrap().request().clone(),
    ]
}

fn form_of(text: &str) -> Vec<(String, String)> {
    form_urlencoded::parse(text.as_bytes()).into_owned().collect()
}

#[test]
fn r01_every_endpoint_has_to_be_https() {
    for field in FIELDS {
        for url in ["http://auth.example.com/x", "HTTP://auth.example.com/x", "http://127.0.0.1.example.com/"] {
            assert_refused(field, url, false);
            assert_refused(field, url, true);
        }
        with_endpoint(field, "https://auth.example.com/x", false).unwrap();
        with_endpoint(field, "HTTPS://auth.example.com/x", false).unwrap();
    }
}

#[test]
fn r01_what_is_no_absolute_url_is_told_what_one_looks_like() {
    for url in ["auth.example.com/token", "/token", "//auth.example.com/token", "token"] {
        let message = with_endpoint("token_endpoint", url, false).unwrap_err().to_string();
        assert!(message.contains("absolute URL") && message.contains("https://auth.example.com"), "{message}");
    }
}

#[test]
fn r01_http_is_for_loopback_hosts_and_only_when_asked_for() {
    for field in FIELDS {
        for host in ["127.0.0.1:8080", "127.8.9.1", "localhost", "localhost:1", "[::1]:80", "LOCALHOST"] {
            let url = format!("http://{host}/x");
            assert_refused(field, &url, false);
            with_endpoint(field, &url, true).unwrap();
        }
        for host in
            ["localhost.example.com", "127.0.0.1.nip.io", "0.0.0.0", "10.0.0.1", "[::]", "localhos", "2130706433"]
        {
            assert_refused(field, &format!("http://{host}/x"), true);
        }
    }
}

#[test]
fn r03_every_credentialed_request_is_a_post() {
    for request in credentialed_requests(&client()) {
        assert_eq!(request.method(), "POST");
    }
}

#[test]
fn r04_the_query_of_an_endpoint_stays() {
    let client = client_of(|profile| {
        profile.token_endpoint.push_str("?version=2&x=%20y");
        profile.authorization_endpoint = Some("https://auth.example.com/authorize?brand=blue%2Bred".into());
    });
    let exchange = client.client_credentials(["read"]).unwrap();
    assert_eq!(exchange.request().url(), "https://auth.example.com/oauth/token?version=2&x=%20y");
    let (url, _) = client.authorize(REDIRECT_URI, at(0), &entropy(1)).unwrap();
    assert!(url.starts_with("https://auth.example.com/authorize?brand=blue%2Bred&response_type=code&"), "{url}");
}

#[test]
fn r04_a_fragment_is_refused() {
    for field in FIELDS {
        assert_refused(field, "https://auth.example.com/x#y", false);
        assert_refused(field, "https://auth.example.com/x#", false);
    }
}

#[test]
fn r05_a_redirect_from_a_credentialed_endpoint_is_refused_and_only_its_origin_named() {
    for status in [300, 301, 302, 303, 307, 308, 399] {
        for location in ["https://evil.example/steal?client_secret=canary#x", "//evil.example/steal?canary"] {
            let response = answer(status, token_body("a", 3600)).with_header("Location", location);
            let error = client().client_credentials(["read"]).unwrap().finish(&response, at(0)).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::RedirectRefused);
            assert_eq!(error.status(), Some(status));
            assert!(!error.retryable());
            assert!(error.to_string().contains("https://evil.example ("), "{error}");
            for absent in ["steal", "canary"] {
                assert!(!format!("{error} {error:?}").contains(absent), "{error}");
            }
        }
    }
}

#[test]
fn r05_a_redirect_to_the_same_origin_or_to_nowhere_is_refused_too() {
    let client = client();
    let token = Secret::new("token");
    let response = answer(307, "").with_header("Location", "/oauth2/token");
    let error = client.client_credentials(["read"]).unwrap().finish(&response, at(0)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::RedirectRefused);
    assert!(error.to_string().contains("to https://auth.example.com ("), "{error}");
    for location in ["javascript:alert(1)", "\u{7f}", "http://"] {
        let response = answer(302, "").with_header("Location", location);
        let error = client.client_credentials(["read"]).unwrap().finish(&response, at(0)).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::RedirectRefused);
        assert!(!error.to_string().contains(location), "{error}");
    }
    let error = client.revoke(&token, None).unwrap().finish(&answer(308, ""), at(0)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::RedirectRefused);
    let error = client.introspect(&token, None).unwrap().finish(&answer(303, ""), at(0)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::RedirectRefused);
}

#[test]
fn r05_a_source_sends_nothing_more_after_a_redirect() {
    let mut source = TokenSource::client_credentials(client(), ["read"]);
    let Step::Send(flight) = source.poll(at(0), 1) else { panic!("nothing to send") };
    let Step::Failed(error) = source.finish(flight, answer(302, ""), at(10)) else { panic!("no failure") };
    assert_eq!(error.kind(), ErrorKind::RedirectRefused);
    assert!(matches!(source.poll(at(20), 2), Step::Failed(_)));
}

#[test]
fn r06_the_access_token_follows_no_redirect_to_another_origin() {
    let client = client_with(|options| options.allowed_origins = vec!["https://files.example.com".into()]);
    let request = client.api_request("employees").unwrap();
    for location in [
        "https://evil.example/steal?canary",
        "//evil.example",
        "http://api.example.com/v2/employees",
        "https://api.example.com:8443/",
        "https://user@api.example.com/",
        "https://api.example.com.evil.example/",
        "javascript:alert(1)",
        "https:\\\\evil.example",
    ] {
        let error = client.api_redirect(&request, location).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::RedirectRefused, "{location}");
        assert!(!error.to_string().contains("canary"), "{error}");
    }
    assert_eq!(client.api_redirect(&request, "/v3/x?y").unwrap().url(), "https://api.example.com/v3/x?y");
    assert_eq!(
        client.api_redirect(&request, "https://files.example.com/x").unwrap().url(),
        "https://files.example.com/x"
    );
}

#[test]
fn r07_urls_that_readers_disagree_about_are_refused() {
    for field in FIELDS {
        for url in [
            "https://user@auth.example.com/x",
            "https://user:password@auth.example.com/x",
            "https://@auth.example.com/x",
            "https://auth.example.com\\@evil.example/x",
            "https:\\\\auth.example.com/x",
            "https://auth.example.com/x\n",
            "https://auth.example.com/\u{0}",
            "https://auth.example.com/x\ty",
            "https://auth.example.com/x y",
            "https://auth%2eexample.com/x",
            "https://exämple.com/x",
            "https://[::1/x",
            "https://[v1.a]/x",
            "https:///x",
            "https://:443/x",
            "https://2130706433/x",
            "https://0x7f.1/x",
            "https://127.1/x",
            "https://1.2.3.4./x",
            "https://1.2.3.256/x",
            "https://auth.example.com:65536/x",
            "javascript:alert(1)",
            "data:text/html,x",
            "file:///etc/passwd",
            "ftp://auth.example.com/x",
            "//auth.example.com/x",
            "auth.example.com/x",
            "",
        ] {
            assert_refused(field, url, true);
        }
    }
}

#[test]
fn r07_what_becomes_part_of_a_host_is_one_label() {
    use tokenwell::provider::lucca;
    let longest = "a".repeat(63);
    for account in ["acme", "Acme-2", "7", &longest] {
        let client = lucca(account).client(credentials()).unwrap();
        let host = format!("https://{}.ilucca.net/", account.to_ascii_lowercase());
        assert!(client.api_request("users").unwrap().url().starts_with(&host), "{account}");
    }
    let too_long = "a".repeat(64);
    for account in
        ["", "a.b", "evil.example/", "a/b", "a@b", "a:1", "a?b", "a#b", "a_b", "-a", "a-", "\u{e4}", &too_long]
    {
        let error = lucca(account).client(credentials()).unwrap_err();
        assert_eq!((error.kind(), error.field()), (ErrorKind::Configuration, Some("account")), "{account}");
    }
}

#[test]
fn r07_what_becomes_part_of_a_path_is_one_segment() {
    use tokenwell::provider::{lumoauth, lumoauth_at};
    for tenant in ["acme", "Acme_2.0-x~", "...", "7"] {
        let client = lumoauth(tenant).client(credentials()).unwrap();
        assert_eq!(client.token_endpoint(), format!("https://app.lumoauth.dev/t/{tenant}/api/v1/oauth/token"));
    }
    for tenant in ["", ".", "..", "a/b", "../x", "a?b", "a#b", "a%2fb", "a b", "a\\b", "a@b", "\u{e4}"] {
        let error = lumoauth(tenant).client(credentials()).unwrap_err();
        assert_eq!((error.kind(), error.field()), (ErrorKind::Configuration, Some("tenant")), "{tenant}");
    }
    for prefix in [".", "..", "a/b", "a?b", "a#b"] {
        let error = lumoauth_at("https://auth.example.com", prefix, "acme").client(credentials()).unwrap_err();
        assert_eq!(error.field(), Some("tenant_prefix"), "{prefix}");
    }
}

#[test]
fn r08_an_attempt_has_a_timeout_and_all_attempts_together_have_a_deadline() {
    let client = client_with(|options| (options.timeout_ms, options.deadline_ms) = (10_000, 25_000));
    let mut source = TokenSource::client_credentials(client, ["read"]);
    let mut now = 0;
    let mut allowed = Vec::new();
    let error = loop {
        match source.poll(at(now), now) {
            Step::Send(flight) => {
                allowed.push(flight.timeout_ms());
                now += flight.timeout_ms();
                assert!(now <= 25_000, "an attempt may not outlast the deadline");
                match source.finish(flight, tokenwell::Outcome::Failure(Failure::new(FailureKind::TimedOut)), at(now)) {
                    Step::Failed(error) => break error,
                    Step::Wait { until } => now = until - T0,
                    step => panic!("{step:?}"),
                }
            }
            Step::Wait { until } => now = until - T0,
            step => panic!("{step:?}"),
        }
    };
    assert_eq!(error.kind(), ErrorKind::Timeout);
    assert_eq!(allowed[..2], [10_000, 10_000]);
    assert!(allowed[2] < 5_000 && allowed.len() == 3, "{allowed:?}");
}

#[test]
fn r08_nothing_may_take_no_time_at_all() {
    for (timeout_ms, deadline_ms, field) in [(0, 1, "timeout"), (1, 0, "deadline")] {
        let options = ClientOptions { timeout_ms, deadline_ms, ..ClientOptions::default() };
        let error = profile().client_with(credentials(), options).unwrap_err();
        assert_eq!((error.kind(), error.field()), (ErrorKind::Configuration, Some(field)));
    }
}

#[test]
fn r08_an_answer_that_is_too_large_is_final() {
    let mut source = TokenSource::client_credentials(client(), ["read"]);
    let Step::Send(flight) = source.poll(at(0), 1) else { panic!("nothing to send") };
    let step = source.finish(flight, tokenwell::Outcome::Failure(Failure::new(FailureKind::TooLarge)), at(10));
    let Step::Failed(error) = step else { panic!("{step:?}") };
    assert_eq!(error.kind(), ErrorKind::ResponseTooLarge);
    assert!(!error.retryable());
    assert!(matches!(source.poll(at(20), 2), Step::Failed(_)));
}

#[test]
fn r09_requests_accept_json_and_say_how_the_body_is_written() {
    let json = client_of(|profile| profile.body_format = BodyFormat::Json);
    for (client, content_type) in [(client(), "application/x-www-form-urlencoded"), (json, "application/json")] {
        for request in credentialed_requests(&client) {
            assert_eq!(header(&request, "accept"), Some("application/json"));
            assert_eq!(header(&request, "content-type"), Some(content_type));
        }
    }
}

#[test]
fn r09_bodies_are_utf_8_as_form_or_json() {
    let parameters = vec![("tenant".to_owned(), "Zürich \"west\" & co".to_owned())];
    let options = ClientOptions { parameters, ..ClientOptions::default() };
    let form_client = profile().client_with(Credentials::secret("id", "a \"b\" c"), options.clone()).unwrap();
    let request = TokenRequest::from(["read"]).resource("https://a.example").resource("https://b.example");
    let exchange = form_client.client_credentials(request.clone()).unwrap();
    assert_eq!(
        exchange.request().body(),
        "grant_type=client_credentials&scope=read&resource=https%3A%2F%2Fa.example&resource=https%3A%2F%2Fb.example\
         &tenant=Z%C3%BCrich+%22west%22+%26+co&client_id=id&client_secret=a+%22b%22+c"
    );
    let mut profile = profile();
    profile.body_format = BodyFormat::Json;
    let json_client = profile.client_with(Credentials::secret("id", "a \"b\" c"), options).unwrap();
    assert_eq!(
        json_client.client_credentials(request).unwrap().request().body(),
        "{\"grant_type\":\"client_credentials\",\"scope\":\"read\",\
         \"resource\":[\"https://a.example\",\"https://b.example\"],\
         \"tenant\":\"Zürich \\\"west\\\" & co\",\"client_id\":\"id\",\"client_secret\":\"a \\\"b\\\" c\"}"
    );
}

#[test]
fn r10_no_secret_gets_into_a_url() {
    for authentication in [ClientAuthentication::Post, ClientAuthentication::Basic] {
        let client = client_of(|profile| profile.client_authentication = authentication);
        for request in credentialed_requests(&client) {
            assert!(!request.url().contains(['?', '#']), "{}", request.url());
            assert!(!request.url().contains("canary"), "{}", request.url());
        }
        let (url, transaction) = client.authorize(REDIRECT_URI, at(0), &entropy(1)).unwrap();
        let stored = form_of(transaction.to_secret().reveal());
        assert!(!url.contains("canary"), "{url}");
        assert!(!url.contains(value(&stored, "code_verifier").unwrap()), "the verifier is in {url}");
        assert_eq!(value(&query(&url), "client_secret"), None);
    }
}

#[test]
fn r10_a_secret_cannot_be_smuggled_into_a_url_as_a_parameter() {
    for name in ["client_secret", "code_challenge", "state", "request", "request_uri"] {
        let mut request = AuthorizationRequest::new(REDIRECT_URI);
        request.parameters = vec![(name.into(), "x".into())];
        let error = client().authorize(request, at(0), &entropy(1)).unwrap_err();
        assert_eq!(error.field(), Some("parameters"), "{name}");
    }
}

#[test]
fn r11_an_answer_that_may_be_cached_is_a_deviation() {
    for (cache_control, expected) in [
        (Some("no-store"), vec![]),
        (Some("private, No-Store, max-age=0"), vec![]),
        (Some("no-cache"), vec![Deviation::CacheControlMissing]),
        (Some("no-stores"), vec![Deviation::CacheControlMissing]),
        (None, vec![Deviation::CacheControlMissing]),
    ] {
        let mut response = tokenwell::HttpResponse::new(200, token_body("a", 3600));
        response = response.with_header("content-type", "application/json");
        if let Some(value) = cache_control {
            response = response.with_header("cache-control", value);
        }
        let tokens = client().client_credentials(["read"]).unwrap().finish(&response, at(0)).unwrap();
        assert_eq!(tokens.deviations(), expected, "{cache_control:?}");
    }
}

#[test]
fn r11_no_request_names_a_cache() {
    for request in credentialed_requests(&client()) {
        assert!(request.headers().all(|(name, _)| ["accept", "content-type", "authorization"].contains(&name)));
    }
}

#[test]
fn r01_the_profiles_pass_their_own_gate() {
    use tokenwell::provider::*;
    let profiles: [Profile; 5] = [
        luminary("acme"),
        lumanu(Environment::Sandbox),
        lumanu(Environment::Production),
        lumoauth("acme"),
        lucca("example"),
    ];
    for profile in profiles {
        let client = profile.client(credentials()).unwrap();
        assert!(client.token_endpoint().starts_with("https://"));
    }
}
