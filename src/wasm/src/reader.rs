//! An options object, read key by key, so that what is wrong can be named.

use js_sys::{Array, Function, Object};
use serde::de::DeserializeOwned;
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
}

impl Reader {
    pub(crate) fn new(object: &JsValue, what: &'static str) -> Result<Self, Error> {
        if object.is_undefined() {
            return Ok(Self { object: Object::new().into(), keys: Vec::new(), known: Vec::new() });
        }
        if !object.is_object() || Array::is_array(object) {
            return Err(Error::configuration(what, "must be an object"));
        }
        let keys = Object::keys(object.unchecked_ref::<Object>()).iter().filter_map(|key| key.as_string()).collect();
        Ok(Self { object: object.clone(), keys, known: Vec::new() })
    }

    /// The raw value of a key.
    pub(crate) fn take(&mut self, key: &'static str) -> Option<JsValue> {
        self.known.push(key);
        self.keys.retain(|other| other != key);
        Some(member(&self.object, key)).filter(|value| !value.is_undefined())
    }

    fn typed<T: DeserializeOwned>(&mut self, key: &'static str, shape: &str) -> Result<Option<T>, Error> {
        let Some(value) = self.take(key) else { return Ok(None) };
        match serde_wasm_bindgen::from_value(value) {
            Ok(read) => Ok(Some(read)),
            Err(_) => Err(Error::configuration(key, format!("must be {shape}"))),
        }
    }

    pub(crate) fn text(&mut self, key: &'static str) -> Result<Option<String>, Error> {
        self.typed(key, "a string")
    }

    /// A string, or `null` for none, as columns of a database have it.
    pub(crate) fn text_or_null(&mut self, key: &'static str) -> Result<Option<String>, Error> {
        if member(&self.object, key).is_null() {
            self.take(key);
            return Ok(None);
        }
        self.text(key)
    }

    pub(crate) fn flag(&mut self, key: &'static str) -> Result<Option<bool>, Error> {
        self.typed(key, "true or false")
    }

    pub(crate) fn texts(&mut self, key: &'static str) -> Result<Option<Vec<String>>, Error> {
        self.typed(key, "an array of strings")
    }

    /// One of a few words.
    pub(crate) fn word<T: Copy>(&mut self, key: &'static str, words: &[(&str, T)]) -> Result<Option<T>, Error> {
        let list = words.iter().map(|(word, _)| format!("\"{word}\"")).collect::<Vec<_>>().join(" or ");
        let Some(value) = self.take(key) else { return Ok(None) };
        let found =
            value.as_string().and_then(|text| words.iter().find(|(word, _)| *word == text).map(|(_, value)| *value));
        found.map(Some).ok_or_else(|| Error::configuration(key, format!("must be {list}")))
    }

    /// A whole number, zero or more.
    pub(crate) fn whole(&mut self, key: &'static str, unit: &str) -> Result<Option<u64>, Error> {
        let Some(value) = self.take(key) else { return Ok(None) };
        match value.as_f64() {
            Some(number) if number >= 0.0 && number.fract() == 0.0 && number <= 9_007_199_254_740_991.0 => {
                Ok(Some(milliseconds(number)))
            }
            _ => Err(Error::configuration(key, format!("must be a whole number of {unit}, zero or more"))),
        }
    }

    pub(crate) fn function(&mut self, key: &'static str) -> Result<Option<Function>, Error> {
        match self.take(key).map(|value| value.dyn_into()) {
            None => Ok(None),
            Some(Ok(function)) => Ok(Some(function)),
            Some(Err(_)) => Err(Error::configuration(key, "must be a function")),
        }
    }

    /// A record of strings, in its own order.
    pub(crate) fn record(&mut self, key: &'static str) -> Result<Vec<(String, String)>, Error> {
        let refuse = || Error::configuration(key, "must be an object whose members are strings");
        let Some(value) = self.take(key) else { return Ok(Vec::new()) };
        if !value.is_object() || Array::is_array(&value) {
            return Err(refuse());
        }
        let pairs = Object::entries(value.unchecked_ref::<Object>());
        pairs.iter().map(|pair| serde_wasm_bindgen::from_value(pair).map_err(|_| refuse())).collect()
    }

    /// One string or an array of them.
    fn one_or_more(&mut self, key: &'static str) -> Result<Option<Vec<String>>, Error> {
        let Some(value) = self.take(key) else { return Ok(None) };
        match value.as_string() {
            Some(one) => Ok(Some(vec![one])),
            None => match serde_wasm_bindgen::from_value(value) {
                Ok(several) => Ok(Some(several)),
                Err(_) => Err(Error::configuration(key, "must be a string or an array of strings")),
            },
        }
    }

    /// `scope`, `audience` and `resource`.
    pub(crate) fn token_request(&mut self) -> Result<TokenRequest, Error> {
        Ok(TokenRequest {
            scope: self.one_or_more("scope")?.map_or(Scope::none(), Scope::from),
            audience: self.text("audience")?,
            resource: self.one_or_more("resource")?.unwrap_or_default(),
        })
    }

    /// Refuses what is left over, by name, with the nearest name that would be right.
    pub(crate) fn finish(self) -> Result<(), Error> {
        let Some(key) = self.keys.first() else { return Ok(()) };
        let simple =
            |text: &str| text.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_lowercase();
        let near = self.known.iter().find(|known| simple(known) == simple(key));
        let hint = match near {
            Some(near) => format!("did you mean {near}?"),
            None => format!("the options are {}", self.known.join(", ")),
        };
        Err(Error::configuration(key.clone(), format!("{UNKNOWN}: {hint}")))
    }
}
