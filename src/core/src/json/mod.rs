//! One JSON object, read strictly (RFC 8259): no duplicate member, no deep nesting, no number ever computed.
//!
//! Members stay raw text until somebody asks for one, because a token response needs six of them.
//!
//! A reader of our own, because two measured budgets rule out `serde_json`: with it the WebAssembly module was 9.2 kB
//! larger (brotli), and building a request and reading its response took 0.69 times as long as the `oauth2` crate, where
//! 0.5 is allowed.

mod reader;

use alloc::borrow::Cow;
use alloc::string::String;
use alloc::vec::Vec;

use crate::Secret;
use crate::encode::body::{json_length, push_name};
use crate::encode::hexadecimal;
use crate::encode::text::{cut, is_digits};
use reader::Reader;

/// How deep a member of a server's JSON may nest. Ours needs two levels; the limit keeps recursive readers safe, such as
/// this one and those behind us.
const DEEPEST: u8 = 31;

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

/// A name and its value.
type Member<'a> = (Cow<'a, str>, Value<'a>);

/// The members of an object, in order, each with its raw JSON text.
#[derive(Debug)]
pub(crate) struct Object<'a> {
    members: Vec<Member<'a>>,
}

impl<'a> Object<'a> {
    /// Reads one object. A leading byte order mark is ignored (RFC 8259 section 8.1).
    pub(crate) fn parse(bytes: &'a [u8]) -> Result<Self, NoObject> {
        let text = core::str::from_utf8(bytes).map_err(|_| NoObject::NotUtf8)?;
        let text = text.strip_prefix("\u{feff}").unwrap_or(text);
        let mut reader = Reader::new(text);
        if reader.end().is_some() {
            return Err(NoObject::Empty);
        }
        let mut members = Vec::with_capacity(8);
        if reader.items(b'{', DEEPEST, Some(&mut members)).and_then(|()| reader.end()).is_none() {
            return Err(if reader.too_deep { NoObject::TooDeep } else { NoObject::NotJson });
        }
        let object = Self { members };
        if object.has_duplicate() { Err(NoObject::Duplicate) } else { Ok(object) }
    }

    /// A member; `null` counts as a value.
    pub(crate) fn get(&self, name: &str) -> Option<Value<'a>> {
        self.members.iter().find(|(key, _)| key == name).map(|(_, value)| *value)
    }

    /// The raw text of a member.
    pub(crate) fn raw(&self, name: &str) -> Option<&'a str> {
        self.get(name).map(|value| value.raw)
    }

    /// A member that is a string.
    pub(crate) fn string(&self, name: &str) -> Option<Cow<'a, str>> {
        self.get(name).and_then(Value::string)
    }

    /// A member that is a string with anything in it.
    pub(crate) fn text(&self, name: &str) -> Option<String> {
        self.string(name).map(Cow::into_owned).filter(|text| !text.is_empty())
    }

    /// The object that is a member.
    pub(crate) fn object(&self, name: &str) -> Option<Self> {
        Self::parse(self.raw(name)?.as_bytes()).ok()
    }

    pub(crate) fn members(&self) -> impl Iterator<Item = (&str, Value<'a>)> {
        self.members.iter().map(|(key, value)| (key.as_ref(), *value))
    }

    /// The members, written as an object again, without some of them.
    pub(crate) fn written(&self, without: &[&str]) -> Secret {
        // In one piece: growing would leave copies in freed memory.
        let mut room = 2usize;
        for (name, value) in &self.members {
            room = room.saturating_add(json_length(name)).saturating_add(value.raw.len()).saturating_add(2);
        }
        let mut text = String::with_capacity(room);
        for (name, value) in &self.members {
            if without.contains(&name.as_ref()) {
                continue;
            }
            push_name(&mut text, name);
            text.push_str(value.raw);
        }
        text.push_str(if text.is_empty() { "{}" } else { "}" });
        Secret::new(text)
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
        // In pairs, as a cache key sorts them: another sort would be half a kilobyte of WebAssembly.
        let mut names: Vec<[&str; 2]> = self.members.iter().map(|(key, _)| [key.as_ref(), ""]).collect();
        // Sorted, because comparing each with each would take hours on a hostile hundred thousand members.
        names.sort_unstable();
        names.windows(2).any(|pair| matches!(pair, [a, b] if a == b))
    }
}

/// A value that has been read as JSON, and is kept as its text.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Value<'a> {
    pub(crate) raw: &'a str,
}

impl<'a> Value<'a> {
    /// The text of a string; `None` for anything else, lone surrogates included.
    pub(crate) fn string(self) -> Option<Cow<'a, str>> {
        let text = self.raw.strip_prefix("\"")?.strip_suffix("\"")?;
        // Without a way out in the middle, so that the compiler looks at many bytes at once: tokens are long.
        let escapes = text.bytes().fold(false, |found, byte| found | (byte == b'\\'));
        if escapes { unescaped(text).map(Cow::Owned) } else { Some(Cow::Borrowed(text)) }
    }

    /// The elements of an array of strings; `None` for anything else.
    pub(crate) fn strings(self) -> Option<Vec<String>> {
        let mut list = Vec::new();
        for (_, element) in &self.elements()? {
            list.push(element.string()?.into_owned());
        }
        Some(list)
    }

    /// The elements of an array, with empty names.
    pub(crate) fn elements(self) -> Option<Vec<Member<'a>>> {
        let mut list = Vec::new();
        Reader::new(self.raw).items(b'[', DEEPEST, Some(&mut list))?;
        Some(list)
    }
}

/// A whole number of seconds or milliseconds, written as JSON integers are. No fractions, no exponents.
pub(crate) fn integer(raw: &str) -> Option<u64> {
    if raw.is_empty() || !is_digits(raw) {
        return None;
    }
    // All digits, so the one possible failure is that it is too large.
    Some(number(raw).unwrap_or(u64::MAX))
}

/// So many seconds in milliseconds, or the largest number.
pub(crate) fn milliseconds(seconds: u64) -> u64 {
    product(seconds, 1000).unwrap_or(u64::MAX)
}

/// `None` where it is too large. The standard library multiplies 128 bits to find that out.
fn product(number: u64, factor: u64) -> Option<u64> {
    (number <= u64::MAX.checked_div(factor)?).then(|| number.wrapping_mul(factor))
}

/// What digits spell; `None` where there is anything else among them, and where it is too large.
pub(crate) fn number(digits: &str) -> Option<u64> {
    let mut number = 0u64;
    for byte in digits.bytes() {
        let digit = byte.checked_sub(b'0').filter(|digit| *digit < 10)?;
        number = product(number, 10)?.checked_add(digit.into())?;
    }
    Some(number)
}

/// What a string stands for, of which this is the text between the quotes; `None` where half of a surrogate pair is in it.
// Apart from the way of a first token: see docs/performance.md.
#[inline(never)]
fn unescaped(text: &str) -> Option<String> {
    // Room for all of it, since growing would leave copies of secrets in freed memory.
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let (plain, Some(escape)) = cut(rest, b"\\") {
        out.push_str(plain);
        let (mark, mut behind) = (escape.bytes().next()?, escape.get(1..)?);
        out.push(match mark {
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => {
                let (character, after) = unicode_escape(behind)?;
                behind = after;
                character
            }
            itself => char::from(itself),
        });
        rest = behind;
    }
    out.push_str(rest);
    Some(out)
}

/// The character that a `\u` escape stands for, alone or as one half of a surrogate pair, and what comes behind.
fn unicode_escape(text: &str) -> Option<(char, &str)> {
    let (first, behind) = unit(text)?;
    if let Some(character) = char::from_u32(first.into()) {
        return Some((character, behind));
    }
    let (second, behind) = unit(behind.strip_prefix("\\u")?)?;
    // Ten bits each (RFC 2781 section 2.2).
    let bits = |unit: u16, lowest| unit.checked_sub(lowest).filter(|bits| *bits < 0x400).map(u32::from);
    let beyond = bits(first, 0xd800)? << 10 | bits(second, 0xdc00)?;
    Some((char::from_u32(beyond.saturating_add(0x1_0000))?, behind))
}

/// The UTF-16 unit of four hexadecimal digits, and what comes behind them.
fn unit(text: &str) -> Option<(u16, &str)> {
    let (digits, behind) = text.split_at_checked(4)?;
    let mut unit = 0;
    for digit in digits.bytes() {
        unit = unit << 4 | u16::from(hexadecimal(digit)?);
    }
    Some((unit, behind))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(text: &str) -> Result<Vec<String>, NoObject> {
        Object::parse(text.as_bytes()).map(|object| object.members().map(|(name, _)| name.into()).collect())
    }

    fn value(raw: &str) -> Option<&str> {
        let bytes = raw.as_bytes();
        Object::parse(bytes).ok()?.raw("a")
    }

    #[test]
    fn values_keep_their_text() {
        for raw in
            ["null", "true", "false", "0", "-0", "10", "1.50", "1e400", "2E+05", "-3.0e-1", "[]", "{}", "[1,{\"b\":2}]"]
        {
            assert_eq!(value(&alloc::format!("{{\"a\":{raw}}}")), Some(raw));
            assert_eq!(value(&alloc::format!(" {{\t\"a\"\r\n: {raw} }}\n")), Some(raw));
        }
    }

    #[test]
    fn f44_nothing_but_json_is_read() {
        let wrong = [
            "01",
            "-",
            "+1",
            ".5",
            "1.",
            "1.e2",
            "1e",
            "1e+",
            "0x1",
            "1_0",
            "NaN",
            "Infinity",
            "nul",
            "True",
            "nullx",
            "'a'",
            "\"a",
            "a",
            "",
            "[1",
            "[1,]",
            "[,1]",
            "[1 2]",
            "[1}",
            "{\"b\"}",
            "{\"b\":}",
            "{\"b\":1,}",
            "{b:1}",
            "{\"b\" 1}",
            "{1:1}",
            "1}",
            "1 2",
            "1/**/",
            "\"\\x\"",
            "\"\\u12g4\"",
            "\"\\u123\"",
            "\"\u{1f}\"",
            "\"\t\"",
        ];
        for raw in wrong {
            let text = alloc::format!("{{\"a\":{raw}}}");
            assert_eq!(names(&text), Err(NoObject::NotJson), "{text}");
        }
        for text in ["[]", "1", "{", "}", "{\"a\":1", "{\"a\":1}}", "{\"a\":1} x", "{,}", "{\"a\":1,}", "x"] {
            assert_eq!(names(text), Err(NoObject::NotJson), "{text}");
        }
        assert_eq!(names(" \n"), Err(NoObject::Empty));
        assert_eq!(names("{ }"), Ok(Vec::new()));
    }

    #[test]
    fn strings_lose_their_escapes() {
        let object = |text: &str| Object::parse(text.as_bytes()).map(|object| object.string("a").map(Cow::into_owned));
        let of = |inner: &str| object(&alloc::format!("{{\"a\":\"{inner}\"}}"));
        assert_eq!(of("plain").unwrap().unwrap(), "plain");
        assert_eq!(of(r#"\"\\\/\b\f\n\r\t"#).unwrap().unwrap(), "\"\\/\u{8}\u{c}\n\r\t");
        assert_eq!(of(r"x\u00e4\uD83D\uDe00y").unwrap().unwrap(), "xä\u{1f600}y");
        for half in [r"\ud83d", r"\ude00", r"\ud83dx", r"\ud83d\n", r"\ud83d\u0041", r"\ude00\ud83d", r"\ud83d\ud83d"] {
            assert_eq!(of(half), Ok(None), "{half}");
            assert_eq!(names(&alloc::format!("{{\"{half}\":1}}")), Err(NoObject::NotJson), "{half}");
        }
        assert_eq!(names(r#"{"\u0061b":1}"#).unwrap(), ["ab"]);
    }

    #[test]
    fn a_quote_is_found_wherever_it_stands() {
        for length in 0..200 {
            let text = "x".repeat(length);
            let written = alloc::format!("{{\"a\":\"{text}\",\"b\":\"{text}\\n\"}}");
            let object = Object::parse(written.as_bytes()).unwrap();
            assert_eq!(object.string("a").as_deref(), Some(&*text));
            assert_eq!(object.string("b").unwrap().len(), length + 1);
            assert_eq!(names(&alloc::format!("{{\"a\":\"{text}\u{1}\"}}")), Err(NoObject::NotJson));
        }
    }

    #[test]
    fn arrays_give_their_elements() {
        let array = Value { raw: "[ \"x\", [1] ,{\"b\":[]}]" };
        let raws: Vec<&str> = array.elements().unwrap().iter().map(|(_, element)| element.raw).collect();
        assert_eq!(raws, ["\"x\"", "[1]", "{\"b\":[]}"]);
        assert_eq!(array.strings(), None);
        assert_eq!(Value { raw: r#"["a","\u0062"]"# }.strings().unwrap(), ["a", "b"]);
        assert!(Value { raw: "{}" }.elements().is_none());
    }

    #[test]
    fn f42_f45_duplicates_and_depth_have_their_limits() {
        assert_eq!(names(r#"{"a":1,"b":2,"\u0061":3}"#), Err(NoObject::Duplicate));
        let many: String = (0..40).map(|number| alloc::format!("\"{number}\":1,")).collect();
        assert_eq!(names(&alloc::format!("{{{many}\"x\":1}}")).unwrap().len(), 41);
        assert_eq!(names(&alloc::format!("{{{many}\"7\":1}}")), Err(NoObject::Duplicate));
        for (depth, expected) in [(31, Ok(1)), (32, Err(NoObject::TooDeep)), (200_000, Err(NoObject::TooDeep))] {
            let text = alloc::format!("{{\"a\":{}{}}}", "[".repeat(depth), "]".repeat(depth));
            assert_eq!(names(&text).map(|names| names.len()), expected);
        }
        let objects = alloc::format!("{{\"a\":{}1{}}}", "{\"b\":".repeat(32), "}".repeat(32));
        assert_eq!(names(&objects), Err(NoObject::TooDeep));
    }

    #[test]
    fn members_are_written_as_they_came() {
        let object = Object::parse(br#"{"a":1,"b\n":[ 2 ],"c":"\u0041"}"#).unwrap();
        assert_eq!(object.written(&["a"]).reveal(), r#"{"b\u000a":[ 2 ],"c":"\u0041"}"#);
        assert_eq!(object.written(&["a", "b\n", "c"]).reveal(), "{}");
    }
}
