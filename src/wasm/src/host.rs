//! What this runtime offers: clocks, random numbers, timers, the environment. Browsers are refused.

use js_sys::{Function, Reflect};
use tokenwell::{Error, Now};
use wasm_bindgen::prelude::*;

use crate::stop::{Deferred, Stop};

/// The longest that a timer can take; a longer one would fire at once.
const LONGEST_TIMER_MS: u64 = 2_147_483_647;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_namespace = Date, js_name = now, catch)]
    fn date_now() -> Result<f64, JsValue>;

    #[wasm_bindgen(js_namespace = performance, js_name = now, catch)]
    fn performance_now() -> Result<f64, JsValue>;

    #[wasm_bindgen(js_namespace = crypto, js_name = getRandomValues, catch)]
    fn get_random_values(bytes: &mut [u8]) -> Result<JsValue, JsValue>;

    #[wasm_bindgen(js_name = setTimeout, catch)]
    fn set_timeout(callback: &JsValue, ms: f64) -> Result<JsValue, JsValue>;

    #[wasm_bindgen(js_name = setInterval, catch)]
    fn set_interval(callback: &JsValue, ms: f64) -> Result<JsValue, JsValue>;

    #[wasm_bindgen(js_name = clearTimeout, catch)]
    fn clear_timeout(timer: &JsValue) -> Result<(), JsValue>;
}

#[wasm_bindgen(raw_module = "./exchange.js")]
extern "C" {
    pub(crate) type Runtime;

    #[wasm_bindgen(static_method_of = Runtime, js_name = isPage)]
    fn is_page() -> bool;

    /// Whether requests share no I/O, as in workerd.
    #[wasm_bindgen(static_method_of = Runtime, js_name = isolatesRequests)]
    pub(crate) fn isolates_requests() -> bool;
}

#[wasm_bindgen(raw_module = "./options.js")]
extern "C" {
    /// An environment variable: of the object that the caller gave, else of the runtime.
    pub(crate) fn variable(name: &str, environment: &JsValue) -> Option<String>;
}

/// A member of an object; anything that goes wrong is `undefined`.
pub(crate) fn member(object: &JsValue, name: &str) -> JsValue {
    Reflect::get(object, &JsValue::from_str(name)).unwrap_or(JsValue::UNDEFINED)
}

/// A member that is a function.
pub(crate) fn method(object: &JsValue, name: &str) -> Option<Function> {
    member(object, name).dyn_into().ok()
}

/// A client secret must not be in a browser.
pub(crate) fn refuse_browser() -> Result<(), Error> {
    if Runtime::is_page() {
        return Err(Error::runtime(
            "Tokenwell does not run in a browser, where everybody could read the client secret: make the client on your server, and let the page call that",
        ));
    }
    Ok(())
}

/// The clocks: the caller's, or the runtime's two.
pub(crate) struct Clock(Option<Function>);

impl Clock {
    pub(crate) fn new(given: Option<Function>) -> Self {
        Self(given)
    }

    pub(crate) fn now(&self) -> Now {
        match &self.0 {
            Some(given) => {
                let told = given.call0(&JsValue::UNDEFINED).ok().and_then(|told: JsValue| told.as_f64());
                Now::unix_ms(milliseconds(told.unwrap_or_default()))
            }
            None => moment(date_now().unwrap_or_default(), performance_now().ok()),
        }
    }
}

/// What the clocks say, in ms.
pub(crate) fn moment(wall: f64, monotonic: Option<f64>) -> Now {
    let now = Now::unix_ms(milliseconds(wall));
    monotonic.map_or(now, |elapsed| now.with_monotonic_ms(milliseconds(elapsed)))
}

/// Not a number and negative become zero: a mocked clock must not be able to break anything.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
pub(crate) fn milliseconds(ms: f64) -> u64 {
    ms as u64
}

/// A number for jitter, which protects nothing.
pub(crate) fn jitter() -> u64 {
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    let high = (js_sys::Math::random() * 4_294_967_296.0) as u64;
    high.rotate_left(32) ^ high
}

/// Bytes for state, code verifier and nonce.
pub(crate) fn secure_random<const N: usize>() -> Result<[u8; N], Error> {
    let mut bytes = [0; N];
    match get_random_values(&mut bytes) {
        Ok(_) => Ok(bytes),
        Err(_) => Err(Error::runtime(
            "this runtime offers no secure random numbers here (crypto.getRandomValues), so nothing was started: use Node 20 or later, and in a worker call this inside a request handler",
        )),
    }
}

/// What a timer takes, of any number of ms.
#[allow(clippy::cast_precision_loss)]
fn delay(ms: u64) -> f64 {
    ms.min(LONGEST_TIMER_MS) as f64
}

/// A timer that ends when it is dropped.
pub(crate) struct Timer {
    handle: JsValue,
    /// Most have none: a function of Rust's that JavaScript can call costs more than the timer.
    _callback: Option<Closure<dyn FnMut()>>,
}

impl Timer {
    /// Calls back once after `ms`. A timer `in_background` does not keep the process alive.
    pub(crate) fn new(ms: u64, in_background: bool, callback: impl FnMut() + 'static) -> Self {
        let callback = Closure::new(callback);
        Self::of(set_timeout(callback.as_ref(), delay(ms)), Some(callback), in_background)
    }

    /// Stops something for good after `ms`.
    pub(crate) fn stopping(stop: &Stop, ms: u64, in_background: bool) -> Self {
        Self::of(stop.after(delay(ms)), None, in_background)
    }

    /// Resolves a promise after `ms`.
    pub(crate) fn resolving(deferred: &Deferred, ms: u64, in_background: bool) -> Self {
        Self::of(deferred.resolve_after(delay(ms)), None, in_background)
    }

    /// A runtime that gives no timer here goes without.
    fn of(handle: Result<JsValue, JsValue>, callback: Option<Closure<dyn FnMut()>>, in_background: bool) -> Self {
        let timer = Self { handle: handle.unwrap_or(JsValue::UNDEFINED), _callback: callback };
        if in_background {
            timer.call("unref");
        }
        timer
    }

    /// Calls back every `ms`.
    pub(crate) fn repeating(ms: u64, callback: impl FnMut() + 'static) -> Self {
        let callback = Closure::new(callback);
        #[allow(clippy::cast_precision_loss)]
        let handle = set_interval(callback.as_ref(), ms as f64).unwrap_or(JsValue::UNDEFINED);
        // `clearTimeout` ends intervals too: they share one list.
        Self { handle, _callback: Some(callback) }
    }

    /// From now on the process waits for it: somebody has joined what was in the background.
    pub(crate) fn keep_alive(&self) {
        self.call("ref");
    }

    /// Node's timers are objects with these methods; elsewhere they are numbers and keep nothing alive.
    fn call(&self, name: &str) {
        if self.handle.is_object() {
            if let Some(method) = method(&self.handle, name) {
                let _: Result<JsValue, JsValue> = method.call0(&self.handle);
            }
        }
    }
}

impl Drop for Timer {
    fn drop(&mut self) {
        let _ = clear_timeout(&self.handle);
    }
}
