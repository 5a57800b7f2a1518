//! What the tests of the core share: a server that exists nowhere, its answers, and readers for what is sent.

#![allow(dead_code, unreachable_pub, reason = "each test binary uses its own part of it")]

use tokenwell::provider::Profile;
use tokenwell::{
    Client, ClientAuthentication, ClientOptions, Credentials, FailureKind, HttpRequest, HttpResponse, Now,
};

pub const TOKEN_ENDPOINT: &str = "https://auth.example.com/oauth/token";
pub const REDIRECT_URI: &str = "https://app.example.com/callback";
pub const CLIENT_ID: &str = "client-7";
/// Every character that some encoder writes in its own way.
pub const CLIENT_SECRET: &str = "canary-S3cr3t /+%&=~!*'():@?#,;<>";
pub const T0: u64 = 1_800_000_000_000;

/// The moment `ms` milliseconds after the tests begin.
pub const fn at(ms: u64) -> Now {
    Now::unix_ms(T0 + ms).with_monotonic_ms(50_000 + ms)
}

/// Why there may be no response.
pub const FAILURES: [FailureKind; 8] = [
    FailureKind::NotSent,
    FailureKind::Interrupted,
    FailureKind::TimedOut,
    FailureKind::Untrusted,
    FailureKind::Forbidden,
    FailureKind::TooLarge,
    FailureKind::Aborted,
    FailureKind::Broken,
];

/// Every endpoint there is.
pub fn profile() -> Profile {
    let mut profile = Profile::new("example", TOKEN_ENDPOINT);
    profile.authorization_endpoint = Some("https://auth.example.com/oauth/authorize".into());
    profile.revocation_endpoint = Some("https://auth.example.com/oauth/revoke".into());
    profile.introspection_endpoint = Some("https://auth.example.com/oauth/introspect".into());
    profile.api_base = Some("https://api.example.com/v2".into());
    profile
}

pub fn credentials() -> Credentials {
    Credentials::secret(CLIENT_ID, CLIENT_SECRET)
}

pub fn client() -> Client {
    profile().client(credentials()).expect("the profile is a good one")
}

/// The client of a profile that differs from the usual one.
pub fn client_of(change: impl FnOnce(&mut Profile)) -> Client {
    let mut profile = profile();
    change(&mut profile);
    profile.client(credentials()).expect("the profile is a good one")
}

pub fn client_with(change: impl FnOnce(&mut ClientOptions)) -> Client {
    let mut options = ClientOptions::default();
    change(&mut options);
    profile().client_with(credentials(), options).expect("the options are good ones")
}

pub fn public_client() -> Client {
    let mut profile = profile();
    profile.client_authentication = ClientAuthentication::None;
    profile.client(Credentials::public(CLIENT_ID)).expect("a public client needs no secret")
}

/// 200 with a JSON body, as RFC 6749 section 5.1 wants it.
pub fn ok(body: impl Into<Vec<u8>>) -> HttpResponse {
    answer(200, body)
}

pub fn answer(status: u16, body: impl Into<Vec<u8>>) -> HttpResponse {
    HttpResponse::new(status, body)
        .with_header("Content-Type", "application/json")
        .with_header("Cache-Control", "no-store")
}

/// A token response that deviates in nothing.
pub fn token_body(access_token: &str, expires_in: u64) -> String {
    format!(r#"{{"access_token":"{access_token}","token_type":"Bearer","expires_in":{expires_in}}}"#)
}

/// The name and value of every parameter in a form body, in order.
pub fn form(request: &HttpRequest) -> Vec<(String, String)> {
    form_urlencoded::parse(request.body().as_bytes()).into_owned().collect()
}

pub fn query(url: &str) -> Vec<(String, String)> {
    let query = url.split_once('?').map_or("", |(_, query)| query);
    form_urlencoded::parse(query.as_bytes()).into_owned().collect()
}

/// The one value that a name has; fails where it has several.
pub fn value<'a>(pairs: &'a [(String, String)], name: &str) -> Option<&'a str> {
    let mut values = pairs.iter().filter(|(key, _)| key == name).map(|(_, value)| value.as_str());
    let first = values.next();
    assert_eq!(values.next(), None, "{name} comes twice");
    first
}

pub fn header<'a>(request: &'a HttpRequest, name: &str) -> Option<&'a str> {
    request.headers().find(|(key, _)| *key == name).map(|(_, value)| value)
}

/// What stands in for 96 random bytes.
pub fn entropy(seed: u8) -> [u8; 96] {
    std::array::from_fn(|index| u8::try_from(index).expect("below 96").wrapping_mul(37).wrapping_add(seed))
}

pub fn base64url(bytes: &[u8]) -> String {
    use base64ct::{Base64UrlUnpadded, Encoding};
    Base64UrlUnpadded::encode_string(bytes)
}

pub fn base64(bytes: &[u8]) -> String {
    use base64ct::{Base64, Encoding};
    Base64::encode_string(bytes)
}

/// A JWT with these claims and a signature that nobody checks.
pub fn jwt(algorithm: &str, claims: &str) -> String {
    let header = format!(r#"{{"alg":"{algorithm}","kid":"1"}}"#);
    format!("{}.{}.{}", base64url(header.as_bytes()), base64url(claims.as_bytes()), base64url(b"signature"))
}
