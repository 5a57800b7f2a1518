//! R58 to R68: how the client says who it is.

use tokenwell::{
    BasicEncoding, BodyFormat, Client, ClientAuthentication, Credentials, Error, ErrorKind, HttpRequest, Secret, Step,
    TokenSource,
};

use crate::support::*;

fn basic(id: &str, secret: &str, encoding: BasicEncoding) -> String {
    let mut profile = profile();
    profile.client_authentication = ClientAuthentication::Basic;
    profile.basic_encoding = encoding;
    let client = profile.client(Credentials::secret(id, secret)).unwrap();
    let exchange = client.client_credentials(["read"]).unwrap();
    header(exchange.request(), "authorization").unwrap().to_owned()
}

#[test]
fn r58_basic_encodes_id_and_secret_as_forms_first() {
    let header = basic("id with space:+%", "p@ss:w/rd +%&=", BasicEncoding::Form);
    assert_eq!(header, format!("Basic {}", base64(b"id+with+space%3A%2B%25:p%40ss%3Aw%2Frd+%2B%25%26%3D")));
    // A UUID reads the same to those who decode and to those who forget.
    let uuid = "0b7f3c1e-6d2a-4c55-9f0e-1a2b3c4d5e6f";
    assert_eq!(
        basic(uuid, "a_b.c*d", BasicEncoding::Form),
        format!("Basic {}", base64(format!("{uuid}:a_b.c*d").as_bytes()))
    );
}

#[test]
fn r59_raw_basic_is_there_for_servers_that_do_not_decode_and_off_by_default() {
    let header = basic("id+x", "p@ss:w/rd +%&=", BasicEncoding::Raw);
    assert_eq!(header, format!("Basic {}", base64(b"id+x:p@ss:w/rd +%&=")));
    use tokenwell::provider::*;
    for profile in [luminary("a"), lumanu(Environment::Sandbox), lumoauth("a"), lucca("a"), profile()] {
        assert_eq!(profile.basic_encoding, BasicEncoding::Form);
    }
}

#[test]
fn r60_id_and_secret_are_printable_ascii() {
    for bad in ["ä", "a\nb", "a\tb", "\u{7f}", "a\0"] {
        let error = profile().client(Credentials::secret(bad, "secret")).unwrap_err();
        assert_eq!((error.kind(), error.field()), (ErrorKind::Configuration, Some("client_id")), "{bad:?}");
        let error = profile().client(Credentials::secret("id", bad)).unwrap_err();
        assert_eq!((error.kind(), error.field()), (ErrorKind::Configuration, Some("client_secret")), "{bad:?}");
        assert_eq!(client().with_secret(bad).unwrap_err().field(), Some("client_secret"), "{bad:?}");
    }
    assert_eq!(profile().client(Credentials::secret("", "secret")).unwrap_err().field(), Some("client_id"));
    assert_eq!(profile().client(Credentials::secret("id", "")).unwrap_err().field(), Some("client_secret"));
    profile().client(Credentials::secret(" ~", " ~")).unwrap();
    // What a secret mounted as a file ends in.
    for error in [
        profile().client(Credentials::secret("id", "secret\n")).unwrap_err(),
        profile().client(Credentials::secret("id\r\n", "secret")).unwrap_err(),
    ] {
        assert!(error.to_string().contains("ends in a line break"), "{error}");
    }
}

fn requests(client: &Client) -> Vec<HttpRequest> {
    let token = Secret::new("token");
    vec![
        client.client_credentials(["read"]).unwrap().request().clone(),
        client.refresh(&token, ["read"]).unwrap().request().clone(),
        client.revoke(&token, None).unwrap().request().clone(),
        client.introspect(&token, None).unwrap().request().clone(),
    ]
}

#[test]
fn r61_one_method_a_request() {
    for format in [BodyFormat::Form, BodyFormat::Json] {
        let basic = client_of(|profile| {
            profile.client_authentication = ClientAuthentication::Basic;
            profile.body_format = format;
        });
        for request in requests(&basic) {
            assert!(header(&request, "authorization").unwrap().starts_with("Basic "));
            assert!(
                !request.body().contains("client_secret") && !request.body().contains("client_id"),
                "{}",
                request.body()
            );
        }
        let post = client_of(|profile| profile.body_format = format);
        for request in requests(&post) {
            assert_eq!(header(&request, "authorization"), None);
            assert_eq!(request.body().matches("client_secret").count(), 1);
        }
    }
}

#[test]
fn r62_the_method_is_the_configured_one_and_stays_it_when_refused() {
    for authentication in [ClientAuthentication::Post, ClientAuthentication::Basic] {
        let mut source = TokenSource::client_credentials(
            client_of(|profile| profile.client_authentication = authentication),
            ["read"],
        );
        let Step::Send(flight) = source.poll(at(0), 1) else { panic!("nothing to send") };
        let first = flight.request().body().to_owned();
        let Step::Failed(error) = source.finish(flight, answer(401, r#"{"error":"invalid_client"}"#), at(1)) else {
            panic!("a second method was tried")
        };
        assert_eq!(error.error(), Some("invalid_client"));
        let Step::Send(flight) = source.poll(at(10_000), 1) else { panic!("nothing to send") };
        assert_eq!(flight.request().body(), first, "nothing is probed");
    }
}

#[test]
fn r63_a_public_client_sends_its_id_and_no_secret() {
    for request in requests(&public_client()) {
        let pairs = form(&request);
        assert_eq!(value(&pairs, "client_id"), Some(CLIENT_ID));
        assert_eq!(value(&pairs, "client_secret"), None);
        assert_eq!(header(&request, "authorization"), None);
    }
    for authentication in [ClientAuthentication::Post, ClientAuthentication::Basic] {
        let mut profile = profile();
        profile.client_authentication = authentication;
        let error = profile.client(Credentials::public(CLIENT_ID)).unwrap_err();
        assert_eq!(error.field(), Some("client_secret"));
    }
    let mut profile = profile();
    profile.client_authentication = ClientAuthentication::None;
    assert_eq!(profile.client(credentials()).unwrap_err().field(), Some("client_secret"));
}

fn supplied() -> TokenSource {
    let client = profile().client(Credentials::supplied(CLIENT_ID)).unwrap();
    TokenSource::client_credentials(client, ["read"])
}

const REFUSED: &str = r#"{"error":"invalid_client"}"#;

#[test]
fn r68_a_rotated_secret_is_asked_for_once_more_and_never_in_a_loop() {
    let mut source = supplied();
    let Step::Send(mut flight) = source.poll(at(0), 1) else { panic!("nothing to send") };
    assert!(flight.needs_secret());
    assert_eq!(value(&form(flight.request()), "client_secret"), None);
    source.supply_secret(&mut flight, "first").unwrap();
    assert!(!flight.needs_secret());
    assert_eq!(value(&form(flight.request()), "client_secret"), Some("first"));
    let Step::Wait { until } = source.finish(flight, answer(401, REFUSED), at(10)) else { panic!("not asked again") };
    assert_eq!(until, T0 + 10);
    let Step::Send(mut flight) = source.poll(at(10), 1) else { panic!("nothing to send") };
    assert!(flight.needs_secret(), "the secret may have been rotated");
    source.supply_secret(&mut flight, "second").unwrap();
    assert_eq!(value(&form(flight.request()), "client_secret"), Some("second"));
    let Step::Failed(error) = source.finish(flight, answer(401, REFUSED), at(20)) else { panic!("asked a third time") };
    assert_eq!(error.error(), Some("invalid_client"));
    assert!(matches!(source.poll(at(30), 1), Step::Failed(_)), "the refusal is remembered for a moment");
}

#[test]
fn f24_a_gateway_that_repeats_a_refusal_does_not_cost_the_secret() {
    let mut source = supplied();
    let Step::Send(mut flight) = source.poll(at(0), 1) else { panic!("nothing to send") };
    source.supply_secret(&mut flight, "first").unwrap();
    let Step::Wait { until } = source.finish(flight, answer(503, REFUSED), at(10)) else { panic!("not tried again") };
    let Step::Send(flight) = source.poll(at(until - T0), 1) else { panic!("nothing to send") };
    assert!(!flight.needs_secret());
    assert_eq!(value(&form(flight.request()), "client_secret"), Some("first"));
}

#[test]
fn r68_a_supplied_secret_serves_later_flights_until_it_is_refused() {
    let mut source = supplied();
    let Step::Send(mut flight) = source.poll(at(0), 1) else { panic!("nothing to send") };
    source.supply_secret(&mut flight, "first").unwrap();
    assert!(matches!(source.finish(flight, ok(token_body("a", 60)), at(10)), Step::Ready(_)));
    let Step::Send(flight) = source.poll(at(60_000), 1) else { panic!("nothing to send") };
    assert!(!flight.needs_secret());
    assert_eq!(value(&form(flight.request()), "client_secret"), Some("first"));
    assert!(matches!(source.finish(flight, answer(401, REFUSED), at(60_010)), Step::Wait { .. }));
    let Step::Send(flight) = source.poll(at(60_010), 1) else { panic!("nothing to send") };
    assert!(flight.needs_secret());
}

#[test]
fn r68_a_secret_that_cannot_be_had_fails_no_caller_while_the_token_is_good_and_is_not_asked_for_all_the_time() {
    let broken = || Error::configuration("client_secret", "could not be read");
    let mut source = supplied();
    let Step::Send(flight) = source.poll(at(5_000), 1) else { panic!("nothing to send") };
    let Step::Failed(error) = source.refuse(flight, broken(), at(5_000)) else { panic!("no error") };
    assert_eq!(error.field(), Some("client_secret"));
    // The next call may get it.
    let Step::Send(mut flight) = source.poll(at(5_000), 1) else { panic!("nothing to send") };
    source.supply_secret(&mut flight, "first").unwrap();
    assert!(matches!(source.finish(flight, ok(token_body("a", 3_600)), at(5_000)), Step::Ready(_)));
    // It was rotated, and the new one cannot be had: first while a refresh is advised, then while it is mandatory.
    for ms in [3_000_000, 3_564_000] {
        let Step::Send(flight) = source.poll(at(ms), 1) else { panic!("nothing to send") };
        assert!(matches!(source.finish(flight, answer(401, REFUSED), at(ms)), Step::Wait { .. }));
        let Step::Send(flight) = source.poll(at(ms), 1) else { panic!("nothing to send") };
        assert!(matches!(source.refuse(flight, broken(), at(ms)), Step::Ready(_)));
        assert_eq!(source.last_failure().and_then(Error::field), Some("client_secret"));
        assert!(matches!(source.poll(at(ms + 999), 1), Step::Ready(_)));
    }
    // Whoever comes back late, or to a session that was ended, changes nothing.
    let Step::Send(late) = source.poll(at(3_604_999), 1) else { panic!("nothing to send") };
    source.abandon_flight();
    let Step::Send(_) = source.poll(at(3_604_999), 1) else { panic!("nothing to send") };
    assert!(matches!(source.refuse(late, broken(), at(3_604_999)), Step::Ready(_)));
    assert!(matches!(source.poll(at(3_604_999), 1), Step::Wait { .. }), "the other flight is still out");
}

#[test]
fn r68_a_fixed_secret_is_not_tried_twice() {
    let mut source = TokenSource::client_credentials(client(), ["read"]);
    let Step::Send(flight) = source.poll(at(0), 1) else { panic!("nothing to send") };
    assert!(!flight.needs_secret());
    assert!(matches!(source.finish(flight, answer(401, REFUSED), at(10)), Step::Failed(_)));
}

#[test]
fn r68_nothing_is_built_before_the_secret_is_there() {
    let client = profile().client(Credentials::supplied(CLIENT_ID)).unwrap();
    let token = Secret::new("token");
    for error in [
        client.client_credentials(["read"]).unwrap_err(),
        client.refresh(&token, ["read"]).unwrap_err(),
        client.revoke(&token, None).unwrap_err(),
        client.introspect(&token, None).unwrap_err(),
    ] {
        assert_eq!((error.kind(), error.field()), (ErrorKind::Configuration, Some("client_secret")));
    }
    client.with_secret("there").unwrap().client_credentials(["read"]).unwrap();
}
