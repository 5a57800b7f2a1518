//! Scopes, and the other things that a token can be asked for.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use crate::encode::text::{has, pieces};
use crate::error::Error;

/// A set of scopes, written as RFC 6749 section 3.3 writes it: tokens with single spaces between them.
///
/// Made from an array, slice or vector of texts, or from one text with spaces; [`Scope::none`] asks for none. An entry of a
/// list may be such a text too, since what is sent is the same. It is checked where it is used, and anything but the RFC's
/// characters is a `configuration` error there.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scope(String);

impl Scope {
    /// No scope: the server decides.
    pub const fn none() -> Self {
        Self(String::new())
    }

    /// Whether no scope is asked for.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The tokens with single spaces between them.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The tokens.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        pieces(&self.0, b" ").filter(|token| !token.is_empty())
    }

    /// Whether a token is in the set.
    pub fn contains(&self, token: &str) -> bool {
        self.iter().any(|own| own == token)
    }

    pub(crate) fn from_tokens<'a>(tokens: impl IntoIterator<Item = &'a str>) -> Self {
        let mut joined = String::with_capacity(64);
        for (position, token) in tokens.into_iter().enumerate() {
            if position > 0 {
                joined.push(' ');
            }
            joined.push_str(token);
        }
        Self(joined)
    }

    /// `scope-token *( SP scope-token )`, scope-token = `1*NQCHAR` (RFC 6749 section 3.3).
    pub(crate) fn check(&self) -> Result<(), Error> {
        if self.0.is_empty() || pieces(&self.0, b" ").all(is_scope_token) { Ok(()) } else { Err(self.wrong()) }
    }

    // Apart from the way of a first token: see docs/performance.md.
    #[inline(never)]
    fn wrong(&self) -> Error {
        let problem = if pieces(&self.0, b" ").any(str::is_empty) {
            "has an empty entry: separate scopes with single spaces (RFC 6749 section 3.3)"
        } else if has(&self.0, b"\"\\") {
            "holds a quote or a backslash, which RFC 6749 section 3.3 does not allow"
        } else {
            "holds a character outside printable ASCII, which RFC 6749 section 3.3 does not allow"
        };
        Error::wrong("scope", problem)
    }
}

/// `1*NQCHAR`.
pub(crate) fn is_scope_token(token: &str) -> bool {
    !token.is_empty() && token.bytes().all(|byte| matches!(byte, 0x21 | 0x23..=0x5b | 0x5d..=0x7e))
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<&str> for Scope {
    fn from(scope: &str) -> Self {
        Self(scope.into())
    }
}

impl From<String> for Scope {
    fn from(scope: String) -> Self {
        Self(scope)
    }
}

impl From<&String> for Scope {
    fn from(scope: &String) -> Self {
        Self(scope.clone())
    }
}

impl<T: AsRef<str>, const N: usize> From<&[T; N]> for Scope {
    fn from(tokens: &[T; N]) -> Self {
        Self::from(tokens.as_slice())
    }
}

impl<T: AsRef<str>> From<&Vec<T>> for Scope {
    fn from(tokens: &Vec<T>) -> Self {
        Self::from(tokens.as_slice())
    }
}

impl<T: AsRef<str>, const N: usize> From<[T; N]> for Scope {
    fn from(tokens: [T; N]) -> Self {
        Self::from_tokens(tokens.iter().map(AsRef::as_ref))
    }
}

impl<T: AsRef<str>> From<&[T]> for Scope {
    fn from(tokens: &[T]) -> Self {
        Self::from_tokens(tokens.iter().map(AsRef::as_ref))
    }
}

impl<T: AsRef<str>> From<Vec<T>> for Scope {
    fn from(tokens: Vec<T>) -> Self {
        Self::from(tokens.as_slice())
    }
}

/// What an access token is asked for. Made from anything that makes a [`Scope`], or field by field.
///
/// ```
/// use tokenwell::TokenRequest;
///
/// let request = TokenRequest::from(["read:users"]).resource("https://api.example.com");
/// # assert!(format!("{request:?}").contains("read:users"));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TokenRequest {
    /// The scopes (RFC 6749 section 3.3).
    pub scope: Scope,
    /// The audience, for servers that want one, such as Lumanu's. Absent: the profile's own.
    pub audience: Option<String>,
    /// Resource indicators (RFC 8707); may be several. Those of an authorization go with its code and its refreshes too
    /// (section 2.2).
    pub resource: Vec<String>,
}

impl TokenRequest {
    /// Names the audience.
    #[must_use]
    pub fn audience(mut self, audience: impl Into<String>) -> Self {
        self.audience = Some(audience.into());
        self
    }

    /// Adds a resource indicator.
    #[must_use]
    pub fn resource(mut self, resource: impl Into<String>) -> Self {
        self.resource.push(resource.into());
        self
    }

    pub(crate) fn check(&self) -> Result<(), Error> {
        self.scope.check()?;
        self.resource.iter().try_for_each(|resource| crate::encode::url::check_resource(resource))?;
        match &self.audience {
            Some(audience) if !crate::encode::body::is_vschar(audience) => {
                Err(Error::wrong("audience", "holds a character outside printable ASCII"))
            }
            _ => Ok(()),
        }
    }
}

impl<S: Into<Scope>> From<S> for TokenRequest {
    fn from(scope: S) -> Self {
        Self { scope: scope.into(), audience: None, resource: Vec::new() }
    }
}
