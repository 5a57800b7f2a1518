//! Where each request is a world of its own (workerd): a promise of one request must not be waited for in another, and a
//! request that ends takes its work along.
//!
//! So whoever finds a flight under way looks, with timers of its own request, for what it leaves behind: a token, an
//! error, or nothing, when the request that led it has ended. Then it takes over.

use std::rc::Rc;

use tokenwell::ErrorKind;
use wasm_bindgen::prelude::*;

use crate::host::pause;
use crate::source::Shared;
use crate::value;

/// How often a follower looks.
const LOOK_MS: u64 = 20;
/// How often a leader gives a sign of life.
const PULSE_MS: u32 = 50;
/// After so many looks without a sign the leader's request is taken to have ended: half a second, ten signs missed.
const QUIET_LOOKS: u32 = 25;

#[wasm_bindgen(raw_module = "./host.js")]
extern "C" {
    #[wasm_bindgen(js_name = Pulse)]
    type JsPulse;

    #[wasm_bindgen(constructor, js_class = Pulse)]
    fn new(ms: u32) -> JsPulse;

    #[wasm_bindgen(method, getter, js_class = Pulse)]
    fn count(this: &JsPulse) -> u32;

    #[wasm_bindgen(method, js_class = Pulse)]
    fn clear(this: &JsPulse);
}

/// A count that goes up while this request is alive, until it is dropped.
pub(crate) struct Pulse(JsPulse);

impl Pulse {
    pub(crate) fn new() -> Self {
        Self(JsPulse::new(PULSE_MS))
    }
}

impl Drop for Pulse {
    fn drop(&mut self) {
        self.0.clear();
    }
}

impl Shared {
    /// Waits for what the flight of another request leaves behind.
    pub(crate) async fn follow(self: &Rc<Self>, leader: u64) -> JsValue {
        let (mut last, mut quiet) = (None, 0u32);
        loop {
            pause(LOOK_MS).await;
            let now = self.context.clock.now();
            let mut state = self.state.borrow_mut();
            if let (Some(token), None) = (state.source.current(now), &state.unsaved) {
                drop(state);
                return value::token(&token);
            }
            let running = state.running.as_ref().filter(|running| running.id == leader);
            let sign = running.and_then(|running| running.pulse.as_ref()).map(|pulse| pulse.0.count());
            match sign {
                Some(sign) if last != Some(sign) => (last, quiet) = (Some(sign), 0),
                Some(_) if quiet < QUIET_LOOKS => quiet = quiet.saturating_add(1),
                Some(_) => {
                    state.running = None;
                    state.source.abandon_flight();
                    break;
                }
                None => {
                    let ended = state.ended.as_ref().filter(|ended| ended.0 >= leader).map(|ended| ended.1.clone());
                    drop(state);
                    match ended {
                        // Whoever led gave up, which says nothing about those who follow.
                        Some(error) if error.kind() != ErrorKind::Aborted => {
                            return value::failure(&error);
                        }
                        _ => break,
                    }
                }
            }
        }
        // It may be a promise of this request, that of a flight of its own or of another turn at following: whoever is given
        // one waits for what it brings.
        self.ask()
    }
}
