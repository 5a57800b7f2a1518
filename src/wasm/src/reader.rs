//! An options object, read key by key, so that what is wrong can be named.
//!
//! JavaScript looks at its own values itself: to do so from here, through imports, took 4 kB of module. The first thing
//! that is wrong is kept until the end: with thirty early returns, each of which has to drop what was read so far, the
//! module had 6 kB more.

use js_sys::{Array, Function};
use tokenwell::{Scope, TokenRequest};
use wasm_bindgen::prelude::*;

use crate::host::milliseconds;

#[wasm_bindgen(raw_module = "./reader.js")]
extern "C" {
    /// The members of an object that have not been read yet. `undefined` counts as absent.
    pub(crate) type Reader;

    #[wasm_bindgen(constructor)]
    pub(crate) fn new(object: &JsValue, what: &str) -> Reader;

    /// The value of a key, if it is what the kind says; a refusal says that it "must be" that.
    #[wasm_bindgen(method)]
    pub(crate) fn take(this: &Reader, key: &str, kind: &str) -> JsValue;

    /// Something is wrong with a key. Only the first such thing is told.
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
    /// A value of some kind.
    pub(crate) fn value(&self, key: &str, kind: &str) -> Option<JsValue> {
        Some(self.take(key, kind)).filter(|value| !value.is_undefined())
    }

    pub(crate) fn text(&self, key: &str) -> Option<String> {
        self.take(key, "a string").as_string()
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
    pub(crate) fn required(&self, key: &str, problem: &str) -> String {
        self.text(key).unwrap_or_else(|| {
            self.refuse(key, problem);
            String::new()
        })
    }

    pub(crate) fn flag(&self, key: &str) -> Option<bool> {
        self.take(key, "true or false").as_bool()
    }

    pub(crate) fn texts(&self, key: &str) -> Vec<String> {
        self.list(key, "an array of strings")
    }

    fn list(&self, key: &str, kind: &str) -> Vec<String> {
        let mut texts = Vec::new();
        if let Some(list) = self.value(key, kind) {
            let list: Array = list.unchecked_into();
            for index in 0..list.length() {
                texts.extend(list.get(index).as_string());
            }
        }
        texts
    }

    /// A whole number, zero or more, or the place of one of a few words among them.
    pub(crate) fn number(&self, key: &str, kind: &str) -> Option<u64> {
        self.take(key, kind).as_f64().map(milliseconds)
    }

    pub(crate) fn function(&self, key: &str) -> Option<Function> {
        self.value(key, "a function").map(JsCast::unchecked_into)
    }

    /// A record of strings, in its own order.
    pub(crate) fn record(&self, key: &str) -> Vec<(String, String)> {
        let mut members = self.list(key, "an object whose members are strings").into_iter();
        let mut pairs = Vec::new();
        while let (Some(name), Some(value)) = (members.next(), members.next()) {
            pairs.push((name, value));
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
