//! The type of every secret, from the first byte to the last.

use alloc::string::String;
use core::fmt;

use subtle::ConstantTimeEq;
use zeroize::{ZeroizeOnDrop, Zeroizing};

/// A client secret, token, authorization code, code verifier or anything else that must never be seen.
///
/// It is wiped from memory when dropped, compared in constant time, and printed as `[redacted]` followed
/// by the first six hexadecimal digits of its SHA-256, so that two log lines about one token can be
/// matched. [`Secret::reveal`] is the only way to the text.
///
/// ```
/// let secret = tokenwell::Secret::new("swordfish");
/// assert!(!format!("{secret:?}").contains("swordfish"));
/// assert_eq!(secret.reveal(), "swordfish");
/// ```
#[derive(Clone)]
pub struct Secret(Zeroizing<String>);

impl Secret {
    /// Takes a text into custody.
    pub fn new(text: impl Into<String>) -> Self {
        Self(Zeroizing::new(text.into()))
    }

    /// The text itself. Search for this name to find every place where a secret leaves its custody.
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// Whether there is nothing in it.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Six hexadecimal digits of the SHA-256, for telling secrets apart without showing them.
    pub fn tag(&self) -> String {
        let digest = hmac_sha256::Hash::hash(self.0.as_bytes());
        let mut tag = String::with_capacity(6);
        for byte in digest.iter().take(3) {
            for nibble in [byte >> 4, byte & 15] {
                tag.extend(char::from_digit(u32::from(nibble), 16));
            }
        }
        tag
    }
}

/// By what is inside.
impl ZeroizeOnDrop for Secret {}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "[redacted]#{}", self.tag())
    }
}

impl fmt::Display for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, f)
    }
}

impl PartialEq for Secret {
    fn eq(&self, other: &Self) -> bool {
        self.0.as_bytes().ct_eq(other.0.as_bytes()).into()
    }
}

impl Eq for Secret {}

impl From<String> for Secret {
    fn from(text: String) -> Self {
        Self::new(text)
    }
}

impl From<&str> for Secret {
    fn from(text: &str) -> Self {
        Self::new(text)
    }
}
