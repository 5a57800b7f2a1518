//! R90 to R95: no secret is shown, in whatever form, by whatever type.

use std::fmt::{Debug, Display};

use tokenwell::provider::Profile;
use tokenwell::{
    AuthorizationRequest, BasicEncoding, BodyFormat, Change, Client, ClientAuthentication, ClientOptions, Credentials,
    Failure, FailureKind, HttpResponse, Observation, Outcome, Secret, SessionTokens, Step, TokenRequest, TokenSource,
    Transaction, challenges,
};

use crate::support::*;

const ACCESS: &str = "canary-access/+=~!*'():@?#%41";
const REFRESH: &str = "canary-refresh/+=~!*'():@?#%41";
const CODE: &str = "canary-code/+=~!*'():@?#%41";

/// The ways in which an encoder may write a secret, and how `Debug` of bytes would.
fn forms(secret: &str) -> Vec<String> {
    let bytes = secret.as_bytes();
    let encode = |keep: &str, space: &str, upper: bool| -> String {
        secret
            .chars()
            .map(|character| match character {
                ' ' => space.to_owned(),
                c if c.is_ascii_alphanumeric() || keep.contains(c) => c.to_string(),
                c if upper => format!("%{:02X}", c as u32),
                c => format!("%{:02x}", c as u32),
            })
            .collect()
    };
    let decimal: Vec<_> = bytes.iter().map(u8::to_string).collect();
    let mut forms = vec![
        secret.to_owned(),
        format!("{secret:?}").trim_matches('"').to_owned(),
        base64(bytes),
        base64(bytes).trim_end_matches('=').to_owned(),
        base64url(bytes),
        decimal.join(", "),
        decimal.join(","),
    ];
    for keep in ["-._~", "-._~!*'()", "*-._", "-._"] {
        for space in ["%20", "+"] {
            forms.extend([encode(keep, space, true), encode(keep, space, false)]);
        }
    }
    forms
}

struct Canaries(Vec<String>);

impl Canaries {
    fn new(secrets: &[&str]) -> Self {
        let mut all: Vec<String> = secrets.iter().flat_map(|secret| forms(secret)).collect();
        all.push(base64(format!("{CLIENT_ID}:{CLIENT_SECRET}").as_bytes()));
        // What every canary begins with, so that no part of one is shown either.
        all.extend(["canary".to_owned(), base64(b"canary"), "99, 97, 110, 97, 114, 121".to_owned()]);
        Self(all)
    }

    fn absent_from(&self, what: &str, shown: &str) {
        for canary in &self.0 {
            assert!(!shown.contains(canary.as_str()), "{what} shows {canary}:\n{shown}");
        }
    }

    fn debug(&self, value: &impl Debug) {
        let name = std::any::type_name_of_val(value);
        self.absent_from(name, &format!("{value:?}"));
        self.absent_from(name, &format!("{value:#?}"));
    }

    fn both(&self, value: &(impl Debug + Display)) {
        self.debug(value);
        self.absent_from(std::any::type_name_of_val(value), &value.to_string());
        self.absent_from(std::any::type_name_of_val(value), &format!("{value:#}"));
    }
}

fn canaries() -> Canaries {
    Canaries::new(&[CLIENT_SECRET, ACCESS, REFRESH, CODE])
}

/// A profile and options with a canary wherever there is room for one.
fn planted_profile() -> Profile {
    let mut profile = profile();
    profile.token_endpoint.push_str("?key=canary-query");
    profile.authorization_endpoint = Some("https://auth.example.com/authorize?key=canary-query".into());
    profile.revocation_endpoint = Some("https://auth.example.com/revoke?key=canary-query".into());
    profile.introspection_endpoint = Some("https://auth.example.com/introspect?key=canary-query".into());
    profile.api_headers = vec![("x-api-key".into(), "canary-header".into())];
    profile
}

fn planted_options() -> ClientOptions {
    ClientOptions { parameters: vec![("api_key".into(), "canary-parameter".into())], ..ClientOptions::default() }
}

fn planted_client(authentication: ClientAuthentication, format: BodyFormat) -> Client {
    let mut profile = planted_profile();
    profile.client_authentication = authentication;
    profile.body_format = format;
    profile.client_with(credentials(), planted_options()).unwrap()
}

fn every_client() -> Vec<Client> {
    let mut clients = Vec::new();
    for authentication in [ClientAuthentication::Post, ClientAuthentication::Basic] {
        for format in [BodyFormat::Form, BodyFormat::Json] {
            clients.push(planted_client(authentication, format));
        }
    }
    clients
}

fn token_response() -> HttpResponse {
    let body = format!(
        r#"{{"access_token":"{ACCESS}","refresh_token":"{REFRESH}","token_type":"Bearer","expires_in":3600,"secret_extra":"canary-extra"}}"#
    );
    ok(body).with_header("set-cookie", "canary-cookie").with_header("x-request-id", "canary-request-id")
}

fn callback(client: &Client, more: &str) -> (Transaction, String) {
    let request = AuthorizationRequest::new(REDIRECT_URI).request(["openid"]);
    let (url, transaction) = client.authorize(request, at(0), &entropy(1)).unwrap();
    let state = value(&query(&url), "state").unwrap().to_owned();
    (transaction, format!("{REDIRECT_URI}?state={state}{more}"))
}

fn encoded(text: &str) -> String {
    form_urlencoded::byte_serialize(text.as_bytes()).collect()
}

#[test]
fn r91_a_secret_prints_six_digits_of_its_digest_and_nothing_else() {
    let secret = Secret::new(ACCESS);
    let digest = hmac_sha256::Hash::hash(ACCESS.as_bytes());
    let tag = format!("{:02x}{:02x}{:02x}", digest[0], digest[1], digest[2]);
    for shown in [format!("{secret}"), format!("{secret:?}"), format!("{secret:#?}"), format!("{secret:>80}")] {
        assert_eq!(shown.trim(), format!("[redacted]#{tag}"));
    }
    assert_eq!((secret.tag(), secret.reveal(), secret.is_empty()), (tag, ACCESS, false));
    assert!(Secret::new("").is_empty());
}

#[test]
fn r90_no_type_of_the_request_side_shows_a_secret() {
    let canaries = canaries();
    canaries.debug(&credentials());
    canaries.debug(&planted_options());
    canaries.debug(&planted_profile());
    for client in every_client() {
        canaries.debug(&client);
        canaries.debug(client.profile());
        canaries.debug(client.options());
        let exchange = client.client_credentials(["read"]).unwrap();
        canaries.debug(&exchange);
        canaries.debug(exchange.request());
        canaries.debug(&client.refresh(&Secret::new(REFRESH), ["read"]).unwrap());
        canaries.debug(&client.revoke(&Secret::new(REFRESH), None).unwrap());
        canaries.debug(&client.introspect(&Secret::new(ACCESS), None).unwrap());
        let (transaction, url) = callback(&client, &format!("&code={}", encoded(CODE)));
        canaries.debug(&transaction);
        canaries.both(&transaction.to_secret());
        canaries.debug(&transaction.callback(&client, &url, at(1)).unwrap());
        canaries.debug(&client.api_request("employees?key=canary-query").unwrap());
    }
    let mut request = AuthorizationRequest::new("https://app.example.com/callback?key=canary");
    request.login_hint = Some("canary@example.com".into());
    request.parameters = vec![("key".into(), "canary".into())];
    canaries.debug(&request);
    canaries.debug(&TokenRequest::from(["read"]));
}

#[test]
fn r90_no_transaction_shows_its_state_verifier_or_nonce() {
    let (transaction, _) = callback(&client(), "");
    let stored: Vec<(String, String)> =
        form_urlencoded::parse(transaction.to_secret().reveal().as_bytes()).into_owned().collect();
    let secrets: Vec<&str> = ["state", "code_verifier", "nonce"].map(|name| value(&stored, name).unwrap()).to_vec();
    let canaries = Canaries::new(&secrets);
    canaries.debug(&transaction);
    let exchange = {
        let (transaction, url) = callback(&client(), "&code=c");
        transaction.callback(&client(), &url, at(1)).unwrap()
    };
    canaries.debug(&exchange);
}

#[test]
fn r90_no_type_of_the_response_side_shows_a_secret() {
    let canaries = canaries();
    let response = token_response();
    canaries.debug(&response);
    canaries.debug(&Outcome::from(response.clone()));
    let client = client();
    let tokens = client.client_credentials(["read"]).unwrap().finish(&response, at(0)).unwrap();
    canaries.debug(&tokens);
    canaries.both(&tokens.authorization());
    canaries.both(tokens.extra());
    let stored = SessionTokens::of(&client, &tokens);
    canaries.debug(&stored);
    for change in [Change::Tokens(stored.clone()), Change::RefreshTokenDead(Secret::new(REFRESH))] {
        canaries.debug(&change);
    }
    canaries.debug(&Observation::Tokens(stored));
    let body = format!(r#"{{"active":true,"token":"{ACCESS}","username":"canary"}}"#);
    canaries.debug(&client.introspect(&Secret::new(ACCESS), None).unwrap().finish(&ok(body), at(0)).unwrap());
    let challenge = format!("Negotiate {}, Bearer error_description=\"{ACCESS}\", realm=canary", "canary0123==");
    canaries.debug(&challenges(&challenge).unwrap());
    canaries.debug(&Failure::new(FailureKind::Interrupted));
}

#[test]
fn r90_no_id_token_is_shown() {
    let client = client();
    let (transaction, url) = callback(&client, "&code=c");
    let nonce = base64url(&entropy(1)[64..]);
    let (exp, aud) = (T0 / 1000 + 60, CLIENT_ID);
    let claims = format!(
        r#"{{"iss":"https://auth.example.com","sub":"user-1","aud":"{aud}","exp":{exp},"iat":{exp},"nonce":"{nonce}","email":"canary@example.com"}}"#
    )
    .replace(&format!("\"iat\":{exp}"), &format!("\"iat\":{}", T0 / 1000));
    let id_token = jwt("RS256", &claims);
    let body = format!(r#"{{"access_token":"{ACCESS}","token_type":"Bearer","id_token":"{id_token}"}}"#);
    let tokens = transaction.callback(&client, &url, at(1)).unwrap().finish(&ok(body), at(1)).unwrap();
    let parts: Vec<&str> = id_token.split('.').collect();
    let canaries = Canaries::new(&[&id_token, parts[1], &claims, &nonce]);
    canaries.debug(&tokens);
    canaries.debug(tokens.id_token().unwrap());
    canaries.debug(&SessionTokens::of(&client, &tokens));
}

#[test]
fn r90_no_step_of_a_source_shows_a_secret() {
    let canaries = canaries();
    for client in every_client() {
        let tokens = client.client_credentials(["read"]).unwrap().finish(&token_response(), at(0)).unwrap();
        let mut source = TokenSource::from_tokens(client, tokens, at(0));
        canaries.debug(&source);
        let step = source.poll(at(3_500_000), 1);
        canaries.debug(&step);
        let Step::Send(flight) = step else { panic!("nothing to send") };
        canaries.debug(&source);
        let step = source.finish(flight, token_response(), at(3_500_100));
        canaries.debug(&step);
        while let Some(change) = source.take_change() {
            canaries.debug(&change);
        }
        let Step::Send(flight) = source.poll(at(7_200_000), 1) else { panic!("nothing to send") };
        let echo = answer(400, format!(r#"{{"error":"invalid_grant","error_description":"{REFRESH} is dead"}}"#));
        canaries.debug(&source.finish(flight, echo, at(7_200_001)));
        canaries.debug(&source);
        canaries.debug(&source.last_failure());
    }
}

/// Every answer in which a server could repeat what it was sent.
fn echoes(secret: &str) -> Vec<HttpResponse> {
    let mut echoes = Vec::new();
    for form in forms(secret) {
        // As a JSON string: the escapes are those of JSON.
        let text = form.replace('\\', "\\\\").replace('"', "\\\"");
        for body in [
            format!(r#"{{"error":"x {text} y","error_description":"before {text} after"}}"#),
            format!(r#"{{"error":"{text}"}}"#),
            format!(r#"{{"error":"e","error_description":"{}{text}"}}"#, "long ".repeat(38)),
            format!(r#"{{"error":{{"code":"{text}","message":"{text}"}}}}"#),
            format!(r#"{{"errors":[{{"message":"{text}","extensions":{{"code":"{text}"}}}}]}}"#),
            format!(r#"{{"title":"{text}","detail":"{text}"}}"#),
        ] {
            for status in [200, 400, 401, 503] {
                echoes.push(answer(status, body.clone()));
            }
        }
        for name in ["x-request-id", "request-id", "x-correlation-id", "traceparent", "cf-ray"] {
            echoes.push(answer(400, r#"{"error":"invalid_grant"}"#).with_header(name, &form));
            echoes.push(
                answer(302, "")
                    .with_header(name, &form)
                    .with_header("location", format!("https://evil.example/{form}")),
            );
        }
        echoes.push(answer(302, "").with_header("location", &form));
        echoes.push(answer(200, text.clone()));
        echoes.push(answer(200, format!(r#"{{"access_token":["{text}"]}}"#)));
        echoes.push(answer(200, format!(r#"{{"access_token":"a","token_type":"{text}"}}"#)));
        echoes.push(HttpResponse::new(200, text.clone()).with_header("content-type", &form));
        echoes.push(HttpResponse::new(500, text).with_header("content-type", "text/html"));
    }
    echoes
}

/// Like [`canaries`], without the decimal list: it is what `Debug` of bytes would show, and no server would write it.
fn echo_canaries(secret: &str) -> Canaries {
    let decimal = secret.bytes().map(|byte| byte.to_string()).collect::<Vec<_>>();
    let (spaced, tight) = (decimal.join(", "), decimal.join(","));
    Canaries(forms(secret).into_iter().filter(|form| *form != spaced && *form != tight).collect())
}

#[test]
fn r92_no_error_repeats_the_client_secret() {
    let canaries = echo_canaries(CLIENT_SECRET);
    for client in every_client() {
        for response in echoes(CLIENT_SECRET) {
            if let Err(error) = client.client_credentials(["read"]).unwrap().finish(&response, at(0)) {
                canaries.both(&error);
                canaries.debug(&(error.error(), error.description(), error.request_id(), error.endpoint()));
            }
        }
    }
}

#[test]
fn r92_no_error_repeats_the_basic_header() {
    for encoding in [BasicEncoding::Form, BasicEncoding::Raw] {
        let client = client_of(|profile| {
            profile.client_authentication = ClientAuthentication::Basic;
            profile.basic_encoding = encoding;
        });
        let sent = {
            let exchange = client.client_credentials(["read"]).unwrap();
            let header = header(exchange.request(), "authorization").unwrap();
            header.trim_start_matches("Basic ").trim_end_matches('=').to_owned()
        };
        let encoded_again = base64(sent.as_bytes()).trim_end_matches('=').to_owned();
        for echo in [sent, encoded_again] {
            let answer = answer(400, format!(r#"{{"error":"bad header Basic {echo}="}}"#));
            let error = client.client_credentials(["read"]).unwrap().finish(&answer, at(0)).unwrap_err();
            for shown in [error.to_string(), format!("{error:?}"), error.error().unwrap().to_owned()] {
                assert!(!shown.contains(&echo), "{shown}");
            }
        }
    }
}

#[test]
fn r92_no_error_repeats_a_refresh_token() {
    let canaries = echo_canaries(REFRESH);
    for response in echoes(REFRESH) {
        let client = client();
        let refresh = Secret::new(REFRESH);
        let results = [
            client.refresh(&refresh, ["read"]).unwrap().finish(&response, at(0)).map(drop),
            client.revoke(&refresh, None).unwrap().finish(&response, at(0)),
            client.introspect(&refresh, None).unwrap().finish(&response, at(0)).map(drop),
        ];
        for error in results.into_iter().filter_map(Result::err) {
            canaries.both(&error);
            canaries.debug(&(error.error(), error.description(), error.request_id(), error.endpoint()));
        }
    }
}

#[test]
fn r92_no_error_repeats_a_whole_request() {
    // Both at once, since what reads one of them may garble the other.
    for format in [BodyFormat::Form, BodyFormat::Json] {
        let mut profile = profile();
        profile.body_format = format;
        let client = profile.client(credentials()).unwrap();
        let exchange = || client.refresh(&Secret::new(REFRESH), ["read"]).unwrap();
        let sent = exchange().request().body().to_owned();
        let as_url = if format == BodyFormat::Form { sent.replace('+', "%20") } else { encoded(&sent) };
        for echo in [sent, as_url] {
            let echo = serde_json::json!({ "error": "invalid_request", "error_description": echo }).to_string();
            let error = exchange().finish(&answer(400, echo), at(0)).unwrap_err();
            let shown = format!("{error} {error:?} {:?}", error.description());
            assert!(!shown.contains("S3cr3t") && !shown.contains("canary-refresh"), "{shown}");
        }
    }
}

#[test]
fn r92_no_error_repeats_a_secret_as_json_writes_it() {
    let mut profile = profile();
    profile.body_format = BodyFormat::Json;
    let client = profile.client(Credentials::secret(CLIENT_ID, "S3cr3t\\with\"both\\")).unwrap();
    let exchange = client.client_credentials(["read"]).unwrap();
    let sent = exchange.request().body().to_owned();
    assert!(sent.contains(r#"S3cr3t\\with\"both\\"#), "{sent}");
    let echo = serde_json::json!({ "error": "invalid_request", "error_description": sent }).to_string();
    let error = exchange.finish(&answer(400, echo), at(0)).unwrap_err();
    assert!(!format!("{error} {error:?} {:?}", error.description()).contains("S3cr3t"), "{error}");
}

#[test]
fn r92_no_error_repeats_a_code_verifier_or_nonce() {
    let client = client();
    let (transaction, _) = callback(&client, "");
    let stored: Vec<(String, String)> =
        form_urlencoded::parse(transaction.to_secret().reveal().as_bytes()).into_owned().collect();
    for secret in [CODE, value(&stored, "code_verifier").unwrap(), value(&stored, "nonce").unwrap()] {
        let canaries = echo_canaries(secret);
        for response in echoes(secret) {
            let (transaction, url) = callback(&client, &format!("&code={}", encoded(CODE)));
            if let Err(error) = transaction.callback(&client, &url, at(1)).unwrap().finish(&response, at(1)) {
                canaries.both(&error);
                canaries.debug(&(error.error(), error.description(), error.request_id(), error.endpoint()));
            }
        }
    }
}

#[test]
fn r92_no_error_repeats_an_access_token() {
    let canaries = echo_canaries(ACCESS);
    let client = client();
    let request = client.api_request("x?key=canary-query").unwrap();
    for response in echoes(ACCESS) {
        let body = format!(r#"{{"error":"{ACCESS}","message":"{}"}}"#, encoded(ACCESS));
        let response = HttpResponse::new(response.status(), body).with_header("x-request-id", ACCESS);
        let error = client.api_error(&request, &Secret::new(ACCESS), &response, at(0));
        canaries.both(&error);
        canaries.debug(&(error.error(), error.description(), error.endpoint(), error.request_id()));
    }
}

#[test]
fn r92_no_error_of_a_callback_repeats_what_it_carried() {
    let client = client();
    let (transaction, _) = callback(&client, "");
    let stored: Vec<(String, String)> =
        form_urlencoded::parse(transaction.to_secret().reveal().as_bytes()).into_owned().collect();
    let state = value(&stored, "state").unwrap();
    for secret in [CODE, state, CLIENT_SECRET] {
        let canaries = echo_canaries(secret);
        let text = encoded(secret);
        for more in [
            format!("&code={text}&error=x"),
            format!("&code={text}&code={text}"),
            format!("&code={text}%00"),
            format!("&code={text}&access_token={text}"),
            format!("&iss={text}&iss={text}"),
        ] {
            let (transaction, url) = callback(&client, &more);
            canaries.both(&transaction.callback(&client, &url, at(1)).unwrap_err());
        }
    }
    for secret in [state, CLIENT_SECRET] {
        let canaries = echo_canaries(secret);
        let text = encoded(secret);
        let (transaction, url) = callback(&client, &format!("&error={text}&error_description=a+{text}+b"));
        let error = transaction.callback(&client, &url, at(1)).unwrap_err();
        canaries.both(&error);
        canaries.debug(&(error.error(), error.description()));
    }
}

#[test]
fn r92_a_short_secret_does_not_garble_the_sentence() {
    let client = profile().client(Credentials::secret("id", "a")).unwrap();
    let response = answer(400, r#"{"error":"invalid_scope","error_description":"a bad scope"}"#);
    let error = client.client_credentials(["x"]).unwrap().finish(&response, at(0)).unwrap_err();
    assert_eq!((error.error(), error.description()), (Some("invalid_scope"), Some("a bad scope")));
}

#[test]
fn r92_a_secret_of_four_characters_is_hidden() {
    let client = profile().client(Credentials::secret("id", "k9Qz")).unwrap();
    let response = answer(400, r#"{"error":"e","error_description":"wrong: k9Qz"}"#);
    let error = client.client_credentials(["x"]).unwrap().finish(&response, at(0)).unwrap_err();
    assert_eq!(error.description(), Some("wrong: [redacted]"));
}

#[test]
fn r92_a_text_without_secrets_stays_as_it_is() {
    let response = answer(400, r#"{"error":"e","error_description":"50% of a+b, %41 and %zz"}"#);
    let error = client().client_credentials(["x"]).unwrap().finish(&response, at(0)).unwrap_err();
    assert_eq!(error.description(), Some("50% of a+b, %41 and %zz"));
}

#[test]
fn r93_urls_in_errors_are_origin_and_path() {
    let client = planted_client(ClientAuthentication::Post, BodyFormat::Form);
    let canaries = canaries();
    for response in [answer(400, "{}"), answer(302, ""), answer(200, "[]"), answer(201, "{}"), answer(100, "")] {
        let error = client.client_credentials(["read"]).unwrap().finish(&response, at(0)).unwrap_err();
        assert_eq!(error.endpoint(), Some("https://auth.example.com/oauth/token"));
        canaries.both(&error);
    }
    for kind in [
        FailureKind::NotSent,
        FailureKind::Interrupted,
        FailureKind::TimedOut,
        FailureKind::Untrusted,
        FailureKind::TooLarge,
        FailureKind::Aborted,
        FailureKind::Broken,
    ] {
        let error = client.client_credentials(["read"]).unwrap().fail(&Failure::new(kind), at(0));
        assert_eq!(error.endpoint(), Some("https://auth.example.com/oauth/token"));
        canaries.both(&error);
    }
    let request = client.api_request("employees?key=canary-query").unwrap();
    canaries.both(&client.api_error(&request, &Secret::new(ACCESS), &HttpResponse::new(404, ""), at(0)));
    canaries.both(&client.api_request("https://evil.example/?key=canary-query").unwrap_err());
    canaries.both(&client.api_redirect(&request, "https://evil.example/canary?canary").unwrap_err());
}

#[test]
fn r94_a_secret_is_wiped_when_dropped() {
    // `Zeroizing` does the wiping; this compiles only while it is what is inside.
    fn wipes<T: zeroize::ZeroizeOnDrop>(_: &T) {}
    wipes(&Secret::new("x"));
}

#[test]
fn r94_no_panic_message_can_hold_a_secret_because_nothing_panics() {
    // The lints that keep panics out are part of the crate; a test would come too late.
    let manifest = include_str!("../../../../Cargo.toml");
    for lint in [
        "unwrap_used",
        "expect_used",
        "panic",
        "unreachable",
        "indexing_slicing",
        "string_slice",
        "arithmetic_side_effects",
    ] {
        assert!(manifest.contains(&format!("{lint} = \"deny\"")), "{lint} is no longer denied");
    }
}

#[test]
fn r95_no_type_that_holds_a_secret_derives_debug_over_a_plain_string() {
    // Every field of a public type that could carry a secret is a `Secret` or printed by hand; this finds new ones.
    let sources = [
        include_str!("../../src/client.rs"),
        include_str!("../../src/authorize.rs"),
        include_str!("../../src/token.rs"),
        include_str!("../../src/lifecycle/store.rs"),
        include_str!("../../src/grant/mod.rs"),
        include_str!("../../src/grant/refresh_token.rs"),
        include_str!("../../src/grant/authorization_code.rs"),
        include_str!("../../src/management.rs"),
        include_str!("../../src/http.rs"),
        include_str!("../../src/id_token.rs"),
    ];
    let secret_names = [
        "secret",
        "access_token",
        "refresh_token",
        "code",
        "code_verifier",
        "nonce",
        "state",
        "token",
        "claims",
        "body",
    ];
    let mut derived = false;
    for line in sources.iter().flat_map(|source| source.lines()).map(str::trim) {
        if line.starts_with("#[derive(") {
            derived = line.contains("Debug");
        }
        // Whatever stands behind the end of the type is another's.
        derived &= line != "}";
        let Some((name, kind)) = line.trim_start_matches("pub ").trim_start_matches("pub(crate) ").split_once(": ")
        else {
            continue;
        };
        if derived && secret_names.contains(&name) {
            assert!(!matches!(kind.trim_end_matches(','), "String" | "Option<String>" | "Vec<u8>"), "{line}");
        }
    }
}
