//! Secrets that are recognised wherever they come to light, and clients with one wherever there is room.

use std::fmt::{Debug, Display};

use tokenwell::provider::Profile;
use tokenwell::{AuthorizationRequest, BodyFormat, Client, ClientAuthentication, ClientOptions, Transaction};

use crate::support::*;

pub(crate) const ACCESS: &str = "canary-access/+=~!*'():@?#%41";
pub(crate) const REFRESH: &str = "canary-refresh/+=~!*'():@?#%41";
pub(crate) const CODE: &str = "canary-code/+=~!*'():@?#%41";

/// The ways in which an encoder may write a secret, and how `Debug` of bytes would.
pub(crate) fn forms(secret: &str) -> Vec<String> {
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

pub(crate) struct Canaries(pub(crate) Vec<String>);

impl Canaries {
    pub(crate) fn new(secrets: &[&str]) -> Self {
        let mut all: Vec<String> = secrets.iter().flat_map(|secret| forms(secret)).collect();
        all.push(base64(format!("{CLIENT_ID}:{CLIENT_SECRET}").as_bytes()));
        // What every canary begins with, so that no part of one is shown either.
        all.extend(["canary".to_owned(), base64(b"canary"), "99, 97, 110, 97, 114, 121".to_owned()]);
        Self(all)
    }

    pub(crate) fn absent_from(&self, what: &str, shown: &str) {
        for canary in &self.0 {
            assert!(!shown.contains(canary.as_str()), "{what} shows {canary}:\n{shown}");
        }
    }

    pub(crate) fn debug(&self, value: &impl Debug) {
        let name = std::any::type_name_of_val(value);
        self.absent_from(name, &format!("{value:?}"));
        self.absent_from(name, &format!("{value:#?}"));
    }

    pub(crate) fn both(&self, value: &(impl Debug + Display)) {
        self.debug(value);
        self.absent_from(std::any::type_name_of_val(value), &value.to_string());
        self.absent_from(std::any::type_name_of_val(value), &format!("{value:#}"));
    }
}

pub(crate) fn canaries() -> Canaries {
    Canaries::new(&[CLIENT_SECRET, ACCESS, REFRESH, CODE])
}

/// A profile and options with a canary wherever there is room for one.
pub(crate) fn planted_profile() -> Profile {
    let mut profile = profile();
    profile.token_endpoint.push_str("?key=canary-query");
    profile.authorization_endpoint = Some("https://auth.example.com/authorize?key=canary-query".into());
    profile.revocation_endpoint = Some("https://auth.example.com/revoke?key=canary-query".into());
    profile.introspection_endpoint = Some("https://auth.example.com/introspect?key=canary-query".into());
    profile.api_headers = vec![("x-api-key".into(), "canary-header".into())];
    profile
}

pub(crate) fn planted_options() -> ClientOptions {
    ClientOptions { parameters: vec![("api_key".into(), "canary-parameter".into())], ..ClientOptions::default() }
}

pub(crate) fn planted_client(authentication: ClientAuthentication, format: BodyFormat) -> Client {
    let mut profile = planted_profile();
    profile.client_authentication = authentication;
    profile.body_format = format;
    profile.client_with(credentials(), planted_options()).unwrap()
}

pub(crate) fn every_client() -> Vec<Client> {
    let mut clients = Vec::new();
    for authentication in [ClientAuthentication::Post, ClientAuthentication::Basic] {
        for format in [BodyFormat::Form, BodyFormat::Json] {
            clients.push(planted_client(authentication, format));
        }
    }
    clients
}

pub(crate) fn callback(client: &Client, more: &str) -> (Transaction, String) {
    let request = AuthorizationRequest::new(REDIRECT_URI).request(["openid"]);
    let (url, transaction) = client.authorize(request, at(0), &entropy(1)).unwrap();
    let state = value(&query(&url), "state").unwrap().to_owned();
    (transaction, format!("{REDIRECT_URI}?state={state}{more}"))
}

pub(crate) fn encoded(text: &str) -> String {
    form_urlencoded::byte_serialize(text.as_bytes()).collect()
}
