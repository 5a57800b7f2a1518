//! How a response becomes tokens, and every deviation that was forgiven on the way.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use crate::Secret;
use crate::encode::body::{is_visible_ascii, is_vschar};
use crate::encode::text::{cut, joined, pieces, replaced, without_end};
use crate::id_token::IdToken;
use crate::json::{self, Object, Value};
use crate::now::Now;
use crate::scope::{Scope, is_scope_token};

/// Ten years: a longer lifetime is taken as this, so that no clock overflows.
const LONGEST_LIFETIME_MS: u64 = 315_360_000_000;

/// Something in a response that the RFCs do not allow and that harms nobody. Listed in
/// [`TokenSet::deviations`]; refused where the client is strict.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Deviation {
    /// `token_type` is missing (RFC 6749 section 5.1 requires it).
    TokenTypeMissing,
    /// `expires_in` is a string of digits.
    ExpiresInString,
    /// `expires_in` is a whole number written as a decimal, such as `3600.0`.
    ExpiresInDecimal,
    /// `expires_in` is negative, so the token is taken as expired.
    ExpiresInNegative,
    /// `expires_in` is nothing that could be a number of seconds, so the lifetime is unknown.
    ExpiresInInvalid,
    /// `scope` is an array.
    ScopeArray,
    /// `scope` holds characters that a scope cannot have, so the requested scope is taken as granted.
    ScopeInvalid,
    /// A member that should be absent is `null` or empty.
    EmptyMember,
    /// The access token has characters outside those of RFC 6750 section 2.1, none of them harmful.
    AccessTokenCharacters,
    /// The status is 201 instead of 200.
    Status201,
    /// The content type is missing or `text/plain`.
    ContentType,
    /// There is no `Cache-Control: no-store` (RFC 6749 section 5.1).
    CacheControlMissing,
    /// The callback carried an `iss` and no issuer is fixed to compare it with (RFC 9207 section 2.4).
    IssuerUnverified,
}

impl Deviation {
    /// The name, as JavaScript sees it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::TokenTypeMissing => "token_type_missing",
            Self::ExpiresInString => "expires_in_string",
            Self::ExpiresInDecimal => "expires_in_decimal",
            Self::ExpiresInNegative => "expires_in_negative",
            Self::ExpiresInInvalid => "expires_in_invalid",
            Self::ScopeArray => "scope_array",
            Self::ScopeInvalid => "scope_invalid",
            Self::EmptyMember => "empty_member",
            Self::AccessTokenCharacters => "access_token_characters",
            Self::Status201 => "status_201",
            Self::ContentType => "content_type",
            Self::CacheControlMissing => "cache_control_missing",
            Self::IssuerUnverified => "issuer_unverified",
        }
    }
}

impl fmt::Display for Deviation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What a token endpoint gave: an access token and what came with it. `Debug` shows no secret.
#[derive(Clone, Debug)]
pub struct TokenSet {
    pub(crate) access_token: Secret,
    pub(crate) issued_at: Now,
    pub(crate) lifetime_ms: Option<u64>,
    pub(crate) refresh_in_ms: Option<u64>,
    pub(crate) scope: Scope,
    /// What the authorization named that they come from, and refreshes have to name too.
    pub(crate) resource: Vec<String>,
    pub(crate) refresh_token: Option<Secret>,
    pub(crate) id_token: Option<IdToken>,
    pub(crate) deviations: Vec<Deviation>,
    pub(crate) extra: Secret,
}

impl TokenSet {
    /// What a request may bring, before its response is read.
    pub(crate) fn awaited(now: Now) -> Self {
        Self {
            access_token: Secret::fixed(""),
            issued_at: now,
            lifetime_ms: None,
            refresh_in_ms: None,
            scope: Scope::none(),
            resource: Vec::new(),
            refresh_token: None,
            id_token: None,
            deviations: Vec::new(),
            extra: Secret::fixed("{}"),
        }
    }

    /// Takes in the members of a successful response, and gives back an ID token that nobody has checked yet. The error is
    /// the end of the sentence "the response …".
    ///
    /// Member by member in its place, since a set is large to move.
    pub(crate) fn read(
        &mut self,
        object: &Object<'_>,
        requested: &str,
        separator: char,
    ) -> Result<Option<Secret>, &'static str> {
        let members = Members::of(object);
        let deviations = &mut self.deviations;
        let access_token = members.access_token.ok_or("has no access_token")?;
        let access_token = access_token.string().ok_or("has an access_token that is not a string")?;
        check_access_token(&access_token, deviations)?;
        self.access_token = Secret::new(access_token.into_owned());
        check_token_type(members.token_type, deviations)?;
        self.lifetime_ms = members.expires_in.and_then(|value| lifetime(value, deviations));
        self.refresh_in_ms = members
            .refresh_in
            .and_then(|value| json::integer(value.raw))
            .map(json::milliseconds)
            .filter(|after| *after > 0 && self.lifetime_ms.is_some_and(|lifetime| *after < lifetime));
        self.scope = granted_scope(members.scope, separator, deviations).unwrap_or_else(|| Scope::from(requested));
        self.refresh_token = optional_token(members.refresh_token, deviations)
            .ok_or("has a refresh_token that is not a string of printable ASCII characters")?;
        if members.extra {
            self.extra = object.written(&KNOWN);
        }
        optional_token(members.id_token, deviations)
            .ok_or("has an id_token that is not a string of printable ASCII characters")
    }

    /// The access token.
    pub fn access_token(&self) -> &Secret {
        &self.access_token
    }

    /// Always `Bearer`: a token of any other type is refused (RFC 6749 section 7.1).
    pub fn token_type(&self) -> &'static str {
        "Bearer"
    }

    /// The value of the `Authorization` header: `Bearer …` (RFC 6750 section 2.1).
    pub fn authorization(&self) -> Secret {
        Secret::new(joined(&["Bearer ", self.access_token.reveal()]))
    }

    /// When it expires, in milliseconds since 1970 UTC; `None` where the server did not say.
    pub fn expires_at_unix_ms(&self) -> Option<u64> {
        self.lifetime_ms.map(|lifetime| self.issued_at.as_unix_ms().saturating_add(lifetime))
    }

    /// How long it lives from the moment of the request, in milliseconds; `None` where the server did not say.
    pub fn lifetime_ms(&self) -> Option<u64> {
        self.lifetime_ms
    }

    /// The scope that was granted: what the response says, else what was asked for (RFC 6749 section 5.1).
    pub fn scope(&self) -> &Scope {
        &self.scope
    }

    /// The refresh token, where one came.
    pub fn refresh_token(&self) -> Option<&Secret> {
        self.refresh_token.as_ref()
    }

    /// The ID token, where one came. Its claims are checked, its signature is not: it came over TLS from the
    /// token endpoint itself (OpenID Connect Core section 3.1.3.7, item 6).
    pub fn id_token(&self) -> Option<&IdToken> {
        self.id_token.as_ref()
    }

    /// What was forgiven.
    pub fn deviations(&self) -> &[Deviation] {
        &self.deviations
    }

    /// The members that the RFCs do not know, as the text of one JSON object. They may hold anything, so they are a secret.
    pub fn extra(&self) -> &Secret {
        &self.extra
    }
}

/// The members that the RFCs know (RFC 6749 section 5.1, OpenID Connect Core section 3.1.3.3).
const KNOWN: [&str; 6] = ["access_token", "token_type", "expires_in", "scope", "refresh_token", "id_token"];

/// The members of a response that mean something here.
#[derive(Default)]
struct Members<'a> {
    access_token: Option<Value<'a>>,
    token_type: Option<Value<'a>>,
    expires_in: Option<Value<'a>>,
    refresh_in: Option<Value<'a>>,
    scope: Option<Value<'a>>,
    refresh_token: Option<Value<'a>>,
    id_token: Option<Value<'a>>,
    /// There are members that the RFCs do not know.
    extra: bool,
}

impl<'a> Members<'a> {
    /// In one pass, because looking for each name among all took a tenth of an exchange.
    fn of(object: &Object<'a>) -> Self {
        let mut members = Self::default();
        for (name, value) in object.members() {
            let place = match name {
                "access_token" => &mut members.access_token,
                "token_type" => &mut members.token_type,
                "expires_in" => &mut members.expires_in,
                "scope" => &mut members.scope,
                "refresh_token" => &mut members.refresh_token,
                "id_token" => &mut members.id_token,
                _ => {
                    members.extra = true;
                    if name != "refresh_in" {
                        continue;
                    }
                    &mut members.refresh_in
                }
            };
            *place = Some(value);
        }
        members
    }
}

fn check_access_token(token: &str, deviations: &mut Vec<Deviation>) -> Result<(), &'static str> {
    if token.is_empty() {
        return Err("has an access_token that is empty");
    }
    // How far a byte is from those that are allowed, or 0: letters, from the hyphen over dot and slash to the nine, and three
    // more. Without a way out in the middle, so that the compiler looks at many bytes at once: tokens are long.
    let strange = |byte: u8| {
        let letter = (byte | 0x20).wrapping_sub(b'a').saturating_sub(25);
        let digit = byte.wrapping_sub(b'-').saturating_sub(12);
        letter.min(digit).min(byte ^ b'+').min(byte ^ b'_').min(byte ^ b'~')
    };
    if without_end(token, "=").bytes().fold(0, |found, byte| found | strange(byte)) > 0 {
        if !is_visible_ascii(token) {
            return Err("has an access_token with a space, a control character or a character outside ASCII");
        }
        deviations.push(Deviation::AccessTokenCharacters);
    }
    Ok(())
}

fn check_token_type(value: Option<Value<'_>>, deviations: &mut Vec<Deviation>) -> Result<(), &'static str> {
    match value {
        None | Some(Value { raw: "null" | "\"\"", .. }) => deviations.push(Deviation::TokenTypeMissing),
        Some(value) => match value.string() {
            // Compared without case (RFC 6749 section 5.1).
            Some(kind) if kind.eq_ignore_ascii_case("Bearer") => {}
            Some(_) => return Err("has a token_type other than Bearer"),
            None => return Err("has a token_type that is not a string"),
        },
    }
    Ok(())
}

/// The lifetime in milliseconds. A bad value costs the lifetime, never the token.
fn lifetime(value: Value<'_>, deviations: &mut Vec<Deviation>) -> Option<u64> {
    let seconds = json::integer(value.raw).or_else(|| deviating_lifetime(value, deviations))?;
    Some(json::milliseconds(seconds).min(LONGEST_LIFETIME_MS))
}

/// The seconds that are not written as JSON writes whole numbers.
// Apart from the way of a first token: see docs/performance.md.
#[inline(never)]
fn deviating_lifetime(value: Value<'_>, deviations: &mut Vec<Deviation>) -> Option<u64> {
    let raw = value.raw;
    let seconds = if let Some(digits) = value.string() {
        let Some(seconds) = json::integer(&digits) else {
            deviations.push(Deviation::ExpiresInInvalid);
            return None;
        };
        deviations.push(Deviation::ExpiresInString);
        seconds
    } else if raw.starts_with("-") {
        deviations.push(Deviation::ExpiresInNegative);
        0
    } else if let Some(seconds) = whole_decimal(raw) {
        deviations.push(Deviation::ExpiresInDecimal);
        seconds
    } else {
        deviations.push(Deviation::ExpiresInInvalid);
        return None;
    };
    Some(seconds)
}

/// A JSON number with a fraction or an exponent that is a whole number all the same: `3600.0`, `36e2`.
fn whole_decimal(raw: &str) -> Option<u64> {
    let (mantissa, exponent) = cut(raw, b"eE");
    let (whole, fraction) = cut(mantissa, b".");
    let fraction = without_end(fraction.unwrap_or_default(), "0");
    let exponent = exponent.unwrap_or("0");
    let exponent = json::number(exponent.strip_prefix("+").unwrap_or(exponent))?;
    // The exponent has to move every digit of the fraction before the point, and no number has as many as twenty zeros.
    let zeros = usize::try_from(exponent).ok()?.checked_sub(fraction.len()).filter(|zeros| *zeros < 20)?;
    let mut digits = joined(&[whole, fraction]);
    for _ in 0..zeros {
        digits.push('0');
    }
    json::number(&digits)
}

/// What the response says of the scope, if that can be read.
fn granted_scope(value: Option<Value<'_>>, separator: char, deviations: &mut Vec<Deviation>) -> Option<Scope> {
    let value = value?;
    if value.raw == "null" {
        deviations.push(Deviation::EmptyMember);
        return None;
    }
    if let Some(text) = value.string() {
        if text.is_empty() {
            // It says that nothing was granted, though a scope has at least one token (RFC 6749 section 3.3).
            deviations.push(Deviation::EmptyMember);
        }
        let mut granted = String::with_capacity(text.len());
        let spaced = (separator != ' ').then(|| replaced(&text, separator.encode_utf8(&mut [0; 4]), " ")).flatten();
        let text = spaced.as_deref().unwrap_or(&text);
        let mut tokens = pieces(text, b" ").filter(|token| !token.is_empty());
        let valid = tokens.all(|token| {
            granted.push_str(if granted.is_empty() { "" } else { " " });
            granted.push_str(token);
            is_scope_token(token)
        });
        if valid {
            return Some(Scope::from(granted));
        }
    } else if let Some(tokens) = value.strings() {
        deviations.push(Deviation::ScopeArray);
        if tokens.iter().all(|token| is_scope_token(token)) {
            return Some(Scope::from(tokens));
        }
    }
    deviations.push(Deviation::ScopeInvalid);
    None
}

/// A member that holds a token (`1*VSCHAR`, RFC 6749 appendix A.17) or is absent; `None` for anything else. `null` and the
/// empty string count as absent.
#[allow(clippy::option_option)]
fn optional_token(value: Option<Value<'_>>, deviations: &mut Vec<Deviation>) -> Option<Option<Secret>> {
    let Some(value) = value else { return Some(None) };
    if matches!(value.raw, "null" | "\"\"") {
        deviations.push(Deviation::EmptyMember);
        return Some(None);
    }
    let token = value.string().filter(|token| is_vschar(token))?;
    Some(Some(Secret::new(token.into_owned())))
}
