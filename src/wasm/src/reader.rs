//! An options object, read key by key, so that what is wrong can be named.
//!
//! JavaScript looks at its own values itself: to do so from here, through imports, took 4 kB of WebAssembly. The first thing
//! that is wrong is kept until the end: with thirty early returns, each of which has to drop what was read so far, the
//! module had 6 kB more.

use js_sys::{Array, Function};
use tokenwell::{Scope, TokenRequest};
use wasm_bindgen::prelude::*;

use crate::host::milliseconds;
use crate::value::{joined, text};

pub(crate) const MILLISECONDS: &str = "a whole number of milliseconds, zero or more";

#[wasm_bindgen(raw_module = "./reader.js")]
extern "C" {
    /// The members of an object that have not been read yet. `undefined` counts as absent.
    pub(crate) type Reader;

    #[wasm_bindgen(constructor)]
    pub(crate) fn new(object: &JsValue, what: &str) -> Reader;

    /// The value of a key, if it is what the kind says; a refusal says that it "must be" that.
    #[wasm_bindgen(method)]
    pub(crate) fn take(this: &Reader, key: &str, kind: &str) -> JsValue;

    /// An environment variable, if it is set.
    #[wasm_bindgen(method)]
    fn variable(this: &Reader, name: &str) -> JsValue;

    /// Something is wrong with a key. Only the first such thing is reported.
    #[wasm_bindgen(method)]
    pub(crate) fn refuse(this: &Reader, key: &str, problem: &str);

    /// What was wrong further inside.
    #[wasm_bindgen(method)]
    pub(crate) fn keep(this: &Reader, refusal: &JsValue);

    /// What was wrong, if anything was; else what is left over, by name.
    #[wasm_bindgen(method, js_name = finish)]
    pub(crate) fn refusal(this: &Reader) -> JsValue;
}

impl Reader {
    /// The value of a key. Where it is left out, the environment variable counts, if there is one for it.
    pub(crate) fn take_or(&self, key: &str, kind: &str, variable: Option<&str>) -> JsValue {
        let value = self.take(key, kind);
        match variable {
            Some(name) if value.is_undefined() => self.variable(name),
            _ => value,
        }
    }

    /// A value of some kind.
    pub(crate) fn value(&self, key: &str, kind: &str) -> Option<JsValue> {
        Some(self.take(key, kind)).filter(|value| !value.is_undefined())
    }

    pub(crate) fn text(&self, key: &str) -> Option<String> {
        self.take(key, "a string").as_string()
    }

    /// Puts a string where it belongs, if there is one.
    pub(crate) fn set_text(&self, key: &str, place: &mut Option<String>) {
        if let Some(text) = self.text(key) {
            *place = Some(text);
        }
    }

    /// A string, or `null` for none, as columns of a database have it.
    pub(crate) fn text_or_null(&self, key: &str) -> Option<String> {
        let value = self.value(key, "anything").filter(|value| !value.is_null())?;
        let text = value.as_string();
        if text.is_none() {
            self.refuse(key, "must be a string");
        }
        text
    }

    /// A string that has to be there; empty if it is not, which is refused.
    pub(crate) fn wanted(&self, key: &str, problem: &str) -> String {
        self.text(key).unwrap_or_else(|| {
            self.refuse(key, problem);
            String::new()
        })
    }

    /// A string from the options, else from the environment; empty if it is in neither, which is refused.
    pub(crate) fn required(&self, key: &str, variable: Option<&str>) -> String {
        self.take_or(key, "a string", variable).as_string().unwrap_or_else(|| {
            self.refuse_missing(key, variable);
            String::new()
        })
    }

    pub(crate) fn refuse_missing(&self, key: &str, variable: Option<&str>) {
        let or = if variable.is_some() { ", or set the environment variable " } else { "" };
        self.refuse(key, &joined(&["is missing: pass the option ", key, or, variable.unwrap_or_default()], ""));
    }

    pub(crate) fn set_flag(&self, key: &str, place: &mut bool) {
        if let Some(flag) = self.take(key, "true or false").as_bool() {
            *place = flag;
        }
    }

    pub(crate) fn texts(&self, key: &str) -> Vec<String> {
        self.list(key, "an array of strings")
    }

    fn list(&self, key: &str, kind: &str) -> Vec<String> {
        let mut texts = Vec::new();
        if let Some(list) = self.value(key, kind) {
            let list: Array = list.unchecked_into();
            for index in 0..list.length() {
                texts.push(text(&list.get(index)));
            }
        }
        texts
    }

    pub(crate) fn number(&self, key: &str, kind: &str) -> Option<f64> {
        self.take(key, kind).as_f64()
    }

    pub(crate) fn set_milliseconds(&self, key: &str, place: &mut u64) {
        if let Some(given) = self.number(key, MILLISECONDS) {
            *place = milliseconds(given);
        }
    }

    /// A whole number, zero or more, or the place of one of a few words among them.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    pub(crate) fn count(&self, key: &str, kind: &str) -> Option<u32> {
        self.number(key, kind).map(|number| number as u32)
    }

    pub(crate) fn function(&self, key: &str) -> Option<Function> {
        self.value(key, "a function").map(JsCast::unchecked_into)
    }

    /// A record of strings, in its own order.
    pub(crate) fn record(&self, key: &str) -> Vec<(String, String)> {
        let mut pairs = Vec::new();
        if let Some(entries) = self.value(key, "an object whose members are strings") {
            let entries: Array = entries.unchecked_into();
            for index in 0..entries.length() {
                let entry: Array = entries.get(index).unchecked_into();
                pairs.push((text(&entry.get(0)), text(&entry.get(1))));
            }
        }
        pairs
    }

    /// `scope`, `audience` and `resource`.
    pub(crate) fn token_request(&self) -> TokenRequest {
        const ONE_OR_MORE: &str = "a string or an array of strings";
        TokenRequest {
            scope: Scope::from(self.list("scope", ONE_OR_MORE)),
            audience: self.text("audience"),
            resource: self.list("resource", ONE_OR_MORE),
        }
    }

    pub(crate) fn finish(&self) -> Result<(), JsValue> {
        let refusal = self.refusal();
        if refusal.is_undefined() { Ok(()) } else { Err(refusal) }
    }
}
