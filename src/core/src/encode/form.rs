//! `application/x-www-form-urlencoded` (RFC 6749 appendix B, as browsers and URLSearchParams write it).
//!
//! By hand: `form_urlencoded` brings every percent-encoded byte as a text, half a kilobyte of WebAssembly, deflated.

use alloc::string::String;
use alloc::vec::Vec;

use crate::Secret;
use crate::encode::text::{cut, pieces};
use crate::encode::{hexadecimal, push_hexadecimal};

/// Writes one name or value. Letters, digits and `*-._` stay as they are, so that a UUID reads the same to
/// a server that decodes and to one that forgets to.
pub(crate) fn push_component(out: &mut String, text: &str) {
    // Most names and values need no encoding at all; to look first saves a twentieth of the time of a whole exchange.
    if text.bytes().all(is_plain) {
        out.push_str(text);
    } else {
        for byte in text.bytes() {
            match byte {
                b' ' => out.push('+'),
                _ if is_plain(byte) => out.push(char::from(byte)),
                _ => {
                    out.push('%');
                    push_hexadecimal(out, byte, b'A');
                }
            }
        }
    }
}

fn is_plain(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'*' | b'-' | b'.' | b'_')
}

/// Appends `name=value`, after an `&` where something stands before it.
pub(crate) fn push_pair(out: &mut String, name: &str, value: &str) {
    if !matches!(out.as_bytes().last(), None | Some(b'?' | b'&')) {
        out.push('&');
    }
    push_component(out, name);
    out.push('=');
    push_component(out, value);
}

/// Writes a list of pairs.
pub(crate) fn pairs(list: &[(&str, &str)]) -> String {
    // Room for everything in one piece, every byte percent-encoded: growing would leave copies of secrets in freed memory.
    let mut room = 0usize;
    for (name, value) in list {
        room = room.wrapping_add(name.len().wrapping_add(value.len()).wrapping_mul(3)).wrapping_add(2);
    }
    let mut out = String::with_capacity(room);
    for (name, value) in list {
        push_pair(&mut out, name, value);
    }
    out
}

/// Reads a query or a body into its pairs, in order, repeated names included.
pub(crate) fn parse(text: &str) -> Vec<(String, Secret)> {
    let mut list = Vec::new();
    for pair in pieces(text, b"&").filter(|pair| !pair.is_empty()) {
        let (name, value) = cut(pair, b"=");
        list.push((decoded(name, b' '), Secret::new(decoded(value.unwrap_or_default(), b' '))));
    }
    list
}

/// Undoes percent-encoding; `plus` is what a plus sign stands for. Read by hand, because a library's buffers grow, and
/// leave copies of secrets behind in freed memory.
pub(crate) fn decoded(text: &str, plus: u8) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [byte, after @ ..] = rest {
        let (byte, after) = match (byte, after) {
            (b'+', _) => (plus, after),
            (b'%', [high, low, behind @ ..]) => match (hexadecimal(*high), hexadecimal(*low)) {
                (Some(high), Some(low)) => (high << 4 | low, behind),
                // A percent sign that encodes nothing stands for itself.
                _ => (b'%', after),
            },
            _ => (*byte, after),
        };
        bytes.push(byte);
        rest = after;
    }
    String::from_utf8(bytes).unwrap_or_else(|error| lossy(error.as_bytes()))
}

/// A text with replacement characters in the place of what is not UTF-8. No secret of ours is, so this one may grow.
fn lossy(mut bytes: &[u8]) -> String {
    let mut text = String::new();
    while let Err(error) = core::str::from_utf8(bytes) {
        let (valid, rest) = bytes.split_at_checked(error.valid_up_to()).unwrap_or_default();
        text.push_str(core::str::from_utf8(valid).unwrap_or_default());
        text.push(char::REPLACEMENT_CHARACTER);
        bytes = error.error_len().and_then(|length| rest.get(length..)).unwrap_or_default();
    }
    text.push_str(core::str::from_utf8(bytes).unwrap_or_default());
    text
}

#[cfg(test)]
mod tests {
    use alloc::borrow::ToOwned;

    use super::*;

    #[test]
    fn a_form_is_written_as_the_url_standard_says() {
        let all: String = (0..0x180u32).filter_map(char::from_u32).collect();
        for text in ["", "a-b", &all] {
            assert_eq!(
                pairs(&[(text, text)]),
                form_urlencoded::Serializer::new(String::new()).append_pair(text, text).finish()
            );
        }
    }

    #[test]
    fn a_form_is_read_as_the_url_standard_says() {
        let agrees = |text: &str| {
            let read = parse(text).into_iter().map(|(name, value)| (name, value.reveal().to_owned()));
            let expected = form_urlencoded::parse(text.as_bytes()).into_owned();
            assert_eq!(read.collect::<Vec<_>>(), expected.collect::<Vec<_>>(), "{text}");
        };
        for text in ["", "a=b=c&a=2&&b", "%e2%82%ac=%E2%82%AC", "a=\u{e4}%c3", "%00%7f=%ff+", "+=%2b%2B"] {
            agrees(text);
        }
        // Everything that four of these can spell.
        let characters = ['%', '+', '&', '=', 'a', '4', 'F', 'g'];
        for number in 0..8usize.pow(4) {
            agrees(&(0..4).map(|place| characters[number >> (3 * place) & 7]).collect::<String>());
        }
    }
}
