//! One JSON object, read strictly: no duplicate member, no deep nesting, no number ever computed.
//!
//! Members stay raw text until somebody asks for one, because a token response needs six of them and
//! parsing numbers costs several kilobytes of WebAssembly.

use alloc::borrow::Cow;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use serde_core::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

/// How deep a member of a server's JSON may nest. Ours needs two levels; the limit keeps recursive readers behind us safe.
const DEEPEST: usize = 31;

/// What is wrong with a text that should have been a JSON object. The words complete "the body is …".
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NoObject {
    Empty,
    NotUtf8,
    TooDeep,
    Duplicate,
    NotJson,
}

impl NoObject {
    pub(crate) const fn words(self) -> &'static str {
        match self {
            Self::Empty => "empty",
            Self::NotUtf8 => "not valid UTF-8",
            Self::TooDeep => "nested too deeply",
            Self::Duplicate => "a JSON object with a duplicate member",
            Self::NotJson => "not a JSON object",
        }
    }
}

/// The members of an object, in order, each with its raw JSON text.
#[derive(Debug)]
pub(crate) struct Object<'a> {
    members: Vec<(Cow<'a, str>, &'a RawValue)>,
}

impl<'a> Object<'a> {
    /// Reads one object. A leading byte order mark is ignored (RFC 8259 section 8.1).
    pub(crate) fn parse(bytes: &'a [u8]) -> Result<Self, NoObject> {
        let text = core::str::from_utf8(bytes).map_err(|_| NoObject::NotUtf8)?;
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        if text.trim_ascii().is_empty() {
            return Err(NoObject::Empty);
        }
        // Raw values are skipped without recursion, so that nothing deep is on the stack before the next check.
        let object: Object<'a> = serde_json::from_str(text).map_err(|_| NoObject::NotJson)?;
        if object.members().any(|(_, raw)| raw.starts_with(['[', '{']) && nests_deeper_than(raw, DEEPEST)) {
            return Err(NoObject::TooDeep);
        }
        if object.has_duplicate() { Err(NoObject::Duplicate) } else { Ok(object) }
    }

    /// The raw text of a member; `null` counts as a value.
    pub(crate) fn raw(&self, name: &str) -> Option<&'a str> {
        self.members.iter().find(|(key, _)| key == name).map(|(_, value)| value.get())
    }

    /// A member that is a string.
    pub(crate) fn string(&self, name: &str) -> Option<Cow<'a, str>> {
        self.raw(name).and_then(string)
    }

    pub(crate) fn members(&self) -> impl Iterator<Item = (&str, &'a str)> {
        self.members.iter().map(|(key, value)| (key.as_ref(), value.get()))
    }

    fn has_duplicate(&self) -> bool {
        if self.members.len() <= 16 {
            let mut seen = self.members.as_slice();
            while let Some(((name, _), earlier)) = seen.split_last() {
                if earlier.iter().any(|(other, _)| other == name) {
                    return true;
                }
                seen = earlier;
            }
            return false;
        }
        let mut names: Vec<&str> = self.members.iter().map(|(key, _)| key.as_ref()).collect();
        // Sorted, because comparing each with each would take hours on a hostile hundred thousand members.
        names.sort_unstable();
        names.windows(2).any(|pair| matches!(pair, [a, b] if a == b))
    }
}

/// Reads a raw value as a string; anything else is `None`, lone surrogates included.
pub(crate) fn string(raw: &str) -> Option<Cow<'_, str>> {
    // The value has been read as JSON before, so without an escape it is its own text.
    let between_quotes = raw.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
    // Looking at every byte lets the compiler look at many at once, which beats stopping at the first.
    let escapes = |text: &&str| text.bytes().fold(false, |found, byte| found | (byte == b'\\'));
    if let Some(text) = between_quotes.filter(|text| !escapes(text)) {
        return Some(Cow::Borrowed(text));
    }
    serde_json::from_str::<Text<'_>>(raw).ok().map(|text| text.0)
}

/// Reads a raw value as an array of strings; anything else is `None`.
pub(crate) fn strings(raw: &str) -> Option<Vec<String>> {
    serde_json::from_str(raw).ok()
}

/// Reads a raw value as an array of raw values.
pub(crate) fn first_of_array(raw: &str) -> Option<&str> {
    let items: Vec<&RawValue> = serde_json::from_str(raw).ok()?;
    items.first().map(|item| item.get())
}

/// A whole number of seconds or milliseconds, written as JSON integers are. No fractions, no exponents.
pub(crate) fn integer(raw: &str) -> Option<u64> {
    if raw.is_empty() || !raw.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    // All digits, so the one possible failure is that it is too large.
    Some(raw.parse().unwrap_or(u64::MAX))
}

fn nests_deeper_than(text: &str, limit: usize) -> bool {
    let (mut depth, mut in_string, mut escaped) = (0usize, false, false);
    for byte in text.bytes() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_string => escaped = true,
            b'"' => in_string = !in_string,
            b'[' | b'{' if !in_string => depth = depth.saturating_add(1),
            b']' | b'}' if !in_string => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth > limit {
            return true;
        }
    }
    false
}

/// A string that borrows from its source unless it holds escapes.
struct Text<'a>(Cow<'a, str>);

impl<'de> Deserialize<'de> for Text<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct TextVisitor;
        impl<'de> Visitor<'de> for TextVisitor {
            type Value = Text<'de>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a string")
            }
            fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
                Ok(Text(Cow::Borrowed(text)))
            }
            fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
                Ok(Text(Cow::Owned(text.into())))
            }
        }
        deserializer.deserialize_str(TextVisitor)
    }
}

impl<'de> Deserialize<'de> for Object<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct ObjectVisitor;
        impl<'de> Visitor<'de> for ObjectVisitor {
            type Value = Object<'de>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut members = Vec::with_capacity(8);
                while let Some((Text(name), value)) = map.next_entry::<Text<'de>, &'de RawValue>()? {
                    members.push((name, value));
                }
                Ok(Object { members })
            }
        }
        deserializer.deserialize_map(ObjectVisitor)
    }
}
