//! The body of a request to a credentialed endpoint: a list of pairs, as a form or as JSON.

use alloc::string::String;
use alloc::vec::Vec;

use serde_core::ser::{Serialize, SerializeMap, Serializer};

use crate::Secret;
use crate::client::BodyFormat;
use crate::encode::form;

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
        // Strings and arrays of strings cannot fail to serialize; an empty body would be refused by the server.
        BodyFormat::Json => serde_json::to_string(&JsonPairs(pairs)).unwrap_or_default(),
    })
}

/// Pairs as one JSON object. A repeated name (`resource`, RFC 8707) becomes an array, since JSON has no other way.
struct JsonPairs<'a>(&'a [(&'a str, &'a str)]);

impl Serialize for JsonPairs<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        for (position, (name, value)) in self.0.iter().enumerate() {
            if self.0.iter().take(position).any(|(earlier, _)| earlier == name) {
                continue;
            }
            let values: Vec<&str> = self.0.iter().filter(|(other, _)| other == name).map(|(_, v)| *v).collect();
            if values.len() > 1 {
                map.serialize_entry(name, &values)?;
            } else {
                map.serialize_entry(name, value)?;
            }
        }
        map.end()
    }
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

/// Reads a form body into pairs, where a server answers in one.
pub(crate) fn parse_form(bytes: &[u8]) -> Option<Vec<(String, String)>> {
    core::str::from_utf8(bytes).ok().map(|text| form::parse(text.trim_ascii()))
}
