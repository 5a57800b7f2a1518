//! R100: two different tokens never share a key, and one token has one key.

use std::collections::BTreeSet;

use proptest::collection::vec;
use proptest::prelude::*;
use tokenwell::{Client, ClientAuthentication, ClientOptions, Credentials, TokenRequest};

use crate::support::profile;

/// Everything that changes a token, made of so few letters that two of them are often alike, and often alike when
/// their fields are run together.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Input {
    endpoint: String,
    issuer: Option<String>,
    id: String,
    secret: String,
    basic: bool,
    audience: String,
    resources: Vec<String>,
    scopes: Vec<String>,
    parameters: Vec<(String, String)>,
}

fn letters(most: usize) -> impl Strategy<Value = String> {
    vec(proptest::sample::select(&["a", "b"][..]), 0..=most).prop_map(|letters| letters.concat())
}

fn input() -> impl Strategy<Value = Input> {
    (
        (letters(1), proptest::option::of(letters(1)), "[ab]{1,2}", "[ab]{1,2}", any::<bool>()),
        (letters(2), vec(letters(1), 0..3), vec("[ab]{1,2}", 0..3), vec(("[xy]{1,2}", letters(2)), 0..3)),
    )
        .prop_map(|((endpoint, issuer, id, secret, basic), (audience, resources, scopes, mut parameters))| {
            parameters.sort();
            parameters.dedup_by(|a, b| a.0 == b.0);
            Input { endpoint, issuer, id, secret, basic, audience, resources, scopes, parameters }
        })
}

impl Input {
    fn client(&self) -> Client {
        let mut profile = profile();
        profile.token_endpoint.push_str(&self.endpoint);
        profile.issuer = self.issuer.as_ref().map(|path| format!("https://auth.example.com/{path}"));
        if self.basic {
            profile.client_authentication = ClientAuthentication::Basic;
        }
        let options = ClientOptions { parameters: self.parameters.clone(), ..ClientOptions::default() };
        profile.client_with(Credentials::secret(&self.id, self.secret.as_str()), options).unwrap()
    }

    fn key(&self) -> [u8; 32] {
        let mut request = TokenRequest::from(self.scopes.clone()).audience(&self.audience);
        request.resource = self.resources.iter().map(|path| format!("urn:{path}")).collect();
        self.client().cache_key(&request)
    }

    /// What is left when everything is gone that changes nothing.
    fn meaning(mut self) -> Self {
        self.resources.sort();
        self.scopes = self.scopes.into_iter().collect::<BTreeSet<_>>().into_iter().collect();
        self.parameters.retain(|(_, value)| !value.is_empty());
        self
    }
}

proptest! {
    #![proptest_config(crate::cases(2_000))]

    #[test]
    fn two_inputs_share_a_key_exactly_when_they_mean_the_same(one in input(), other in input()) {
        let same = one.clone().meaning() == other.clone().meaning();
        prop_assert_eq!(one.key() == other.key(), same, "{:?} and {:?}", one, other);
    }

    #[test]
    fn one_changed_field_changes_the_key(one in input(), other in input(), field in 0..9) {
        let mut changed = one.clone();
        match field {
            0 => changed.endpoint = other.endpoint,
            1 => changed.issuer = other.issuer,
            2 => changed.id = other.id,
            3 => changed.secret = other.secret,
            4 => changed.basic = other.basic,
            5 => changed.audience = other.audience,
            6 => changed.resources = other.resources,
            7 => changed.scopes = other.scopes,
            _ => changed.parameters = other.parameters,
        }
        let same = one.clone().meaning() == changed.clone().meaning();
        prop_assert_eq!(one.key() == changed.key(), same, "{:?} and {:?}", one, changed);
    }

    #[test]
    fn order_and_repetition_change_nothing(one in input(), seed in any::<prop::sample::Index>()) {
        let mut other = one.clone();
        other.scopes.extend(one.scopes.first().cloned());
        if !other.scopes.is_empty() {
            let place = seed.index(other.scopes.len());
            other.scopes.rotate_left(place);
        }
        other.resources.reverse();
        other.parameters.reverse();
        prop_assert_eq!(one.key(), other.key());
    }
}
