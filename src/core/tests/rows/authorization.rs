//! R22 to R35: the authorization request.

use tokenwell::{
    AuthorizationRequest, Client, ClientOptions, ErrorKind, HttpRequest, Scope, Secret, SessionTokens, Step,
    TokenRequest, TokenSource, Transaction, provider,
};

use crate::support::*;

fn authorize(request: impl Into<AuthorizationRequest>) -> (String, Vec<(String, String)>) {
    let (url, _) = client().authorize(request, at(0), &entropy(1)).unwrap();
    let pairs = query(&url);
    (url, pairs)
}

fn stored(transaction: &tokenwell::Transaction) -> Vec<(String, String)> {
    form_urlencoded::parse(transaction.to_secret().reveal().as_bytes()).into_owned().collect()
}

#[test]
fn r22_the_challenge_is_always_sent_and_always_s256() {
    let (_, pairs) = authorize(REDIRECT_URI);
    assert_eq!(value(&pairs, "code_challenge_method"), Some("S256"));
    assert_eq!(value(&pairs, "code_challenge").unwrap().len(), 43);
    for name in ["code_challenge", "code_challenge_method"] {
        let mut request = AuthorizationRequest::new(REDIRECT_URI);
        request.parameters = vec![(name.into(), "plain".into())];
        let error = client().authorize(request, at(0), &entropy(1)).unwrap_err();
        assert_eq!(error.field(), Some("parameters"), "plain must be out of reach");
    }
}

#[test]
fn r22_every_profile_sends_a_challenge() {
    use tokenwell::provider::*;
    for profile in [luminary("a"), lumanu(Environment::Sandbox), lumoauth("a"), lucca("a"), profile()] {
        assert!(profile.pkce, "{}", profile.name);
    }
}

#[test]
fn r23_the_verifier_is_43_characters_of_32_random_bytes() {
    let (_, transaction) = client().authorize(REDIRECT_URI, at(0), &entropy(1)).unwrap();
    let pairs = stored(&transaction);
    let verifier = value(&pairs, "code_verifier").unwrap();
    assert_eq!(verifier, base64url(&entropy(1)[32..64]));
    assert_eq!(verifier.len(), 43);
    assert!(verifier.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte)));
}

#[test]
fn r24_the_challenge_is_the_digest_of_the_verifier() {
    // RFC 7636 appendix B, fed in as entropy.
    let verifier: [u8; 32] = [
        116, 24, 223, 180, 151, 153, 224, 37, 79, 250, 96, 125, 216, 173, 187, 186, 22, 212, 37, 77, 105, 214, 191,
        240, 91, 88, 5, 88, 83, 132, 141, 121,
    ];
    let mut bytes = entropy(1);
    bytes[32..64].copy_from_slice(&verifier);
    let (url, transaction) = client().authorize(REDIRECT_URI, at(0), &bytes).unwrap();
    assert_eq!(value(&stored(&transaction), "code_verifier"), Some("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"));
    assert_eq!(value(&query(&url), "code_challenge"), Some("E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"));
}

#[test]
fn r25_state_verifier_and_nonce_are_new_each_time_and_differ() {
    let request = || AuthorizationRequest::new(REDIRECT_URI).request(["openid"]);
    let mut seen = std::collections::HashSet::new();
    for seed in 0..20 {
        let (_, transaction) = client().authorize(request(), at(0), &entropy(seed)).unwrap();
        let pairs = stored(&transaction);
        for name in ["state", "code_verifier", "nonce"] {
            assert!(seen.insert(value(&pairs, name).unwrap().to_owned()), "{name} comes a second time");
        }
    }
}

#[test]
fn r26_state_is_256_random_bits_and_nothing_of_the_user() {
    let mut request = AuthorizationRequest::new(REDIRECT_URI);
    request.login_hint = Some("user@example.com".into());
    let (_, pairs) = authorize(request);
    assert_eq!(value(&pairs, "state"), Some(base64url(&entropy(1)[..32]).as_str()));
}

#[test]
fn r27_state_is_required_also_where_there_is_no_pkce() {
    let client = client_of(|profile| profile.pkce = false);
    let (url, transaction) = client.authorize(REDIRECT_URI, at(0), &entropy(1)).unwrap();
    assert!(value(&query(&url), "state").is_some());
    assert_eq!(value(&query(&url), "code_challenge"), None);
    let error = transaction.callback(&client, &format!("{REDIRECT_URI}?code=x"), at(1)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Callback);
}

#[test]
fn r28_openid_sends_a_nonce_of_256_bits() {
    let (_, pairs) = authorize(AuthorizationRequest::new(REDIRECT_URI).request(["profile", "openid"]));
    assert_eq!(value(&pairs, "nonce"), Some(base64url(&entropy(1)[64..]).as_str()));
    let (_, pairs) = authorize(AuthorizationRequest::new(REDIRECT_URI).request(["profile", "openid2"]));
    assert_eq!(value(&pairs, "nonce"), None);
}

#[test]
fn r29_the_redirect_uri_is_https_or_loopback_and_has_no_fragment() {
    for uri in [
        "https://app.example.com/callback",
        "https://app.example.com/callback?tenant=7",
        "http://localhost:3000/callback",
        "http://127.0.0.1/callback",
        "http://[::1]:3000/callback",
    ] {
        let (_, pairs) = authorize(uri);
        assert_eq!(value(&pairs, "redirect_uri"), Some(uri), "to the byte");
    }
    for uri in [
        "http://app.example.com/callback",
        "/callback",
        "https://app.example.com/#x",
        "app:/callback",
        "",
        "http://localhost.example.com/",
    ] {
        let error = client().authorize(uri, at(0), &entropy(1)).unwrap_err();
        assert_eq!((error.kind(), error.field()), (ErrorKind::Configuration, Some("redirect_uri")), "{uri}");
    }
}

#[test]
fn r29_both_requests_carry_the_same_redirect_uri() {
    let uri = "https://app.example.com/callback/%C3%BC?x=%20+";
    let (url, transaction) = client().authorize(uri, at(0), &entropy(1)).unwrap();
    let state = value(&query(&url), "state").unwrap().to_owned();
    let exchange = transaction.callback(&client(), &format!("{uri}&code=c&state={state}"), at(1)).unwrap();
    assert_eq!(value(&form(exchange.request()), "redirect_uri"), Some(uri));
    assert_eq!(value(&query(&url), "redirect_uri"), Some(uri));
}

#[test]
fn r30_the_response_type_is_code_and_cannot_be_another() {
    let (_, pairs) = authorize(REDIRECT_URI);
    assert_eq!(value(&pairs, "response_type"), Some("code"));
    let mut request = AuthorizationRequest::new(REDIRECT_URI);
    request.parameters = vec![("response_type".into(), "token".into())];
    assert_eq!(client().authorize(request, at(0), &entropy(1)).unwrap_err().field(), Some("parameters"));
    let client = client_of(|profile| {
        profile.authorization_endpoint = Some("https://auth.example.com/?response_type=token".into())
    });
    let error = client.authorize(REDIRECT_URI, at(0), &entropy(1)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Configuration);
}

#[test]
fn an_endpoint_that_is_not_known_says_where_its_url_can_be_given() {
    let client = provider::lucca("acme").client(credentials()).unwrap();
    let token = Secret::new("t");
    for error in [
        client.authorize(REDIRECT_URI, at(0), &entropy(1)).unwrap_err(),
        client.revoke(&token, None).map(drop).unwrap_err(),
        client.introspect(&token, None).map(drop).unwrap_err(),
    ] {
        let message = error.to_string();
        assert!(message.contains("is not known for lucca: ") && message.contains("oauth()"), "{message}");
        assert!(!message.contains("profile"), "{message}");
    }
}

#[test]
fn r31_the_password_grant_is_out_of_reach() {
    let parameters = |name: &str| vec![(name.to_owned(), "password".to_owned())];
    let options = ClientOptions { parameters: parameters("grant_type"), ..ClientOptions::default() };
    assert_eq!(profile().client_with(credentials(), options).unwrap_err().field(), Some("parameters"));
    let client = client();
    let requests = [
        client.client_credentials(["read"]).unwrap().request().clone(),
        client.refresh(&Secret::new("r"), ["read"]).unwrap().request().clone(),
    ];
    for (request, grant) in requests.iter().zip(["client_credentials", "refresh_token"]) {
        assert_eq!(value(&form(request), "grant_type"), Some(grant));
    }
}

#[test]
fn r32_a_scope_has_the_characters_of_the_rfc() {
    for scope in ["a", "a b", "https://x/y#z", "!~#[]^`{|}", "a:b.c*"] {
        assert_eq!(value(&form(client().client_credentials(scope).unwrap().request()), "scope"), Some(scope));
        let (_, pairs) = authorize(AuthorizationRequest::new(REDIRECT_URI).request(scope));
        assert_eq!(value(&pairs, "scope"), Some(scope));
    }
    for scope in ["a  b", " a", "a ", "a\"b", "a\\b", "ä", "a\tb", "a\nb", "\u{7f}", " "] {
        let error = client().client_credentials(scope).unwrap_err();
        assert_eq!((error.kind(), error.field()), (ErrorKind::Configuration, Some("scope")), "{scope:?}");
        let request = AuthorizationRequest::new(REDIRECT_URI).request(scope);
        assert_eq!(client().authorize(request, at(0), &entropy(1)).unwrap_err().field(), Some("scope"), "{scope:?}");
        let mut source = tokenwell::TokenSource::client_credentials(client(), scope);
        let tokenwell::Step::Failed(error) = source.poll(at(0), 0) else { panic!("{scope:?} was sent") };
        assert_eq!(error.field(), Some("scope"));
    }
}

#[test]
fn r32_an_empty_entry_of_a_list_is_refused() {
    let error = client().client_credentials(["a", ""]).unwrap_err();
    assert_eq!(error.field(), Some("scope"));
    assert_eq!(value(&form(client().client_credentials(["a", "b"]).unwrap().request()), "scope"), Some("a b"));
}

#[test]
fn r32_a_scope_is_made_from_one_text_or_from_a_list() {
    for scope in [
        Scope::from("a b"),
        Scope::from(String::from("a b")),
        Scope::from(["a", "b"]),
        // As one text from the environment, put into a list.
        Scope::from(["a b"]),
        Scope::from(&["a", "b"][..]),
        Scope::from(vec![String::from("a"), String::from("b")]),
    ] {
        assert_eq!(scope.as_str(), "a b");
        assert_eq!(scope.iter().collect::<Vec<_>>(), ["a", "b"]);
    }
}

#[test]
fn an_audience_is_printable_ascii() {
    for audience in ["\u{e4}", "a\nb", "\u{7f}"] {
        let request = TokenRequest::from(["read"]).audience(audience);
        assert_eq!(client().client_credentials(request.clone()).unwrap_err().field(), Some("audience"), "{audience:?}");
        let request = AuthorizationRequest::new(REDIRECT_URI).request(request);
        assert_eq!(client().authorize(request, at(0), &entropy(1)).unwrap_err().field(), Some("audience"));
    }
    client().client_credentials(TokenRequest::from(["read"]).audience("https://api.example.com/ v2")).unwrap();
}

#[test]
fn r33_further_parameters_pass_through_and_none_comes_twice() {
    let mut request = AuthorizationRequest::new(REDIRECT_URI);
    request.parameters = vec![("ui_locales".into(), "de CH".into()), ("x".into(), "ü&=".into())];
    let (_, pairs) = authorize(request.clone());
    assert_eq!(value(&pairs, "ui_locales"), Some("de CH"));
    assert_eq!(value(&pairs, "x"), Some("ü&="));
    request.parameters.push(("x".into(), "again".into()));
    assert_eq!(client().authorize(request, at(0), &entropy(1)).unwrap_err().field(), Some("parameters"));
    let mut request = AuthorizationRequest::new(REDIRECT_URI);
    request.prompt = Some("login".into());
    request.parameters = vec![("prompt".into(), "none".into())];
    assert_eq!(client().authorize(request, at(0), &entropy(1)).unwrap_err().field(), Some("parameters"));
    let twice = vec![("x".to_owned(), "1".to_owned()), ("x".to_owned(), "2".to_owned())];
    let options = ClientOptions { parameters: twice, ..ClientOptions::default() };
    assert_eq!(profile().client_with(credentials(), options).unwrap_err().field(), Some("parameters"));
}

#[test]
fn r33_a_parameter_has_a_name_and_no_control_character() {
    for (name, text) in [("", "x"), ("\u{e4}", "x"), ("a\n", "x"), ("a", "x\n"), ("a", "\0"), ("a", "\u{7f}")] {
        let mut request = AuthorizationRequest::new(REDIRECT_URI);
        request.parameters = vec![(name.into(), text.into())];
        let error = client().authorize(request, at(0), &entropy(1)).unwrap_err();
        assert_eq!(error.field(), Some("parameters"), "{name:?} {text:?}");
    }
    for name in ["", "\u{e4}", "a\n"] {
        let options = ClientOptions { parameters: vec![(name.into(), "x".into())], ..ClientOptions::default() };
        let error = profile().client_with(credentials(), options).unwrap_err();
        assert_eq!(error.field(), Some("parameters"), "{name:?} in every token request");
    }
}

#[test]
fn r33_a_parameter_of_the_endpoint_is_not_repeated() {
    let client = client_of(|profile| profile.authorization_endpoint = Some("https://auth.example.com/a?ui=1".into()));
    let mut request = AuthorizationRequest::new(REDIRECT_URI);
    request.parameters = vec![("ui".into(), "2".into())];
    assert_eq!(client.authorize(request, at(0), &entropy(1)).unwrap_err().field(), Some("parameters"));
}

#[test]
fn r33_only_resource_repeats() {
    let asked = TokenRequest::from(["read"]).resource("https://a.example").resource("https://b.example");
    let (_, pairs) = authorize(AuthorizationRequest::new(REDIRECT_URI).request(asked));
    let resources: Vec<_> =
        pairs.iter().filter(|(name, _)| name == "resource").map(|(_, value)| value.as_str()).collect();
    assert_eq!(resources, ["https://a.example", "https://b.example"]);
    for name in ["response_type", "client_id", "redirect_uri", "scope", "state", "code_challenge"] {
        assert!(value(&pairs, name).is_some(), "{name}");
    }
}

#[test]
fn r34_empty_values_are_left_out() {
    let mut request = AuthorizationRequest::new(REDIRECT_URI).request(TokenRequest::default().audience(""));
    request.prompt = Some(String::new());
    request.parameters = vec![("empty".into(), String::new())];
    let (url, pairs) = authorize(request);
    assert!(pairs.iter().all(|(_, value)| !value.is_empty()), "{url}");
    for name in ["scope", "audience", "prompt", "login_hint", "nonce", "resource", "empty"] {
        assert_eq!(value(&pairs, name), None, "{name}");
    }
    let client = client_with(|options| options.parameters = vec![("empty".into(), String::new())]);
    let exchange = client.client_credentials(TokenRequest::default().audience("")).unwrap();
    let names: Vec<_> = form(exchange.request()).into_iter().map(|(name, _)| name).collect();
    assert_eq!(names, ["grant_type", "client_id", "client_secret"]);
}

#[test]
fn r35_a_resource_is_an_absolute_uri_without_a_fragment() {
    for resource in ["https://api.example.com/", "urn:example:api", "https://api.example.com/x?y=z"] {
        client().client_credentials(TokenRequest::default().resource(resource)).unwrap();
    }
    for resource in ["/api", "api.example.com", "https://api.example.com/#x", "", "https://ä.example"] {
        let asked = TokenRequest::default().resource(resource);
        let error = client().client_credentials(asked.clone()).unwrap_err();
        assert_eq!((error.kind(), error.field()), (ErrorKind::Configuration, Some("resource")), "{resource}");
        let request = AuthorizationRequest::new(REDIRECT_URI).request(asked);
        assert_eq!(
            client().authorize(request, at(0), &entropy(1)).unwrap_err().field(),
            Some("resource"),
            "{resource}"
        );
    }
}

const RESOURCES: [&str; 2] = ["https://a.example", "https://b.example/"];

fn both() -> TokenRequest {
    RESOURCES.into_iter().fold(TokenRequest::from(["read"]), TokenRequest::resource)
}

/// A client whose options name the first of them.
fn client_of_one() -> Client {
    client_with(|options| options.request = TokenRequest::default().resource(RESOURCES[0]))
}

fn resources(request: &HttpRequest) -> Vec<String> {
    form(request).into_iter().filter(|(name, _)| name == "resource").map(|(_, value)| value).collect()
}

/// What the code exchange names, and the refreshes of the session that comes of it: two in a row.
fn named_for_a_user(client: &Client, asked: TokenRequest) -> [Vec<String>; 3] {
    let request = AuthorizationRequest::new(REDIRECT_URI).request(asked);
    let (url, transaction) = client.authorize(request, at(0), &entropy(1)).unwrap();
    let transaction = Transaction::from_secret(&transaction.to_secret()).unwrap();
    let callback = format!("{REDIRECT_URI}?code=c&state={}", value(&query(&url), "state").unwrap());
    let exchange = transaction.callback(client, &callback, at(1)).unwrap();
    let exchanged = resources(exchange.request());
    let body = r#"{"access_token":"a","refresh_token":"r","token_type":"Bearer","expires_in":3600}"#;
    let tokens = exchange.finish(&ok(body), at(2)).unwrap();
    let mut source = TokenSource::from_tokens(client.clone(), tokens, at(2));
    let mut refreshed = || {
        source.invalidate();
        let Step::Send(flight) = source.poll(at(3), 1) else { panic!("no refresh") };
        let named = resources(flight.request());
        assert!(matches!(source.finish(flight, ok(body), at(4)), Step::Ready(_)));
        named
    };
    [exchanged, refreshed(), refreshed()]
}

#[test]
fn r35_what_an_authorization_names_its_code_exchange_and_refreshes_name_too() {
    // A server may give a token for an API only where the token request names it (RFC 8707 section 2.2).
    for named in named_for_a_user(&client(), both()) {
        assert_eq!(named, RESOURCES);
    }
    for named in named_for_a_user(&client_of_one(), TokenRequest::default()) {
        assert_eq!(named, RESOURCES[..1]);
    }
}

#[test]
fn r35_what_an_authorization_names_itself_is_named_instead_of_the_clients() {
    let second = TokenRequest::default().resource(RESOURCES[1]);
    for named in named_for_a_user(&client_of_one(), second) {
        assert_eq!(named, RESOURCES[1..], "the grant is for nothing else, and a server would refuse it");
    }
}

#[test]
fn r35_where_nobody_names_a_resource_none_is_sent() {
    use tokenwell::provider::*;
    for named in named_for_a_user(&client(), TokenRequest::from(["read"])) {
        assert!(named.is_empty());
    }
    for mut profile in [luminary("a"), lumanu(Environment::Sandbox), lumoauth("a"), lucca("a")] {
        profile.authorization_endpoint = Some("https://auth.example.com/oauth/authorize".into());
        let client = profile.client(credentials()).unwrap();
        for body in [
            client.client_credentials(["read"]).unwrap().request().body(),
            client.refresh(&Secret::new("r"), ["read"]).unwrap().request().body(),
        ] {
            assert!(!body.contains("resource"), "{body}");
        }
    }
}

#[test]
fn r35_a_stored_session_and_a_refresh_by_hand_name_the_clients_own() {
    let client = client_of_one();
    let exchange = client.refresh(&Secret::new("r"), ["read"]).unwrap();
    assert_eq!(resources(exchange.request()), RESOURCES[..1]);
    let tokens = SessionTokens {
        access_token: Secret::new("a"),
        refresh_token: Some(Secret::new("r")),
        id_token: None,
        expires_at_unix_ms: Some(0),
        scope: "read".into(),
        issued_for: client.issued_for(),
    };
    let Step::Send(flight) = TokenSource::session(client, tokens, at(0)).poll(at(0), 1) else { panic!("no refresh") };
    assert_eq!(resources(flight.request()), RESOURCES[..1]);
}
