//! R69 to R80: from a response to tokens.

use tokenwell::{
    Deviation, Error, ErrorKind, HttpResponse, Recovery, Secret, SessionTokens, Step, TokenSet, TokenSource,
};

use crate::support::*;

fn read(response: HttpResponse) -> Result<TokenSet, Error> {
    client().client_credentials(["read", "write"]).unwrap().finish(&response, at(0))
}

/// The response is not one that the protocol allows; the sentence says why.
fn invalid(response: HttpResponse) -> String {
    let error = read(response).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidResponse, "{error}");
    assert!(!error.retryable());
    error.to_string()
}

fn member(text: &str) -> HttpResponse {
    ok(format!(r#"{{"access_token":"a","token_type":"Bearer","expires_in":60,{text}}}"#))
}

#[test]
fn r69_a_success_is_200_with_an_object_and_an_access_token() {
    let tokens = read(ok(token_body("2YotnFZFEjr1zCsicMWpAA", 3600))).unwrap();
    assert_eq!(tokens.access_token().reveal(), "2YotnFZFEjr1zCsicMWpAA");
    assert_eq!(tokens.authorization().reveal(), "Bearer 2YotnFZFEjr1zCsicMWpAA");
    assert_eq!(tokens.deviations(), []);
    let tokens = read(answer(201, token_body("a", 3600))).unwrap();
    assert_eq!(tokens.deviations(), [Deviation::Status201]);
    for status in [100, 202, 204, 205, 206, 299] {
        invalid(answer(status, token_body("a", 3600)));
    }
}

#[test]
fn r69_a_body_that_is_no_object_is_refused() {
    for body in [
        "",
        " ",
        "[]",
        "null",
        "true",
        "\"a\"",
        "1",
        "{",
        "{\"access_token\":\"a\"",
        "{'access_token':'a'}",
        "{\"access_token\":\"a\",}",
        "{\"access_token\":\"a\"} x",
        "{\"access_token\":NaN}",
        "// x\n{}",
        "<html></html>",
    ] {
        invalid(ok(body));
    }
}

#[test]
fn r69_an_access_token_is_a_string_with_something_in_it() {
    for token in ["null", "1", "true", "{}", "[\"a\"]", "\"\""] {
        let why = invalid(ok(format!(r#"{{"access_token":{token},"token_type":"Bearer"}}"#)));
        assert!(why.contains("access_token"), "{why}");
    }
    assert!(invalid(ok(r#"{"token_type":"Bearer"}"#)).contains("no access_token"));
    assert!(invalid(ok(r#"{"Access_Token":"a","token_type":"Bearer"}"#)).contains("no access_token"));
    for token in ["a b", "a\\nb", "a\\r\\nx: y", "\\u0000", "\u{e4}", "\\ud800", "\\u007f"] {
        let why = invalid(ok(format!(r#"{{"access_token":"{token}","token_type":"Bearer"}}"#)));
        assert!(why.contains("access_token") && !why.contains(token), "{why}");
    }
    for token in ["a|b", "a||b", "|,|,"] {
        let tokens = read(ok(token_body(token, 1))).unwrap();
        assert_eq!(tokens.deviations(), [Deviation::AccessTokenCharacters], "{token}");
    }
}

#[test]
fn r69_an_error_inside_a_success_is_an_error() {
    for error in ["\"bad_verification_code\"", "true", "{\"code\":\"x\"}", "1", "[]", "\"\""] {
        let failure = read(member(&format!(r#""error":{error}"#))).unwrap_err();
        assert_eq!(failure.kind(), ErrorKind::OAuth, "{error}");
        assert_eq!(failure.status(), Some(200));
    }
    assert_eq!(read(member(r#""error":null"#)).unwrap().deviations(), [Deviation::EmptyMember]);
}

#[test]
fn r70_the_type_is_bearer_in_any_case_or_missing() {
    for kind in ["Bearer", "bearer", "BEARER"] {
        let tokens = read(ok(format!(r#"{{"access_token":"a","token_type":"{kind}","expires_in":60}}"#))).unwrap();
        assert_eq!((tokens.token_type(), tokens.deviations()), ("Bearer", &[][..]));
    }
    for missing in ["", r#","token_type":null"#, r#","token_type":"""#] {
        let tokens = read(ok(format!(r#"{{"access_token":"a","expires_in":60{missing}}}"#))).unwrap();
        assert_eq!(tokens.deviations(), [Deviation::TokenTypeMissing]);
    }
}

#[test]
fn r70_a_token_of_another_type_is_not_used() {
    for kind in ["\"mac\"", "\"N_A\"", "\"Bearer \"", "1", "[\"Bearer\"]"] {
        let why = invalid(ok(format!(r#"{{"access_token":"a","token_type":{kind}}}"#)));
        assert!(why.contains("token_type"), "{why}");
    }
}

#[test]
fn r71_a_token_that_is_bound_to_a_key_is_never_sent_as_bearer() {
    assert!(invalid(ok(r#"{"access_token":"a","token_type":"DPoP"}"#)).contains("token_type"));
}

#[test]
fn r72_expires_in_in_every_shape() {
    let ten_years = Some(315_360_000_000);
    for (written, lifetime_ms, deviation) in [
        ("3600", Some(3_600_000), None),
        ("0", Some(0), None),
        ("99999999999", ten_years, None),
        ("9007199254740993", ten_years, None),
        ("99999999999999999999999999", ten_years, None),
        ("3600.0", Some(3_600_000), Some(Deviation::ExpiresInDecimal)),
        ("36e2", Some(3_600_000), Some(Deviation::ExpiresInDecimal)),
        ("36.0e+2", Some(3_600_000), Some(Deviation::ExpiresInDecimal)),
        ("3.6E3", Some(3_600_000), Some(Deviation::ExpiresInDecimal)),
        ("\"3600\"", Some(3_600_000), Some(Deviation::ExpiresInString)),
        ("-1", Some(0), Some(Deviation::ExpiresInNegative)),
        ("-0.5", Some(0), Some(Deviation::ExpiresInNegative)),
        ("3600.5", None, Some(Deviation::ExpiresInInvalid)),
        ("36e-1", None, Some(Deviation::ExpiresInInvalid)),
        ("1e400", None, Some(Deviation::ExpiresInInvalid)),
        ("\"3600abc\"", None, Some(Deviation::ExpiresInInvalid)),
        ("\"-1\"", None, Some(Deviation::ExpiresInInvalid)),
        ("\" 3600\"", None, Some(Deviation::ExpiresInInvalid)),
        ("\"\"", None, Some(Deviation::ExpiresInInvalid)),
        ("\"soon\"", None, Some(Deviation::ExpiresInInvalid)),
        ("null", None, Some(Deviation::ExpiresInInvalid)),
        ("true", None, Some(Deviation::ExpiresInInvalid)),
        ("[]", None, Some(Deviation::ExpiresInInvalid)),
        ("{}", None, Some(Deviation::ExpiresInInvalid)),
    ] {
        let body = format!(r#"{{"access_token":"a","token_type":"Bearer","expires_in":{written}}}"#);
        let tokens = read(ok(body)).unwrap();
        assert_eq!(tokens.lifetime_ms(), lifetime_ms, "{written}");
        assert_eq!(tokens.expires_at_unix_ms(), lifetime_ms.map(|lifetime| T0 + lifetime), "{written}");
        assert_eq!(tokens.deviations(), deviation.as_slice(), "{written}");
    }
    let tokens = read(ok(r#"{"access_token":"a","token_type":"Bearer"}"#)).unwrap();
    assert_eq!((tokens.lifetime_ms(), tokens.deviations()), (None, &[][..]));
    for broken in ["NaN", "Infinity", "+1", "01", "1.", ".5", "0x10", "1e"] {
        invalid(ok(format!(r#"{{"access_token":"a","token_type":"Bearer","expires_in":{broken}}}"#)));
    }
}

#[test]
fn r73_the_granted_scope_is_what_the_answer_says_else_what_was_asked() {
    for (written, granted, deviation) in [
        (r#""x":1"#, "read write", None),
        (r#""scope":"read""#, "read", None),
        (r#""scope":" read  admin ""#, "read admin", None),
        (r#""scope":"""#, "", Some(Deviation::EmptyMember)),
        (r#""scope":null"#, "read write", Some(Deviation::EmptyMember)),
        (r#""scope":["read","admin"]"#, "read admin", Some(Deviation::ScopeArray)),
        (r#""scope":"re\"ad""#, "read write", Some(Deviation::ScopeInvalid)),
        (r#""scope":"re\nad""#, "read write", Some(Deviation::ScopeInvalid)),
        (r#""scope":7"#, "read write", Some(Deviation::ScopeInvalid)),
        (r#""scope":{}"#, "read write", Some(Deviation::ScopeInvalid)),
    ] {
        let tokens = read(member(written)).unwrap();
        assert_eq!(tokens.scope().as_str(), granted, "{written}");
        assert_eq!(tokens.deviations(), deviation.as_slice(), "{written}");
    }
    let tokens = read(member(r#""scope":"read""#)).unwrap();
    assert!(tokens.scope().contains("read") && !tokens.scope().contains("write") && !tokens.scope().contains("rea"));
    let broken = read(member(r#""scope":["re ad"]"#)).unwrap();
    assert_eq!(broken.deviations(), [Deviation::ScopeArray, Deviation::ScopeInvalid]);
}

#[test]
fn r73_a_server_with_another_separator_is_read_with_it() {
    let client = client_of(|profile| profile.scope_separator = ',');
    let exchange = client.client_credentials(["read", "write"]).unwrap();
    assert_eq!(value(&form(exchange.request()), "scope"), Some("read,write"));
    let tokens = exchange.finish(&member(r#""scope":"read,admin""#), at(0)).unwrap();
    assert_eq!(tokens.scope().iter().collect::<Vec<_>>(), ["read", "admin"]);
}

/// A session with an expired access token.
pub(crate) fn session(client: tokenwell::Client) -> TokenSource {
    let tokens = SessionTokens {
        access_token: Secret::new("old-access"),
        refresh_token: Some(Secret::new("old-refresh")),
        id_token: None,
        expires_at_unix_ms: Some(T0),
        scope: "read".into(),
        issued_for: client.issued_for(),
    };
    TokenSource::session(client, tokens, at(0))
}

pub(crate) fn refreshed(source: &mut TokenSource, body: &str) -> Step {
    let Step::Send(flight) = source.poll(at(1_000), 1) else { panic!("nothing to send") };
    source.finish(flight, ok(body), at(1_100))
}

#[test]
fn r74_a_new_refresh_token_replaces_the_old_one_and_none_keeps_it() {
    for (member, kept, next) in [
        ("", "old-refresh", "old-refresh"),
        (r#","refresh_token":null"#, "old-refresh", "old-refresh"),
        (r#","refresh_token":"""#, "old-refresh", "old-refresh"),
        (r#","refresh_token":"new-refresh""#, "new-refresh", "new-refresh"),
    ] {
        let mut source = session(client());
        let body = format!(r#"{{"access_token":"b","token_type":"Bearer","expires_in":60{member}}}"#);
        let Step::Ready(token) = refreshed(&mut source, &body) else { panic!("no token") };
        assert_eq!(token.refresh_token().unwrap().reveal(), kept);
        assert_eq!(source.session_tokens().unwrap().refresh_token.unwrap().reveal(), kept);
        let Step::Send(flight) = source.poll(at(100_000), 1) else { panic!("nothing to send") };
        assert_eq!(value(&form(flight.request()), "refresh_token"), Some(next));
    }
    for broken in ["1", "\"\u{e4}\"", "\"\\n\"", "{}"] {
        assert!(invalid(member(&format!(r#""refresh_token":{broken}"#))).contains("refresh_token"));
    }
}

#[test]
fn r75_a_refresh_asks_for_no_scope_so_it_cannot_ask_for_more() {
    let exchange = client().refresh(&Secret::new("r"), ["read", "write"]).unwrap();
    assert_eq!(value(&form(exchange.request()), "scope"), None);
    let tokens = exchange.finish(&ok(token_body("a", 60)), at(0)).unwrap();
    assert_eq!(tokens.scope().as_str(), "read write", "what was granted stays granted");
    let mut source = session(client());
    let Step::Send(flight) = source.poll(at(1_000), 1) else { panic!("nothing to send") };
    assert_eq!(value(&form(flight.request()), "scope"), None);
}

#[test]
fn r76_unknown_members_are_kept_apart_and_out_of_sight() {
    let tokens = read(member(r#""user":{"mail":"canary@example.com"},"__proto__":{"x":1},"quote\"d":[1,2]"#)).unwrap();
    assert_eq!(
        tokens.extra().reveal(),
        r#"{"user":{"mail":"canary@example.com"},"__proto__":{"x":1},"quote\"d":[1,2]}"#
    );
    assert!(!format!("{tokens:?}").contains("canary"));
    assert_eq!(read(ok(token_body("a", 60))).unwrap().extra().reveal(), "{}");
}

#[test]
fn r77_a_token_of_a_hundred_kilobytes_that_is_no_jwt_is_as_good_as_any() {
    let long = "x".repeat(100 * 1024);
    assert_eq!(read(ok(token_body(&long, 60))).unwrap().access_token().reveal(), long);
    for token in ["..", "a.b.c", "eyJhbGciOiJub25lIn0.e30."] {
        assert_eq!(read(ok(token_body(token, 60))).unwrap().access_token().reveal(), token);
    }
}

#[test]
fn r78_a_duplicate_member_is_refused() {
    for text in [
        r#"{"access_token":"a","access_token":"b","token_type":"Bearer"}"#,
        r#"{"access_token":"a","acces\u0073_token":"a","token_type":"Bearer"}"#,
        r#"{"x":1,"access_token":"a","token_type":"Bearer","x":1}"#,
    ] {
        assert!(invalid(ok(text)).contains("duplicate"));
    }
    // Many members are compared in another way than few.
    let many: String = (0..100).map(|number| format!(r#","x{number}":1"#)).collect();
    read(ok(format!(r#"{{"access_token":"a","token_type":"Bearer"{many}}}"#))).unwrap();
    let twice = format!(r#"{{"access_token":"a","token_type":"Bearer"{many},"access_token":"b"}}"#);
    assert!(invalid(ok(twice)).contains("duplicate"));
}

#[test]
fn r79_the_body_is_utf_8_and_may_begin_with_a_byte_order_mark() {
    let mut body = vec![0xef, 0xbb, 0xbf];
    body.extend(token_body("a", 60).bytes());
    assert_eq!(read(ok(body)).unwrap().deviations(), []);
    for broken in [&b"\xff"[..], b"\xc0\xaf", b"\xed\xa0\x80", b"\xff\xfe{\0}\0"] {
        let mut body = br#"{"access_token":"a","x":""#.to_vec();
        body.extend(broken);
        body.extend(br#""}"#);
        assert!(invalid(ok(body)).contains("UTF-8"));
    }
    // Declared as something else it is still read as UTF-8, or not at all.
    let response = HttpResponse::new(200, token_body("a", 60))
        .with_header("content-type", "application/json; charset=iso-8859-1")
        .with_header("cache-control", "no-store");
    read(response).unwrap();
}

#[test]
fn r80_what_is_read_as_json() {
    let with_type = |content_type: Option<&str>| {
        let response = HttpResponse::new(200, token_body("a", 60)).with_header("cache-control", "no-store");
        match content_type {
            Some(value) => read(response.with_header("content-type", value)),
            None => read(response),
        }
    };
    for value in [
        "application/json",
        "APPLICATION/JSON;charset=UTF-8",
        "text/json",
        "application/vnd.oauth+json",
        "application/problem+JSON ; x=y",
    ] {
        assert_eq!(with_type(Some(value)).unwrap().deviations(), [], "{value}");
    }
    for value in [Some("text/plain; charset=utf-8"), Some(""), None] {
        assert_eq!(with_type(value).unwrap().deviations(), [Deviation::ContentType], "{value:?}");
    }
    for value in ["text/html", "application/jsonx", "application/xml", "image/png", "application/x-www-form-urlencoded"]
    {
        assert_eq!(with_type(Some(value)).unwrap_err().kind(), ErrorKind::InvalidResponse, "{value}");
    }
}

#[test]
fn r80_a_form_is_read_only_where_the_profile_says_so() {
    let response = HttpResponse::new(200, "access_token=a%2Bb&token_type=bearer&expires_in=60&scope=read+write")
        .with_header("content-type", "application/x-www-form-urlencoded")
        .with_header("cache-control", "no-store");
    assert!(invalid(response.clone()).contains("form"));
    let client = client_of(|profile| profile.form_responses = true);
    let tokens = client.client_credentials(["x"]).unwrap().finish(&response, at(0)).unwrap();
    assert_eq!(tokens.access_token().reveal(), "a+b");
    assert_eq!((tokens.lifetime_ms(), tokens.scope().as_str()), (Some(60_000), "read write"));
    assert_eq!(tokens.deviations(), []);
    // Only expires_in is a number, and only if it is one.
    let response = HttpResponse::new(200, "access_token=12345&token_type=bearer&expires_in=soon")
        .with_header("content-type", "application/x-www-form-urlencoded; charset=utf-8")
        .with_header("cache-control", "no-store");
    let tokens = client.client_credentials(["x"]).unwrap().finish(&response, at(0)).unwrap();
    assert_eq!((tokens.access_token().reveal(), tokens.lifetime_ms()), ("12345", None));
    assert_eq!(tokens.deviations(), [Deviation::ExpiresInInvalid]);
    // Nor where another name or value has what a refusal begins with in it.
    for name in ["x%22error", "x%22,%22error%22:", "error_uri", "x=%22error%22:1&error_description"] {
        let response = HttpResponse::new(200, format!("access_token=a&token_type=bearer&{name}=1"))
            .with_header("content-type", "application/x-www-form-urlencoded");
        assert!(invalid(response).contains("form"), "{name}");
    }
    // A refusal is read in any case: otherwise it would be lost.
    let refusal = HttpResponse::new(200, "error=bad_verification_code&error_description=Wrong+code")
        .with_header("content-type", "application/x-www-form-urlencoded");
    let error = read(refusal).unwrap_err();
    assert_eq!((error.error(), error.description()), (Some("bad_verification_code"), Some("Wrong code")));
}

#[test]
fn r80_strict_refuses_what_would_be_a_deviation() {
    let strict = client_with(|options| options.strict = true);
    let finish = |response| strict.client_credentials(["read"]).unwrap().finish(&response, at(0));
    finish(ok(token_body("a", 60))).unwrap();
    for response in [
        answer(201, token_body("a", 60)),
        ok(r#"{"access_token":"a"}"#),
        ok(r#"{"access_token":"a","token_type":"Bearer","expires_in":"60"}"#),
        HttpResponse::new(200, token_body("a", 60)).with_header("content-type", "application/json"),
    ] {
        let error = finish(response).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidResponse);
        assert!(error.to_string().contains("strict"), "{error}");
    }
}

#[test]
fn r74_a_session_of_another_client_is_never_sent() {
    let other = profile().client(tokenwell::Credentials::secret("client-8", "s")).unwrap();
    let tokens = session(client()).session_tokens().unwrap();
    let Step::Failed(error) = TokenSource::session(other, tokens, at(0)).poll(at(0), 1) else { panic!("it was sent") };
    assert_eq!((error.kind(), error.recovery()), (ErrorKind::Configuration, Recovery::FixConfiguration));
}
