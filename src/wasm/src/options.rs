//! JavaScript options → the core's profile, credentials and options, and what the layer keeps for itself.

use std::cell::RefCell;

use js_sys::{Function, Uint8Array};
use tokenwell::provider::{self, Environment, Profile, Rotation};
use tokenwell::{
    BasicEncoding, BodyFormat, Client, ClientAuthentication, ClientOptions, Credentials, HttpResponse, Secret,
};
use wasm_bindgen::prelude::*;

use crate::client::Context;
use crate::fetch::Sender;
use crate::host::{self, Clock, Runtime};
use crate::reader::Reader;
use crate::seal::Seal;
use crate::value::{self, Events};

/// The most that a response may unpack to, in bytes.
const LARGEST_RESPONSE: u64 = 1_048_576;

/// How many token requests of the process may be out at once.
const MOST_REQUESTS: u64 = 64;

const MILLISECONDS: &str = "a whole number of milliseconds, zero or more";

/// Reads the options of one of the five functions that make a client. The error is a failure.
pub(crate) fn read(kind: &str, options: &JsValue) -> Result<(Client, Context, Seal), JsValue> {
    let reader = Reader::new(options, "options");
    let environment = reader.take("env", "an object of environment variables");
    let mut profile = profile(kind, &reader, &environment);
    profile.api_base = reader.text("apiBase").or(profile.api_base);
    match reader.number("clientAuth", "\"client_secret_post\" or \"client_secret_basic\" or \"none\"") {
        Some(0) => profile.client_authentication = ClientAuthentication::Post,
        Some(1) => profile.client_authentication = ClientAuthentication::Basic,
        Some(_) => profile.client_authentication = ClientAuthentication::None,
        None => {}
    }
    let (credentials, client_secret) = credentials(&reader, &profile, &environment);
    let transaction_key = transaction_key(&reader);
    let defaults = ClientOptions::default();
    let client_options = ClientOptions {
        request: reader.token_request(),
        parameters: reader.record("parameters"),
        allowed_origins: reader.texts("allowedOrigins"),
        timeout_ms: reader.number("timeout", MILLISECONDS).unwrap_or(defaults.timeout_ms),
        deadline_ms: reader.number("deadline", MILLISECONDS).unwrap_or(defaults.deadline_ms),
        retries: reader
            .number("retries", "a whole number of attempts, zero or more")
            .map_or(defaults.retries, |retries| u32::try_from(retries).unwrap_or(u32::MAX)),
        strict: reader.flag("strict").unwrap_or_default(),
        allow_insecure_loopback: reader.flag("allowInsecureLoopback").unwrap_or_default(),
        ..defaults
    };
    let largest = reader.number("maxResponseBytes", "a whole number of bytes, zero or more");
    let most = reader.number("maxConcurrentRequests", "a whole number of requests, zero or more");
    if most == Some(0) {
        reader.refuse("maxConcurrentRequests", "must be at least one");
    }
    let clock = Clock::new(reader.function("now"));
    let fetch = reader.function("fetch");
    let wait_until = reader.function("waitUntil");
    let on_event = reader.function("onEvent");
    reader.finish()?;
    let client = profile.client_with(credentials, client_options).map_err(|error| value::failure(&error))?;
    let largest = value::number(largest.unwrap_or(LARGEST_RESPONSE));
    let context = Context {
        clock,
        client_secret,
        sender: Sender::new(fetch, &value::joined(&HttpResponse::READ_HEADERS, "\n"), largest),
        last_head: RefCell::default(),
        most_requests: u32::try_from(most.unwrap_or(MOST_REQUESTS)).unwrap_or(u32::MAX),
        wait_until,
        isolated_requests: Runtime::isolates_requests(),
        events: on_event.map(|tell| Events::new(&tell, &client.profile().name, client.token_endpoint())),
    };
    let seal = Seal::new(transaction_key, client.client_secret());
    Ok((client, context, seal))
}

fn profile(kind: &str, reader: &Reader, environment: &JsValue) -> Profile {
    match kind {
        "luminary" => provider::luminary(&required(reader, environment, "subdomain", Some("WITHLUMINARY_SUBDOMAIN"))),
        "lumanu" => {
            let environment = reader.number("environment", "\"sandbox\" or \"production\"");
            if environment.is_none() {
                reader.refuse("environment", &missing("environment", None));
            }
            let mut profile = provider::lumanu(match environment {
                Some(1) => Environment::Production,
                _ => Environment::Sandbox,
            });
            profile.authorization_endpoint = reader.text("authorizationEndpoint").or(profile.authorization_endpoint);
            profile
        }
        "lumoauth" => {
            let tenant = required(reader, environment, "tenant", Some("LUMOAUTH_TENANT"));
            let base = reader.text("baseUrl").or_else(|| host::variable("LUMOAUTH_URL", environment));
            let prefix = reader.text("tenantPrefix");
            let base = base.as_deref().unwrap_or("https://app.lumoauth.dev");
            let mut profile = provider::lumoauth_at(base, prefix.as_deref().unwrap_or("t"), &tenant);
            profile.issuer = reader.text("issuer");
            profile
        }
        "lucca" => {
            let account = required(reader, environment, "account", None);
            let domain = reader.text("host");
            let mut profile = provider::lucca_at(&account, domain.as_deref().unwrap_or("ilucca.net"));
            if let Some(version) = reader.text("apiVersion") {
                if version.is_empty() || !version.bytes().all(|byte| byte.is_ascii_graphic()) {
                    reader.refuse("apiVersion", "must be a header's value, such as 2024-11-01");
                }
                profile.api_headers = vec![("api-version".into(), version)];
            }
            profile
        }
        _ => own_profile(reader, environment),
    }
}

fn own_profile(reader: &Reader, environment: &JsValue) -> Profile {
    let token_endpoint = required(reader, environment, "tokenEndpoint", None);
    let name = reader.text("name");
    let mut profile = Profile::new(name.as_deref().unwrap_or("oauth"), token_endpoint);
    profile.authorization_endpoint = reader.text("authorizationEndpoint");
    profile.revocation_endpoint = reader.text("revocationEndpoint");
    profile.introspection_endpoint = reader.text("introspectionEndpoint");
    profile.issuer = reader.text("issuer");
    if reader.number("bodyFormat", "\"form\" or \"json\"") == Some(1) {
        profile.body_format = BodyFormat::Json;
    }
    if reader.number("basicEncoding", "\"form\" or \"raw\"") == Some(1) {
        profile.basic_encoding = BasicEncoding::Raw;
    }
    if let Some(separator) = reader.text("scopeSeparator") {
        match *separator.as_bytes() {
            [separator] => profile.scope_separator = separator.into(),
            _ => reader.refuse("scopeSeparator", "must be one ASCII character"),
        }
    }
    profile.pkce = reader.flag("pkce").unwrap_or(true);
    if let Some(rotation) = reader.value("rotation", "anything") {
        match read_rotation(&rotation) {
            Ok(rotation) => profile.rotation = rotation,
            Err(refusal) => reader.keep(&refusal),
        }
    }
    profile
}

fn read_rotation(value: &JsValue) -> Result<Rotation, JsValue> {
    let reader = Reader::new(value, "rotation");
    let grace = reader.number("graceMs", MILLISECONDS);
    let mode = reader.number("mode", "\"none\" or \"grace\" or \"strict\" or \"unknown\"");
    if mode.is_none() {
        reader.refuse("rotation", "needs a mode");
    }
    reader.finish()?;
    match (mode, grace) {
        (Some(1), Some(grace_ms)) => return Ok(Rotation::Grace { grace_ms }),
        (Some(1), None) => reader.refuse("graceMs", "is missing: rotation mode \"grace\" needs it"),
        (_, Some(_)) => reader.refuse("graceMs", "belongs to rotation mode \"grace\" only"),
        (Some(0), None) => return Ok(Rotation::None),
        (Some(2), None) => return Ok(Rotation::Strict),
        _ => return Ok(Rotation::Unknown),
    }
    Err(reader.refusal())
}

/// Id and secret: from the options, else from the environment. A function for the secret is kept, and asked later.
fn credentials(reader: &Reader, profile: &Profile, environment: &JsValue) -> (Credentials, Option<Function>) {
    let client_id = required(reader, environment, "clientId", profile.client_id_variable);
    let given = reader.value("clientSecret", "anything");
    // Where there must be no secret, the core refuses the contradiction, with the words for it.
    let public = profile.client_authentication == ClientAuthentication::None;
    let secret = match given {
        None if public => return (Credentials::public(client_id), None),
        Some(function) if function.is_function() && !public => {
            return (Credentials::supplied(client_id), Some(function.unchecked_into()));
        }
        Some(secret) => {
            let secret = secret.as_string();
            if secret.is_none() && !public {
                reader.refuse("clientSecret", "must be a string, or a function that gives one");
            }
            secret
        }
        None => {
            let variable = profile.client_secret_variable;
            let secret = variable.and_then(|name| host::variable(name, environment));
            if secret.is_none() {
                reader.refuse("clientSecret", &missing("clientSecret", variable));
            }
            secret
        }
    };
    (Credentials::secret(client_id, secret.unwrap_or_default()), None)
}

/// A text from the options, else from the environment.
fn required(reader: &Reader, environment: &JsValue, key: &str, variable: Option<&str>) -> String {
    let found = reader.text(key).or_else(|| variable.and_then(|name| host::variable(name, environment)));
    found.unwrap_or_else(|| {
        reader.refuse(key, &missing(key, variable));
        String::new()
    })
}

fn missing(key: &str, variable: Option<&str>) -> String {
    let or = if variable.is_some() { ", or set the environment variable " } else { "" };
    value::joined(&["is missing: pass the option ", key, or, variable.unwrap_or_default()], "")
}

fn transaction_key(reader: &Reader) -> Option<Secret> {
    let bytes: Uint8Array = reader.value("transactionKey", "a Uint8Array of 32 random bytes")?.unchecked_into();
    // Held as text, so that it is a secret like every other: wiped, compared and printed as one.
    let mut text = String::with_capacity(64);
    for byte in bytes.to_vec() {
        text.extend(char::from_digit((byte >> 4).into(), 16));
        text.extend(char::from_digit((byte & 15).into(), 16));
    }
    Some(Secret::new(text))
}
