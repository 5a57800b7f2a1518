//! What may be shown, in errors and by `Debug`: texts of a server cleaned, and no secret, however it is written.

use alloc::borrow::ToOwned;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use crate::Secret;
use crate::encode::body::{json_length, push_json};
use crate::encode::form::decoded;
use crate::encode::text::{cut, filled, replaced};
use crate::encode::{base64, base64url};
use crate::http::HttpResponse;

/// Makes a server's text fit to be shown: characters outside RFC 6749's NQSCHAR replaced, length capped.
///
/// Quotes and backslashes are outside NQSCHAR too; they become apostrophes and slashes, which read better.
pub(crate) fn clean(text: &str, longest: usize) -> String {
    let mut cleaned = String::new();
    // The further bytes of a character outside ASCII: one replacement stands for all of it.
    let begins = |byte: &u8| !matches!(byte, 0x80..=0xbf);
    for byte in text.trim_ascii().bytes().filter(begins).take(longest) {
        cleaned.push(match byte {
            b'"' => '\'',
            b'\\' => '/',
            b' '..=b'~' => char::from(byte),
            _ => '?',
        });
    }
    cleaned
}

/// What a server said, as a part of a sentence; empty where it said nothing.
pub(crate) fn quoted(text: Option<&str>) -> String {
    text.map(|text| filled(", \"{}\"", &[&clean(text, 200)])).unwrap_or_default()
}

/// The secrets of one request, in each form in which a server might echo them.
#[derive(Default)]
pub(crate) struct Redactor {
    needles: Vec<Secret>,
}

impl Redactor {
    /// Shorter texts would garble every sentence and protect nothing.
    const SHORTEST: usize = 4;

    pub(crate) fn hide(&mut self, secret: &str) {
        if secret.len() < Self::SHORTEST {
            return;
        }
        self.needles.push(secret.into());
        // Without padding, which some leave out and others do not: what remains of it says nothing.
        self.needles.push(base64(secret.as_bytes()).into());
        self.needles.push(base64url(secret.as_bytes()).into());
        // As a form writes it, decoded as a URL.
        if let Some(form) = replaced(secret, " ", "+") {
            self.needles.push(form.into());
        }
        // As JSON writes it, where that is another way. The quotes around it are not looked for.
        let mut json = String::with_capacity(json_length(secret));
        push_json(&mut json, secret);
        let json = Secret::new(json);
        let within = json.reveal().get(1..json.reveal().len().saturating_sub(1));
        self.needles.extend(within.filter(|within| *within != secret).map(Secret::from));
    }

    /// Hides the secrets in a text, also where it is percent-encoded: which characters an encoder leaves alone differs
    /// from one to the next, so the text is decoded and searched once more.
    pub(crate) fn apply(&self, text: &str) -> String {
        let shown = self.replaced(text).unwrap_or_else(|| text.to_owned());
        self.replaced(&decoded(&shown, b'+')).unwrap_or(shown)
    }

    /// A server's text, fit to be shown.
    pub(crate) fn clean(&self, text: &str, longest: usize) -> String {
        clean(&self.apply(text), longest)
    }

    /// A server's description, fit to be shown; an empty one says nothing.
    pub(crate) fn description(&self, text: Option<&str>) -> Option<String> {
        text.map(|text| self.clean(text, 1024)).filter(|text| !text.is_empty())
    }

    /// A response's identifier, fit to be shown.
    pub(crate) fn request_id(&self, response: &HttpResponse) -> Option<String> {
        response.request_id().map(|id| self.clean(id, 128))
    }

    fn replaced(&self, text: &str) -> Option<String> {
        let mut shown = None;
        for needle in &self.needles {
            shown = replaced(shown.as_deref().unwrap_or(text), needle.reveal(), "[redacted]").or(shown);
        }
        shown
    }
}

/// Names without their values, for `Debug`: a further parameter or header may be a key as well as a flag.
pub(crate) struct Names<'a>(pub(crate) &'a [(String, String)]);

impl fmt::Debug for Names<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.0.iter().map(|(name, _)| name)).finish()
    }
}

/// A URL without its query, for `Debug` (RFC 9700 section 4.3).
pub(crate) fn without_query(url: &str) -> &str {
    cut(url, b"?#").0
}
