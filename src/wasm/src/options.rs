//! JavaScript options → the core's profile, credentials and options, and what the layer keeps for itself.

use std::cell::RefCell;

use js_sys::Function;
use tokenwell::provider::{self, Environment, Profile, Rotation};
use tokenwell::{BasicEncoding, BodyFormat, ClientAuthentication, ClientOptions, Credentials, HttpResponse, Secret};
use wasm_bindgen::prelude::*;

use crate::client::Context;
use crate::fetch::Sender;
use crate::host::{Clock, Runtime, milliseconds};
use crate::reader::{MILLISECONDS, Reader};
use crate::seal::Seal;
use crate::value::{self, Events};

/// The most that a response may unpack to, in bytes.
const LARGEST_RESPONSE: u32 = 1_048_576;

/// How many token requests of the process may be out at once.
const MOST_REQUESTS: u32 = 64;

/// Reads the options of one of the five functions that make a client. The error is a failure.
pub(crate) fn read(kind: &str, options: &JsValue) -> Result<Context, JsValue> {
    let reader = Reader::new(options, "options");
    reader.take("env", "an object of environment variables");
    let mut profile = profile(kind, &reader);
    reader.set_text("apiBase", &mut profile.api_base);
    match reader.count("clientAuth", "\"client_secret_post\" or \"client_secret_basic\" or \"none\"") {
        Some(0) => profile.client_authentication = ClientAuthentication::Post,
        Some(1) => profile.client_authentication = ClientAuthentication::Basic,
        Some(_) => profile.client_authentication = ClientAuthentication::None,
        None => {}
    }
    let (credentials, client_secret) = credentials(&reader, &profile);
    // A text, so that it is a secret like every other: wiped, compared and printed as one.
    let transaction_key = reader.value("transactionKey", "a Uint8Array of 32 random bytes");
    let transaction_key = transaction_key.map(|key| Secret::new(value::text(&key)));
    let mut options = ClientOptions { request: reader.token_request(), ..ClientOptions::default() };
    options.parameters = reader.record("parameters");
    options.allowed_origins = reader.texts("allowedOrigins");
    reader.set_milliseconds("timeout", &mut options.timeout_ms);
    reader.set_milliseconds("deadline", &mut options.deadline_ms);
    options.retries = reader.count("retries", "a whole number of attempts, zero or more").unwrap_or(options.retries);
    reader.set_flag("strict", &mut options.strict);
    reader.set_flag("allowInsecureLoopback", &mut options.allow_insecure_loopback);
    // What is wrong with an option is told before what the core finds.
    let client = profile.client_with(credentials, options).map_err(|error| value::failure(&error));
    let largest = reader.count("maxResponseBytes", "a whole number of bytes, zero or more");
    let most = reader.count("maxConcurrentRequests", "a whole number of requests, zero or more");
    if most == Some(0) {
        reader.refuse("maxConcurrentRequests", "must be at least one");
    }
    let clock = Clock::new(reader.function("now"));
    let names = value::joined(&HttpResponse::READ_HEADERS, "\n");
    let sender = Sender::new(reader.function("fetch"), &names);
    sender.set_largest(largest.unwrap_or(LARGEST_RESPONSE));
    let wait_until = reader.function("waitUntil");
    let on_event = reader.function("onEvent");
    let client = reader.finish().and(client)?;
    let events = on_event.map(|tell| Events::new(&tell, &client.profile().name, client.token_endpoint()));
    Ok(Context {
        client,
        seal: Seal { key: transaction_key },
        clock,
        client_secret,
        sender,
        last_head: RefCell::default(),
        most_requests: most.unwrap_or(MOST_REQUESTS),
        wait_until,
        isolated_requests: Runtime::isolates_requests(),
        events,
    })
}

/// The profile of a provider, or of any other server.
fn profile(kind: &str, reader: &Reader) -> Profile {
    match kind {
        "luminary" => luminary(reader),
        "lumanu" => lumanu(reader),
        "lumoauth" => lumoauth(reader),
        "lucca" => lucca(reader),
        _ => own_profile(reader),
    }
}

// Apart from the way of a first token: see docs/performance.md.
#[inline(never)]
fn luminary(reader: &Reader) -> Profile {
    provider::luminary(&reader.required("subdomain", Some("WITHLUMINARY_SUBDOMAIN")))
}

// Apart from the way of a first token: see docs/performance.md.
#[inline(never)]
fn lumanu(reader: &Reader) -> Profile {
    let environment = reader.count("environment", "\"sandbox\" or \"production\"");
    if environment.is_none() {
        reader.refuse_missing("environment", None);
    }
    let mut profile = provider::lumanu(match environment {
        Some(1) => Environment::Production,
        _ => Environment::Sandbox,
    });
    reader.set_text("authorizationEndpoint", &mut profile.authorization_endpoint);
    profile
}

// Apart from the way of a first token: see docs/performance.md.
#[inline(never)]
fn lumoauth(reader: &Reader) -> Profile {
    let tenant = reader.required("tenant", Some("LUMOAUTH_TENANT"));
    let base = reader.take_or("baseUrl", "a string", Some("LUMOAUTH_URL")).as_string();
    let prefix = reader.text("tenantPrefix");
    let base = base.as_deref().unwrap_or("https://app.lumoauth.dev");
    let mut profile = provider::lumoauth_at(base, prefix.as_deref().unwrap_or("t"), &tenant);
    reader.set_text("issuer", &mut profile.issuer);
    profile
}

// Apart from the way of a first token: see docs/performance.md.
#[inline(never)]
fn lucca(reader: &Reader) -> Profile {
    let account = reader.required("account", None);
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

// Apart from the way of a first token: see docs/performance.md.
#[inline(never)]
fn own_profile(reader: &Reader) -> Profile {
    let token_endpoint = reader.required("tokenEndpoint", None);
    let name = reader.text("name");
    let mut profile = Profile::new(name.as_deref().unwrap_or("oauth"), token_endpoint);
    reader.set_text("authorizationEndpoint", &mut profile.authorization_endpoint);
    reader.set_text("revocationEndpoint", &mut profile.revocation_endpoint);
    reader.set_text("introspectionEndpoint", &mut profile.introspection_endpoint);
    reader.set_text("issuer", &mut profile.issuer);
    if reader.count("bodyFormat", "\"form\" or \"json\"") == Some(1) {
        profile.body_format = BodyFormat::Json;
    }
    if reader.count("basicEncoding", "\"form\" or \"raw\"") == Some(1) {
        profile.basic_encoding = BasicEncoding::Raw;
    }
    if let Some(separator) = reader.text("scopeSeparator") {
        match *separator.as_bytes() {
            [separator] => profile.scope_separator = separator.into(),
            _ => reader.refuse("scopeSeparator", "must be one ASCII character"),
        }
    }
    reader.set_flag("pkce", &mut profile.pkce);
    if let Some(rotation) = reader.value("rotation", "anything") {
        profile.rotation = read_rotation(reader, &rotation);
    }
    profile
}

// Apart from the way of a first token: see docs/performance.md.
#[inline(never)]
fn read_rotation(outer: &Reader, value: &JsValue) -> Rotation {
    let reader = Reader::new(value, "rotation");
    let grace = reader.number("graceMs", MILLISECONDS);
    let mode = reader.count("mode", "\"none\" or \"grace\" or \"strict\" or \"unknown\"");
    if mode.is_none() {
        reader.refuse("rotation", "needs a mode");
    }
    outer.keep(&reader.refusal());
    match (mode, grace) {
        (Some(0), _) => Rotation::None,
        (Some(1), Some(grace_ms)) => Rotation::Grace { grace_ms: milliseconds(grace_ms) },
        (Some(2), _) => Rotation::Strict,
        // Also a grace period of which nobody says how long it is.
        _ => Rotation::Unknown,
    }
}

/// Id and secret: from the options, else from the environment. A function for the secret is kept, and asked later.
fn credentials(reader: &Reader, profile: &Profile) -> (Credentials, Option<Function>) {
    let client_id = reader.required("clientId", profile.client_id_variable);
    // Where there must be no secret, the core refuses the contradiction, with the words for it.
    let public = profile.client_authentication == ClientAuthentication::None;
    let variable = profile.client_secret_variable.filter(|_| !public);
    let given = reader.take_or("clientSecret", "a string, or a function that gives one", variable);
    if given.is_function() {
        return (Credentials::supplied(client_id), Some(given.unchecked_into()));
    }
    let credentials = match given.as_string() {
        Some(secret) => Credentials::secret(client_id, secret),
        None => {
            if !public {
                reader.refuse_missing("clientSecret", variable);
            }
            Credentials::public(client_id)
        }
    };
    (credentials, None)
}
