//! The authorization URL and the transaction that waits for its answer (RFC 6749 section 4.1.1).

use alloc::borrow::ToOwned;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use crate::Secret;
use crate::client::{Client, check_reserved, given};
use crate::encode::body::is_vschar;
use crate::encode::text::{cut, decimal, filled, has_control, joined, replaced};
use crate::encode::{form, url};
use crate::error::Error;
use crate::json::integer;
use crate::now::Now;
use crate::pkce;
use crate::scope::TokenRequest;
use crate::shown::{Names, without_query};

/// How long a user may take, in milliseconds, and so how long a [`Transaction`] is worth keeping: ten minutes, the longest
/// that a code may live (RFC 6749 section 4.1.2).
pub const TRANSACTION_LIFETIME_MS: u64 = 600_000;

/// What the user is asked to allow. `Debug` shows the parameters' names only.
#[derive(Clone, Default)]
pub struct AuthorizationRequest {
    /// Where the user comes back to: registered with the provider, compared byte by byte. https, or http to a loopback host.
    pub redirect_uri: String,
    /// Scope, audience and resources.
    pub request: TokenRequest,
    /// `prompt`, such as `consent` or `login` (OpenID Connect Core section 3.1.2.1).
    pub prompt: Option<String>,
    /// `login_hint`, such as an e-mail address.
    pub login_hint: Option<String>,
    /// Further parameters of the URL.
    pub parameters: Vec<(String, String)>,
}

impl fmt::Debug for AuthorizationRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AuthorizationRequest")
            .field("redirect_uri", &without_query(&self.redirect_uri))
            .field("request", &self.request)
            .field("prompt", &self.prompt)
            // An e-mail address, as a rule.
            .field("login_hint", &self.login_hint.as_ref().map(|_| "[given]"))
            .field("parameters", &Names(&self.parameters))
            .finish()
    }
}

impl AuthorizationRequest {
    /// A request with a redirect URI and nothing else.
    pub fn new(redirect_uri: impl Into<String>) -> Self {
        Self { redirect_uri: redirect_uri.into(), ..Self::default() }
    }

    /// Says what is asked for.
    #[must_use]
    pub fn request(mut self, request: impl Into<TokenRequest>) -> Self {
        self.request = request.into();
        self
    }
}

/// What has to be remembered until the user comes back: state, code verifier, nonce, and where everything was sent.
///
/// Keep it where only this user's browser session can reach it. It works for ten minutes and, since
/// [`callback`](Self::callback) takes it, once:
///
/// ```compile_fail
/// # fn twice(transaction: tokenwell::Transaction, client: &tokenwell::Client, url: &str, now: tokenwell::Now) {
/// transaction.callback(client, url, now);
/// transaction.callback(client, url, now);
/// # }
/// ```
// Not `Clone`, or it could be used twice after all.
pub struct Transaction {
    /// What it is stored as.
    stored: Secret,
    /// The names and values in it.
    fields: Vec<(String, Secret)>,
}

impl fmt::Debug for Transaction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Transaction")
            .field("state", &self.field("state"))
            .field("redirect_uri", &without_query(self.text("redirect_uri")))
            .field("issuer", &self.text("issuer"))
            .field("token_endpoint", &without_query(self.text("token_endpoint")))
            .field("client_id", &self.text("client_id"))
            .field("scope", &self.text("scope"))
            .field("started_at", &self.text("started_at"))
            .finish_non_exhaustive()
    }
}

/// Parameters of the authorization URL that cannot be set from outside.
const RESERVED: [&str; 12] = [
    "response_type",
    "client_id",
    "client_secret",
    "redirect_uri",
    "scope",
    "state",
    "nonce",
    "code_challenge",
    "code_challenge_method",
    "resource",
    "request",
    "request_uri",
];

impl Client {
    /// Builds the URL to send the user to, and the transaction that its answer belongs to. Nothing is sent.
    ///
    /// `entropy` is 96 bytes from a cryptographically secure generator, fresh for every call: state, code verifier and
    /// nonce are made of 32 bytes each (RFC 7636 section 7.1, RFC 6749 section 10.10).
    ///
    /// # Errors
    /// `configuration`: no authorization endpoint, a redirect URI that is neither https nor loopback or has a fragment,
    /// a scope outside its characters, a reserved parameter.
    pub fn authorize(
        &self,
        request: impl Into<AuthorizationRequest>,
        now: Now,
        entropy: &[u8; 96],
    ) -> Result<(String, Transaction), Error> {
        self.authorization(&request.into(), now, entropy)
    }

    /// Not generic, so that the WebAssembly module holds it once.
    fn authorization(
        &self,
        request: &AuthorizationRequest,
        now: Now,
        entropy: &[u8; 96],
    ) -> Result<(String, Transaction), Error> {
        let Some(endpoint) = &self.0.authorization_endpoint else {
            return Err(self.lacks("authorization_endpoint"));
        };
        url::check_redirect_uri(&request.redirect_uri)?;
        let asked = self.merged(request.request.clone());
        asked.check()?;
        check_parameters(&request.parameters)?;
        let random = Random::new(entropy, self.0.profile.pkce, asked.scope.contains("openid"));
        let transaction = self.transaction(&request.redirect_uri, &asked, &random, now)?;
        let (challenge, method) = if random.code_verifier.is_empty() {
            (String::new(), "")
        } else {
            (pkce::challenge(&random.code_verifier), "S256")
        };
        let scope = self.written_scope(&asked.scope);
        let pairs = [
            ("response_type", "code"),
            ("client_id", self.client_id()),
            ("redirect_uri", &request.redirect_uri),
            ("scope", &scope),
            ("state", random.state.reveal()),
            ("code_challenge", &challenge),
            ("code_challenge_method", method),
            ("nonce", random.nonce.reveal()),
            ("audience", asked.audience.as_deref().unwrap_or_default()),
            ("prompt", request.prompt.as_deref().unwrap_or_default()),
            ("login_hint", request.login_hint.as_deref().unwrap_or_default()),
        ];
        let pairs = given(&pairs, &asked.resource, &request.parameters);
        Ok((with_query(&endpoint.url, &pairs)?, transaction))
    }

    fn transaction(
        &self,
        redirect_uri: &str,
        asked: &TokenRequest,
        random: &Random,
        now: Now,
    ) -> Result<Transaction, Error> {
        let fields = [
            ("state", random.state.reveal()),
            ("code_verifier", random.code_verifier.reveal()),
            ("nonce", random.nonce.reveal()),
            ("redirect_uri", redirect_uri),
            ("issuer", self.0.profile.issuer.as_deref().unwrap_or_default()),
            ("token_endpoint", &self.0.token_endpoint.url),
            ("client_id", self.client_id()),
            ("scope", asked.scope.as_str()),
            ("started_at", &decimal(now.as_unix_ms())),
        ];
        Transaction::from_secret(&Secret::new(form::pairs(&given(&fields, &asked.resource, &[]))))
    }
}

/// What nobody can guess. What is not wanted is empty: it is left out of the URL, and counts as absent in the transaction.
struct Random {
    state: Secret,
    code_verifier: Secret,
    nonce: Secret,
}

impl Random {
    fn new(entropy: &[u8; 96], wants_verifier: bool, wants_nonce: bool) -> Self {
        let (state, rest) = entropy.split_at(32);
        let (code_verifier, nonce) = rest.split_at(32);
        let random_if = |wanted: bool, entropy| if wanted { pkce::random(entropy) } else { Secret::fixed("") };
        Self {
            state: pkce::random(state),
            code_verifier: random_if(wants_verifier, code_verifier),
            nonce: random_if(wants_nonce, nonce),
        }
    }
}

impl From<&str> for AuthorizationRequest {
    fn from(redirect_uri: &str) -> Self {
        Self::new(redirect_uri)
    }
}

fn check_parameters(parameters: &[(String, String)]) -> Result<(), Error> {
    for (name, value) in parameters {
        check_reserved(name, &RESERVED)?;
        if name.is_empty() || !is_vschar(name) || has_control(value) {
            return Err(Error::wrong("parameters", "has an empty name or a control character"));
        }
    }
    Ok(())
}

/// Adds pairs to an endpoint, keeping the query that it has. No name may come twice but `resource` (RFC 6749 section 3.1).
fn with_query(endpoint: &str, pairs: &[(&str, &str)]) -> Result<String, Error> {
    let (base, existing) = cut(endpoint, b"?");
    let existing = existing.unwrap_or_default();
    let existing_pairs = form::parse(existing);
    for (position, (name, _)) in pairs.iter().enumerate() {
        let earlier = pairs.iter().take(position).any(|(other, _)| other == name);
        if (earlier && *name != "resource") || existing_pairs.iter().any(|(other, _)| other == name) {
            let problem = filled("would put {} into the URL twice (RFC 6749 section 3.1)", &[name]);
            return Err(Error::wrong("parameters", &problem));
        }
    }
    // A space as %20 is read alike by those who decode forms and those who decode URLs; `+` is not.
    let plain = form::pairs(pairs);
    let query = replaced(&plain, "+", "%20").unwrap_or(plain);
    let joint = if existing.is_empty() { "" } else { "&" };
    Ok(joined(&[base, "?", existing, joint, &query]))
}

impl Transaction {
    /// The transaction as one line of text, to be stored where only the user's own session can reach it. It is a secret.
    pub fn to_secret(&self) -> Secret {
        self.stored.clone()
    }

    /// The inverse of [`to_secret`](Self::to_secret).
    ///
    /// # Errors
    /// `callback` where the text was not made by it.
    pub fn from_secret(stored: &Secret) -> Result<Self, Error> {
        let transaction = Self { stored: stored.clone(), fields: form::parse(stored.reveal()) };
        let mut needed = ["state", "redirect_uri", "token_endpoint", "client_id"].iter();
        if needed.any(|name| transaction.field(name).is_none()) || transaction.started_at().is_none() {
            return Err(Error::callback("the stored transaction cannot be read: start the authorization again"));
        }
        Ok(transaction)
    }

    pub(crate) fn field(&self, name: &str) -> Option<&Secret> {
        form_value(&self.fields, name)
    }

    /// A field's text; empty where there is none.
    pub(crate) fn text(&self, name: &str) -> &str {
        self.field(name).map_or("", Secret::reveal)
    }

    /// The resources that the authorization names.
    pub(crate) fn resource(&self) -> Vec<String> {
        let mut list = Vec::new();
        for (name, value) in &self.fields {
            if name == "resource" {
                list.push(value.reveal().to_owned());
            }
        }
        list
    }

    /// When it was made.
    pub(crate) fn started_at(&self) -> Option<Now> {
        integer(self.text("started_at")).map(Now::unix_ms)
    }
}

/// A value of a form; an empty one counts as absent (RFC 6749 section 3.1).
pub(crate) fn form_value<'a>(pairs: &'a [(String, Secret)], name: &str) -> Option<&'a Secret> {
    pairs.iter().find(|(key, value)| key == name && !value.is_empty()).map(|(_, value)| value)
}
