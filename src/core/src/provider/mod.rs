//! What is known of a server, as data. Four profiles come with the crate; yours has the same fields.
//!
//! The documentation of each profile says where its facts come from. They are *stated* on the provider's own page,
//! *found* in another public place, such as its SDKs or the server's metadata, or *guessed*, that is, inferred from
//! those.

mod lucca;
mod lumanu;
mod luminary;
mod lumoauth;

use alloc::borrow::ToOwned;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

pub use lucca::{lucca, lucca_at};
pub use lumanu::{Environment, lumanu};
pub use luminary::luminary;
pub use lumoauth::{lumoauth, lumoauth_at};

use crate::client::{BodyFormat, Client, ClientOptions};
use crate::credentials::{BasicEncoding, ClientAuthentication, Credentials};
use crate::encode::text::is_made_of;
use crate::error::Error;
use crate::shown::{Names, without_query};

/// What a server does with the refresh token when it is used (OAuth 2.1 section 4.3.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rotation {
    /// The token stays the same.
    None,
    /// A new one each time; the old one keeps working for some milliseconds after its use.
    Grace {
        /// How long the old one works after its use, in milliseconds.
        grace_ms: u64,
    },
    /// A new one each time; using an old one revokes the whole family.
    Strict,
    /// Nobody says.
    Unknown,
}

/// The facts of one authorization server and of the API behind it.
///
/// ```
/// use tokenwell::{Credentials, provider::Profile};
///
/// let mut profile = Profile::new("example", "https://auth.example.com/oauth/token");
/// profile.api_base = Some("https://api.example.com/v2".into());
/// let client = profile.client(Credentials::secret("id", "secret"))?;
/// # Ok::<(), tokenwell::Error>(())
/// ```
///
/// `Debug` shows the URLs without their queries, and of the API's headers the names only.
#[derive(Clone)]
pub struct Profile {
    /// The provider's name, for events and messages.
    pub name: String,
    /// The token endpoint (RFC 6749 section 3.2).
    pub token_endpoint: String,
    /// The authorization endpoint (RFC 6749 section 3.1).
    pub authorization_endpoint: Option<String>,
    /// The revocation endpoint (RFC 7009).
    pub revocation_endpoint: Option<String>,
    /// The introspection endpoint (RFC 7662).
    pub introspection_endpoint: Option<String>,
    /// The issuer identifier, where it is fixed. Callbacks and ID tokens of any other are refused; no endpoint is
    /// derived from it.
    pub issuer: Option<String>,
    /// The server says in its metadata that every callback carries `iss` (RFC 9207 section 3), so one without is refused.
    pub authorization_response_iss_parameter_supported: bool,
    /// The base URL of the API.
    pub api_base: Option<String>,
    /// Headers that the API insists on, names in lower case.
    pub api_headers: Vec<(String, String)>,
    /// How the client authenticates.
    pub client_authentication: ClientAuthentication,
    /// How id and secret are written into a `Basic` header.
    pub basic_encoding: BasicEncoding,
    /// How request bodies are written.
    pub body_format: BodyFormat,
    /// What stands between scopes; a space in the RFC.
    pub scope_separator: char,
    /// The audience of client credentials requests, where the server wants one.
    pub audience: Option<String>,
    /// Send a PKCE challenge (RFC 7636). Turn it off only for a server that refuses it.
    pub pkce: bool,
    /// What becomes of a refresh token when it is used.
    pub rotation: Rotation,
    /// Token responses may be form-encoded instead of JSON.
    pub form_responses: bool,
    /// Codes with which the server refuses client credentials, besides `invalid_client`.
    pub credential_errors: &'static [&'static str],
    /// Codes that are final although their status, 429 or 5xx, says otherwise.
    pub final_errors: &'static [&'static str],
    /// The environment variable that holds the client id, where the provider names one.
    pub client_id_variable: Option<&'static str>,
    /// The environment variable that holds the client secret, where the provider names one.
    pub client_secret_variable: Option<&'static str>,
    /// What was wrong with the arguments this was made from; reported when a client is made.
    pub(crate) problem: Option<Error>,
}

impl fmt::Debug for Profile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = |url: &Option<String>| url.as_deref().map(|url| without_query(url).to_owned());
        f.debug_struct("Profile")
            .field("name", &self.name)
            .field("token_endpoint", &without_query(&self.token_endpoint))
            .field("authorization_endpoint", &shown(&self.authorization_endpoint))
            .field("revocation_endpoint", &shown(&self.revocation_endpoint))
            .field("introspection_endpoint", &shown(&self.introspection_endpoint))
            .field("issuer", &self.issuer)
            .field("api_base", &shown(&self.api_base))
            .field("api_headers", &Names(&self.api_headers))
            .field("client_authentication", &self.client_authentication)
            .field("body_format", &self.body_format)
            .field("audience", &self.audience)
            .field("pkce", &self.pkce)
            .field("rotation", &self.rotation)
            .finish_non_exhaustive()
    }
}

impl Profile {
    /// A server of which only the token endpoint is known: id and secret in the body, forms, PKCE, unknown rotation.
    pub fn new(name: impl Into<String>, token_endpoint: impl Into<String>) -> Self {
        Self::bare(name.into(), token_endpoint.into())
    }

    /// Not generic, so that the WebAssembly module holds it once.
    fn bare(name: String, token_endpoint: String) -> Self {
        Self {
            name,
            token_endpoint,
            authorization_endpoint: None,
            revocation_endpoint: None,
            introspection_endpoint: None,
            issuer: None,
            authorization_response_iss_parameter_supported: false,
            api_base: None,
            api_headers: Vec::new(),
            client_authentication: ClientAuthentication::Post,
            basic_encoding: BasicEncoding::Form,
            body_format: BodyFormat::Form,
            scope_separator: ' ',
            audience: None,
            pkce: true,
            rotation: Rotation::Unknown,
            form_responses: false,
            credential_errors: &[],
            final_errors: &[],
            client_id_variable: None,
            client_secret_variable: None,
            problem: None,
        }
    }

    /// A client with the default options.
    ///
    /// # Errors
    /// As [`Client::new`].
    pub fn client(self, credentials: Credentials) -> Result<Client, Error> {
        Client::new(self, credentials, ClientOptions::default())
    }

    /// A client with options of its own.
    ///
    /// # Errors
    /// As [`Client::new`].
    pub fn client_with(self, credentials: Credentials, options: ClientOptions) -> Result<Client, Error> {
        Client::new(self, credentials, options)
    }
}

/// Lets a text through that becomes one label of a host name; anything else could lead to another host.
fn host_label(field: &'static str, label: &str) -> Result<String, Error> {
    let plain = is_made_of(label, b"-");
    if label.is_empty() || label.len() > 63 || !plain || label.starts_with("-") || label.ends_with("-") {
        return Err(Error::wrong(
            field,
            "must be written as in a host name: letters, digits and hyphens, without https:// or a path",
        ));
    }
    Ok(label.to_ascii_lowercase())
}

/// Lets a text through that becomes one segment of a path.
fn path_segment(field: &'static str, segment: &str) -> Result<String, Error> {
    if segment.is_empty() || !is_made_of(segment, b"-_.~") || matches!(segment, "." | "..") {
        return Err(Error::wrong(field, "must be one path segment: letters, digits and - _ . ~"));
    }
    Ok(segment.to_owned())
}
