//! A client: where the server is, what the caller wants of it, and what every request to it carries.

use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::fmt;
use core::ops::Deref;

use crate::Secret;
use crate::credentials::{BasicEncoding, ClientAuthentication, ClientSecret, Credentials, check_credentials};
use crate::encode::body::{self, is_vschar};
use crate::encode::text::{filled, has, is_made_of, joined};
use crate::encode::url::{self, Endpoint};
use crate::encode::{base64, base64url, basic};
use crate::error::Error;
use crate::http::HttpRequest;
use crate::provider::Profile;
use crate::scope::TokenRequest;
use crate::shown::{Names, Redactor};

/// How the body of a request to the server is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BodyFormat {
    /// `application/x-www-form-urlencoded` (RFC 6749 section 4.1.3).
    Form,
    /// `application/json`, for servers that take nothing else, such as Lumanu's.
    Json,
}

/// What a caller may change about a client besides its profile. `Debug` shows the parameters' names only.
#[derive(Clone)]
pub struct ClientOptions {
    /// What a token is asked for when a call does not say.
    pub request: TokenRequest,
    /// Further parameters of every token request.
    pub parameters: Vec<(String, String)>,
    /// Further origins that may receive the access token, such as `https://files.example.com`.
    pub allowed_origins: Vec<String>,
    /// Milliseconds that one attempt may take; by default 10 000.
    pub timeout_ms: u64,
    /// Milliseconds that all attempts of a token request may take together; by default 25 000. No attempt at a code exchange
    /// begins later, but the last one may take all of its timeout: see [`again_after`](crate::Exchange::again_after).
    pub deadline_ms: u64,
    /// Further attempts after the first; by default 2.
    pub retries: u32,
    /// Refuse every response that deviates from the RFCs instead of listing what was forgiven.
    pub strict: bool,
    /// Allow `http` to loopback hosts, for tests.
    pub allow_insecure_loopback: bool,
    /// Milliseconds that a token is taken to live when the server does not say; by default 300 000.
    pub assumed_lifetime_ms: u64,
}

impl fmt::Debug for ClientOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientOptions")
            .field("request", &self.request)
            .field("parameters", &Names(&self.parameters))
            .field("allowed_origins", &self.allowed_origins)
            .field("timeout_ms", &self.timeout_ms)
            .field("deadline_ms", &self.deadline_ms)
            .field("retries", &self.retries)
            .field("strict", &self.strict)
            .field("allow_insecure_loopback", &self.allow_insecure_loopback)
            .field("assumed_lifetime_ms", &self.assumed_lifetime_ms)
            .finish()
    }
}

impl Default for ClientOptions {
    fn default() -> Self {
        Self {
            request: TokenRequest::default(),
            parameters: Vec::new(),
            allowed_origins: Vec::new(),
            timeout_ms: 10_000,
            deadline_ms: 25_000,
            retries: 2,
            strict: false,
            allow_insecure_loopback: false,
            assumed_lifetime_ms: 300_000,
        }
    }
}

/// A client of one authorization server, validated once. Cheap to clone.
///
/// It is made from a [`Profile`]; everything that it can do starts here: [`client_credentials`](Self::client_credentials),
/// [`authorize`](Self::authorize), [`refresh`](Self::refresh), [`revoke`](Self::revoke),
/// [`introspect`](Self::introspect) and [`api_request`](Self::api_request).
#[derive(Debug)]
pub struct Client(pub(crate) Arc<Inner>);

impl Clone for Client {
    // Once in the WebAssembly module, which clones it in twenty places.
    #[inline(never)]
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

#[derive(Debug)]
pub(crate) struct Inner {
    pub(crate) credentials: Credentials,
    fixed: Arc<Fixed>,
}

/// What stays when the secret changes.
#[derive(Debug)]
pub(crate) struct Fixed {
    pub(crate) profile: Profile,
    pub(crate) options: ClientOptions,
    pub(crate) token_endpoint: Arc<Endpoint>,
    pub(crate) authorization_endpoint: Option<Arc<Endpoint>>,
    pub(crate) revocation_endpoint: Option<Arc<Endpoint>>,
    pub(crate) introspection_endpoint: Option<Arc<Endpoint>>,
    pub(crate) api_base: Option<Arc<Endpoint>>,
    /// Beside that of the API base.
    pub(crate) allowed_origins: Vec<String>,
}

impl Deref for Inner {
    type Target = Fixed;

    fn deref(&self) -> &Fixed {
        &self.fixed
    }
}

/// Parameters that belong to the protocol and cannot be set from outside.
const RESERVED: [&str; 14] = [
    "grant_type",
    "client_id",
    "client_secret",
    "client_assertion",
    "client_assertion_type",
    "code",
    "code_verifier",
    "redirect_uri",
    "refresh_token",
    "token",
    "scope",
    "resource",
    "audience",
    "token_type_hint",
];

impl Client {
    /// Checks everything once.
    ///
    /// # Errors
    /// `configuration`, naming the field: an endpoint that does not pass the gate, an id or secret outside
    /// printable ASCII (RFC 6749 appendix A), a scope outside its characters, a reserved parameter.
    pub fn new(profile: Profile, credentials: Credentials, options: ClientOptions) -> Result<Self, Error> {
        if let Some(problem) = &profile.problem {
            return Err(problem.clone());
        }
        let insecure = options.allow_insecure_loopback;
        let endpoint =
            |field, url: &Option<String>| url.as_deref().map(|url| url::check(field, url, insecure)).transpose();
        check_credentials(&credentials, profile.client_authentication)?;
        options.request.check()?;
        check_parameters(&options.parameters)?;
        check_headers(&profile.api_headers)?;
        let api_base = profile.api_base.as_deref().map(|base| check_api_base(base, insecure)).transpose()?;
        let mut allowed_origins = Vec::with_capacity(options.allowed_origins.len());
        for origin in &options.allowed_origins {
            allowed_origins.push(url::check_origin("allowed_origins", origin, insecure)?);
        }
        if endpoint("issuer", &profile.issuer)?.is_some_and(|issuer| has(&issuer.url, b"?")) {
            return Err(Error::wrong("issuer", "must not have a query (RFC 8414 section 2)"));
        }
        if options.timeout_ms == 0 || options.deadline_ms == 0 {
            let field = if options.timeout_ms == 0 { "timeout" } else { "deadline" };
            return Err(Error::wrong(field, "must be at least one millisecond"));
        }
        let fixed = Fixed {
            token_endpoint: url::check("token_endpoint", &profile.token_endpoint, insecure)?,
            authorization_endpoint: endpoint("authorization_endpoint", &profile.authorization_endpoint)?,
            revocation_endpoint: endpoint("revocation_endpoint", &profile.revocation_endpoint)?,
            introspection_endpoint: endpoint("introspection_endpoint", &profile.introspection_endpoint)?,
            api_base,
            allowed_origins,
            profile,
            options,
        };
        Ok(Self(Arc::new(Inner { credentials, fixed: Arc::new(fixed) })))
    }

    /// The profile that this client was made from.
    pub fn profile(&self) -> &Profile {
        &self.0.profile
    }

    /// The options that this client was made with.
    pub fn options(&self) -> &ClientOptions {
        &self.0.options
    }

    /// The client id.
    pub fn client_id(&self) -> &str {
        &self.0.credentials.client_id
    }

    /// The client secret, where it is known.
    pub fn client_secret(&self) -> Option<&Secret> {
        match &self.0.credentials.client_secret {
            ClientSecret::Known(secret) => Some(secret),
            ClientSecret::Supplied | ClientSecret::Public => None,
        }
    }

    /// The token endpoint: origin and path.
    pub fn token_endpoint(&self) -> &str {
        &self.0.token_endpoint.shown
    }

    /// A client that is the same but for its secret, where the secret is rotated.
    ///
    /// # Errors
    /// `configuration` where the secret is empty or outside printable ASCII.
    pub fn with_secret(&self, client_secret: impl Into<Secret>) -> Result<Self, Error> {
        self.renewed(client_secret.into())
    }

    /// Not generic, so that the WebAssembly module holds it once.
    fn renewed(&self, client_secret: Secret) -> Result<Self, Error> {
        let credentials = Credentials::secret(self.0.credentials.client_id.clone(), client_secret);
        check_credentials(&credentials, self.0.profile.client_authentication)?;
        Ok(Self(Arc::new(Inner { credentials, fixed: Arc::clone(&self.0.fixed) })))
    }

    /// A digest of client id and token endpoint: what stored tokens are pinned to (RFC 9700 section 4.4.2).
    pub fn issued_for(&self) -> String {
        let mut hash = hmac_sha256::Hash::new();
        hash.update(self.0.credentials.client_id.as_bytes());
        // A zero byte cannot be part of a client id, so no two pairs have one digest.
        hash.update([0]);
        hash.update(self.0.token_endpoint.url.as_bytes());
        base64url(&hash.finalize())
    }

    /// The refusal of what needs an endpoint that is not known.
    pub(crate) fn lacks(&self, endpoint: &'static str) -> Error {
        let problem = "is not known for {}: give its URL, in JavaScript to oauth() where this client takes none";
        Error::wrong(endpoint, &filled(problem, &[&self.0.profile.name]))
    }

    pub(crate) fn awaits_secret(&self) -> bool {
        matches!(self.0.credentials.client_secret, ClientSecret::Supplied)
    }

    /// Builds a request to a credentialed endpoint: the pairs, then who we are, one method only (RFC 6749 section 2.3).
    pub(crate) fn request<'a>(&'a self, endpoint: &Arc<Endpoint>, mut list: Vec<(&'a str, &'a str)>) -> HttpRequest {
        let Inner { credentials, fixed } = &*self.0;
        let profile = &fixed.profile;
        let mut authorization = None;
        match (profile.client_authentication, &credentials.client_secret) {
            (ClientAuthentication::Basic, ClientSecret::Known(secret)) => {
                let pair = basic::pair(&credentials.client_id, secret.reveal(), profile.basic_encoding);
                authorization = Some(basic::header(&pair));
            }
            (ClientAuthentication::Post, ClientSecret::Known(secret)) => {
                list.push(("client_id", &credentials.client_id));
                list.push(("client_secret", secret.reveal()));
            }
            _ => list.push(("client_id", &credentials.client_id)),
        }
        HttpRequest {
            endpoint: Arc::clone(endpoint),
            content_type: body::content_type(profile.body_format),
            authorization,
            body: body::encode(profile.body_format, &list),
        }
    }

    /// Builds a request to the token endpoint, with the resources and the further parameters.
    pub(crate) fn token_request(&self, pairs: &[(&str, &str)], resources: &[String]) -> HttpRequest {
        self.request(&self.0.token_endpoint, given(pairs, resources, &self.0.options.parameters))
    }

    /// Everything of this client that a server could echo, for cleaning what it says.
    pub(crate) fn redactor(&self) -> Redactor {
        let mut redactor = Redactor::default();
        if let ClientSecret::Known(secret) = &self.0.credentials.client_secret {
            redactor.hide(secret.reveal());
            for encoding in [BasicEncoding::Form, BasicEncoding::Raw] {
                // As the header carries it, but for the padding: what remains of that says nothing.
                let pair = basic::pair(self.client_id(), secret.reveal(), encoding);
                redactor.hide(Secret::new(base64(pair.reveal().as_bytes())).reveal());
            }
        }
        redactor
    }
}

/// The parameters of a request in one list, with room for who we are. An empty value counts as absent (RFC 6749 sections 3.1
/// and 3.2), so it is left out.
pub(crate) fn given<'a>(
    pairs: &[(&'a str, &'a str)],
    resources: &'a [String],
    further: &'a [(String, String)],
) -> Vec<(&'a str, &'a str)> {
    let mut list = Vec::with_capacity(8);
    let mut add = |name: &'a str, value: &'a str| {
        if !value.is_empty() {
            list.push((name, value));
        }
    };
    for (name, value) in pairs {
        add(name, value);
    }
    for resource in resources {
        add("resource", resource);
    }
    for (name, value) in further {
        add(name, value);
    }
    list
}

// Apart from the way of a first token: see docs/performance.md.
#[inline(never)]
fn check_parameters(parameters: &[(String, String)]) -> Result<(), Error> {
    for (position, (name, _)) in parameters.iter().enumerate() {
        check_reserved(name, &RESERVED)?;
        if name.is_empty() || !is_vschar(name) {
            return Err(Error::wrong("parameters", "has a name that is empty or outside printable ASCII"));
        }
        if parameters.iter().take(position).any(|(earlier, _)| earlier == name) {
            return Err(Error::wrong("parameters", &filled("has {} twice (RFC 6749 section 3.2)", &[name])));
        }
    }
    Ok(())
}

pub(crate) fn check_reserved(name: &str, reserved: &[&str]) -> Result<(), Error> {
    if reserved.contains(&name) {
        let problem = filled("may not contain {}, which the protocol sets itself", &[name]);
        return Err(Error::wrong("parameters", &problem));
    }
    Ok(())
}

/// Headers that can begin no other one: their names are made of what such names are made of in practice, their values of
/// printable ASCII (RFC 9110 sections 5.1 and 5.5). The token has one place only (RFC 6750 section 2).
fn check_headers(headers: &[(String, String)]) -> Result<(), Error> {
    for (name, value) in headers {
        if name.is_empty() || !is_made_of(name, b"-_") || name.eq_ignore_ascii_case("authorization") {
            return Err(Error::wrong("api_headers", "has a name that no header of an API can have"));
        }
        if value.is_empty() || !is_vschar(value) {
            return Err(Error::wrong(
                "api_headers",
                &filled("has a {} that is empty or outside printable ASCII", &[name]),
            ));
        }
    }
    Ok(())
}

/// The base of API calls. It gets a trailing slash, so that `employees` lies under it.
// Apart from the way of a first token: see docs/performance.md.
#[inline(never)]
fn check_api_base(base: &str, insecure: bool) -> Result<Arc<Endpoint>, Error> {
    // An empty one stays so, since that is what is wrong with it.
    let slash = if base.is_empty() || base.ends_with("/") { "" } else { "/" };
    let checked = url::check("api_base", &joined(&[base, slash]), insecure)?;
    if has(&checked.url, b"?") {
        return Err(Error::wrong("api_base", "must not have a query"));
    }
    Ok(checked)
}
