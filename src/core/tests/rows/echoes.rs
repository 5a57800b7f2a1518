//! R92 and R93: no error repeats a secret that a server echoes.

use tokenwell::{BasicEncoding, BodyFormat, ClientAuthentication, Credentials, Failure, HttpResponse, Secret};

use crate::canaries::*;
use crate::support::*;

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
    for kind in FAILURES {
        let error = client.client_credentials(["read"]).unwrap().fail(&Failure::new(kind), at(0));
        assert_eq!(error.endpoint(), Some("https://auth.example.com/oauth/token"));
        canaries.both(&error);
    }
    let request = client.api_request("employees?key=canary-query").unwrap();
    canaries.both(&client.api_error(&request, &Secret::new(ACCESS), &HttpResponse::new(404, ""), at(0)));
    canaries.both(&client.api_request("https://evil.example/?key=canary-query").unwrap_err());
    canaries.both(&client.api_redirect(&request, "https://evil.example/canary?canary").unwrap_err());
}
