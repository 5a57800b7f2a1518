//! Runs the language-neutral vectors of `tests/vectors`: one request or one answer each.
#![allow(
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::string_slice
)]

mod neutral;

use neutral::{Differences, client, files, form_pairs, is_for_core, merged, report, response, text};
use serde_json::{Value, json};
use tokenwell::{
    AuthorizationRequest, Client, Error, Exchange, HttpResponse, Now, Secret, TokenTypeHint, TokenVerdict, challenges,
    token_verdict,
};

/// When a case happens that does not say.
const NOW: u64 = 1_800_000_000_000;

#[test]
fn every_vector_holds() {
    let (mut count, mut failures) = (0, Vec::new());
    for file in files("vectors") {
        for case in file.content["cases"].as_array().unwrap().iter().filter(|case| is_for_core(case)) {
            count += 1;
            let given = Given::new(&file.content["given"], &case["given"]);
            let mut differences = Differences::default();
            run(file.content["kind"].as_str().unwrap(), &given, &case["expect"], &mut differences);
            let id = case["id"].as_str().unwrap();
            failures.extend(differences.list().into_iter().map(|problem| format!("{}/{id}: {problem}", file.name)));
        }
    }
    assert!(count >= 300, "only {count} vectors were found");
    report("vectors", count, &failures);
}

fn run(kind: &str, given: &Given, expect: &Value, differences: &mut Differences) {
    match kind {
        "client" => drop(differences.result(expect, given.client(), &given.never)),
        "token_request" => token_request(given, expect, differences),
        "token_response" => token_response(given, expect, differences),
        "authorize" => authorize(given, expect, differences),
        "callback" => callback(given, expect, differences),
        "challenges" => read_challenges(given, expect, differences),
        "verdict" => verdict(given, expect, differences),
        "api_request" => api_request(given, expect, differences),
        "api_error" => api_error(given, expect, differences),
        "management" => management(given, expect, differences),
        other => panic!("unknown kind {other}"),
    }
}

/// What a case starts from: the file's part and its own.
struct Given {
    all: Value,
    client: Value,
    now: Now,
    /// Texts that may not be shown, besides those with a canary in them.
    never: Vec<String>,
}

impl Given {
    fn new(file: &Value, case: &Value) -> Self {
        let all = merged(file, case);
        let client = merged(&file["client"], &case["client"]);
        let now = Now::unix_ms(all["now"].as_u64().unwrap_or(NOW));
        let never = all["never"].as_array().into_iter().flatten().map(|never| text(never).unwrap()).collect();
        Self { all, client, now, never }
    }

    fn client(&self) -> Result<Client, Error> {
        client(&self.client)
    }

    fn word(&self, name: &str) -> Option<&str> {
        self.all[name].as_str()
    }
}

fn token_request(given: &Given, expect: &Value, differences: &mut Differences) {
    let exchange = given.client().and_then(|client| client.client_credentials(neutral::ask(&given.all["ask"])));
    if let Some(exchange) = differences.result(expect, exchange, &given.never) {
        differences.request(&expect["request"], exchange.request());
    }
}

fn token_response(given: &Given, expect: &Value, differences: &mut Differences) {
    let client = given.client().unwrap();
    let ask = neutral::ask(&given.all["ask"]);
    let exchange = match given.word("grant").unwrap_or("client_credentials") {
        "client_credentials" => client.client_credentials(ask).unwrap(),
        "refresh_token" => client.refresh(&Secret::new("canary-refresh-token"), ask.scope).unwrap(),
        "authorization_code" => {
            let request = AuthorizationRequest::new("https://app.example.com/callback").request(ask);
            let (url, transaction) = client.authorize(request, given.now, &entropy(given)).unwrap();
            let callback = format!("/callback?code=canary-code&state={}", parameter(&url, "state"));
            transaction.callback(&client, &callback, given.now).unwrap()
        }
        other => panic!("unknown grant {other}"),
    };
    let finished = exchange.finish(&response(&given.all["response"]), given.now);
    if let Some(tokens) = differences.result(expect, finished, &given.never) {
        differences.tokens(&expect["token"], &tokens, given.now.as_unix_ms());
    }
}

/// 96 bytes: those of the case, else any.
fn entropy(given: &Given) -> [u8; 96] {
    let mut bytes = [0u8; 96];
    for (index, byte) in bytes.iter_mut().enumerate() {
        let given =
            given.all["entropy"].as_array().map(|entropy| u8::try_from(entropy[index].as_u64().unwrap()).unwrap());
        *byte = given.unwrap_or(u8::try_from(index * 2 + 1).unwrap());
    }
    bytes
}

fn parameter(url: &str, name: &str) -> String {
    let (_, query) = url.split_once('?').unwrap();
    form_pairs(query).into_iter().find(|(key, _)| key == name).map(|(_, value)| value).unwrap_or_default()
}

fn authorization_request(ask: &Value) -> AuthorizationRequest {
    let mut request = AuthorizationRequest::new(ask["redirectUri"].as_str().unwrap()).request(neutral::ask(ask));
    request.prompt = text(&ask["prompt"]);
    request.login_hint = text(&ask["loginHint"]);
    request.parameters = ask["parameters"]
        .as_object()
        .into_iter()
        .flatten()
        .map(|(name, value)| (name.clone(), text(value).unwrap()))
        .collect();
    request
}

fn authorize(given: &Given, expect: &Value, differences: &mut Differences) {
    let request = authorization_request(&given.all["ask"]);
    let made = given.client().and_then(|client| client.authorize(request, given.now, &entropy(given)));
    let Some((url, transaction)) = differences.result(expect, made.map(|(url, t)| (Secret::new(url), t)), &given.never)
    else {
        return;
    };
    let url = url.reveal();
    let (base, query) = url.split_once('?').unwrap();
    differences.compare("url", expect.get("url"), url.into());
    differences.compare("base", expect.get("base"), base.into());
    let mut got = form_pairs(query);
    got.sort();
    let mut wanted: Vec<(String, String)> = Vec::new();
    for pair in expect["query"].as_array().into_iter().flatten() {
        let name = text(&pair[0]).unwrap();
        let value = match &pair[1] {
            // Random: 32 bytes of base64url (RFC 7636 section 4.1).
            Value::Object(_) => {
                let value = parameter(url, &name);
                let is_base64url = value.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte));
                if value.len() != 43 || !is_base64url {
                    differences.add(format!("{name} is not 43 characters of base64url: {value}"));
                }
                value
            }
            value => text(value).unwrap(),
        };
        wanted.push((name, value));
    }
    wanted.sort();
    if expect.get("query").is_some() && wanted != got {
        differences.add(format!("query: expected {wanted:?}, got {got:?}"));
    }
    differences.scan("the URL", &[url.to_owned()], &[]);
    differences.scan("the transaction", &[format!("{transaction:?}")], &[parameter(url, "state")]);
}

fn callback(given: &Given, expect: &Value, differences: &mut Differences) {
    let client = given.client().unwrap();
    let request = authorization_request(&given.all["ask"]);
    let (url, transaction) = client.authorize(request, given.now, &entropy(given)).unwrap();
    let state = parameter(&url, "state");
    let callback = given.word("callback").unwrap().replace("{state}", &state);
    let now = given.now.after(given.all["after"].as_u64().unwrap_or(0));
    let receiver = match &given.all["receiver"] {
        Value::Null => client,
        options => neutral::client(&merged(&given.client, options)).unwrap(),
    };
    let exchange: Result<Exchange, Error> = transaction.callback(&receiver, &callback, now);
    let mut never = given.never.clone();
    never.push(state);
    let Some(exchange) = differences.result(expect, exchange, &never) else { return };
    differences.request(&expect["request"], exchange.request());
    let sent = form_pairs(exchange.request().body());
    if let Some((_, verifier)) = sent.iter().find(|(name, _)| name == "code_verifier") {
        differences.compare("the length of code_verifier", Some(&json!(43)), verifier.len().into());
    }
    if expect.get("token").is_some() {
        let finished = exchange.finish(&response(&given.all["response"]), now);
        if let Some(tokens) = differences.result(&json!({}), finished, &never) {
            differences.tokens(&expect["token"], &tokens, now.as_unix_ms());
        }
    }
}

fn read_challenges(given: &Given, expect: &Value, differences: &mut Differences) {
    let found = challenges(given.word("wwwAuthenticate").unwrap()).map(|found| {
        found
            .into_iter()
            .map(|challenge| {
                let parameters: serde_json::Map<String, Value> =
                    challenge.parameters.into_iter().map(|(name, value)| (name, Value::from(value))).collect();
                json!({"scheme": challenge.scheme, "token68": challenge.token68, "parameters": parameters})
            })
            .collect::<Vec<_>>()
    });
    differences.compare("challenges", expect.get("challenges"), found.into());
}

fn verdict(given: &Given, expect: &Value, differences: &mut Differences) {
    let status = u16::try_from(given.all["status"].as_u64().unwrap()).unwrap();
    let verdict = match token_verdict(status, given.word("wwwAuthenticate")) {
        TokenVerdict::Accepted => "accepted",
        TokenVerdict::Rejected => "rejected",
        TokenVerdict::InsufficientScope => "insufficient_scope",
    };
    differences.compare("verdict", expect.get("verdict"), verdict.into());
}

fn api_request(given: &Given, expect: &Value, differences: &mut Differences) {
    let client = given.client().unwrap();
    let mut request = client.api_request(given.word("url").unwrap());
    if let Some(location) = given.word("redirectedTo") {
        request = request.and_then(|request| client.api_redirect(&request, location));
    }
    if let Some(request) = differences.result(expect, request, &given.never) {
        differences.compare("url", expect.get("url"), request.url().into());
    }
    for (name, value) in expect["headers"].as_object().into_iter().flatten() {
        let got = client.api_headers().find(|(key, _)| key == name).map(|(_, value)| value);
        differences.compare(name, Some(value), got.into());
    }
}

fn api_error(given: &Given, expect: &Value, differences: &mut Differences) {
    let client = given.client().unwrap();
    let request = client.api_request(given.word("url").unwrap()).unwrap();
    let status = u16::try_from(given.all["status"].as_u64().unwrap()).unwrap();
    let mut response = HttpResponse::new(status, given.word("body").unwrap_or_default());
    if let Some(challenge) = given.word("wwwAuthenticate") {
        response = response.with_header("www-authenticate", challenge);
    }
    let error = client.api_error(&request, &Secret::new("canary-access-token"), &response, Now::unix_ms(0));
    differences.error(&expect["error"], &error, &given.never);
}

fn management(given: &Given, expect: &Value, differences: &mut Differences) {
    let client = given.client().unwrap();
    let hint = match given.word("hint") {
        None => None,
        Some("access_token") => Some(TokenTypeHint::AccessToken),
        Some("refresh_token") => Some(TokenTypeHint::RefreshToken),
        Some(other) => Some(TokenTypeHint::Other(other)),
    };
    let token = Secret::new(given.word("token").unwrap());
    let answer = response(&given.all["response"]);
    match given.word("call") {
        Some("revoke") => {
            let done = client.revoke(&token, hint).and_then(|revocation| {
                differences.request(&expect["request"], revocation.request());
                revocation.finish(&answer, given.now)
            });
            differences.result(expect, done, &given.never);
        }
        Some("introspect") => {
            let done = client.introspect(&token, hint).and_then(|introspection| {
                differences.request(&expect["request"], introspection.request());
                introspection.finish(&answer, given.now)
            });
            let Some(introspection) = differences.result(expect, done, &given.never) else { return };
            differences.compare("active", expect.get("active"), introspection.active().into());
            let expires = introspection.expires_at_unix_ms();
            differences.compare("expiresAt", expect.get("expiresAt"), expires.into());
        }
        other => panic!("unknown call {other:?}"),
    }
}
