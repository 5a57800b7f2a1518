//! The type of every secret, from the first byte to the last.

use alloc::borrow::Cow;
use alloc::string::String;
use alloc::vec::Vec;
use core::{fmt, mem};

use subtle::ConstantTimeEq;
use zeroize::{Zeroize, ZeroizeOnDrop};

use crate::encode::push_hexadecimal;

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
pub struct Secret(Cow<'static, str>);

impl Secret {
    /// Takes a text into custody.
    pub fn new(text: impl Into<String>) -> Self {
        Self(Cow::Owned(text.into()))
    }

    /// Takes bytes into custody, without a copy; `None` where they are not UTF-8.
    pub(crate) fn utf8(bytes: Vec<u8>) -> Option<Self> {
        String::from_utf8(bytes).map(Self::new).map_err(|error| wipe(error.into_bytes())).ok()
    }

    /// A text of the program's own, which has nothing to hide where a secret is due.
    pub(crate) const fn fixed(text: &'static str) -> Self {
        Self(Cow::Borrowed(text))
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
            push_hexadecimal(&mut tag, *byte, b'a');
        }
        tag
    }
}

impl Drop for Secret {
    fn drop(&mut self) {
        if let Cow::Owned(text) = &mut self.0 {
            wipe(mem::take(text).into_bytes());
        }
    }
}

impl ZeroizeOnDrop for Secret {}

/// Overwrites bytes before their memory is given back. `Zeroizing` does this to a vector byte by byte, which takes
/// longer than all the parsing of a token response; as one slice of spare room they are wiped at once.
pub(crate) fn wipe(mut bytes: Vec<u8>) {
    bytes.clear();
    bytes.spare_capacity_mut().zeroize();
}

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
