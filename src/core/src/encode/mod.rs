//! How values are written, and the gate that every URL passes.

pub(crate) mod basic;
pub(crate) mod body;
pub(crate) mod form;
mod uri;
pub(crate) mod url;

use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;

use base64ct::{Base64, Base64UrlUnpadded, Encoding};

use crate::secret::wipe;

/// Base64 with padding, as the `Basic` scheme wants it (RFC 7617 section 2).
pub(crate) fn base64(bytes: &[u8]) -> String {
    Base64::encode_string(bytes)
}

/// Base64url without padding, as PKCE and JWTs want it (RFC 7636 appendix A).
pub(crate) fn base64url(bytes: &[u8]) -> String {
    Base64UrlUnpadded::encode_string(bytes)
}

/// The inverse of [`base64url`]; `None` for anything that is not canonical.
pub(crate) fn base64url_decode(text: &str) -> Option<Vec<u8>> {
    let mut bytes = vec![0; text.len()];
    match Base64UrlUnpadded::decode(text, &mut bytes).map(<[u8]>::len) {
        Ok(length) => {
            bytes.truncate(length);
            Some(bytes)
        }
        // What was decoded until there may be part of a secret.
        Err(_) => {
            wipe(bytes);
            None
        }
    }
}
