//! What this runtime offers: clocks, random numbers, timers, the environment. Browsers are refused.

use js_sys::Function;
use tokenwell::{Error, Now, Recovery};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;

use crate::stop::Deferred;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_namespace = Date, js_name = now, catch)]
    fn date_now() -> Result<f64, JsValue>;

    #[wasm_bindgen(js_namespace = performance, js_name = now, catch)]
    fn performance_now() -> Result<f64, JsValue>;

    #[wasm_bindgen(js_namespace = crypto, js_name = getRandomValues, catch)]
    fn get_random_values(bytes: &mut [u8]) -> Result<JsValue, JsValue>;
}

#[wasm_bindgen(raw_module = "./host.js")]
extern "C" {
    pub(crate) type Runtime;

    #[wasm_bindgen(static_method_of = Runtime, js_name = isPage)]
    fn is_page() -> bool;

    /// Whether requests share no I/O, as in workerd.
    #[wasm_bindgen(static_method_of = Runtime, js_name = isolatesRequests)]
    pub(crate) fn isolates_requests() -> bool;

    #[wasm_bindgen(js_name = Timer)]
    type JsTimer;

    #[wasm_bindgen(constructor, js_class = Timer)]
    fn new(target: &JsValue, ms: u32, in_background: bool) -> JsTimer;

    #[wasm_bindgen(method, js_class = Timer, js_name = keepAlive)]
    fn keep_alive(this: &JsTimer);

    #[wasm_bindgen(method, js_class = Timer)]
    fn clear(this: &JsTimer);
}

/// A client secret must not be in a browser.
pub(crate) fn refuse_browser() -> Result<(), Error> {
    if Runtime::is_page() {
        return Err(Error::runtime(
            "Tokenwell does not run in a browser, where everybody could read the client secret: make the client on your server, and let the page call that; in a test, choose the environment node instead of jsdom or happy-dom",
        )
        .with_recovery(Recovery::FixConfiguration));
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
                // Beyond all dates, a second later would not be later.
                Now::unix_ms(milliseconds(told.unwrap_or_default()).min(1 << 53))
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

/// What is not a number, or is negative, becomes zero: a mocked clock must not be able to break anything.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
pub(crate) fn milliseconds(ms: f64) -> u64 {
    ms as u64
}

/// Milliseconds for a timer: none is set for as long as 49 days.
pub(crate) fn clipped(ms: u64) -> u32 {
    u32::try_from(ms).unwrap_or(u32::MAX)
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
            "this runtime offers no secure random numbers here (crypto.getRandomValues), so nothing was started: in a worker call this inside a request handler",
        )
        .with_recovery(Recovery::FixConfiguration)),
    }
}

/// A timer that ends when it is dropped.
pub(crate) struct Timer(JsTimer);

impl Timer {
    /// Rings a `Stop`, a `Deferred` or a `Late` after `ms`. A timer `in_background` does not keep the process alive.
    pub(crate) fn new(target: &JsValue, ms: u64, in_background: bool) -> Self {
        Self(JsTimer::new(target, clipped(ms), in_background))
    }

    /// From now on the process waits for it: somebody has joined what was in the background.
    pub(crate) fn keep_alive(&self) {
        self.0.keep_alive();
    }
}

impl Drop for Timer {
    fn drop(&mut self) {
        self.0.clear();
    }
}

/// A short wait.
pub(crate) async fn pause(ms: u64) {
    let done = Deferred::new();
    let _timer = Timer::new(&done, ms, false);
    let _ = JsFuture::from(done.promise()).await;
}
