//! R39 to R57: what comes back to the redirect URI.

use tokenwell::{
    Client, Deviation, Error, ErrorKind, Exchange, Failure, FailureKind, HttpResponse, Now, Recovery, Secret, TokenSet,
    Transaction,
};

use crate::support::*;

struct Started {
    client: Client,
    transaction: Transaction,
    state: String,
}

fn started_with(client: Client) -> Started {
    let (url, transaction) = client.authorize(REDIRECT_URI, at(0), &entropy(1)).unwrap();
    let state = value(&query(&url), "state").unwrap().to_owned();
    Started { client, transaction, state }
}

fn started() -> Started {
    started_with(client())
}

impl Started {
    /// The callback with these parameters behind the right state.
    fn callback(self, parameters: &str) -> Result<Exchange, Error> {
        let url = format!("{REDIRECT_URI}?state={}{parameters}", self.state);
        self.transaction.callback(&self.client, &url, at(1_000))
    }

    fn refused(self, parameters: &str) -> Error {
        let error = self.callback(parameters).expect_err(parameters);
        assert_eq!(error.kind(), ErrorKind::Callback, "{error}");
        error
    }
}

#[test]
fn r39_a_callback_without_state_is_refused() {
    for query in ["?code=c", "?code=c&state=", "?code=c&State=x", "", "?"] {
        let Started { client, transaction, .. } = started();
        let error = transaction.callback(&client, &format!("{REDIRECT_URI}{query}"), at(1)).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Callback);
        assert!(error.to_string().contains("no state"), "{error}");
    }
}

#[test]
fn r39_a_callback_with_another_state_is_refused() {
    let state = started().state;
    for other in [format!("{state}x"), state[1..].to_owned(), state.to_lowercase(), "undefined".into(), "x".repeat(43)]
    {
        let Started { client, transaction, .. } = started();
        let error = transaction.callback(&client, &format!("{REDIRECT_URI}?code=c&state={other}"), at(1)).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Callback);
        assert!(error.to_string().contains("not the one of this transaction"), "{error}");
        assert!(!error.to_string().contains(&other), "{error}");
    }
}

#[test]
fn r39_the_state_is_checked_before_anything_that_the_callback_says() {
    let Started { client, transaction, .. } = started();
    let url = format!("{REDIRECT_URI}?error=access_denied&state=forged");
    let error = transaction.callback(&client, &url, at(1)).unwrap_err();
    assert_eq!(error.error(), None, "a forged refusal must not be believed");
}

#[test]
fn r39_the_checks_can_be_made_before_the_secret_is_there() {
    let client = profile().client(tokenwell::Credentials::supplied(CLIENT_ID)).unwrap();
    let Started { client, transaction, state } = started_with(client);
    let good = format!("{REDIRECT_URI}?code=c&state={state}");
    transaction.check(&client, &good, at(1)).unwrap();
    for bad in [format!("{REDIRECT_URI}?code=c"), format!("{REDIRECT_URI}?code=c&state=x"), format!("{good}&error=x")] {
        assert_eq!(transaction.check(&client, &bad, at(1)).unwrap_err().kind(), ErrorKind::Callback, "{bad}");
    }
    assert_eq!(transaction.callback(&client, &good, at(1)).unwrap_err().field(), Some("client_secret"));
}

#[test]
fn r40_a_transaction_and_an_exchange_are_used_up() {
    // These compile only while both are taken by value; that neither can be cloned, their doc tests say.
    let _: fn(Transaction, &Client, &str, Now) -> Result<Exchange, Error> = Transaction::callback;
    let _: fn(Exchange, &HttpResponse, Now) -> Result<TokenSet, Error> = Exchange::finish;
}

#[test]
fn r40_secrets_are_equal_only_when_every_byte_is() {
    let secret = Secret::new("a state of some length");
    assert_eq!(secret, Secret::new("a state of some length"));
    for other in
        ["", "a state of some lengt", "a state of some lengtH", "A state of some length", "a state of some length "]
    {
        assert_ne!(secret, Secret::new(other), "{other}");
    }
}

fn with_issuer() -> Client {
    client_of(|profile| profile.issuer = Some("https://auth.example.com/tenant".into()))
}

#[test]
fn r41_a_callback_from_another_issuer_is_refused() {
    for other in [
        "https://auth.example.com/tenant/",
        "https://AUTH.example.com/tenant",
        "https://auth.example.com:443/tenant",
        "https://auth.example.com/tenan%74",
        "https://evil.example",
        "x",
    ] {
        let encoded: String = form_urlencoded::byte_serialize(other.as_bytes()).collect();
        let error = started_with(with_issuer()).refused(&format!("&code=c&iss={encoded}"));
        assert!(error.to_string().contains("iss"), "{error}");
    }
    let exchange = started_with(with_issuer()).callback("&code=c&iss=https%3A%2F%2Fauth.example.com%2Ftenant").unwrap();
    assert_eq!(value(&form(exchange.request()), "code"), Some("c"));
}

fn with_promised_issuer() -> Client {
    client_of(|profile| {
        profile.issuer = Some("https://auth.example.com".into());
        profile.authorization_response_iss_parameter_supported = true;
    })
}

#[test]
fn r42_a_callback_without_the_promised_issuer_is_refused() {
    started_with(with_promised_issuer()).refused("&code=c");
    started_with(with_promised_issuer()).refused("&code=c&iss=");
    let error = started_with(with_promised_issuer()).refused("&error=access_denied");
    assert_eq!(error.error(), None, "a refusal without iss is not believed either");
    started_with(with_promised_issuer()).callback("&code=c&iss=https://auth.example.com").unwrap();
}

#[test]
fn r43_an_issuer_that_nothing_can_be_compared_with_is_a_deviation() {
    let exchange = started().callback("&code=c&iss=https://who.example").unwrap();
    let tokens = exchange.finish(&ok(token_body("a", 60)), at(2_000)).unwrap();
    assert_eq!(tokens.deviations(), [Deviation::IssuerUnverified]);
    let exchange = started().callback("&code=c").unwrap();
    assert_eq!(exchange.finish(&ok(token_body("a", 60)), at(2_000)).unwrap().deviations(), []);
    let exchange = started_with(with_issuer()).callback("&code=c&iss=https://auth.example.com/tenant").unwrap();
    assert_eq!(exchange.finish(&ok(token_body("a", 60)), at(2_000)).unwrap().deviations(), []);
}

#[test]
fn r44_a_refusal_is_read_only_from_the_expected_issuer_and_its_words_are_cleaned() {
    let error = started_with(with_issuer()).refused("&error=access_denied&iss=https://evil.example");
    assert_eq!(error.error(), None);
    let error = started().refused("&error=bad%22%5Ccode%F0%9F%98%80&error_description=a%1Bb%22c%5Cd%E2%80%AEe");
    assert_eq!(error.error(), Some("bad'/code?"));
    assert_eq!(error.description(), Some("a?b'c/d?e"));
    assert!(error.to_string().bytes().all(|byte| (0x20..0x7f).contains(&byte)), "{error}");
    let long = format!("&error={}&error_description={}", "e".repeat(300), "d".repeat(2_000));
    let error = started().refused(&long);
    assert_eq!((error.error().unwrap().len(), error.description().unwrap().len()), (256, 1024));
}

#[test]
fn r44_a_user_who_declined_is_told_apart() {
    let error = started().refused("&error=access_denied&error_description=No+thanks");
    assert_eq!((error.error(), error.description()), (Some("access_denied"), Some("No thanks")));
    assert_eq!(error.recovery(), Recovery::Reauthorize);
    assert!(error.to_string().contains("declined"), "{error}");
    for (code, recovery) in [
        ("server_error", Recovery::Reauthorize),
        ("temporarily_unavailable", Recovery::Reauthorize),
        ("login_required", Recovery::Reauthorize),
        ("consent_required", Recovery::Reauthorize),
        ("invalid_scope", Recovery::FixConfiguration),
    ] {
        assert_eq!(started().refused(&format!("&error={code}")).recovery(), recovery, "{code}");
    }
}

#[test]
fn r45_no_two_profiles_share_an_issuer() {
    use tokenwell::provider::*;
    let profiles =
        [luminary("a"), lumanu(Environment::Sandbox), lumanu(Environment::Production), lumoauth("a"), lucca("a")];
    let mut issuers: Vec<_> = profiles.iter().filter_map(|profile| profile.issuer.clone()).collect();
    let count = issuers.len();
    issuers.sort();
    issuers.dedup();
    assert_eq!(issuers.len(), count);
}

#[test]
fn r46_without_an_issuer_the_path_tells_servers_apart() {
    for path in [
        "https://app.example.com/callback/other",
        "https://app.example.com/",
        "/other",
        "https://app.example.com",
        // A path may hold what looks like a host; only a scheme before it makes it one.
        "/other/x://app.example.com/callback",
        "https://app.example.com/x://app.example.com/callback",
        "//app.example.com/callback",
        "://app.example.com/callback",
    ] {
        let Started { client, transaction, state } = started();
        let error = transaction.callback(&client, &format!("{path}?code=c&state={state}"), at(1)).unwrap_err();
        assert!(error.to_string().contains("another path"), "{path}: {error}");
    }
    // A proxy may have changed scheme and host; some frameworks hand over path and query, or the query alone.
    for url in ["http://10.0.0.7:3000/callback", "/callback", ""] {
        let Started { client, transaction, state } = started();
        transaction.callback(&client, &format!("{url}?code=c&state={state}"), at(1)).unwrap();
    }
    // With the issuer verified the path proves nothing more.
    let Started { client, transaction, state } = started_with(with_issuer());
    let url = format!("/other?code=c&state={state}&iss=https://auth.example.com/tenant");
    transaction.callback(&client, &url, at(1)).unwrap();
}

#[test]
fn r47_the_code_goes_only_where_the_transaction_was_made_for() {
    let moved = client_of(|profile| profile.token_endpoint = "https://auth.example.com/oauth/token2".into());
    let queried = client_of(|profile| profile.token_endpoint.push_str("?x"));
    let other = profile().client(tokenwell::Credentials::secret("client-8", CLIENT_SECRET)).unwrap();
    for client in [moved, queried, other] {
        let Started { transaction, state, .. } = started();
        let error = transaction.callback(&client, &format!("{REDIRECT_URI}?code=c&state={state}"), at(1)).unwrap_err();
        assert!(error.to_string().contains("made by another client or for another token endpoint"), "{error}");
    }
    let exchange = started().callback("&code=c&token_endpoint=https://evil.example").unwrap();
    assert_eq!(exchange.request().url(), TOKEN_ENDPOINT);
}

#[test]
fn r48_no_parameter_of_the_protocol_comes_twice() {
    for name in ["code", "state", "iss", "error", "error_description", "error_uri", "response", "id_token"] {
        let error = started().refused(&format!("&code=c&{name}=x&{name}=x"));
        assert!(error.to_string().contains("twice"), "{error}");
    }
    started().callback("&code=c&x=1&x=2").unwrap();
}

#[test]
fn r49_a_code_and_an_error_or_neither_is_refused() {
    assert!(started().refused("&code=c&error=access_denied").to_string().contains("both"));
    for neither in ["", "&code=", "&code=&error=", "&Code=c"] {
        assert!(started().refused(neither).to_string().contains("neither"));
    }
}

#[test]
fn r50_a_callback_with_tokens_is_refused() {
    for name in ["access_token", "id_token", "response"] {
        let error = started().refused(&format!("&code=c&{name}=canary"));
        assert!(error.to_string().contains(name) && !error.to_string().contains("canary"), "{error}");
        started().refused(&format!("&code=c#{name}=canary"));
    }
}

#[test]
fn r51_unknown_parameters_are_ignored() {
    let exchange = started().callback("&code=c&session_state=x&authuser=0&scope=a+b&=&%00=&hd=%0A").unwrap();
    assert_eq!(value(&form(exchange.request()), "code"), Some("c"));
    started().callback("&code=c#_=_").unwrap();
}

#[test]
fn r52_a_code_is_sent_once_and_never_after_its_answer_is_lost() {
    // `Exchange` is no `TokenSource`: there is nothing that could send it again, and finishing takes it.
    let exchange = started().callback("&code=canary-code").unwrap();
    let error = exchange.fail(&Failure::new(FailureKind::Interrupted), at(3_000));
    assert_eq!(error.kind(), ErrorKind::Ambiguous);
    assert_eq!(error.recovery(), Recovery::Reauthorize);
    assert!(!error.retryable(), "a code must not be sent again once it may have arrived");
    let exchange = started().callback("&code=canary-code").unwrap();
    let error = exchange.fail(&Failure::new(FailureKind::NotSent), at(3_000));
    assert_eq!(error.kind(), ErrorKind::Network);
    assert!(error.retryable());
}

#[test]
fn r52_what_may_be_sent_again_is_said_for_each_grant() {
    let code = || started().callback("&code=canary-code").unwrap();
    let refresh = || client().refresh(&Secret::new("canary-refresh"), ["read"]).unwrap();
    let application = || client().client_credentials(["read"]).unwrap();
    for (kind, used_up, harmless) in [
        (FailureKind::NotSent, true, true),
        (FailureKind::Interrupted, false, true),
        (FailureKind::TimedOut, false, true),
        (FailureKind::Untrusted, false, false),
        (FailureKind::Forbidden, false, false),
        (FailureKind::TooLarge, false, false),
        (FailureKind::Undecodable, false, false),
        (FailureKind::Aborted, false, false),
        (FailureKind::Broken, false, false),
    ] {
        let failure = Failure::new(kind);
        assert_eq!(code().may_be_sent_again(&failure), used_up, "a code after {kind:?}");
        assert_eq!(refresh().may_be_sent_again(&failure), used_up, "a refresh token after {kind:?}");
        assert_eq!(application().may_be_sent_again(&failure), harmless, "client credentials after {kind:?}");
    }
}

#[test]
fn r53_a_transaction_works_for_ten_minutes() {
    for (ms, works) in [(599_999, true), (600_000, false), (86_400_000, false)] {
        let Started { client, transaction, state } = started();
        let result = transaction.callback(&client, &format!("{REDIRECT_URI}?code=c&state={state}"), at(ms));
        assert_eq!(result.is_ok(), works, "after {ms} ms");
    }
}

#[test]
fn r53_a_stored_transaction_works_as_long_as_the_first_one() {
    let Started { client, transaction, state } = started();
    let stored = transaction.to_secret();
    let url = format!("{REDIRECT_URI}?code=c&state={state}");
    Transaction::from_secret(&stored).unwrap().callback(&client, &url, at(599_999)).unwrap();
    let error = Transaction::from_secret(&stored).unwrap().callback(&client, &url, at(600_000)).unwrap_err();
    assert!(error.to_string().contains("expired"), "{error}");
}

#[test]
fn r57_control_characters_are_refused() {
    for name in ["code", "iss", "error", "error_description", "error_uri"] {
        for character in ["%00", "%0A", "%0D"] {
            let error = started().refused(&format!("&{name}=a{character}b"));
            assert!(error.to_string().contains(name), "{error}");
        }
    }
    for code in ["%7F", "%C3%BC", "a%09b"] {
        started().refused(&format!("&code={code}"));
    }
}
