//! A source of tokens as JavaScript sees it, and what its callers and its flight share.

use std::cell::RefCell;
use std::rc::Rc;

use js_sys::{Function, Promise};
use tokenwell::{Error, Flight, Rejection, SessionTokens, Step, TokenSource};
use wasm_bindgen::prelude::*;

use crate::client::Context;
use crate::flight::SAVE_FIRST;
use crate::follow::Pulse;
use crate::host::{self, Timer};
use crate::stop::{self, Deferred, Stop};
use crate::value;

/// One token that is kept fresh, as JavaScript sees it.
#[wasm_bindgen]
pub struct Source {
    pub(crate) shared: Rc<Shared>,
}

/// What a source's callers and its flight share.
pub(crate) struct Shared {
    pub(crate) context: Rc<Context>,
    pub(crate) state: RefCell<State>,
    pub(crate) on_tokens: Option<Function>,
}

/// A process may hold a hundred thousand of these, so what is rarely there is in a box.
pub(crate) struct State {
    pub(crate) source: TokenSource,
    pub(crate) running: Option<Box<Running>>,
    /// Tokens that the caller's `onTokens` has not taken yet. Nobody gets them before it has had its turn.
    pub(crate) unsaved: Option<Box<SessionTokens>>,
    /// What the source was before its session was disconnected: a flight that was out then may bring the refresh token
    /// that is to be revoked.
    pub(crate) left: Option<Box<TokenSource>>,
    /// How the last flight ended that brought no token, for those who could not wait for its promise.
    pub(crate) ended: Option<(u64, Error)>,
    flights: u64,
}

/// The flight that is out. Its promise resolves for all waiters at once, with a token or a failure.
pub(crate) struct Running {
    pub(crate) id: u64,
    pub(crate) answer: Deferred,
    pub(crate) stop: Stop,
    /// It may use up a refresh token, so it goes on even if nobody waits.
    pub(crate) rotating: bool,
    pub(crate) timer: Option<Timer>,
    /// Where requests are isolated: counts while the request that leads is alive.
    pub(crate) pulse: Option<Pulse>,
}

#[wasm_bindgen]
impl Source {
    /// A token at once, a failure at once, or the promise of either. Whoever gets the promise counts as a waiter.
    pub fn token(&self, fresh: bool) -> JsValue {
        if fresh {
            self.shared.state.borrow_mut().source.invalidate();
        }
        self.shared.ask()
    }

    /// A waiter of this promise has gone. With the last one a flight is cancelled, unless it may use up a refresh token.
    pub fn leave(&self, promise: &Promise) {
        let state = self.shared.state.borrow();
        let left = state.running.as_ref().filter(|running| running.answer.leave(promise) && !running.rotating);
        let stop = left.map(|running| running.stop.clone());
        drop(state);
        if let Some(stop) = stop {
            stop.abort();
        }
    }

    /// A 401 for the token of this version. Whether another token may help.
    pub fn reject(&self, version: f64) -> bool {
        let now = self.shared.context.clock.now();
        let rejection = self.shared.state.borrow_mut().source.reject_version(host::milliseconds(version), now);
        rejection != Rejection::TooSoon
    }
}

impl Shared {
    pub(crate) fn new(context: Rc<Context>, source: TokenSource, on_tokens: Option<Function>) -> Rc<Self> {
        let state = State { source, running: None, unsaved: None, left: None, ended: None, flights: 0 };
        Rc::new(Self { context, state: RefCell::new(state), on_tokens })
    }

    /// A token, a failure, or the promise of either.
    pub(crate) fn ask(self: &Rc<Self>) -> JsValue {
        let now = self.context.clock.now();
        let mut state = self.state.borrow_mut();
        if let (Some(token), None) = (state.source.current(now), &state.unsaved) {
            if state.running.is_none() {
                let step = state.source.poll(now, host::jitter());
                if let Step::Send(_) = step {
                    self.start(&mut state, step);
                }
            }
            let refreshing = state.running.is_some();
            drop(state);
            return match refreshing {
                // Asked for again at the next call, so that the old token is not handed out along with the new one.
                true => value::token_for_once(&token),
                false => value::token(&token),
            };
        }
        if let (Some(running), true) = (&state.running, self.context.isolated_requests) {
            let leader = running.id;
            drop(state);
            let follower = Rc::clone(self);
            return stop::promise(Box::pin(async move { Ok(follower.follow(leader).await) })).into();
        }
        if state.running.is_none() {
            let step = match state.unsaved {
                None => state.source.poll(now, host::jitter()),
                Some(_) => SAVE_FIRST,
            };
            match step {
                Step::Ready(token) => {
                    drop(state);
                    return value::token(&token);
                }
                Step::Failed(error) => {
                    drop(state);
                    return value::failure(&error);
                }
                // A flight; or the machine asks for patience, such as after a token that was used up at once; or what
                // could not be saved is tried again before anything else.
                step => self.start(&mut state, step),
            }
        }
        let Some(running) = &state.running else { return JsValue::UNDEFINED };
        if let Some(timer) = &running.timer {
            timer.keep_alive();
        }
        running.answer.join().into()
    }

    /// Sets a driver going, with a flight mostly.
    fn start(self: &Rc<Self>, state: &mut State, first: Step) {
        let flight = match &first {
            Step::Send(flight) => Some(flight),
            _ => None,
        };
        let isolated = self.context.isolated_requests;
        state.flights = state.flights.saturating_add(1);
        let id = state.flights;
        let answer = Deferred::new();
        // A refresh goes on even if its callers give up, since it may use up the refresh token.
        let outlives = state.unsaved.is_some()
            || flight.is_some_and(|flight| flight.is_background() || flight.is_rotating() || isolated);
        state.running = Some(Box::new(Running {
            id,
            answer,
            stop: Stop::new(),
            rotating: flight.is_some_and(Flight::is_rotating),
            timer: None,
            pulse: isolated.then(Pulse::new),
        }));
        stop::go(Box::pin(Rc::clone(self).drive(id, first, outlives)));
    }
}
