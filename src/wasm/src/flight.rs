//! Drives a `TokenSource` from one step to the next: one flight a source, its attempts, timers and waits.

use std::rc::{Rc, Weak};

use tokenwell::{
    Client, Error, ErrorKind, Failure, FailureKind, Flight, Outcome, SessionTokens, Step, Token, TokenSource,
};
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::JsFuture;

use crate::fetch;
use crate::host::{self, Timer};
use crate::secret::ask_for_secret;
use crate::source::{Running, Shared, State};
use crate::stop::{self, Deferred, Stop};
use crate::turn::Turn;
use crate::value;

/// How long the answer to a refresh that may have used up a token is listened to: until the machine itself takes the
/// flight for lost.
const LISTEN_MS: u64 = 30_000;

impl State {
    /// The running flight, unless another one has taken its place.
    fn running(&mut self, id: u64) -> Option<&mut Running> {
        self.running.as_deref_mut().filter(|running| running.id == id)
    }
}

impl Shared {
    /// From one step to the next until everybody has an answer.
    pub(crate) async fn drive(self: Rc<Self>, id: u64, first: Step) {
        let mut step = first;
        loop {
            let answer = match step {
                Step::Send(flight) => self.send(id, flight).await,
                Step::Wait { until } => {
                    if self.sleep(id, until).await.is_none() {
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
            match self.settle(id, done) {
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
    fn settle(&self, id: u64, answer: Result<Token, Error>) -> Option<Step> {
        let cancelled = matches!(&answer, Err(error) if error.kind() == ErrorKind::Aborted);
        let mut state = self.state.borrow_mut();
        if answer.is_ok() && state.left.is_some() {
            drop(state);
            return Some(self.poll(0));
        }
        if let Some(running) = state.running(id).filter(|running| cancelled && running.waiters > 0) {
            running.stop = Stop::new();
            drop(state);
            return Some(self.poll(0));
        }
        // `None` where another flight has taken this one's place: then nobody waits for this one any more.
        let running = state.running.take_if(|running| running.id == id);
        state.ended = answer.as_ref().err().map(|error| Box::new((id, error.clone())));
        let unsaved = state.unsaved.is_some();
        drop(state);
        let settled = match &answer {
            // Not to be reused before the tokens are saved: so the next call comes here, and saves them.
            Ok(token) if unsaved => value::token_for_once(token),
            Ok(token) => value::token(token),
            Err(error) => value::failure(error),
        };
        if let Some(running) = running {
            running.answer.resolve(&settled);
        }
        None
    }

    /// One attempt. `Wait` where another one follows, which is waited for also where nobody needs it at once: the replay
    /// of a refresh whose answer was lost has to be prompt.
    async fn send(self: &Rc<Self>, id: u64, mut flight: Flight) -> Step {
        let stop = self.state.borrow_mut().running(id).map_or_else(Stop::new, |running| {
            running.rotating = flight.is_rotating();
            running.stop.clone()
        });
        let turn = match self.context.isolated_requests {
            // A turn that another request gives back could not be taken here.
            true => None,
            false => match Turn::take(self.context.most_requests, &stop).await {
                Some(turn) => Some(turn),
                None => return self.cancelled(flight, &stop),
            },
        };
        self.arm(id, &flight, &stop);
        if flight.needs_secret() {
            if let Err(error) = self.supply_secret(&mut flight, &stop).await {
                self.disarm(id);
                let wanted = stop.reason() != Some(FailureKind::Aborted);
                let step = self.cancelled(flight, &stop);
                return if wanted { Step::Failed(error) } else { step };
            }
        }
        let (attempt, background) = (flight.attempt(), flight.is_background());
        self.context.tell("request", Some(attempt), background);
        let outcome = fetch::send(flight.request(), &self.context, &stop).await;
        self.disarm(id);
        drop(turn);
        if let Outcome::Response(response) = &outcome {
            self.context.tell("response", Some(attempt), response.status());
        }
        let now = self.context.clock.now();
        let mut state = self.state.borrow_mut();
        if let Some(left) = &mut state.left {
            left.finish(flight, outcome, now);
            drop(state);
            return self.poll(0);
        }
        let step = state.source.finish(flight, outcome, now);
        let failed = state.source.last_failure().cloned();
        drop(state);
        self.tell(&step, failed.as_ref(), attempt, background, now.as_unix_ms());
        step
    }

    /// Brings back a flight that was never sent.
    fn cancelled(&self, flight: Flight, stop: &Stop) -> Step {
        let failure = Failure::new(stop.reason().unwrap_or(FailureKind::Aborted));
        let now = self.context.clock.now();
        self.state.borrow_mut().source.finish(flight, Outcome::Failure(failure), now)
    }

    /// The events that follow from a step.
    fn tell(&self, step: &Step, failed: Option<&Error>, attempt: u32, background: bool, now: u64) {
        match (step, failed) {
            (Step::Ready(_), Some(error)) => self.context.tell("served_stale", None, value::failure(error)),
            (Step::Ready(token), None) => {
                if background {
                    self.context.tell("refresh", None, JsValue::UNDEFINED);
                }
                self.context.tell_deviations(token);
            }
            (Step::Wait { until }, _) => {
                let delay = value::number(until.saturating_sub(now).min(u32::MAX.into()));
                self.context.tell("retry", Some(attempt), delay);
            }
            _ => {}
        }
    }

    /// Starts the timer of an attempt.
    fn arm(self: &Rc<Self>, id: u64, flight: &Flight, stop: &Stop) {
        let background = flight.is_background();
        let timeout_ms = flight.timeout_ms();
        let timer = if flight.is_rotating() {
            // Made beforehand, since the flight is not at hand when the timer rings.
            let late = flight.error(&Failure::new(FailureKind::TimedOut), self.context.clock.now());
            let (shared, stop): (Weak<Self>, Stop) = (Rc::downgrade(self), stop.clone());
            Timer::calling(timeout_ms, background, move || {
                if let Some(shared) = shared.upgrade() {
                    shared.listen_on(id, LISTEN_MS.saturating_sub(timeout_ms), &late, &stop);
                }
            })
        } else {
            Timer::new(stop, timeout_ms, background)
        };
        if let Some(running) = self.state.borrow_mut().running(id) {
            running.timer = Some(timer);
        }
    }

    fn disarm(&self, id: u64) {
        let timer = self.state.borrow_mut().running(id).and_then(|running| running.timer.take());
        drop(timer);
    }

    /// Callers of a late refresh get their timeout, but its answer is still listened to: a new refresh token in it must
    /// not be lost.
    fn listen_on(self: &Rc<Self>, id: u64, listen_ms: u64, late: &Error, stop: &Stop) {
        let timer = Timer::new(stop, listen_ms, true);
        let mut state = self.state.borrow_mut();
        let Some(running) = state.running(id) else { return };
        running.waiters = 0;
        let told = std::mem::replace(&mut running.answer, Deferred::new());
        let finished = running.timer.replace(timer);
        drop(state);
        told.resolve(&value::failure(late));
        // This is that timer's own callback, which must not be freed while it runs.
        stop::go(Box::pin(async move { drop(finished) }));
    }

    /// Waits for a time. `None` where everybody has left meanwhile: then whoever comes next goes on from here.
    async fn sleep(self: &Rc<Self>, id: u64, until: u64) -> Option<()> {
        let ms = until.saturating_sub(self.context.clock.now().as_unix_ms());
        let done = Deferred::new();
        let stop = {
            let mut state = self.state.borrow_mut();
            let running = state.running(id)?;
            // A failed attempt has used up its stop, which must not end the wait as well.
            if running.stop.reason().is_some() {
                running.stop = Stop::new();
            }
            running.timer = Some(Timer::new(&done, ms, running.waiters == 0));
            running.stop.clone()
        };
        let _ = stop.or(&done.promise()).await;
        self.disarm(id);
        if stop.reason().is_some() {
            let mut state = self.state.borrow_mut();
            let running = state.running(id)?;
            if running.waiters == 0 {
                state.running = None;
                return None;
            }
            running.stop = Stop::new();
        }
        Some(())
    }

    /// Forgets every token at once.
    pub(crate) fn disconnect(&self) {
        let mut state = self.state.borrow_mut();
        let Some(tokens) = state.source.session_tokens() else { return };
        let mut disconnected = TokenSource::session(state.source.client().clone(), tokens, self.context.clock.now());
        disconnected.disconnect();
        state.left = Some(Box::new(std::mem::replace(&mut state.source, disconnected)));
    }

    /// The newest tokens that there were before: a flight that is out may bring newer ones.
    pub(crate) async fn left_behind(&self) -> Option<(Client, SessionTokens)> {
        let flight = self.state.borrow().running.as_ref().map(|running| running.answer.promise());
        if let Some(flight) = flight {
            let _ = JsFuture::from(flight).await;
        }
        let mut state = self.state.borrow_mut();
        let left = state.left.as_ref()?;
        let newest = (left.client().clone(), left.session_tokens()?);
        if state.running.is_none() {
            state.left = None;
        }
        Some(newest)
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
