//! What is written can be read again, by us and by others.

use base64ct::{Base64, Encoding};
use proptest::collection::vec;
use proptest::prelude::*;
use tokenwell::{
    AuthorizationRequest, BasicEncoding, BodyFormat, ClientAuthentication, ClientOptions, Credentials, Secret,
    TokenRequest, Transaction,
};

use crate::support::*;

fn printable() -> impl Strategy<Value = String> {
    "[ -~]{1,40}"
}

fn scope() -> impl Strategy<Value = Vec<String>> {
    vec("[!#-\\[\\]-~]{1,12}", 0..5)
}

/// Names that the protocol does not set itself, each once.
fn parameters() -> impl Strategy<Value = Vec<(String, String)>> {
    vec(("x[ -~]{0,10}", any::<String>()), 0..5).prop_map(|mut pairs| {
        pairs.sort();
        pairs.dedup_by(|a, b| a.0 == b.0);
        pairs
    })
}

fn entropy_of() -> impl Strategy<Value = [u8; 96]> {
    vec(any::<u8>(), 96).prop_map(|bytes| bytes.try_into().unwrap())
}

proptest! {
    #![proptest_config(crate::cases(200))]

    #[test]
    fn a_form_says_what_was_put_into_it(
        id in printable(), secret in printable(), scope in scope(), parameters in parameters(), audience in printable(),
    ) {
        let options = ClientOptions { parameters: parameters.clone(), ..ClientOptions::default() };
        let client = profile().client_with(Credentials::secret(&id, secret.as_str()), options).unwrap();
        let exchange = client.client_credentials(TokenRequest::from(scope.clone()).audience(&audience)).unwrap();
        let mut expected = vec![
            ("grant_type".to_owned(), "client_credentials".to_owned()),
            ("scope".to_owned(), scope.join(" ")),
            ("audience".to_owned(), audience),
        ];
        expected.extend(parameters);
        expected.extend([("client_id".to_owned(), id), ("client_secret".to_owned(), secret)]);
        expected.retain(|(_, value)| !value.is_empty());
        prop_assert_eq!(form(exchange.request()), expected);
        prop_assert!(exchange.request().body().is_ascii());
    }

    #[test]
    fn a_json_body_says_what_was_put_into_it(id in printable(), secret in printable(), parameters in parameters()) {
        let mut profile = profile();
        profile.body_format = BodyFormat::Json;
        let options = ClientOptions { parameters: parameters.clone(), ..ClientOptions::default() };
        let client = profile.client_with(Credentials::secret(&id, secret.as_str()), options).unwrap();
        let exchange = client.client_credentials(TokenRequest::default()).unwrap();
        let body: serde_json::Map<String, serde_json::Value> = serde_json::from_str(exchange.request().body()).unwrap();
        prop_assert_eq!(body["client_id"].as_str(), Some(id.as_str()));
        prop_assert_eq!(body["client_secret"].as_str(), Some(secret.as_str()));
        let sent = parameters.iter().filter(|(_, value)| !value.is_empty());
        for (name, value) in sent.clone() {
            prop_assert_eq!(body[name].as_str(), Some(value.as_str()));
        }
        prop_assert_eq!(body.len(), 3 + sent.count());
    }

    #[test]
    fn a_basic_header_says_id_and_secret(id in printable(), secret in printable()) {
        for encoding in [BasicEncoding::Form, BasicEncoding::Raw] {
            let mut profile = profile();
            profile.client_authentication = ClientAuthentication::Basic;
            profile.basic_encoding = encoding;
            let client = profile.client(Credentials::secret(&id, secret.as_str())).unwrap();
            let exchange = client.client_credentials(["read"]).unwrap();
            let encoded = header(exchange.request(), "authorization").unwrap().strip_prefix("Basic ").unwrap();
            let joined = String::from_utf8(Base64::decode_vec(encoded).unwrap()).unwrap();
            match encoding {
                BasicEncoding::Raw => prop_assert_eq!(joined, format!("{id}:{secret}")),
                BasicEncoding::Form => {
                    let halves: Vec<String> = joined
                        .split(':')
                        .map(|half| form_urlencoded::parse(half.as_bytes()).map(|(name, _)| name.into_owned()).collect())
                        .collect();
                    prop_assert_eq!(halves, [id.clone(), secret.clone()]);
                }
            }
        }
    }

    #[test]
    fn an_authorization_url_says_what_was_put_into_it(
        entropy in entropy_of(), scope in scope(), parameters in parameters(), hint in any::<String>(),
    ) {
        let mut request = AuthorizationRequest::new(REDIRECT_URI).request(scope.clone());
        request.login_hint = Some(hint.clone());
        let allowed = |text: &str| !text.bytes().any(|byte| byte.is_ascii_control());
        request.parameters = parameters.clone();
        let made = client().authorize(request, at(0), &entropy);
        prop_assert_eq!(made.is_ok(), parameters.iter().all(|(_, value)| allowed(value)));
        let Ok((url, transaction)) = made else { return Ok(()) };
        prop_assert!(url.bytes().all(|byte| (0x21..=0x7e).contains(&byte)));
        prop_assert!(url::Url::parse(&url).is_ok());
        let pairs = query(&url);
        let joined = scope.join(" ");
        for (name, expected) in parameters.iter().map(|(name, value)| (name.as_str(), value.as_str())).chain([
            ("response_type", "code"),
            ("redirect_uri", REDIRECT_URI),
            ("client_id", CLIENT_ID),
            ("scope", joined.as_str()),
            ("login_hint", hint.as_str()),
        ]) {
            prop_assert_eq!(value(&pairs, name), Some(expected).filter(|text| !text.is_empty()));
        }
        // The way back, through the user's browser and the program's store.
        let stored = Transaction::from_secret(&transaction.to_secret()).unwrap();
        let back = format!("{REDIRECT_URI}?state={}&code=c", value(&pairs, "state").unwrap());
        let exchange = stored.callback(&client(), &back, at(1)).unwrap();
        let sent = form(exchange.request());
        let verifier = value(&sent, "code_verifier").unwrap();
        let challenge = base64url(&hmac_sha256::Hash::hash(verifier.as_bytes()));
        prop_assert_eq!(value(&pairs, "code_challenge"), Some(challenge.as_str()));
    }

    #[test]
    fn a_transaction_survives_its_store(
        entropy in entropy_of(), scope in scope(), path in "[a-z/%0-9?&=+]{0,20}", id in printable(), ms in 0u64..1 << 50,
        issuer in proptest::option::of("https://[a-z]{1,9}\\.example/[a-z]{0,9}"), pkce in any::<bool>(),
    ) {
        let mut profile = profile();
        (profile.issuer, profile.pkce) = (issuer, pkce);
        let client = profile.client(Credentials::secret(&id, "secret")).unwrap();
        let redirect_uri = format!("https://app.example.com/{path}");
        let request = AuthorizationRequest::new(&redirect_uri).request(scope);
        let Ok((_, transaction)) = client.authorize(request, tokenwell::Now::unix_ms(ms), &entropy) else {
            // A percent sign with no digits behind it is no URL.
            prop_assert!(path.contains('%'));
            return Ok(());
        };
        let stored = transaction.to_secret();
        let again = Transaction::from_secret(&stored).unwrap();
        prop_assert_eq!(&again.to_secret(), &stored);
        prop_assert_eq!(format!("{again:?}"), format!("{transaction:?}"));
    }

    #[test]
    fn a_token_comes_out_as_it_came_in(
        access in "[A-Za-z0-9._~+/-]{1,60}=?", refresh in "[!-~]{1,60}", seconds in 0u64..400_000_000, scope in scope(),
    ) {
        let text = |text: &str| serde_json::to_string(text).unwrap();
        let body = format!(
            r#"{{"token_type":"Bearer","access_token":{},"refresh_token":{},"expires_in":{seconds},"scope":{}}}"#,
            text(&access), text(&refresh), text(&scope.join(" "))
        );
        let tokens = client().client_credentials(["read"]).unwrap().finish(&ok(body), at(0)).unwrap();
        prop_assert_eq!(tokens.access_token(), &Secret::new(access));
        prop_assert_eq!(tokens.refresh_token().map(Secret::reveal), Some(refresh.as_str()));
        prop_assert_eq!(tokens.lifetime_ms(), Some((seconds * 1000).min(315_360_000_000)));
        prop_assert_eq!(tokens.scope().iter().collect::<Vec<_>>(), scope);
    }

    #[test]
    fn challenges_say_what_was_put_into_them(
        list in vec(("[a-zA-Z][a-zA-Z0-9-]{0,8}", vec(("[a-z_]{1,8}", "[ -~]{0,20}"), 0..4)), 0..4),
    ) {
        let mut expected = Vec::new();
        let mut written = Vec::new();
        for (scheme, mut parameters) in list {
            parameters.sort();
            parameters.dedup_by(|a, b| a.0 == b.0);
            let pairs: Vec<String> = parameters
                .iter()
                .map(|(name, value)| format!("{name}=\"{}\"", value.replace('\\', "\\\\").replace('"', "\\\"")))
                .collect();
            written.push(format!("{scheme} {}", pairs.join(", ")));
            expected.push((scheme.to_ascii_lowercase(), parameters));
        }
        let read: Vec<_> = tokenwell::challenges(&written.join(", "))
            .unwrap()
            .into_iter()
            .map(|challenge| (challenge.scheme, challenge.parameters))
            .collect();
        prop_assert_eq!(read, expected);
    }
}
