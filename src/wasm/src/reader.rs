//! An options object, read key by key, so that what is wrong can be named.
//!
//! The first thing that is wrong is kept until the end: with thirty early returns, each of which has to drop what was
//! read so far, the module had 6 kB more.

use js_sys::{Array, Function, Object};
use tokenwell::{Error, Scope, TokenRequest};
use wasm_bindgen::prelude::*;

use crate::host::{member, milliseconds};

/// What is said of a key that nobody knows.
pub(crate) const UNKNOWN: &str = "is not an option";

/// The members of an object that have not been read yet. `undefined` counts as absent.
pub(crate) struct Reader {
    object: JsValue,
    keys: Vec<String>,
    known: Vec<&'static str>,
    wrong: Option<Error>,
}

impl Reader {
    pub(crate) fn new(object: &JsValue, what: &'static str) -> Self {
        let object = if object.is_undefined() { Object::new().into() } else { object.clone() };
        let is_record = object.is_object() && !Array::is_array(&object);
        let keys = match is_record {
            true => Object::keys(object.unchecked_ref::<Object>()).iter().filter_map(|key| key.as_string()).collect(),
            false => Vec::new(),
        };
        let wrong = (!is_record).then(|| Error::configuration(what, "must be an object"));
        Self { object, keys, known: Vec::new(), wrong }
    }

    /// Something is wrong with a key. Only the first such thing is told.
    pub(crate) fn refuse(&mut self, key: &'static str, problem: &str) {
        if self.wrong.is_none() {
            self.wrong = Some(Error::configuration(key, problem.to_owned()));
        }
    }

    /// What was wrong further inside.
    pub(crate) fn keep(&mut self, error: Error) {
        self.wrong.get_or_insert(error);
    }

    /// The raw value of a key.
    pub(crate) fn take(&mut self, key: &'static str) -> Option<JsValue> {
        self.known.push(key);
        self.keys.retain(|other| other != key);
        Some(member(&self.object, key)).filter(|value| !value.is_undefined())
    }

    fn typed<T>(&mut self, key: &'static str, problem: &str, read: fn(&JsValue) -> Option<T>) -> Option<T> {
        let read = read(&self.take(key)?);
        if read.is_none() {
            self.refuse(key, problem);
        }
        read
    }

    pub(crate) fn text(&mut self, key: &'static str) -> Option<String> {
        self.typed(key, "must be a string", JsValue::as_string)
    }

    /// A string that has to be there; empty if it is not, which is refused.
    pub(crate) fn required(&mut self, key: &'static str, problem: &str) -> String {
        let text = self.text(key);
        if text.is_none() {
            self.refuse(key, problem);
        }
        text.unwrap_or_default()
    }

    /// A string, or `null` for none, as columns of a database have it.
    pub(crate) fn text_or_null(&mut self, key: &'static str) -> Option<String> {
        if member(&self.object, key).is_null() {
            self.take(key);
            return None;
        }
        self.text(key)
    }

    pub(crate) fn flag(&mut self, key: &'static str) -> Option<bool> {
        self.typed(key, "must be true or false", JsValue::as_bool)
    }

    pub(crate) fn texts(&mut self, key: &'static str) -> Option<Vec<String>> {
        self.typed(key, "must be an array of strings", strings)
    }

    /// One of a few words.
    pub(crate) fn word<T: Copy>(&mut self, key: &'static str, words: &[(&str, T)]) -> Option<T> {
        let text = self.take(key)?.as_string().unwrap_or_default();
        let found = words.iter().find(|(word, _)| *word == text).map(|(_, value)| *value);
        if found.is_none() {
            let list = words.iter().map(|(word, _)| *word).collect::<Vec<_>>().join("\" or \"");
            self.refuse(key, &["must be \"", &list, "\""].concat());
        }
        found
    }

    /// A whole number, zero or more.
    pub(crate) fn whole(&mut self, key: &'static str, unit: &str) -> Option<u64> {
        match self.take(key)?.as_f64() {
            Some(number) if number >= 0.0 && number.fract() == 0.0 && number <= 9_007_199_254_740_991.0 => {
                Some(milliseconds(number))
            }
            _ => {
                self.refuse(key, &["must be a whole number of ", unit, ", zero or more"].concat());
                None
            }
        }
    }

    pub(crate) fn function(&mut self, key: &'static str) -> Option<Function> {
        let function = self.take(key)?.dyn_into().ok();
        if function.is_none() {
            self.refuse(key, "must be a function");
        }
        function
    }

    /// A record of strings, in its own order.
    pub(crate) fn record(&mut self, key: &'static str) -> Vec<(String, String)> {
        let Some(value) = self.take(key) else { return Vec::new() };
        let mut pairs = Vec::new();
        let is_record = value.is_object() && !Array::is_array(&value);
        if is_record {
            let entries = Object::entries(value.unchecked_ref::<Object>());
            pairs.extend(entries.iter().map_while(|pair| {
                let pair: Array = pair.unchecked_into();
                Some((pair.get(0).as_string()?, pair.get(1).as_string()?))
            }));
        }
        if !is_record || pairs.len() != Object::keys(value.unchecked_ref::<Object>()).length() as usize {
            self.refuse(key, "must be an object whose members are strings");
        }
        pairs
    }

    /// One string or an array of them.
    fn one_or_more(&mut self, key: &'static str) -> Option<Vec<String>> {
        let value = self.take(key)?;
        let read = match value.as_string() {
            Some(one) => Some(vec![one]),
            None => strings(&value),
        };
        if read.is_none() {
            self.refuse(key, "must be a string or an array of strings");
        }
        read
    }

    /// `scope`, `audience` and `resource`.
    pub(crate) fn token_request(&mut self) -> TokenRequest {
        TokenRequest {
            scope: self.one_or_more("scope").map_or(Scope::none(), Scope::from),
            audience: self.text("audience"),
            resource: self.one_or_more("resource").unwrap_or_default(),
        }
    }

    /// What was wrong, if anything was; else refuses what is left over, by name, with the nearest name that would be right.
    pub(crate) fn finish(self) -> Result<(), Error> {
        if let Some(wrong) = self.wrong {
            return Err(wrong);
        }
        let Some(key) = self.keys.first() else { return Ok(()) };
        let simple =
            |text: &str| text.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_lowercase();
        let near = self.known.iter().find(|known| simple(known) == simple(key));
        let hint = match near {
            Some(near) => [UNKNOWN, ": did you mean ", near, "?"].concat(),
            None => [UNKNOWN, ": the options are ", &self.known.join(", ")].concat(),
        };
        Err(Error::configuration(key.clone(), hint))
    }
}

/// An array of strings.
fn strings(value: &JsValue) -> Option<Vec<String>> {
    value.dyn_ref::<Array>()?.iter().map(|item| item.as_string()).collect()
}
