//! No input panics, and none gets past the checks in `fuzz/parsers.rs`.

use proptest::collection::vec;
use proptest::prelude::*;

use crate::parsers;

/// Pieces that the formats are made of, so that random orders of them get past the first check.
const PIECES: &[&str] = &[
    "{",
    "}",
    "[",
    "]",
    "\"",
    ":",
    ",",
    "\\",
    "\\u0000",
    "\\ud800",
    "\u{feff}",
    " ",
    "\n",
    "\r\n",
    "\0",
    "ä",
    "null",
    "true",
    "0",
    "1",
    "60",
    "-1",
    "1e400",
    "3600.0",
    "\"access_token\":\"a\"",
    "\"token_type\":\"Bearer\"",
    "\"expires_in\":",
    "\"scope\":",
    "\"refresh_token\":\"r\"",
    "\"id_token\":",
    "\"error\":\"e\"",
    "\"error\":",
    "\"errors\":[",
    "\"error_description\":\"",
    "\"message\":",
    "\"code\":",
    "{\"access_token\":\"a\",\"token_type\":\"Bearer\"",
    "access_token=a",
    "&",
    "=",
    "+",
    "%",
    "%20",
    "%00",
    "%zz",
    "?",
    "#",
    "/",
    "//",
    "..",
    "./",
    "@",
    "\\\\",
    "https://",
    "http://",
    "https:",
    "javascript:",
    "api.example.com",
    "API.EXAMPLE.COM",
    ":443",
    ":8443",
    "files.example.com:8443",
    "[::1]",
    "127.0.0.1",
    "evil.example",
    "code=c",
    "state=",
    "iss=x",
    "error=access_denied",
    "id_token=x",
    "response=x",
    "redirect_uri=https://app.example.com/callback",
    "token_endpoint=x",
    "client_id=c",
    "started_at=1",
    "Bearer",
    "Basic",
    "realm=",
    "error=\"insufficient_scope\"",
    "a87421==",
    "Sun, 06 Nov 1994 08:49:37 GMT",
    "Nov",
    "GMT",
    "08:49:37",
    "99999999999999999999",
    "2147483648",
    "\"iss\":\"i\"",
    "\"sub\":\"s\"",
    "\"aud\":\"client\"",
    "\"exp\":9999999999",
    "\"iat\":1800000000",
    "eyJhbGciOiJSUzI1NiJ9",
    ".",
];

fn text() -> impl Strategy<Value = Vec<u8>> {
    vec(proptest::sample::select(PIECES), 0..24).prop_map(|pieces| pieces.concat().into_bytes())
}

fn bytes() -> impl Strategy<Value = Vec<u8>> {
    vec(any::<u8>(), 0..200)
}

/// Pieces with some bytes changed.
fn damaged() -> impl Strategy<Value = Vec<u8>> {
    (text(), vec((any::<proptest::sample::Index>(), any::<u8>()), 0..4)).prop_map(|(mut text, changes)| {
        for (place, byte) in changes {
            if !text.is_empty() {
                let place = place.index(text.len());
                text[place] = byte;
            }
        }
        text
    })
}

/// What JSON is made of, in an order that is nearly one of JSON.
fn nearly_json() -> impl Strategy<Value = Vec<u8>> {
    let scalars = "null|true|false|tru|-?(0|[1-9][0-9]{0,3}|01)(\\.[0-9]{0,2})?([eE][+-]?[0-9]{0,2})?";
    let string =
        r#""([ a-z]{0,80}|\\["\\/bfnrtux]|\\u(00[0-9a-f]{2}|d83d\\ude00|d[89a-f]00|[0-9A-Fg]{4})|[é\x01😀]){0,3}""#;
    let leaf = prop_oneof![2 => string, 1 => scalars];
    let space = || proptest::sample::select(vec!["", "", "", " ", "\n\t", "\r", "\u{c}"]);
    let value = leaf.prop_recursive(4, 24, 4, move |inner| {
        let array = vec((inner.clone(), space()), 0..4).prop_map(|items| {
            format!("[{}]", items.iter().map(|(item, s)| format!("{s}{item}{s}")).collect::<Vec<_>>().join(","))
        });
        let object = vec((string, inner, space()), 0..4).prop_map(|members| {
            let members: Vec<_> =
                members.iter().map(|(name, value, s)| format!("{s}{name}{s}:{s}{value}{s}")).collect();
            format!("{{{}}}", members.join(","))
        });
        prop_oneof![array, object]
    });
    (vec((string, value), 0..4), space(), proptest::sample::select(vec!["", "", "", ",", "x", "}"])).prop_map(
        |(members, space, end)| {
            let members: Vec<_> = members.iter().map(|(name, value)| format!("{name}:{value}")).collect();
            format!("{space}{{{}}}{space}{end}", members.join(",")).into_bytes()
        },
    )
}

fn any_input() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![bytes(), text(), damaged()]
}

proptest! {
    #![proptest_config(crate::cases(300))]

    #[test]
    fn f40_f44_json_is_read_as_others_read_it(input in prop_oneof![3 => nearly_json(), 1 => any_input()]) {
        parsers::json_object(&input);
    }

    #[test]
    fn no_token_response_gets_past_the_checks(input in any_input()) {
        parsers::token_response(&input);
    }

    #[test]
    fn no_error_response_gets_past_the_checks(input in any_input()) {
        parsers::error_response(&input);
    }

    #[test]
    fn no_id_token_gets_past_the_checks(input in any_input()) {
        parsers::id_token(&input);
    }

    #[test]
    fn no_callback_gets_past_the_checks(input in any_input()) {
        parsers::callback(&input);
    }

    #[test]
    fn no_stored_transaction_gets_past_the_checks(input in any_input()) {
        parsers::transaction(&input);
    }

    #[test]
    fn no_challenge_gets_past_the_checks(input in any_input()) {
        parsers::www_authenticate(&input);
    }

    #[test]
    fn no_retry_after_gets_past_the_checks(input in any_input()) {
        parsers::retry_after(&input);
    }

    #[test]
    fn no_api_reference_gets_past_the_checks(input in any_input()) {
        parsers::api_reference(&input);
    }

    #[test]
    fn no_endpoint_that_passes_the_gate_means_another_host_to_a_browser(input in any_input()) {
        let text = String::from_utf8_lossy(&input);
        for url in [text.clone().into_owned(), format!("https://{text}"), format!("https://auth.example.com{text}")] {
            let profile = tokenwell::provider::Profile::new("example", url.clone());
            if let Ok(client) = profile.client(tokenwell::Credentials::secret("id", "secret")) {
                let exchange = client.client_credentials(["read"]).unwrap();
                prop_assert_eq!(exchange.request().url(), &url);
                let parsed = url::Url::parse(&url).expect("a browser can read it");
                let origin = parsed.origin().ascii_serialization();
                prop_assert!(client.token_endpoint().starts_with(&origin), "{} is {} to a browser", url, origin);
                prop_assert!(parsed.username().is_empty() && parsed.fragment().is_none());
            }
        }
    }
}
