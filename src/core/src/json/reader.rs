//! Reads JSON from front to back (RFC 8259), and keeps nothing of it but where each value begins and ends.

use alloc::borrow::Cow;
use alloc::vec::Vec;

use super::{Member, Value};
use crate::encode::text::{cut, is_digits};

/// Spaces before what is read are skipped.
pub(super) struct Reader<'a> {
    text: &'a str,
    /// What of the text has not been read.
    rest: &'a [u8],
    /// Reading stopped at something that nests too deeply.
    pub(super) too_deep: bool,
}

impl<'a> Reader<'a> {
    pub(super) const fn new(text: &'a str) -> Self {
        Self { text, rest: text.as_bytes(), too_deep: false }
    }

    /// What has been read since so much was left.
    fn since(&self, left: usize) -> &'a str {
        let place = |left: usize| self.text.len().saturating_sub(left);
        self.text.get(place(left)..place(self.rest.len())).unwrap_or_default()
    }

    fn advance(&mut self, length: usize) {
        self.rest = self.rest.get(length..).unwrap_or_default();
    }

    fn skip_space(&mut self) {
        while let [b' ' | b'\n' | b'\r' | b'\t', after @ ..] = self.rest {
            self.rest = after;
        }
    }

    /// Takes one byte of punctuation, if it comes next.
    fn take(&mut self, byte: u8) -> bool {
        self.skip_space();
        match self.rest {
            [first, after @ ..] if *first == byte => {
                self.rest = after;
                true
            }
            _ => false,
        }
    }

    fn expect(&mut self, byte: u8) -> Option<()> {
        self.take(byte).then_some(())
    }

    /// Nothing but spaces is left.
    pub(super) fn end(&mut self) -> Option<()> {
        self.skip_space();
        self.rest.is_empty().then_some(())
    }

    /// An object or an array, as `open` says, `depth` levels deep at most below its own. What is in it goes into the list,
    /// if there is one; the elements of an array have empty names.
    pub(super) fn items(&mut self, open: u8, depth: u8, mut list: Option<&mut Vec<Member<'a>>>) -> Option<()> {
        let (named, close) = if open == b'{' { (true, b'}') } else { (false, b']') };
        self.expect(open)?;
        if self.take(close) {
            return Some(());
        }
        loop {
            let mut name = Cow::Borrowed("");
            if named {
                // With half of a surrogate pair in it, it is no name, unless nobody wants to know it.
                let written = self.span(Self::string)?;
                if list.is_some() {
                    name = written.string()?;
                }
                self.expect(b':')?;
            }
            let value = self.span(|reader| reader.value(depth))?;
            if let Some(list) = &mut list {
                list.push((name, value));
            }
            if self.take(close) {
                return Some(());
            }
            self.expect(b',')?;
        }
    }

    /// What is read next.
    fn span(&mut self, read: impl FnOnce(&mut Self) -> Option<()>) -> Option<Value<'a>> {
        self.skip_space();
        let left = self.rest.len();
        read(self)?;
        Some(Value { raw: self.since(left) })
    }

    /// Any value. `depth` is how many containers it may consist of, one within the other.
    fn value(&mut self, depth: u8) -> Option<()> {
        match self.rest.first() {
            Some(b'"') => return self.string(),
            Some(open @ (b'{' | b'[')) => {
                self.too_deep |= depth == 0;
                self.items(*open, depth.checked_sub(1)?, None)?;
            }
            _ => {
                let word = |byte: &&u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'+' | b'.');
                let left = self.rest.len();
                self.advance(self.rest.iter().take_while(word).count());
                let word = self.since(left);
                if !matches!(word, "true" | "false" | "null") && !is_number(word) {
                    return None;
                }
            }
        }
        Some(())
    }

    fn string(&mut self) -> Option<()> {
        self.expect(b'"')?;
        loop {
            self.advance(plain_length(self.rest));
            let length = match self.rest {
                [b'"', after @ ..] => {
                    self.rest = after;
                    return Some(());
                }
                [b'\\', b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't', ..] => 2,
                [b'\\', b'u', a, b, c, d, ..] if [a, b, c, d].into_iter().all(u8::is_ascii_hexdigit) => 6,
                _ => return None,
            };
            self.advance(length);
        }
    }
}

/// How many bytes of a string come before the next quote, backslash or control character.
fn plain_length(text: &[u8]) -> usize {
    let special = |byte: &u8| u8::from(*byte == b'"').max(u8::from(*byte == b'\\')).max(u8::from(*byte < b' '));
    // Without a way out in the middle of a piece, so that the compiler looks at many bytes at once: tokens are long.
    let plain = |piece: &&[u8]| piece.iter().fold(0, |found, byte| found | special(byte)) == 0;
    let pieces = text.chunks_exact(64).take_while(plain).count().saturating_mul(64);
    let rest = text.get(pieces..).unwrap_or_default();
    pieces.saturating_add(rest.iter().take_while(|byte| special(byte) == 0).count())
}

/// `-? int frac? exp?` (RFC 8259 section 6).
fn is_number(text: &str) -> bool {
    let digits = |text: &str| !text.is_empty() && is_digits(text);
    let unsigned = text.strip_prefix("-").unwrap_or(text);
    let (mantissa, exponent) = cut(unsigned, b"eE");
    let (whole, fraction) = cut(mantissa, b".");
    let exponent = exponent.map(|text| text.strip_prefix("+").or(text.strip_prefix("-")).unwrap_or(text));
    digits(whole)
        && (whole == "0" || !whole.starts_with("0"))
        && fraction.is_none_or(digits)
        && exponent.is_none_or(digits)
}
