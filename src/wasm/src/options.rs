//! JavaScript options → the core's profile, credentials and options, and what the layer keeps for itself.

use js_sys::{Function, Uint8Array};
use tokenwell::provider::{self, Environment, Profile, Rotation};
use tokenwell::{BasicEncoding, BodyFormat, Client, ClientAuthentication, ClientOptions, Credentials, Error, Secret};
use wasm_bindgen::prelude::*;

use crate::host::{self, Clock};
use crate::reader::Reader;

/// What the layer itself needs of the options.
pub(crate) struct HostOptions {
    pub(crate) clock: Clock,
    pub(crate) fetch: Option<Function>,
    pub(crate) client_secret: Option<Function>,
    pub(crate) largest_response: usize,
    pub(crate) most_requests: u32,
    pub(crate) wait_until: Option<Function>,
    pub(crate) on_event: Option<Function>,
    pub(crate) transaction_key: Option<Secret>,
}

/// The most that a response may unpack to, in bytes.
const LARGEST_RESPONSE: u64 = 1_048_576;

/// How many token requests of the process may be out at once.
const MOST_REQUESTS: u64 = 64;

/// Reads the options of one of the five functions that make a client.
pub(crate) fn read(kind: &str, options: &JsValue) -> Result<(Client, HostOptions), Error> {
    let mut reader = Reader::new(options, "options");
    let environment = reader.take("env").unwrap_or(JsValue::UNDEFINED);
    if !environment.is_undefined() && !environment.is_object() {
        reader.refuse("env", "must be an object of environment variables");
    }
    let mut profile = profile(kind, &mut reader, &environment);
    profile.api_base = reader.text("apiBase").or(profile.api_base);
    let authentication = reader.word(
        "clientAuth",
        &[
            ("client_secret_post", ClientAuthentication::Post),
            ("client_secret_basic", ClientAuthentication::Basic),
            ("none", ClientAuthentication::None),
        ],
    );
    profile.client_authentication = authentication.unwrap_or(profile.client_authentication);
    let (credentials, client_secret) = credentials(&mut reader, &profile, &environment);
    let transaction_key = transaction_key(&mut reader);
    let defaults = ClientOptions::default();
    let client_options = ClientOptions {
        request: reader.token_request(),
        parameters: reader.record("parameters"),
        allowed_origins: reader.texts("allowedOrigins").unwrap_or_default(),
        timeout_ms: reader.whole("timeout", "milliseconds").unwrap_or(defaults.timeout_ms),
        deadline_ms: reader.whole("deadline", "milliseconds").unwrap_or(defaults.deadline_ms),
        retries: u32::try_from(reader.whole("retries", "attempts").unwrap_or(defaults.retries.into()))
            .unwrap_or(u32::MAX),
        strict: reader.flag("strict").unwrap_or_default(),
        allow_insecure_loopback: reader.flag("allowInsecureLoopback").unwrap_or_default(),
        ..defaults
    };
    let largest = reader.whole("maxResponseBytes", "bytes").unwrap_or(LARGEST_RESPONSE);
    let most_requests = reader.whole("maxConcurrentRequests", "requests").unwrap_or(MOST_REQUESTS);
    if most_requests == 0 {
        reader.refuse("maxConcurrentRequests", "must be at least one");
    }
    let host_options = HostOptions {
        clock: Clock::new(reader.function("now")),
        fetch: reader.function("fetch"),
        client_secret,
        most_requests: u32::try_from(most_requests).unwrap_or(u32::MAX),
        largest_response: usize::try_from(largest).unwrap_or(usize::MAX),
        wait_until: reader.function("waitUntil"),
        on_event: reader.function("onEvent"),
        transaction_key,
    };
    reader.finish()?;
    Ok((profile.client_with(credentials, client_options)?, host_options))
}

fn profile(kind: &str, reader: &mut Reader, environment: &JsValue) -> Profile {
    match kind {
        "luminary" => provider::luminary(&required(reader, environment, "subdomain", Some("WITHLUMINARY_SUBDOMAIN"))),
        "lumanu" => {
            let environments = [("sandbox", Environment::Sandbox), ("production", Environment::Production)];
            let environment = reader.word("environment", &environments);
            if environment.is_none() {
                reader.refuse("environment", &missing("environment", None));
            }
            let mut profile = provider::lumanu(environment.unwrap_or(Environment::Sandbox));
            profile.authorization_endpoint = reader.text("authorizationEndpoint").or(profile.authorization_endpoint);
            profile
        }
        "lumoauth" => {
            let tenant = required(reader, environment, "tenant", Some("LUMOAUTH_TENANT"));
            let base = reader.text("baseUrl").or_else(|| host::variable(environment, "LUMOAUTH_URL"));
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
        _ => own_profile(reader),
    }
}

fn own_profile(reader: &mut Reader) -> Profile {
    let token_endpoint = reader.required("tokenEndpoint", &missing("tokenEndpoint", None));
    let name = reader.text("name");
    let mut profile = Profile::new(name.as_deref().unwrap_or("oauth"), token_endpoint);
    profile.authorization_endpoint = reader.text("authorizationEndpoint");
    profile.revocation_endpoint = reader.text("revocationEndpoint");
    profile.introspection_endpoint = reader.text("introspectionEndpoint");
    profile.issuer = reader.text("issuer");
    let formats = [("form", BodyFormat::Form), ("json", BodyFormat::Json)];
    profile.body_format = reader.word("bodyFormat", &formats).unwrap_or(profile.body_format);
    let encodings = [("form", BasicEncoding::Form), ("raw", BasicEncoding::Raw)];
    profile.basic_encoding = reader.word("basicEncoding", &encodings).unwrap_or(profile.basic_encoding);
    if let Some(separator) = reader.text("scopeSeparator") {
        let mut characters = separator.chars();
        match (characters.next(), characters.next()) {
            (Some(separator), None) if separator.is_ascii() => profile.scope_separator = separator,
            _ => reader.refuse("scopeSeparator", "must be one ASCII character"),
        }
    }
    profile.pkce = reader.flag("pkce").unwrap_or(true);
    if let Some(rotation) = reader.take("rotation") {
        match read_rotation(&rotation) {
            Ok(rotation) => profile.rotation = rotation,
            Err(error) => reader.keep(error),
        }
    }
    profile
}

fn read_rotation(value: &JsValue) -> Result<Rotation, Error> {
    let mut reader = Reader::new(value, "rotation");
    let grace = reader.whole("graceMs", "milliseconds");
    let modes = [("none", 0), ("grace", 1), ("strict", 2), ("unknown", 3)];
    let mode = reader.word("mode", &modes);
    if mode.is_none() {
        reader.refuse("rotation", "needs a mode");
    }
    reader.finish()?;
    match (mode, grace) {
        (Some(1), Some(grace_ms)) => Ok(Rotation::Grace { grace_ms }),
        (Some(1), None) => Err(Error::configuration("graceMs", "is missing: rotation mode \"grace\" needs it")),
        (_, Some(_)) => Err(Error::configuration("graceMs", "belongs to rotation mode \"grace\" only")),
        (Some(0), None) => Ok(Rotation::None),
        (Some(2), None) => Ok(Rotation::Strict),
        _ => Ok(Rotation::Unknown),
    }
}

/// Id and secret: from the options, else from the environment. A function for the secret is kept, and asked later.
fn credentials(reader: &mut Reader, profile: &Profile, environment: &JsValue) -> (Credentials, Option<Function>) {
    let client_id = required(reader, environment, "clientId", profile.client_id_variable);
    let given = reader.take("clientSecret");
    if given.is_none() && profile.client_authentication == ClientAuthentication::None {
        return (Credentials::public(client_id), None);
    }
    let secret = match &given {
        // Where there must be none, the core refuses the contradiction, with the words for it.
        Some(secret) if secret.is_function() && profile.client_authentication != ClientAuthentication::None => {
            return (Credentials::supplied(client_id), secret.clone().dyn_into().ok());
        }
        Some(secret) => secret.as_string(),
        None => profile.client_secret_variable.and_then(|name| host::variable(environment, name)),
    };
    if secret.is_none() && profile.client_authentication != ClientAuthentication::None {
        match given {
            Some(_) => reader.refuse("clientSecret", "must be a string, or a function that gives one"),
            None => reader.refuse("clientSecret", &missing("clientSecret", profile.client_secret_variable)),
        }
    }
    (Credentials::secret(client_id, secret.unwrap_or_default()), None)
}

/// A text from the options, else from the environment.
fn required(reader: &mut Reader, environment: &JsValue, key: &'static str, variable: Option<&'static str>) -> String {
    let found = reader.text(key).or_else(|| variable.and_then(|name| host::variable(environment, name)));
    if found.is_none() {
        reader.refuse(key, &missing(key, variable));
    }
    found.unwrap_or_default()
}

fn missing(key: &str, variable: Option<&str>) -> String {
    match variable {
        Some(variable) => {
            ["is missing: pass the option ", key, ", or set the environment variable ", variable].concat()
        }
        None => ["is missing: pass the option ", key].concat(),
    }
}

fn transaction_key(reader: &mut Reader) -> Option<Secret> {
    let bytes = reader.take("transactionKey")?.dyn_into::<Uint8Array>().map(|bytes| bytes.to_vec()).unwrap_or_default();
    if bytes.len() != 32 {
        reader.refuse("transactionKey", "must be a Uint8Array of 32 random bytes");
    }
    // Held as text, so that it is a secret like every other: wiped, compared and printed as one.
    Some(Secret::new(bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>()))
}
