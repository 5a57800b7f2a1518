//! The body of a request to a credentialed endpoint: a list of pairs, as a form or as JSON.

use alloc::string::String;

use crate::Secret;
use crate::client::BodyFormat;
use crate::encode::{form, push_hexadecimal};

pub(crate) const fn content_type(format: BodyFormat) -> &'static str {
    match format {
        // No charset parameter: the form is UTF-8 by definition, and some servers compare the value literally.
        BodyFormat::Form => "application/x-www-form-urlencoded",
        BodyFormat::Json => "application/json",
    }
}

pub(crate) fn encode(format: BodyFormat, pairs: &[(&str, &str)]) -> Secret {
    Secret::new(match format {
        BodyFormat::Form => form::pairs(pairs),
        BodyFormat::Json => json(pairs),
    })
}

/// Pairs as one JSON object. A repeated name (`resource`, RFC 8707) becomes an array, since JSON has no other way; its values
/// stand side by side.
///
/// Written by hand, because a library's buffer grows, and leaves copies of secrets behind in freed memory.
// Apart from the way of a first token: see docs/performance.md.
#[inline(never)]
fn json(pairs: &[(&str, &str)]) -> String {
    let mut room = 2usize;
    for (name, value) in pairs {
        room = room.wrapping_add(json_length(name)).wrapping_add(json_length(value)).wrapping_add(8);
    }
    let mut out = String::with_capacity(room);
    let mut rest = pairs;
    let mut again = false;
    while let [(name, value), behind @ ..] = rest {
        let more = matches!(behind, [(next, _), ..] if next == name);
        if again {
            out.push(',');
        } else {
            push_name(&mut out, name);
            out.push_str(if more { "[" } else { "" });
        }
        push_json(&mut out, value);
        if again && !more {
            out.push(']');
        }
        (rest, again) = (behind, more);
    }
    out.push_str(if out.is_empty() { "{}" } else { "}" });
    out
}

/// The name of an object's next member, and what stands around it.
pub(crate) fn push_name(out: &mut String, name: &str) {
    out.push(if out.is_empty() { '{' } else { ',' });
    push_json(out, name);
    out.push(':');
}

/// A JSON string (RFC 8259 section 7): quotes, backslashes and control characters escaped.
pub(crate) fn push_json(out: &mut String, text: &str) {
    out.push('"');
    for character in text.chars() {
        match character {
            '"' | '\\' => {
                out.push('\\');
                out.push(character);
            }
            '\0'..='\u{1f}' => {
                out.push_str("\\u00");
                push_hexadecimal(out, u8::try_from(character).unwrap_or_default(), b'a');
            }
            _ => out.push(character),
        }
    }
    out.push('"');
}

/// How long a text is as a JSON string.
pub(crate) fn json_length(text: &str) -> usize {
    let byte_length = |byte: u8| match byte {
        b'"' | b'\\' => 2,
        0..=0x1f => 6,
        _ => 1usize,
    };
    text.bytes().fold(2, |sum, byte| sum.wrapping_add(byte_length(byte)))
}

/// Whether a text is made of visible ASCII only, as codes, tokens and header values have to be.
pub(crate) fn is_visible_ascii(text: &str) -> bool {
    // Without a way out in the middle, so that the compiler looks at many bytes at once: tokens are long.
    text.bytes().fold(true, |all, byte| all & (0x21..=0x7e).contains(&byte))
}

/// Whether a text is `*VSCHAR`: printable ASCII, space included (RFC 6749 appendix A).
pub(crate) fn is_vschar(text: &str) -> bool {
    text.bytes().fold(true, |all, byte| all & (0x20..=0x7e).contains(&byte))
}
