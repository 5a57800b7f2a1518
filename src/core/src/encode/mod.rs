//! How values are written, and the gate that every URL passes.

pub(crate) mod basic;
pub(crate) mod body;
pub(crate) mod form;
pub(crate) mod text;
pub(crate) mod uri;
pub(crate) mod url;

use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;

use base64ct::{Base64UrlUnpadded, Encoding};

use crate::secret::wipe;

/// Base64url without padding, as PKCE and JWTs want it (RFC 7636 appendix A).
pub(crate) fn base64url(bytes: &[u8]) -> String {
    Base64UrlUnpadded::encode_string(bytes)
}

/// Base64 without padding: the same but for two characters.
pub(crate) fn base64(bytes: &[u8]) -> String {
    let mut text = base64url(bytes).into_bytes();
    for byte in &mut text {
        match byte {
            b'-' => *byte = b'+',
            b'_' => *byte = b'/',
            _ => {}
        }
    }
    String::from_utf8(text).unwrap_or_default()
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

/// What a hexadecimal digit stands for.
pub(crate) fn hexadecimal(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).and_then(|value| u8::try_from(value).ok())
}

/// Writes a byte as two hexadecimal digits; `ten` is the letter that stands for ten.
pub(crate) fn push_hexadecimal(out: &mut String, byte: u8, ten: u8) {
    for nibble in [byte >> 4, byte & 15] {
        let above_nine = nibble.checked_sub(10).map(|above| ten.saturating_add(above));
        out.push(char::from(above_nine.unwrap_or(b'0' | nibble)));
    }
}
