//! R90, R91, R94 and R95: no secret is shown, in whatever form, by whatever type.

use tokenwell::{
    AuthorizationRequest, Change, Failure, FailureKind, HttpResponse, Observation, Outcome, Secret, SessionTokens,
    Step, TokenRequest, TokenSource, challenges,
};

use crate::canaries::*;
use crate::support::*;

fn token_response() -> HttpResponse {
    let body = format!(
        r#"{{"access_token":"{ACCESS}","refresh_token":"{REFRESH}","token_type":"Bearer","expires_in":3600,"secret_extra":"canary-extra"}}"#
    );
    ok(body).with_header("set-cookie", "canary-cookie").with_header("x-request-id", "canary-request-id")
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
