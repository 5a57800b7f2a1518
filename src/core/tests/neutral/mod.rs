//! What the vectors and the scenarios share: files, clients from JavaScript's options, responses, expectations.

use std::fmt::Debug;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Map, Value};
use tokenwell::provider::{self, Environment, Profile, Rotation};
use tokenwell::{
    BasicEncoding, BodyFormat, Client, ClientAuthentication, ClientOptions, Credentials, Error, HttpRequest,
    HttpResponse, Scope, TokenRequest, TokenSet,
};

/// What stands in every secret that a file plants, and may stand in nothing that is shown.
pub(crate) const CANARY: &str = "canary";

pub(crate) struct File {
    pub(crate) name: String,
    pub(crate) content: Value,
}

/// Every JSON file of a folder under `tests/`, but its schema.
pub(crate) fn files(folder: &str) -> Vec<File> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests").join(folder);
    let mut paths: Vec<PathBuf> = fs::read_dir(&folder)
        .unwrap_or_else(|error| panic!("{}: {error}", folder.display()))
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "json"))
        .filter(|path| path.file_name().is_some_and(|name| name != "schema.json"))
        .collect();
    paths.sort();
    paths
        .into_iter()
        .map(|path| {
            let text = fs::read_to_string(&path).unwrap();
            let content = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
            File { name: path.file_stem().unwrap().to_string_lossy().into_owned(), content }
        })
        .collect()
}

/// A case's own members over those of its file; `null` takes one away.
pub(crate) fn merged(file: &Value, case: &Value) -> Value {
    let mut all = file.as_object().cloned().unwrap_or_default();
    for (name, value) in case.as_object().into_iter().flatten() {
        if value.is_null() {
            all.remove(name);
        } else {
            all.insert(name.clone(), value.clone());
        }
    }
    Value::Object(all)
}

pub(crate) fn text(value: &Value) -> Option<String> {
    value.as_str().map(ToOwned::to_owned)
}

fn texts(value: &Value) -> Vec<String> {
    match value {
        Value::Null => Vec::new(),
        Value::Array(items) => items.iter().map(|item| item.as_str().unwrap().to_owned()).collect(),
        other => vec![other.as_str().unwrap().to_owned()],
    }
}

fn pairs(value: &Value) -> Vec<(String, String)> {
    let object = value.as_object().into_iter().flatten();
    object.map(|(name, value)| (name.clone(), value.as_str().unwrap().to_owned())).collect()
}

/// Scope, audience and resources of a call.
pub(crate) fn ask(value: &Value) -> TokenRequest {
    let scope = match &value["scope"] {
        Value::Null => Scope::none(),
        Value::String(scope) => Scope::from(scope.as_str()),
        several => Scope::from(texts(several)),
    };
    TokenRequest { scope, audience: text(&value["audience"]), resource: texts(&value["resource"]) }
}

/// A client from the options that JavaScript takes, under the same names.
pub(crate) fn client(options: &Value) -> Result<Client, Error> {
    let word = |name: &str| text(&options[name]);
    let needed = |name: &str| word(name).unwrap_or_default();
    let mut profile = match needed("provider").as_str() {
        "luminary" => provider::luminary(&needed("subdomain")),
        "lumanu" if needed("environment") == "production" => provider::lumanu(Environment::Production),
        "lumanu" => provider::lumanu(Environment::Sandbox),
        "lumoauth" => provider::lumoauth_at(
            &word("baseUrl").unwrap_or_else(|| "https://app.lumoauth.dev".into()),
            &word("tenantPrefix").unwrap_or_else(|| "t".into()),
            &needed("tenant"),
        ),
        "lucca" => provider::lucca_at(&needed("account"), &word("host").unwrap_or_else(|| "ilucca.net".into())),
        "oauth" => Profile::new(word("name").unwrap_or_else(|| "oauth".into()), needed("tokenEndpoint")),
        other => panic!("unknown provider {other}"),
    };
    for (name, value) in options.as_object().unwrap() {
        set(&mut profile, name, value);
    }
    let credentials = match (&options["clientSecret"], &options["clientAuth"]) {
        (Value::Array(_), _) => Credentials::supplied(needed("clientId")),
        (Value::Null, _) => Credentials::public(needed("clientId")),
        (secret, _) => Credentials::secret(needed("clientId"), secret.as_str().unwrap()),
    };
    let defaults = ClientOptions::default();
    let number = |name: &str, default: u64| options[name].as_u64().unwrap_or(default);
    let flag = |name: &str| options[name].as_bool().unwrap_or(false);
    let client_options = ClientOptions {
        request: ask(options),
        parameters: pairs(&options["parameters"]),
        allowed_origins: texts(&options["allowedOrigins"]),
        timeout_ms: number("timeout", defaults.timeout_ms),
        deadline_ms: number("deadline", defaults.deadline_ms),
        retries: u32::try_from(number("retries", defaults.retries.into())).unwrap(),
        strict: flag("strict"),
        allow_insecure_loopback: flag("allowInsecureLoopback"),
        assumed_lifetime_ms: defaults.assumed_lifetime_ms,
    };
    profile.client_with(credentials, client_options)
}

fn set(profile: &mut Profile, name: &str, value: &Value) {
    let word = value.as_str();
    match name {
        "authorizationEndpoint" => profile.authorization_endpoint = text(value),
        "revocationEndpoint" => profile.revocation_endpoint = text(value),
        "introspectionEndpoint" => profile.introspection_endpoint = text(value),
        "issuer" => profile.issuer = text(value),
        "apiBase" => profile.api_base = text(value),
        "bodyFormat" if word == Some("json") => profile.body_format = BodyFormat::Json,
        "bodyFormat" => profile.body_format = BodyFormat::Form,
        "basicEncoding" if word == Some("raw") => profile.basic_encoding = BasicEncoding::Raw,
        "basicEncoding" => profile.basic_encoding = BasicEncoding::Form,
        "scopeSeparator" => profile.scope_separator = word.unwrap().chars().next().unwrap(),
        "pkce" => profile.pkce = value.as_bool().unwrap(),
        "clientAuth" => {
            profile.client_authentication = match word {
                Some("client_secret_post") => ClientAuthentication::Post,
                Some("client_secret_basic") => ClientAuthentication::Basic,
                Some("none") => ClientAuthentication::None,
                other => panic!("unknown clientAuth {other:?}"),
            }
        }
        "rotation" => {
            profile.rotation = match value["mode"].as_str() {
                Some("none") => Rotation::None,
                Some("grace") => Rotation::Grace { grace_ms: value["graceMs"].as_u64().unwrap() },
                Some("strict") => Rotation::Strict,
                Some("unknown") => Rotation::Unknown,
                other => panic!("unknown rotation {other:?}"),
            }
        }
        "formResponses" => profile.form_responses = value.as_bool().unwrap(),
        "issParameterSupported" => profile.authorization_response_iss_parameter_supported = value.as_bool().unwrap(),
        "provider"
        | "name"
        | "tokenEndpoint"
        | "subdomain"
        | "environment"
        | "tenant"
        | "baseUrl"
        | "tenantPrefix"
        | "account"
        | "host"
        | "clientId"
        | "clientSecret"
        | "scope"
        | "audience"
        | "resource"
        | "parameters"
        | "allowedOrigins"
        | "timeout"
        | "deadline"
        | "retries"
        | "strict"
        | "allowInsecureLoopback" => {}
        other => panic!("unknown option {other}"),
    }
}

/// A response: status 200, JSON that is not to be stored, unless it says otherwise.
pub(crate) fn response(value: &Value) -> HttpResponse {
    let status = value["status"].as_u64().map_or(200, |status| u16::try_from(status).unwrap());
    let response = HttpResponse::new(status, body(value));
    match value["headers"].as_array() {
        None => response.with_header("content-type", "application/json").with_header("cache-control", "no-store"),
        Some(headers) => headers.iter().fold(response, |response, pair| {
            response.with_header(pair[0].as_str().unwrap(), pair[1].as_str().unwrap())
        }),
    }
}

fn body(value: &Value) -> Vec<u8> {
    if let Some(hex) = value["bodyHex"].as_str() {
        let digits: Vec<u8> = hex.bytes().map(|digit| char::from(digit).to_digit(16).unwrap() as u8).collect();
        return digits.chunks(2).map(|pair| pair[0] << 4 | pair[1]).collect();
    }
    let text = value["body"].as_str().unwrap_or_default();
    match &value["repeat"] {
        Value::Null => text.into(),
        // `%` marks the place, so that a file need not hold a hundred thousand characters.
        repeat => {
            let many =
                repeat["text"].as_str().unwrap().repeat(usize::try_from(repeat["times"].as_u64().unwrap()).unwrap());
            text.replacen('%', &many, 1).into()
        }
    }
}

/// `tokenEndpoint` as `token_endpoint`.
fn snake(name: &str) -> String {
    let mut out = String::new();
    for character in name.chars() {
        if character.is_ascii_uppercase() {
            out.push('_');
        }
        out.push(character.to_ascii_lowercase());
    }
    out
}

/// What differs between an expectation and what came. Empty where nothing does.
#[derive(Default)]
pub(crate) struct Differences(Vec<String>);

impl Differences {
    pub(crate) fn list(self) -> Vec<String> {
        self.0
    }

    pub(crate) fn add(&mut self, problem: impl Into<String>) {
        self.0.push(problem.into());
    }

    /// Compares where something is expected. `{"from", "to"}` is a range, both ends included.
    pub(crate) fn compare(&mut self, what: &str, expected: Option<&Value>, got: Value) {
        let Some(expected) = expected else { return };
        let equal = match (expected["from"].as_u64(), expected["to"].as_u64(), got.as_u64()) {
            (Some(from), Some(to), Some(got)) => (from..=to).contains(&got),
            _ => *expected == got,
        };
        if !equal {
            self.add(format!("{what}: expected {expected}, got {got}"));
        }
    }

    /// Nothing that is shown holds a secret that was planted.
    pub(crate) fn scan(&mut self, what: &str, shown: &[String], further: &[String]) {
        for text in shown {
            let lower = text.to_ascii_lowercase();
            for secret in further.iter().map(String::as_str).chain([CANARY]) {
                if lower.contains(&secret.to_ascii_lowercase()) {
                    self.add(format!("{what} shows the secret {secret}: {text}"));
                }
            }
        }
    }

    pub(crate) fn error(&mut self, expected: &Value, error: &Error, never: &[String]) {
        let known = ["kind", "option", "error", "description", "status", "endpoint", "retryable", "retryAfter"];
        let known = [&known[..], &["recovery", "requestId", "says"]].concat();
        for name in expected.as_object().into_iter().flat_map(Map::keys) {
            assert!(known.contains(&name.as_str()), "unknown member {name} in an expected error");
        }
        let option = expected.get("option").map(|option| Value::from(snake(option.as_str().unwrap())));
        self.compare("option", option.as_ref(), error.field().into());
        self.compare("kind", expected.get("kind"), error.kind().as_str().into());
        self.compare("error", expected.get("error"), error.error().into());
        self.compare("description", expected.get("description"), error.description().into());
        self.compare("status", expected.get("status"), error.status().into());
        self.compare("endpoint", expected.get("endpoint"), error.endpoint().into());
        self.compare("retryable", expected.get("retryable"), error.retryable().into());
        self.compare("retryAfter", expected.get("retryAfter"), error.retry_after_ms().into());
        self.compare("recovery", expected.get("recovery"), error.recovery().as_str().into());
        self.compare("requestId", expected.get("requestId"), error.request_id().into());
        for part in texts(&expected["says"]) {
            if !error.to_string().contains(&part) {
                self.add(format!("the message does not say {part:?}: {error}"));
            }
        }
        let shown = [error.description(), error.error(), error.endpoint(), error.request_id()];
        let shown: Vec<String> = shown.into_iter().flatten().map(ToOwned::to_owned).collect();
        self.scan("the error", &shown, never);
        self.scan("the error", &[error.to_string(), format!("{error:?}"), format!("{error:#?}")], never);
    }

    /// A result that should be an error, or should not.
    pub(crate) fn result<T: Debug>(&mut self, expected: &Value, got: Result<T, Error>, never: &[String]) -> Option<T> {
        match (expected.get("error"), got) {
            (Some(expected), Err(error)) => {
                self.error(expected, &error, never);
                None
            }
            (Some(_), Ok(value)) => {
                self.add(format!("expected an error, got {value:?}"));
                None
            }
            (None, Err(error)) => {
                self.add(format!("expected success, got {error:?}"));
                None
            }
            (None, Ok(value)) => {
                self.scan("Debug", &[format!("{value:?}"), format!("{value:#?}")], never);
                Some(value)
            }
        }
    }

    pub(crate) fn request(&mut self, expected: &Value, request: &HttpRequest) {
        self.compare("method", expected.get("method"), request.method().into());
        self.compare("url", expected.get("url"), request.url().into());
        self.compare("body", expected.get("body"), request.body().into());
        if request.url().to_ascii_lowercase().contains(CANARY) {
            self.add("a secret is in the URL");
        }
        for (name, value) in expected["headers"].as_object().into_iter().flatten() {
            let got = request.headers().find(|(key, _)| key == name).map(|(_, value)| value);
            self.compare(name, Some(value), got.into());
        }
        if let Some(form) = expected["form"].as_array() {
            let mut wanted: Vec<(String, String)> =
                form.iter().map(|pair| (text(&pair[0]).unwrap(), text(&pair[1]).unwrap())).collect();
            let mut got = form_pairs(request.body());
            wanted.sort();
            got.sort();
            if wanted != got {
                self.add(format!("form: expected {wanted:?}, got {got:?}"));
            }
        }
        if let Some(json) = expected.get("json") {
            let got: Value = serde_json::from_str(request.body()).unwrap_or(Value::Null);
            self.compare("json", Some(json), got);
        }
    }

    pub(crate) fn tokens(&mut self, expected: &Value, tokens: &TokenSet, now: u64) {
        self.compare("accessToken", expected.get("accessToken"), tokens.access_token().reveal().into());
        self.compare("tokenType", expected.get("tokenType"), tokens.token_type().into());
        let left = tokens.expires_at_unix_ms().map(|at| at - now);
        self.compare("expiresIn", expected.get("expiresIn"), left.into());
        let scope: Vec<&str> = tokens.scope().iter().collect();
        self.compare("scope", expected.get("scope"), scope.into());
        // Their order says nothing.
        let mut deviations: Vec<&str> = tokens.deviations().iter().map(|deviation| deviation.as_str()).collect();
        deviations.sort_unstable();
        self.compare("deviations", expected.get("deviations"), deviations.into());
        let refresh_token = tokens.refresh_token().map(|token| token.reveal());
        self.compare("refreshToken", expected.get("refreshToken"), refresh_token.into());
        let extra: Value = serde_json::from_str(tokens.extra().reveal()).unwrap();
        self.compare("extra", expected.get("extra"), extra);
        if let Some(length) = expected.get("accessTokenLength") {
            self.compare("accessTokenLength", Some(length), tokens.access_token().reveal().len().into());
        }
        let header = format!("Bearer {}", tokens.access_token().reveal());
        if tokens.authorization().reveal() != header {
            self.add("the Authorization header is not the token behind Bearer");
        }
    }
}

/// The pairs of a form or a query, decoded.
pub(crate) fn form_pairs(text: &str) -> Vec<(String, String)> {
    form_urlencoded::parse(text.as_bytes()).into_owned().collect()
}

/// Whether a case is for this runner.
pub(crate) fn is_for_core(case: &Value) -> bool {
    case["runs_in"].as_array().is_none_or(|places| places.iter().any(|place| place == "core"))
}

/// Ends the test with every case that failed, not only the first.
pub(crate) fn report(what: &str, count: usize, failures: &[String]) {
    assert!(failures.is_empty(), "{} of {count} {what} failed:\n{}", failures.len(), failures.join("\n"));
}
