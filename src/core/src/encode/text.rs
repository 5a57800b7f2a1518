//! Texts in pieces. The WebAssembly module has one copy of each function here, where each call of the standard library's
//! generic ones brings another.

use alloc::string::String;

/// One text of several, in one piece: growing would leave copies of secrets in freed memory.
pub(crate) fn joined(parts: &[&str]) -> String {
    let mut text = String::with_capacity(parts.iter().fold(0, |sum, part| sum.wrapping_add(part.len())));
    for part in parts {
        text.push_str(part);
    }
    text
}

/// A sentence with the parts in the places of its `{}`; parts without a place are left out. One call, where `format!` brings a
/// machinery of two kilobytes along and takes twice the room in each place.
pub(crate) fn filled(sentence: &str, parts: &[&str]) -> String {
    let mut text = String::with_capacity(parts.iter().fold(sentence.len(), |sum, part| sum.wrapping_add(part.len())));
    let mut rest = sentence;
    for part in parts {
        let (before, Some(behind)) = cut_at(rest, "{}") else { break };
        text.push_str(before);
        text.push_str(part);
        rest = behind;
    }
    text.push_str(rest);
    text
}

/// A text without the marks at its beginning.
pub(crate) fn without_start<'a>(mut text: &'a str, mark: &str) -> &'a str {
    while let Some(shorter) = text.strip_prefix(mark) {
        text = shorter;
    }
    text
}

/// A text without the marks at its end.
pub(crate) fn without_end<'a>(mut text: &'a str, mark: &str) -> &'a str {
    while let Some(shorter) = text.strip_suffix(mark) {
        text = shorter;
    }
    text
}

/// A number's decimal digits.
pub(crate) fn decimal(number: u64) -> String {
    let mut digits = if number < 10 { String::new() } else { decimal(number / 10) };
    digits.push(char::from(b'0' | u8::try_from(number % 10).unwrap_or_default()));
    digits
}

/// What comes before the first of the marks, which are ASCII, and what comes behind it, where there is one.
// Inlined where speed counts, since it is called for every response; where size counts the compiler keeps one copy.
#[inline]
pub(crate) fn cut<'a>(text: &'a str, marks: &[u8]) -> (&'a str, Option<&'a str>) {
    let place = text.bytes().position(|byte| marks.contains(&byte));
    match place.and_then(|place| text.split_at_checked(place)) {
        Some((before, behind)) => (before, behind.get(1..)),
        None => (text, None),
    }
}

/// Whether one of the marks is in a text.
pub(crate) fn has(text: &str, marks: &[u8]) -> bool {
    cut(text, marks).1.is_some()
}

/// Whether a text is made of letters, digits and `further` bytes only.
pub(crate) fn is_made_of(text: &str, further: &[u8]) -> bool {
    text.bytes().all(|byte| byte.is_ascii_alphanumeric() || further.contains(&byte))
}

/// Whether a text is made of digits only.
pub(crate) fn is_digits(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Whether a control character is in a text.
pub(crate) fn has_control(text: &str) -> bool {
    text.bytes().any(|byte| byte.is_ascii_control())
}

/// The pieces between the marks, empty ones included.
pub(crate) fn pieces<'a>(text: &'a str, marks: &'a [u8]) -> Pieces<'a> {
    Pieces { rest: Some(text), marks }
}

pub(crate) struct Pieces<'a> {
    rest: Option<&'a str>,
    marks: &'a [u8],
}

impl<'a> Iterator for Pieces<'a> {
    type Item = &'a str;

    fn next(&mut self) -> Option<&'a str> {
        let (piece, rest) = cut(self.rest?, self.marks);
        self.rest = rest;
        Some(piece)
    }
}

/// What comes before the first `part`, which is not empty, and what comes behind it, where there is one.
pub(crate) fn cut_at<'a>(text: &'a str, part: &str) -> (&'a str, Option<&'a str>) {
    let place = text.as_bytes().windows(part.len().max(1)).position(|piece| piece == part.as_bytes());
    match place.and_then(|place| text.split_at_checked(place)) {
        Some((before, behind)) => (before, behind.strip_prefix(part)),
        None => (text, None),
    }
}

/// A text with something else in the place of each `part`, which is not empty; `None` where there is none.
pub(crate) fn replaced(text: &str, part: &str, by: &str) -> Option<String> {
    let (mut before, mut rest) = cut_at(text, part);
    rest?;
    let mut out = String::with_capacity(text.len());
    while let Some(behind) = rest {
        out.push_str(before);
        out.push_str(by);
        (before, rest) = cut_at(behind, part);
    }
    out.push_str(before);
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_falls_into_pieces() {
        assert_eq!(cut("a=b=c", b"="), ("a", Some("b=c")));
        assert_eq!(cut("a?b#c", b"#?"), ("a", Some("b#c")));
        assert_eq!(cut("é–a-", b"-"), ("é–a", Some("")));
        assert_eq!(cut("a=", b"="), ("a", Some("")));
        assert_eq!(cut("a", b"="), ("a", None));
        assert_eq!(cut_at("a:b://c://d", "://"), ("a:b", Some("c://d")));
        assert_eq!(cut_at("a:/", "://"), ("a:/", None));
        assert_eq!(cut_at("", "://"), ("", None));
        assert_eq!(joined(&["a", "", "bc"]), "abc");
        assert_eq!(filled("{} and {}{}.", &["{}", "b", ""]), "{} and b.");
        for number in [0, 9, 10, 1_000, u64::MAX] {
            assert_eq!(decimal(number), alloc::format!("{number}"));
        }
        assert!(has("ab", b"xb") && !has("ab", b"x"));
        assert!(pieces("a,,b-", b",-").eq(["a", "", "b", ""]));
        assert!(pieces("", b",").eq([""]));
    }

    #[test]
    fn every_part_is_replaced() {
        assert_eq!(replaced("abcabab", "ab", "x").as_deref(), Some("xcxx"));
        assert_eq!(replaced("éaaaé", "aa", "").as_deref(), Some("éaé"));
        assert_eq!(replaced("ab", "ab", "abab").as_deref(), Some("abab"));
        assert_eq!(replaced("abc", "bd", "x"), None);
        assert_eq!(replaced("a", "ab", "x"), None);
    }
}
