//! The `oauth2` crate builds and reads the same exchanges: on what both accept, both say the same.

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

use std::cell::RefCell;
use std::collections::BTreeMap;

use oauth2::basic::BasicClient;
use oauth2::{
    AuthType, AuthUrl, AuthorizationCode, ClientId, ClientSecret, PkceCodeChallenge, PkceCodeVerifier, RedirectUrl,
    RefreshToken, Scope, TokenResponse, TokenUrl,
};
use proptest::collection::vec;
use proptest::prelude::*;
use support::*;
use tokenwell::{Client, ClientAuthentication, Credentials, Exchange, HttpRequest, Secret, TokenSet};

/// What one side sends: `Authorization`, other headers, and the body's parameters.
#[derive(Debug, PartialEq, Eq)]
struct Sent {
    method: String,
    url: String,
    authorization: Option<String>,
    content_type: String,
    accept: String,
    parameters: BTreeMap<String, String>,
}

impl Sent {
    fn ours(request: &HttpRequest) -> Self {
        Self {
            method: request.method().to_owned(),
            url: request.url().to_owned(),
            authorization: header(request, "authorization").map(str::to_owned),
            content_type: header(request, "content-type").unwrap().to_owned(),
            accept: header(request, "accept").unwrap().to_owned(),
            parameters: form(request).into_iter().collect(),
        }
    }

    fn theirs(request: &oauth2::HttpRequest) -> Self {
        let header = |name: &str| request.headers().get(name).map(|value| value.to_str().unwrap().to_owned());
        Self {
            method: request.method().to_string(),
            url: request.uri().to_string(),
            authorization: header("authorization"),
            content_type: header("content-type").unwrap(),
            accept: header("accept").unwrap(),
            parameters: form_urlencoded::parse(request.body()).into_owned().collect(),
        }
    }
}

/// What one side reads.
#[derive(Debug, PartialEq, Eq)]
struct Read {
    access_token: String,
    lifetime_s: Option<u64>,
    scope: Option<Vec<String>>,
    refresh_token: Option<String>,
}

type Theirs = Result<
    oauth2::StandardTokenResponse<oauth2::EmptyExtraTokenFields, oauth2::basic::BasicTokenType>,
    oauth2::RequestTokenError<std::io::Error, oauth2::basic::BasicErrorResponse>,
>;

impl Read {
    fn ours(tokens: &TokenSet, body_has_scope: bool) -> Self {
        Self {
            access_token: tokens.access_token().reveal().to_owned(),
            lifetime_s: tokens.lifetime_ms().map(|lifetime| lifetime / 1000),
            // Theirs says what the answer says, ours what was granted.
            scope: body_has_scope.then(|| tokens.scope().iter().map(str::to_owned).collect()),
            refresh_token: tokens.refresh_token().map(|token| token.reveal().to_owned()),
        }
    }

    fn theirs(tokens: &impl TokenResponse) -> Self {
        Self {
            access_token: tokens.access_token().secret().clone(),
            lifetime_s: tokens.expires_in().map(|lifetime| lifetime.as_secs()),
            scope: tokens.scopes().map(|scopes| scopes.iter().map(|scope| scope.to_string()).collect()),
            refresh_token: tokens.refresh_token().map(|token| token.secret().clone()),
        }
    }
}

/// Takes what they send, and answers with a body.
fn http(
    sent: &RefCell<Option<Sent>>,
    body: &str,
) -> impl Fn(oauth2::HttpRequest) -> Result<oauth2::HttpResponse, std::io::Error> {
    move |request| {
        *sent.borrow_mut() = Some(Sent::theirs(&request));
        let response = oauth2::http::Response::builder().status(200).header("content-type", "application/json");
        Ok(response.body(body.as_bytes().to_vec()).unwrap())
    }
}

#[derive(Clone, Copy, Debug)]
enum Grant {
    ClientCredentials,
    Code,
    Refresh,
}

struct Case<'a> {
    id: &'a str,
    secret: &'a str,
    scope: &'a [String],
    basic: bool,
    grant: Grant,
    body: &'a str,
}

impl Case<'_> {
    fn our_client(&self) -> Client {
        let mut profile = profile();
        if self.basic {
            profile.client_authentication = ClientAuthentication::Basic;
        }
        profile.client(Credentials::secret(self.id, self.secret)).unwrap()
    }

    /// Both sides' request, and both sides' reading of the body.
    fn run(&self) -> (Sent, Sent, Result<TokenSet, tokenwell::Error>, Theirs) {
        let client = self.our_client();
        let (_, transaction) = client.authorize(REDIRECT_URI, at(0), &entropy(1)).unwrap();
        let verifier = base64url(&entropy(1)[32..64]);
        let exchange: Exchange = match self.grant {
            Grant::ClientCredentials => client.client_credentials(self.scope.to_vec()).unwrap(),
            Grant::Refresh => client.refresh(&Secret::new("the+refresh/token"), ["x"]).unwrap(),
            Grant::Code => {
                let url = format!("{REDIRECT_URI}?code=the%2Bcode&state={}", base64url(&entropy(1)[..32]));
                transaction.callback(&client, &url, at(1)).unwrap()
            }
        };
        let ours = Sent::ours(exchange.request());
        let read = exchange.finish(&ok(self.body), at(1));

        let auth_type = if self.basic { AuthType::BasicAuth } else { AuthType::RequestBody };
        let their_client = BasicClient::new(ClientId::new(self.id.into()))
            .set_client_secret(ClientSecret::new(self.secret.into()))
            .set_auth_type(auth_type)
            .set_auth_uri(AuthUrl::new("https://auth.example.com/oauth/authorize".into()).unwrap())
            .set_token_uri(TokenUrl::new(TOKEN_ENDPOINT.into()).unwrap())
            .set_redirect_uri(RedirectUrl::new(REDIRECT_URI.into()).unwrap());
        let sent = RefCell::new(None);
        let send = http(&sent, self.body);
        let theirs = match self.grant {
            Grant::ClientCredentials => {
                let scopes = self.scope.iter().map(|scope| Scope::new(scope.clone()));
                their_client.exchange_client_credentials().add_scopes(scopes).request(&send)
            }
            Grant::Refresh => {
                their_client.exchange_refresh_token(&RefreshToken::new("the+refresh/token".into())).request(&send)
            }
            Grant::Code => their_client
                .exchange_code(AuthorizationCode::new("the+code".into()))
                .set_pkce_verifier(PkceCodeVerifier::new(verifier))
                .request(&send),
        };
        drop(send);
        (ours, sent.into_inner().unwrap(), read, theirs)
    }
}

fn grants() -> impl Strategy<Value = Grant> {
    proptest::sample::select(vec![Grant::ClientCredentials, Grant::Code, Grant::Refresh])
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn both_send_the_same(
        id in "[A-Za-z0-9._-]{1,40}", secret in "[ -~]{1,40}", scope in vec("[!#-\\[\\]-~]{1,12}", 0..4),
        basic in any::<bool>(), grant in grants(),
    ) {
        let body = token_body("a", 60);
        let (ours, theirs, _, _) = Case { id: &id, secret: &secret, scope: &scope, basic, grant, body: &body }.run();
        prop_assert_eq!(ours, theirs);
    }

    #[test]
    fn both_read_the_same(
        access in "[A-Za-z0-9._~+/-]{1,60}", kind in proptest::sample::select(vec!["Bearer", "bearer", "BEARER"]),
        refresh in proptest::option::of("[!#-\\[\\]-~]{1,60}"), seconds in proptest::option::of(0u64..300_000_000),
        scope in proptest::option::of(vec("[!#-\\[\\]-~]{1,12}", 1..4)), grant in grants(),
    ) {
        let mut body = format!(r#"{{"access_token":"{access}","token_type":"{kind}""#);
        if let Some(seconds) = seconds {
            body.push_str(&format!(r#","expires_in":{seconds}"#));
        }
        if let Some(refresh) = &refresh {
            body.push_str(&format!(r#","refresh_token":"{refresh}""#));
        }
        if let Some(scope) = &scope {
            body.push_str(&format!(r#","scope":"{}""#, scope.join(" ")));
        }
        body.push_str(r#","unknown":{"x":[1,2.5,null]}}"#);
        let case = Case { id: "id", secret: "secret", scope: &["asked".to_owned()], basic: false, grant, body: &body };
        let (_, _, ours, theirs) = case.run();
        prop_assert_eq!(Read::ours(&ours.unwrap(), scope.is_some()), Read::theirs(&theirs.unwrap()));
    }

    #[test]
    fn both_derive_the_same_challenge(bytes in vec(any::<u8>(), 96)) {
        let bytes: [u8; 96] = bytes.try_into().unwrap();
        let (url, _) = client().authorize(REDIRECT_URI, at(0), &bytes).unwrap();
        let verifier = PkceCodeVerifier::new(base64url(&bytes[32..64]));
        let theirs = PkceCodeChallenge::from_code_verifier_sha256(&verifier);
        let pairs = query(&url);
        prop_assert_eq!(value(&pairs, "code_challenge"), Some(theirs.as_str()));
        prop_assert_eq!(value(&pairs, "code_challenge_method"), Some(theirs.method().as_str()));
    }

    #[test]
    fn what_both_refuse_or_accept(text in "[ -~]{0,40}") {
        // Where theirs finds a token, ours finds the same one, or has a reason of its own to refuse it.
        let case = Case { id: "id", secret: "secret", scope: &[], basic: false, grant: Grant::ClientCredentials, body: &text };
        let (_, _, ours, theirs) = case.run();
        if let (Ok(ours), Ok(theirs)) = (&ours, &theirs) {
            prop_assert_eq!(ours.access_token().reveal(), theirs.access_token().secret());
        }
        prop_assert!(ours.is_err(), "no random text is a token response");
    }
}

#[test]
fn what_they_accept_and_ours_refuses_is_known() {
    let body = |text: &str| {
        let case =
            Case { id: "id", secret: "s", scope: &[], basic: false, grant: Grant::ClientCredentials, body: text };
        let (_, _, ours, theirs) = case.run();
        (ours.is_ok(), theirs.is_ok())
    };
    assert_eq!(body(r#"{"access_token":"a","token_type":"Bearer"}"#), (true, true));
    // Theirs is lenient where an attacker or a mistake may hide.
    for (text, why) in [
        (r#"{"access_token":"","token_type":"Bearer"}"#, "an empty token"),
        (r#"{"access_token":"a\r\nb","token_type":"Bearer"}"#, "a token that splits a header"),
        (r#"{"access_token":"a","token_type":"mac"}"#, "a token that is no bearer token"),
        (r#"{"access_token":"a","token_type":"Bearer","error":"invalid_grant"}"#, "an error inside a success"),
    ] {
        assert_eq!(body(text), (false, true), "{why}");
    }
    // Ours is lenient where servers are known to slip.
    for (text, why) in [
        (r#"{"access_token":"a"}"#, "no token_type"),
        (r#"{"access_token":"a","token_type":"Bearer","expires_in":"3600"}"#, "a lifetime in quotes"),
        (r#"{"access_token":"a","token_type":"Bearer","scope":["a"]}"#, "a list of scopes"),
    ] {
        assert_eq!(body(text), (true, false), "{why}");
    }
}
