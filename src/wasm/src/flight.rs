//! Drives a `TokenSource`: one flight a source, many waiters, each free to leave.

use std::cell::RefCell;
use std::rc::{Rc, Weak};

use js_sys::{Function, Promise};
use tokenwell::{
    Change, Error, ErrorKind, Failure, FailureKind, Flight, Outcome, Rejection, Secret, SessionTokens, Step, Token,
    TokenSource,
};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::{JsFuture, spawn_local};

use crate::client::Context;
use crate::fetch;
use crate::host::{self, Timer};
use crate::session;
use crate::stop::Stop;
use crate::value::{self, Event};

/// How long a refresh that may have used up a token is listened to after its callers were told to give up: until
/// the machine itself takes it for lost.
const LISTEN_MS: u64 = 30_000;

/// One token that is kept fresh, as JavaScript sees it.
#[wasm_bindgen]
pub struct Source {
    pub(crate) shared: Rc<Shared>,
}

/// What a source's callers and its flight share.
pub(crate) struct Shared {
    pub(crate) context: Rc<Context>,
    pub(crate) state: RefCell<State>,
    on_tokens: Option<Function>,
}

pub(crate) struct State {
    pub(crate) source: TokenSource,
    running: Option<Running>,
    /// Tokens that the caller's `onTokens` has not taken yet.
    unsaved: Option<SessionTokens>,
}

/// The flight that is out. Its promise resolves for all waiters at once, with a token or a failure.
struct Running {
    promise: Promise,
    resolve: Function,
    waiters: u32,
    stop: Stop,
    /// It may use up a refresh token, so it goes on even if nobody waits.
    rotating: bool,
    timer: Option<Timer>,
}

#[wasm_bindgen]
impl Source {
    /// A token at once, a failure at once, or the promise of either. Whoever gets the promise counts as a waiter.
    pub fn token(&self, fresh: bool) -> JsValue {
        let now = self.shared.context.clock.now();
        let mut state = self.shared.state.borrow_mut();
        if fresh {
            state.source.invalidate();
        }
        if let (Some(token), None) = (state.source.current(now), &state.unsaved) {
            if state.running.is_none() && !token_is_fresh(&token, now) {
                let step = state.source.poll(now, host::jitter());
                if let Step::Send(flight) = step {
                    start(&self.shared, &mut state, flight);
                }
            }
            drop(state);
            return value::token(&self.shared.context.values, &token);
        }
        if state.running.is_none() {
            let step = state.source.poll(now, host::jitter());
            match step {
                // What could not be saved is tried again before the token is handed out.
                Step::Ready(_) if state.unsaved.is_some() => go(&self.shared, &mut state, step),
                Step::Ready(token) => {
                    drop(state);
                    return value::token(&self.shared.context.values, &token);
                }
                Step::Failed(error) => {
                    drop(state);
                    return value::failure(&self.shared.context.values, &error);
                }
                Step::Send(flight) => start(&self.shared, &mut state, flight),
                // The machine asks for patience, such as after a token that was used up at once.
                Step::Wait { .. } => go(&self.shared, &mut state, step),
            }
        }
        let Some(running) = &mut state.running else { return JsValue::UNDEFINED };
        running.waiters = running.waiters.saturating_add(1);
        if let Some(timer) = &running.timer {
            timer.keep_alive();
        }
        running.promise.clone().into()
    }

    /// A waiter of this promise has gone. With the last one a flight is cancelled, unless it may use up a refresh token.
    pub fn leave(&self, promise: &Promise) {
        let mut state = self.shared.state.borrow_mut();
        let joined: &JsValue = promise.as_ref();
        let Some(running) =
            state.running.as_mut().filter(|running| joined == AsRef::<JsValue>::as_ref(&running.promise))
        else {
            return;
        };
        running.waiters = running.waiters.saturating_sub(1);
        if running.waiters == 0 && !running.rotating {
            let stop = running.stop.clone();
            drop(state);
            stop.now(FailureKind::Aborted);
        }
    }

    /// A 401 for the token of this version: `"retry"` if another token may help.
    pub fn reject(&self, version: f64) -> bool {
        let now = self.shared.context.clock.now();
        let rejection = self.shared.state.borrow_mut().source.reject_version(host::milliseconds(version), now);
        rejection != Rejection::TooSoon
    }
}

fn token_is_fresh(token: &Token, now: tokenwell::Now) -> bool {
    // The machine lets a token that is due for a refresh be reused for a second at most.
    token.reuse_until().elapsed_since(now) > 1_000
}

/// Makes a flight the running one and sets it going.
fn start(shared: &Rc<Shared>, state: &mut State, flight: Flight) {
    let (running, background) = (Running::new(flight.is_rotating()), flight.is_background());
    let work = running.promise.clone();
    state.running = Some(running);
    let driver = Rc::clone(shared);
    spawn_local(async move {
        // Here, where nothing is borrowed: the caller's function may ask for a token.
        if let (true, Some(wait_until)) = (background, &driver.context.wait_until) {
            let _: Result<JsValue, JsValue> = wait_until.call1(&JsValue::UNDEFINED, &work);
        }
        driver.drive(Step::Send(flight)).await;
    });
}

/// Sets a driver going that begins with a step other than a flight.
fn go(shared: &Rc<Shared>, state: &mut State, step: Step) {
    state.running = Some(Running::new(false));
    let driver = Rc::clone(shared);
    spawn_local(async move { driver.drive(step).await });
}

impl Running {
    fn new(rotating: bool) -> Self {
        let (promise, resolve) = deferred();
        Self { promise, resolve, waiters: 0, stop: Stop::new(), rotating, timer: None }
    }
}

/// A promise and what resolves it.
pub(crate) fn deferred() -> (Promise, Function) {
    let mut resolve = None;
    let promise = Promise::new(&mut |done, _| resolve = Some(done));
    // The executor runs before the constructor returns, so there always is one.
    (promise, resolve.unwrap_or_else(|| JsValue::UNDEFINED.unchecked_into()))
}

impl Shared {
    pub(crate) fn new(context: Rc<Context>, source: TokenSource, on_tokens: Option<Function>) -> Rc<Self> {
        Rc::new(Self { context, state: RefCell::new(State { source, running: None, unsaved: None }), on_tokens })
    }

    /// From one step to the next until everybody has an answer.
    async fn drive(self: Rc<Self>, first: Step) {
        let mut step = first;
        loop {
            let answer = match step {
                Step::Send(flight) => match self.send(flight).await {
                    Some(answer) => answer,
                    None => self.poll(0),
                },
                Step::Wait { until } => {
                    if self.sleep(until).await.is_none() {
                        return;
                    }
                    self.poll(until)
                }
                other => other,
            };
            let done = match answer {
                Step::Ready(token) => Ok(token),
                Step::Failed(error) => Err(error),
                next @ (Step::Send(_) | Step::Wait { .. }) => {
                    step = next;
                    continue;
                }
            };
            if done.is_ok() {
                self.save().await;
            }
            match self.settle(done) {
                None => return,
                Some(next) => step = next,
            }
        }
    }

    /// Polls, at `earliest` at least: a timer may ring before its time, and the caller's clock may stand still.
    fn poll(&self, earliest: u64) -> Step {
        let now = self.context.clock.now();
        let now = now.after(earliest.saturating_sub(now.as_unix_ms()));
        self.state.borrow_mut().source.poll(now, host::jitter())
    }

    /// Gives everybody the answer. Where callers came after a flight was cancelled, another step follows instead.
    fn settle(&self, answer: Result<Token, Error>) -> Option<Step> {
        let cancelled = matches!(&answer, Err(error) if error.kind() == ErrorKind::Aborted);
        let mut state = self.state.borrow_mut();
        if cancelled && state.running.as_ref().is_some_and(|running| running.waiters > 0) {
            if let Some(running) = &mut state.running {
                running.stop = Stop::new();
            }
            drop(state);
            return Some(self.poll(0));
        }
        let running = state.running.take();
        let unsaved = state.unsaved.is_some();
        drop(state);
        let settled = match &answer {
            // Not to be reused before the tokens are saved: so the next call comes here, and saves them.
            Ok(token) if unsaved => value::token_for_once(&self.context.values, token),
            Ok(token) => value::token(&self.context.values, token),
            Err(error) => value::failure(&self.context.values, error),
        };
        if let Some(running) = running {
            let _: Result<JsValue, JsValue> = running.resolve.call1(&JsValue::UNDEFINED, &settled);
        }
        None
    }

    /// One attempt. `None` where the machine has more to do before there is an answer.
    async fn send(self: &Rc<Self>, mut flight: Flight) -> Option<Step> {
        let stop = self.state.borrow().running.as_ref().map(|running| running.stop.clone()).unwrap_or_else(Stop::new);
        self.arm(&flight, &stop);
        if flight.needs_secret() {
            if let Err(error) = self.supply_secret(&mut flight, &stop).await {
                self.disarm();
                let now = self.context.clock.now();
                let cancelled = stop.reason() == Some(FailureKind::Aborted);
                let failure = Failure::new(stop.reason().unwrap_or(FailureKind::Aborted));
                let step = self.state.borrow_mut().source.finish(flight, Outcome::Failure(failure), now);
                return Some(if cancelled { step } else { Step::Failed(error) });
            }
        }
        let (attempt, background) = (flight.attempt(), flight.is_background());
        self.context.emit(|event| Event { attempt: Some(attempt), background: Some(background), ..event("request") });
        let fetch = self.context.fetch();
        let outcome = match fetch {
            Some(fetch) => fetch::send(flight.request(), &fetch, self.context.largest_response, &stop).await,
            None => Outcome::Failure(Failure::new(FailureKind::Broken).with_detail("this runtime has no fetch")),
        };
        self.disarm();
        if let Outcome::Response(response) = &outcome {
            let status = response.status();
            self.context.emit(|event| Event { attempt: Some(attempt), status: Some(status), ..event("response") });
        }
        let now = self.context.clock.now();
        let mut state = self.state.borrow_mut();
        let step = state.source.finish(flight, outcome, now);
        let failed = state.source.last_failure().cloned();
        drop(state);
        self.tell(&step, failed.as_ref(), attempt, background, now.as_unix_ms());
        match step {
            Step::Wait { .. } => None,
            step => Some(step),
        }
    }

    /// The events that follow from a step.
    fn tell(&self, step: &Step, failed: Option<&Error>, attempt: u32, background: bool, now: u64) {
        match (step, failed) {
            (Step::Ready(_), Some(error)) => self.context.emit(|event| event("served_stale").about(error)),
            (Step::Ready(token), None) => {
                if background {
                    self.context.emit(|event| event("refresh"));
                }
                self.context.tell_deviations(token);
            }
            (Step::Wait { until }, _) => {
                let delay = u32::try_from(until.saturating_sub(now)).unwrap_or(u32::MAX);
                self.context.emit(|event| Event { attempt: Some(attempt), delay: Some(delay), ..event("retry") });
            }
            _ => {}
        }
    }

    /// Starts the timer of an attempt.
    fn arm(self: &Rc<Self>, flight: &Flight, stop: &Stop) {
        let late = flight.error(&Failure::new(FailureKind::TimedOut), self.context.clock.now());
        let (rotating, background) = (flight.is_rotating(), flight.is_background());
        let (shared, stop): (Weak<Self>, Stop) = (Rc::downgrade(self), stop.clone());
        let timer = Timer::new(flight.timeout_ms(), background, move || {
            let Some(shared) = shared.upgrade() else { return };
            if rotating {
                shared.listen_on(&late, &stop);
            } else {
                stop.now(FailureKind::TimedOut);
            }
        });
        if let Some(running) = &mut self.state.borrow_mut().running {
            running.timer = Some(timer);
        }
    }

    fn disarm(&self) {
        let timer = self.state.borrow_mut().running.as_mut().and_then(|running| running.timer.take());
        drop(timer);
    }

    /// Callers of a late refresh get their timeout, but its answer is still listened to: a new refresh token in it must
    /// not be lost.
    fn listen_on(self: &Rc<Self>, late: &Error, stop: &Stop) {
        let stop = stop.clone();
        let timer = Timer::new(LISTEN_MS, true, move || stop.now(FailureKind::TimedOut));
        let (promise, resolve) = deferred();
        let mut state = self.state.borrow_mut();
        let Some(running) = &mut state.running else { return };
        running.promise = promise;
        running.waiters = 0;
        let told = std::mem::replace(&mut running.resolve, resolve);
        let finished = running.timer.replace(timer);
        drop(state);
        let failure = value::failure(&self.context.values, late);
        let _: Result<JsValue, JsValue> = told.call1(&JsValue::UNDEFINED, &failure);
        // This is that timer's own callback, which must not be freed while it runs.
        spawn_local(async move { drop(finished) });
    }

    /// Waits for a time. `None` where everybody has left meanwhile: then whoever comes next goes on from here.
    async fn sleep(self: &Rc<Self>, until: u64) -> Option<()> {
        let ms = until.saturating_sub(self.context.clock.now().as_unix_ms());
        let (promise, resolve) = deferred();
        let stop = {
            let mut state = self.state.borrow_mut();
            let running = state.running.as_mut()?;
            running.timer = Some(Timer::new(ms, running.waiters == 0, move || {
                let _: Result<JsValue, JsValue> = resolve.call0(&JsValue::UNDEFINED);
            }));
            running.stop.clone()
        };
        let _ = stop.or(&promise).await;
        self.disarm();
        if stop.reason().is_some() {
            let mut state = self.state.borrow_mut();
            let running = state.running.as_mut()?;
            if running.waiters == 0 {
                state.running = None;
                return None;
            }
            running.stop = Stop::new();
        }
        Some(())
    }

    /// Hands new tokens to the caller's `onTokens`, before anybody gets them. If that fails, the tokens are used all the
    /// same, and saving is tried again with the next call.
    pub(crate) async fn save(&self) {
        let Some(on_tokens) = &self.on_tokens else { return };
        let tokens = {
            let mut state = self.state.borrow_mut();
            while let Some(change) = state.source.take_change() {
                if let Change::Tokens(tokens) = change {
                    state.unsaved = Some(tokens);
                }
            }
            state.unsaved.take()
        };
        let Some(tokens) = tokens else { return };
        let stop = Stop::new();
        let late = stop.clone();
        let timeout = self.state.borrow().source.client().options().timeout_ms;
        let _timer = Timer::new(timeout, false, move || late.now(FailureKind::TimedOut));
        let saved = match on_tokens.call1(&JsValue::UNDEFINED, &session::plain(&tokens)) {
            Ok(pending) => stop.or(&Promise::resolve(&pending)).await.is_ok(),
            Err(_) => false,
        };
        if !saved {
            let mut state = self.state.borrow_mut();
            state.unsaved.get_or_insert(tokens);
            drop(state);
            let error = Error::runtime(
                "onTokens failed, so the new tokens are not stored: they are used all the same, and the next call tries to store them again",
            );
            self.context.emit(|event| event("save_failed").about(&error));
        }
    }

    /// Waits until no flight is out.
    pub(crate) async fn flight_settled(&self) {
        let running = self.state.borrow().running.as_ref().map(|running| running.promise.clone());
        if let Some(promise) = running {
            let _ = JsFuture::from(promise).await;
        }
    }

    /// Asks the caller for the client secret.
    async fn supply_secret(&self, flight: &mut Flight, stop: &Stop) -> Result<(), Error> {
        let Some(function) = &self.context.client_secret else {
            return Err(Error::configuration("clientSecret", "is missing"));
        };
        let secret = ask_for_secret(function, stop).await?;
        self.state.borrow_mut().source.supply_secret(flight, secret)
    }
}

/// Asks the caller's function. What it throws may hold a secret, so it is not repeated.
pub(crate) async fn ask_for_secret(function: &Function, stop: &Stop) -> Result<Secret, Error> {
    let refuse = |problem: &str| Error::configuration("clientSecret", problem);
    let given: JsValue = function
        .call0(&JsValue::UNDEFINED)
        .map_err(|_: JsValue| refuse("is a function that threw: see that it gives the secret"))?;
    let Ok(given) = stop.or(&Promise::resolve(&given)).await else {
        return Err(refuse("is a function that failed or took too long: see that it gives the secret"));
    };
    let secret = given.as_string().ok_or_else(|| refuse("is a function that gave something other than a string"))?;
    Ok(Secret::new(secret))
}
