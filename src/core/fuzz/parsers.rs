//! Everything that reads what others wrote, each as a function of bytes that checks what has to hold for any bytes.
//!
//! Shared by the fuzzers (`fuzz_targets/`), the test of their corpus (`../tests/corpus.rs`) and the property tests
//! (`../tests/properties/`).

#![allow(dead_code, unreachable_pub, reason = "each user takes its own part of it")]

use std::collections::BTreeMap;

use tokenwell::provider::Profile;
use tokenwell::{
    AuthorizationRequest, Client, ClientOptions, Credentials, Error, Exchange, HttpResponse, Now, Secret, TokenSet,
    Transaction, challenges, token_verdict,
};

/// Takes any bytes, and panics where something does not hold for them.
pub type Parser = fn(&[u8]);

/// By the names of the fuzz targets and of the corpus' folders.
pub const ALL: [(&str, Parser); 9] = [
    ("json_object", json_object),
    ("token_response", token_response),
    ("error_response", error_response),
    ("id_token", id_token),
    ("callback", callback),
    ("transaction", transaction),
    ("www_authenticate", www_authenticate),
    ("retry_after", retry_after),
    ("api_reference", api_reference),
];

const NOW: Now = Now::unix_ms(1_800_000_000_000);
const REDIRECT_URI: &str = "https://app.example.com/callback";

fn client(change: impl FnOnce(&mut Profile, &mut ClientOptions)) -> Client {
    let mut profile = Profile::new("example", "https://auth.example.com/token");
    profile.authorization_endpoint = Some("https://auth.example.com/authorize".into());
    profile.api_base = Some("https://api.example.com/v2".into());
    let mut options = ClientOptions::default();
    change(&mut profile, &mut options);
    profile.client_with(Credentials::secret("client", "the client's secret"), options).expect("a good profile")
}

fn exchange() -> Exchange {
    client(|_, _| {}).client_credentials(["read"]).expect("a good scope")
}

/// A body that should be a JSON object: `serde_json` reads it, or refuses it, in the same way.
pub fn json_object(body: &[u8]) {
    let response = HttpResponse::new(200, body).with_header("content-type", "application/json");
    let said = exchange().finish(&response, NOW).map_or_else(|error| error.to_string(), |_| String::new());
    let body = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body);
    let theirs = serde_json::from_slice::<BTreeMap<String, &serde_json::value::RawValue>>(body);
    let refused = ["is empty", "is not valid UTF-8", "is not a JSON object"].iter().any(|words| said.contains(words));
    if !said.contains("nested too deeply") {
        assert_eq!(refused, theirs.is_err(), "{said} {theirs:?}");
    }
    // A token response again, with the body for a member that nobody knows: it comes out as it went in.
    let whole = [br#"{"access_token":"t","token_type":"Bearer","x":"#, body, b"}"].concat();
    let response = HttpResponse::new(200, whole.clone()).with_header("content-type", "application/json");
    if let Ok(tokens) = exchange().finish(&response, NOW) {
        let ours: BTreeMap<String, &serde_json::value::RawValue> =
            serde_json::from_str(tokens.extra().reveal()).expect("the further members are JSON");
        let theirs: BTreeMap<String, &serde_json::value::RawValue> =
            serde_json::from_slice(&whole).expect("what was read is JSON");
        assert!(ours.iter().all(|(name, value)| theirs.get(name).is_some_and(|their| their.get() == value.get())));
    }
}

/// The body of a successful response, under every content type.
pub fn token_response(body: &[u8]) {
    let readers =
        [client(|_, _| {}), client(|profile, _| profile.form_responses = true), client(|_, o| o.strict = true)];
    for client in &readers {
        for content_type in ["application/json", "text/plain", "application/x-www-form-urlencoded", "text/html"] {
            for status in [200, 201, 206] {
                let response = HttpResponse::new(status, body)
                    .with_header("content-type", content_type)
                    .with_header("cache-control", "no-store");
                let exchange = client.client_credentials(["read"]).expect("a good scope");
                match exchange.finish(&response, NOW) {
                    Ok(tokens) => {
                        assert!(!client.options().strict || tokens.deviations().is_empty());
                        assert!(status != 206 && content_type != "text/html");
                        check_tokens(&tokens);
                    }
                    Err(error) => check_error(&error),
                }
            }
        }
    }
}

fn check_tokens(tokens: &TokenSet) {
    let visible = |text: &str| !text.is_empty() && text.bytes().all(|byte| (0x21..=0x7e).contains(&byte));
    assert!(visible(tokens.access_token().reveal()), "an access token that could split a header");
    assert_eq!(tokens.authorization().reveal(), format!("Bearer {}", tokens.access_token().reveal()));
    assert!(tokens.lifetime_ms().is_none_or(|lifetime| lifetime <= 315_360_000_000), "more than ten years");
    assert!(tokens.scope().iter().all(visible));
    assert!(tokens.refresh_token().is_none_or(|token| !token.is_empty()));
    // Values as they stand: a number may be greater than any that a program knows.
    let extra = serde_json::from_str::<BTreeMap<String, &serde_json::value::RawValue>>(tokens.extra().reveal());
    // Lone surrogates are legal JSON and no legal text.
    assert!(extra.is_ok() || tokens.extra().reveal().contains("\\u"), "extra members that are no JSON object");
}

/// An error can be shown to anybody.
fn check_error(error: &Error) {
    let plain = |text: &str| text.bytes().all(|byte| (0x20..=0x7e).contains(&byte));
    let message = error.to_string();
    assert!(plain(&message), "a message with control characters: {message:?}");
    assert!(!message.is_empty() && message.len() < 2_000, "a message of {} bytes", message.len());
    assert!(error.error().is_none_or(|code| plain(code) && code.len() <= 256));
    assert!(error.description().is_none_or(|text| plain(text) && !text.is_empty() && text.len() <= 1024));
    assert!(error.retry_after_ms().is_none_or(|wait| wait <= 3_600_000));
}

/// The body of a refusal, under every content type and many a status.
pub fn error_response(body: &[u8]) {
    for status in [200, 302, 400, 401, 403, 429, 500, 503, 999] {
        for content_type in
            ["application/json", "application/problem+json", "text/plain", "application/x-www-form-urlencoded"]
        {
            let response = HttpResponse::new(status, body).with_header("content-type", content_type);
            match exchange().finish(&response, NOW) {
                Ok(tokens) => {
                    assert_eq!(status, 200, "a token out of status {status}");
                    check_tokens(&tokens);
                }
                Err(error) => {
                    assert_eq!(error.status(), Some(status));
                    check_error(&error);
                }
            }
        }
    }
    let client = client(|_, _| {});
    let request = client.api_request("employees").expect("below the base");
    check_error(&client.api_error(
        &request,
        &Secret::new("the access token"),
        &HttpResponse::new(403, body),
        Now::unix_ms(0),
    ));
}

/// An ID token, and the claims of one.
pub fn id_token(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let claims = format!("{}.{}.x", base64url(br#"{"alg":"RS256"}"#), base64url(bytes));
    for token in [text.into_owned(), claims] {
        let token = serde_json::to_string(&token).expect("strings serialize");
        let body = format!(r#"{{"access_token":"a","token_type":"Bearer","expires_in":60,"id_token":{token}}}"#);
        let response = HttpResponse::new(200, body).with_header("content-type", "application/json");
        let client = client(|_, _| {});
        let (transaction, state) = started(&client);
        let url = format!("{REDIRECT_URI}?code=c&state={state}");
        let exchange = transaction.callback(&client, &url, NOW).expect("the right state");
        match exchange.finish(&response, NOW) {
            Ok(tokens) => {
                if let Some(id_token) = tokens.id_token() {
                    assert!(!id_token.issuer().is_empty() && !id_token.subject().is_empty());
                    assert!(id_token.claims().reveal().contains("client"), "not meant for this client");
                }
            }
            Err(error) => check_error(&error),
        }
    }
}

fn started(client: &Client) -> (Transaction, String) {
    let request = AuthorizationRequest::new(REDIRECT_URI).request(["openid"]);
    let (_, transaction) = client.authorize(request, NOW, &[7; 96]).expect("a good request");
    let stored = transaction.to_secret();
    let state = stored.reveal().split('&').find_map(|pair| pair.strip_prefix("state=")).expect("a state").to_owned();
    (transaction, state)
}

/// A callback's URL, and the parameters behind the right state.
pub fn callback(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let client = client(|_, _| {});
    let (_, state) = started(&client);
    for url in [text.clone().into_owned(), format!("{REDIRECT_URI}?state={state}&{text}")] {
        let (transaction, state) = started(&client);
        match transaction.callback(&client, &url, NOW) {
            Ok(exchange) => {
                assert!(url.contains(&*state) || url.contains('%'), "a callback without the state was let through");
                assert_eq!(exchange.request().url(), "https://auth.example.com/token");
            }
            Err(error) => check_error(&error),
        }
    }
}

/// A stored transaction.
pub fn transaction(bytes: &[u8]) {
    let stored = Secret::new(String::from_utf8_lossy(bytes));
    match Transaction::from_secret(&stored) {
        Ok(transaction) => {
            let again = transaction.to_secret();
            let third = Transaction::from_secret(&again).expect("what was written can be read").to_secret();
            assert_eq!(again.reveal(), third.reveal(), "a transaction changes on its way through a store");
        }
        Err(error) => check_error(&error),
    }
}

/// A `WWW-Authenticate` header.
pub fn www_authenticate(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    for challenge in challenges(&text).unwrap_or_default() {
        assert!(!challenge.scheme.is_empty() && !challenge.scheme.bytes().any(|byte| byte.is_ascii_uppercase()));
        assert!(challenge.token68.is_none() || challenge.parameters.is_empty(), "both a token68 and parameters");
        for (position, (name, _)) in challenge.parameters.iter().enumerate() {
            assert!(challenge.parameters.iter().take(position).all(|(other, _)| other != name), "{name} comes twice");
        }
    }
    for status in [200, 401, 403] {
        token_verdict(status, Some(&text));
    }
}

/// A `Retry-After` header.
pub fn retry_after(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    for now in [Now::unix_ms(0), NOW, Now::unix_ms(u64::MAX)] {
        let response = HttpResponse::new(429, "").with_header("retry-after", &*text);
        let error = exchange().finish(&response, now).expect_err("429 is no success");
        check_error(&error);
        assert!(error.retryable());
    }
}

/// What a caller gives to be fetched with the token.
pub fn api_reference(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let client = client(|_, options| options.allowed_origins = vec!["https://files.example.com:8443".into()]);
    match client.api_request(&text) {
        Ok(request) => {
            check_destination(request.url());
            let again = client.api_request(request.url()).expect("what was let through once is let through again");
            assert_eq!(again.url(), request.url(), "a URL changes when it is resolved once more");
            if let Ok(redirect) = client.api_redirect(&request, &text) {
                check_destination(redirect.url());
            }
        }
        Err(error) => assert!(error.to_string().len() < 10_000 + text.len()),
    }
}

/// Whoever reads this URL as browsers do (WHATWG) ends up where the core, which reads RFC 3986, meant to send the token.
fn check_destination(url: &str) {
    let parsed = url::Url::parse(url).unwrap_or_else(|problem| panic!("{url} cannot be sent to: {problem}"));
    let origin = parsed.origin().ascii_serialization();
    assert!(
        ["https://api.example.com", "https://files.example.com:8443"].contains(&&*origin),
        "{url} leads to {origin} for a browser"
    );
    assert!(parsed.username().is_empty() && parsed.password().is_none() && parsed.fragment().is_none(), "{url}");
}

fn base64url(bytes: &[u8]) -> String {
    use base64ct::{Base64UrlUnpadded, Encoding};
    Base64UrlUnpadded::encode_string(bytes)
}
