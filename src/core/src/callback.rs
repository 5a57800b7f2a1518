//! What came back to the redirect URI: a code exchange, or a refusal (RFC 6749 section 4.1.2, RFC 9207).

use alloc::borrow::ToOwned;
use alloc::string::String;
use alloc::vec::Vec;

use crate::Secret;
use crate::authorize::{TRANSACTION_LIFETIME_MS, Transaction, form_value};
use crate::client::Client;
use crate::encode::body::is_vschar;
use crate::encode::form;
use crate::encode::text::{cut, cut_at, filled, joined};
use crate::encode::uri::is_scheme;
use crate::error::{Error, Recovery};
use crate::grant::{CodeGrant, Exchange};
use crate::now::Now;
use crate::shown::{quoted, without_query};

/// Parameters that may come once only (RFC 6749 section 3.1).
const ONCE: [&str; 8] = ["code", "state", "iss", "error", "error_description", "error_uri", "response", "id_token"];

impl Transaction {
    /// Checks a callback and turns its code into an exchange. Nothing has been sent when this fails.
    ///
    /// `url` is what the user's browser asked for: absolute, or path and query. The transaction is used up either way.
    ///
    /// # Errors
    /// `callback`, naming the check that failed. A user who declined is `callback` too, with
    /// [`error`](Error::error) `access_denied` and a sentence to show.
    pub fn callback(self, client: &Client, url: &str, now: Now) -> Result<Exchange, Error> {
        let (code, issuer_unverified) = self.code(client, url, now)?;
        client.require_secret()?;
        Ok(client.code_exchange(CodeGrant { code, issuer_unverified, transaction: self }))
    }

    /// Makes the checks of [`callback`](Self::callback) alone, for a client whose secret is yet to be supplied: nobody has
    /// to fetch a secret for a callback that is refused.
    ///
    /// # Errors
    /// As [`callback`](Self::callback).
    pub fn check(&self, client: &Client, url: &str, now: Now) -> Result<(), Error> {
        self.code(client, url, now).map(|_| ())
    }

    /// The code, and whether it comes with an `iss` that there was nothing to compare with.
    fn code(&self, client: &Client, url: &str, now: Now) -> Result<(Secret, bool), Error> {
        // Which server it is about is said once, here: a backend may have several, and only one of them fails.
        self.checked_code(client, url, now).map_err(|error| {
            let endpoint = client.0.authorization_endpoint.as_ref().unwrap_or(&client.0.token_endpoint);
            let message = joined(&[endpoint.host(), ": ", error.message()]);
            error.at(&endpoint.shown).with(|details| details.message = message)
        })
    }

    fn checked_code(&self, client: &Client, url: &str, now: Now) -> Result<(Secret, bool), Error> {
        let query = Query::of(url)?;
        let issuer_verified = self.check_origin(client, &query, url, now).map_err(Error::callback)?;
        let code = match (query.get("code"), query.get("error")) {
            (None, Some(error)) => return Err(self.declined(client, error, query.get("error_description"))),
            (Some(code), None) if is_vschar(code.reveal()) => code,
            (Some(_), None) => {
                return Err(Error::callback(
                    "the callback's code has characters that a code cannot have: start the authorization again",
                ));
            }
            (Some(_), Some(_)) => {
                return Err(Error::callback(
                    "the callback has both a code and an error: start the authorization again",
                ));
            }
            (None, None) => {
                return Err(Error::callback(
                    "the callback has neither a code nor an error: start the authorization again",
                ));
            }
        };
        Ok((code.clone(), !issuer_verified && query.get("iss").is_some()))
    }

    /// Whether the callback is the answer to this transaction, and fresh: true where its `iss` is that of the issuer.
    fn check_origin(&self, client: &Client, query: &Query, url: &str, now: Now) -> Result<bool, &'static str> {
        // First of all checks, and in constant time (RFC 6749 section 10.12).
        let state = query
            .get("state")
            .ok_or("the callback has no state, so it does not belong to this user's authorization: start it again")?;
        if self.field("state").is_none_or(|own| own != state) {
            return Err(
                "the callback's state is not the one of this transaction, so it may be forged: start the authorization again",
            );
        }
        // Code and secret go only to the token endpoint that the transaction was made for (RFC 9700 section 4.4.2).
        if client.0.token_endpoint.url != self.text("token_endpoint") || client.client_id() != self.text("client_id") {
            return Err(
                "the transaction was made by another client or for another token endpoint: use the client that made it",
            );
        }
        if self.started_at().is_none_or(|then| now.elapsed_since(then) >= TRANSACTION_LIFETIME_MS) {
            return Err("the transaction has expired, ten minutes after it was made: start the authorization again");
        }
        // Compared as it is (RFC 9207 section 2.4).
        match (query.get("iss"), self.field("issuer")) {
            (Some(iss), Some(issuer)) if iss == issuer => return Ok(true),
            (Some(_), Some(_)) => {
                return Err("the callback comes from another issuer (iss): start the authorization again");
            }
            (None, _) if client.0.profile.authorization_response_iss_parameter_supported => {
                return Err("the callback has no iss, which this server always sends: start the authorization again");
            }
            _ => {}
        }
        // Without an issuer the redirect URI is what tells two servers apart (RFC 9700 section 4.4.2.2). Scheme and host
        // are not compared, since a proxy in front of the backend may have changed them; the path is.
        let received = path(url);
        if received.is_empty() || received == path(self.text("redirect_uri")) {
            return Ok(false);
        }
        Err("the callback came to another path than the transaction's redirect URI: start the authorization again")
    }

    /// The words come through the user's browser: they are shown cleaned, and trusted in nothing.
    fn declined(&self, client: &Client, error: &Secret, description: Option<&Secret>) -> Error {
        let mut redactor = client.redactor();
        for name in ["state", "code_verifier", "nonce"] {
            redactor.hide(self.text(name));
        }
        let code = redactor.clean(error.reveal(), 256);
        let description = redactor.description(description.map(Secret::reveal));
        let (message, recovery) = if code == "access_denied" {
            ("the user, or the provider, declined the access (access_denied): nothing was connected, and the user may try again".to_owned(), Recovery::Reauthorize)
        } else {
            let said = quoted(description.as_deref());
            let (advice, recovery) = match code.as_str() {
                // Not the same call, where it is temporary: its transaction is used.
                "temporarily_unavailable"
                | "server_error"
                | "login_required"
                | "consent_required"
                | "interaction_required"
                | "account_selection_required" => ("send the user to authorize again", Recovery::Reauthorize),
                _ => (
                    "check the application's registration, then start the authorization again",
                    Recovery::FixConfiguration,
                ),
            };
            (filled("the provider sent the user back with {}{}: {}", &[&code, &said, advice]), recovery)
        };
        Error::callback(message).refused(Some(code), description, recovery)
    }
}

/// The parameters of a callback, after those that no callback may have.
struct Query(Vec<(String, Secret)>);

impl Query {
    fn of(url: &str) -> Result<Self, Error> {
        let (before, fragment) = cut(url, b"#");
        let pairs = form::parse(cut(before, b"?").1.unwrap_or_default());
        for (position, (name, value)) in pairs.iter().enumerate() {
            if !ONCE.contains(&name.as_str()) {
                continue;
            }
            if carries(pairs.get(..position).unwrap_or_default(), name) {
                return Err(Error::callback(filled(
                    "the callback has {} twice: start the authorization again",
                    &[name],
                )));
            }
            if value.reveal().bytes().any(|byte| matches!(byte, b'\0' | b'\r' | b'\n')) {
                return Err(Error::callback(filled(
                    "the callback's {} has a control character: start the authorization again",
                    &[name],
                )));
            }
        }
        let tokens = form::parse(fragment.unwrap_or_default());
        for forbidden in &["access_token", "id_token", "response"] {
            if carries(&pairs, forbidden) || carries(&tokens, forbidden) {
                return Err(Error::callback(filled(
                    "the callback carries {}, which was not asked for: start the authorization again",
                    &[forbidden],
                )));
            }
        }
        Ok(Self(pairs))
    }

    fn get(&self, name: &str) -> Option<&Secret> {
        form_value(&self.0, name)
    }
}

fn carries(pairs: &[(String, Secret)], name: &str) -> bool {
    pairs.iter().any(|(other, _)| other == name)
}

fn path(url: &str) -> &str {
    let url = without_query(url);
    let (scheme, Some(rest)) = cut_at(url, "://") else { return url };
    if !is_scheme(scheme) {
        // It stands in the path of one without scheme and host.
        return url;
    }
    let host = cut(rest, b"/").0;
    rest.get(host.len()..).filter(|path| !path.is_empty()).unwrap_or("/")
}
