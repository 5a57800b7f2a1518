//! The ID token that a code exchange or a refresh brings: decoded, its claims checked.
//!
//! Its signature is not checked. It comes over TLS from the token endpoint itself, which OpenID Connect Core
//! section 3.1.3.7 (item 6) accepts in place of the signature; an ID token from anywhere else must not be fed in here.

use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec;
use alloc::vec::Vec;
use core::fmt;

use crate::Secret;
use crate::encode::text::{cut, is_digits, pieces};
use crate::encode::{base64url, base64url_decode};
use crate::json::{self, Object, Value};
use crate::now::Now;

/// How far the server's clock and ours may be apart, in seconds.
const SKEW_S: u64 = 30;

/// An ID token whose claims have been checked. Cheap to clone.
#[derive(Clone, PartialEq, Eq)]
pub struct IdToken(Arc<Decoded>);

#[derive(PartialEq, Eq)]
struct Decoded {
    token: Secret,
    claims: Secret,
    issuer: String,
    subject: Secret,
    audience: Vec<String>,
    nonce: Option<Secret>,
}

/// What the claims are compared with.
pub(crate) struct Expected<'a> {
    pub(crate) client_id: &'a str,
    pub(crate) issuer: Option<&'a str>,
    pub(crate) session: Belongs<'a>,
    pub(crate) access_token: &'a Secret,
    pub(crate) sent_at: Now,
    pub(crate) answered_at: Now,
}

/// Which request an ID token answers, and so whose it has to be.
pub(crate) enum Belongs<'a> {
    /// It answers an authorization request, with this nonce.
    ToAuthorization(Option<&'a Secret>),
    /// It came with a refresh, in a session that had this ID token, where it had one (OpenID Connect Core section 12.2).
    ToSession(Option<&'a IdToken>),
}

/// Shows who issued it, and nothing of whom it is about.
impl fmt::Debug for IdToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IdToken").field("token", &self.0.token).field("issuer", &self.0.issuer).finish_non_exhaustive()
    }
}

impl IdToken {
    /// The token as it came.
    pub fn token(&self) -> &Secret {
        &self.0.token
    }

    /// The claims, as the text of one JSON object. They are personal data, so they are kept like a secret.
    pub fn claims(&self) -> &Secret {
        &self.0.claims
    }

    /// `iss`: who issued it.
    pub fn issuer(&self) -> &str {
        &self.0.issuer
    }

    /// `sub`: the user, unique at the issuer.
    pub fn subject(&self) -> &str {
        self.0.subject.reveal()
    }

    /// Reads a token that was checked when it came, such as one from a stored session.
    pub(crate) fn decode(token: &Secret) -> Result<(Self, String), &'static str> {
        let mut parts = pieces(token.reveal(), b".");
        let (Some(header), Some(claims), Some(_), None) = (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err("is not a signed JWT");
        };
        let header = base64url_decode(header).ok_or("has a header that is not base64url")?;
        let claims = base64url_decode(claims).ok_or("has claims that are not base64url")?;
        let algorithm = Object::parse(&header)
            .ok()
            .and_then(|header| header.string("alg").map(|alg| alg.into_owned()))
            .ok_or("has no alg in its header")?;
        if algorithm.eq_ignore_ascii_case("none") {
            return Err("is not signed");
        }
        let claims = Secret::utf8(claims).ok_or("has claims that are not UTF-8")?;
        let object = Object::parse(claims.reveal().as_bytes()).map_err(|_| "has claims that are not a JSON object")?;
        let issuer = object.text("iss").ok_or("has no iss")?;
        let subject = object.text("sub").map(Secret::new).ok_or("has no sub")?;
        let audience = object.get("aud").and_then(audience).ok_or("has no aud")?;
        let nonce = object.string("nonce").map(|nonce| Secret::new(nonce.into_owned()));
        let decoded = Decoded { token: token.clone(), claims, issuer, subject, audience, nonce };
        Ok((Self(Arc::new(decoded)), algorithm))
    }

    /// Decodes and checks (OpenID Connect Core sections 3.1.3.7 and 12.2). The error ends the sentence "the ID token …".
    pub(crate) fn check(token: &Secret, expected: &Expected<'_>) -> Result<Self, &'static str> {
        let (id_token, algorithm) = Self::decode(token)?;
        if algorithm.get(..2).is_some_and(|family| family.eq_ignore_ascii_case("HS")) {
            return Err("is signed with a shared secret (HMAC), which its registration has to change to a key pair");
        }
        let object = Object::parse(id_token.0.claims.reveal().as_bytes())
            .map_err(|_| "has claims that are not a JSON object")?;
        if expected.issuer.is_some_and(|issuer| issuer != id_token.0.issuer) {
            return Err("comes from another issuer");
        }
        if !id_token.0.audience.iter().any(|audience| audience == expected.client_id) {
            return Err("is meant for another client");
        }
        match object.string("azp") {
            Some(party) if party != expected.client_id => return Err("was issued to another client (azp)"),
            None if id_token.0.audience.len() > 1 => return Err("has several audiences and no azp"),
            _ => {}
        }
        // It was made between the two moments. An answer that was long under way must not be refused for that: the refresh
        // token in it exists nowhere else.
        let (sent, answered) = (expected.sent_at.as_unix_ms() / 1000, expected.answered_at.as_unix_ms() / 1000);
        let expires = object.raw("exp").and_then(seconds).ok_or("has no exp")?;
        if sent > expires.saturating_add(SKEW_S) {
            return Err("has expired");
        }
        let issued = object.raw("iat").and_then(seconds).ok_or("has no iat")?;
        if issued > sent.max(answered).saturating_add(SKEW_S) {
            return Err("was issued in the future: compare the clocks");
        }
        if let Some(hash) = object.string("at_hash") {
            check_access_token_hash(&hash, &algorithm, expected.access_token)?;
        }
        match expected.session {
            Belongs::ToAuthorization(nonce) if id_token.0.nonce.as_ref() != nonce => {
                return Err("has another nonce, or none");
            }
            Belongs::ToSession(Some(previous)) => id_token.check_refreshed(previous)?,
            // A session that was stored without its ID token has nothing to compare with.
            Belongs::ToAuthorization(_) | Belongs::ToSession(None) => {}
        }
        Ok(id_token)
    }

    fn check_refreshed(&self, previous: &IdToken) -> Result<(), &'static str> {
        if self.0.issuer != previous.0.issuer {
            return Err("comes from another issuer than the first one of the session");
        }
        if self.0.subject != previous.0.subject {
            return Err("is about another user than the first one of the session");
        }
        if !previous.0.audience.iter().all(|audience| self.0.audience.contains(audience)) {
            return Err("is meant for another audience than the first one of the session");
        }
        if self.0.nonce.is_some() && self.0.nonce != previous.0.nonce {
            return Err("has another nonce than the first one of the session");
        }
        Ok(())
    }
}

fn audience(value: Value<'_>) -> Option<Vec<String>> {
    match value.string() {
        Some(one) => Some(vec![one.into_owned()]),
        None => value.strings().filter(|several| !several.is_empty()),
    }
}

/// Seconds since 1970. A fraction is dropped: some servers send one.
fn seconds(raw: &str) -> Option<u64> {
    let (whole, fraction) = cut(raw, b".");
    if is_digits(fraction.unwrap_or_default()) { json::integer(whole) } else { None }
}

/// `at_hash`: the left half of the access token's hash (OpenID Connect Core section 3.1.3.6). Only SHA-256 is at hand, so
/// the algorithms that hash longer are passed over.
fn check_access_token_hash(hash: &str, algorithm: &str, access_token: &Secret) -> Result<(), &'static str> {
    if !algorithm.ends_with("256") {
        return Ok(());
    }
    let digest = hmac_sha256::Hash::hash(access_token.reveal().as_bytes());
    let left = digest.get(..16).unwrap_or_default();
    if base64url(left) == hash { Ok(()) } else { Err("belongs to another access token (at_hash)") }
}
