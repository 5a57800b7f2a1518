//! `WWW-Authenticate`: a list of challenges (RFC 9110 section 11.6.1, RFC 6750 section 3).

use alloc::borrow::ToOwned;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use crate::encode::text::joined;
use crate::shown::Names;

/// One challenge. `Debug` shows the parameters' names only: a server may repeat a token in any of them.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Challenge {
    /// The scheme, in lower case, such as `bearer`.
    pub scheme: String,
    /// A bare token68, where the scheme uses one.
    pub token68: Option<String>,
    /// The parameters, names in lower case.
    pub parameters: Vec<(String, String)>,
}

impl fmt::Debug for Challenge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Challenge")
            .field("scheme", &self.scheme)
            .field("token68", &self.token68.as_ref().map(|_| "[redacted]"))
            .field("parameters", &Names(&self.parameters))
            .finish()
    }
}

impl Challenge {
    /// A parameter by its name in lower case.
    pub fn parameter(&self, name: &str) -> Option<&str> {
        self.parameters.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }
}

/// Reads every challenge of one header value. A parameter that comes twice in a challenge makes the whole value
/// unreadable, as does anything outside the grammar: `None`. Only a comma that was left out is forgiven.
pub fn challenges(value: &str) -> Option<Vec<Challenge>> {
    let mut reader = Reader { rest: value };
    let mut found: Vec<Challenge> = Vec::new();
    loop {
        reader.skip(b" \t,");
        if reader.rest.is_empty() {
            return Some(found);
        }
        let name = reader.token()?;
        // `name=value` continues the challenge before it; a name with a space or nothing behind it begins one.
        if let Some(parameter) = reader.parameter_value()? {
            let challenge = found.last_mut()?;
            let name = name.to_ascii_lowercase();
            if challenge.token68.is_some() || challenge.parameter(&name).is_some() {
                return None;
            }
            challenge.parameters.push((name, parameter));
        } else {
            let scheme = name.to_ascii_lowercase();
            found.push(Challenge { scheme, token68: reader.token68(), parameters: Vec::new() });
        }
        reader.skip(b" \t");
    }
}

struct Reader<'a> {
    rest: &'a str,
}

impl<'a> Reader<'a> {
    /// Takes what consists of `further` characters, and of letters and digits where they are `alphanumeric`.
    fn run(&mut self, alphanumeric: bool, further: &[u8]) -> &'a str {
        let belongs = |byte: u8| alphanumeric && byte.is_ascii_alphanumeric() || further.contains(&byte);
        let length = self.rest.bytes().take_while(|byte| belongs(*byte)).count();
        let (run, rest) = self.rest.split_at_checked(length).unwrap_or((self.rest, ""));
        self.rest = rest;
        run
    }

    fn skip(&mut self, what: &[u8]) {
        self.run(false, what);
    }

    fn token(&mut self) -> Option<&'a str> {
        let token = self.run(true, b"!#$%&'*+-.^_`|~");
        (!token.is_empty()).then_some(token)
    }

    /// The value behind `=`; the inner `None` where there is no `=`, the outer where the value is broken.
    #[allow(clippy::option_option)]
    fn parameter_value(&mut self) -> Option<Option<String>> {
        let before = self.rest;
        self.skip(b" \t");
        let Some(after) = self.rest.strip_prefix("=") else {
            self.rest = before;
            return Some(None);
        };
        self.rest = after;
        self.skip(b" \t");
        match self.rest.strip_prefix("\"") {
            Some(quoted) => {
                self.rest = quoted;
                self.quoted().map(Some)
            }
            None => self.token().map(|token| Some(token.to_owned())),
        }
    }

    fn quoted(&mut self) -> Option<String> {
        let mut text = String::new();
        let mut characters = self.rest.chars();
        loop {
            match characters.next()? {
                '"' => break,
                '\\' => text.push(characters.next()?),
                character => text.push(character),
            }
        }
        self.rest = characters.as_str();
        Some(text)
    }

    /// A token68 directly behind a scheme: it ends where the challenge ends.
    fn token68(&mut self) -> Option<String> {
        let before = self.rest;
        self.skip(b" ");
        let body = self.run(true, b"-._~+/");
        let padding = self.run(false, b"=");
        let behind = self.rest.trim_ascii_start();
        let ends = behind.is_empty() || behind.starts_with(",");
        // `Negotiate, Bearer` has no token68; `Bearer realm` is not one either unless it ends the challenge.
        if !body.is_empty() && ends && before.starts_with(" ") {
            return Some(joined(&[body, padding]));
        }
        self.rest = before;
        None
    }
}
