//! Drives a `TokenSource` from one step to the next: at most one flight for each source, its attempts, timers and waits.

use std::pin::Pin;
use std::rc::Rc;

use tokenwell::{Error, ErrorKind, Failure, FailureKind, Flight, Outcome, SessionTokens, Step, Token, TokenSource};
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::JsFuture;

use crate::fetch;
use crate::host::{self, Timer};
use crate::secret::ask_for_secret;
use crate::source::{Running, Shared, State};
use crate::stop::{Deferred, Late, Stop};
use crate::turn::Turn;
use crate::value;

/// A wait that few flights have, in a box: the others need no room for it, and no engine compiles it for them.
fn aside<'a, T>(wait: impl Future<Output = T> + 'a) -> Pin<Box<dyn Future<Output = T> + 'a>> {
    Box::pin(wait)
}

/// Where there are tokens that could not be saved: what could be sent next may use up their refresh token, which exists
/// nowhere else.
pub(crate) const SAVE_FIRST: Step = Step::Wait { until: 0 };

impl State {
    /// The running flight, unless another one has taken its place.
    fn running(&mut self, id: u64) -> Option<&mut Running> {
        self.running.as_deref_mut().filter(|running| running.id == id)
    }
}

impl Shared {
    /// From one step to the next until everybody has an answer. Whether it `outlives` the request that asked, nobody knows.
    pub(crate) async fn drive(self: Rc<Self>, id: u64, first: Step, outlives: bool) {
        // Here, where nothing is borrowed: the caller's function may ask for a token. The work does not end with the answer,
        // which callers get before where the server's is late.
        let _work = outlives.then(|| self.context.work());
        let (mut next, mut saved) = (Some(first), false);
        while let Some(step) = next {
            if self.on_tokens.is_some() {
                match step {
                    Step::Send(_) => saved = false,
                    Step::Ready(_) | Step::Wait { until: 0 } if !saved => {
                        aside(self.save()).await;
                        saved = true;
                    }
                    _ => {}
                }
            }
            next = match step {
                Step::Send(flight) => Some(self.send(id, flight).await),
                Step::Wait { until } => aside(self.sleep(id, until)).await,
                Step::Ready(token) => self.settle(id, Ok(token)),
                Step::Failed(error) => self.settle(id, Err(error)),
            };
        }
    }

    /// Polls, at `earliest` at least: a timer may ring before its time, and the caller's clock may stand still. No more than
    /// the wait is made up for, since a clock that was set back meanwhile says the time.
    fn poll(&self, earliest: u64, waited_ms: u64) -> Step {
        let now = self.context.clock.now();
        let now = now.after(earliest.saturating_sub(now.as_unix_ms()).min(waited_ms));
        self.state.borrow_mut().source.poll(now, host::jitter())
    }

    /// Gives everybody the answer. Where callers came after a flight was cancelled, another step follows instead.
    fn settle(&self, id: u64, answer: Result<Token, Error>) -> Option<Step> {
        let mut state = self.state.borrow_mut();
        let goes_on = match &answer {
            Ok(_) => state.left.is_some(),
            Err(error) => {
                let cancelled = error.kind() == ErrorKind::Aborted;
                let joined = state.running(id).filter(|running| cancelled && running.answer.waiters() > 0);
                joined.map(|running| running.stop = Stop::new()).is_some()
            }
        };
        if goes_on {
            drop(state);
            return Some(self.poll(0, 0));
        }
        let unsaved = state.unsaved.is_some();
        // `None` where another flight has taken this one's place: then nobody waits for this one any more.
        let running = state.running.take_if(|running| running.id == id);
        state.ended = answer.as_ref().err().map(|error| (id, error.clone()));
        // From here on nothing is borrowed: an answer that is handed out may run code that asks again.
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
    async fn send(&self, id: u64, mut flight: Flight) -> Step {
        let stop = self.state.borrow_mut().running(id).map_or_else(Stop::new, |running| {
            running.rotating = flight.is_rotating();
            running.stop.clone()
        });
        if flight.needs_secret() {
            flight = match aside(self.supply_secret(id, flight, &stop)).await {
                Ok(flight) => flight,
                Err(step) => return step,
            };
        }
        let turn = match self.context.isolated_requests {
            // A turn that another request gives back could not be taken here.
            true => None,
            false => match Turn::take(self.context.most_requests, &stop).await {
                Some(turn) => Some(turn),
                None => return self.cancelled(flight, &stop),
            },
        };
        self.arm(id, &flight, &stop);
        let (attempt, background) = (flight.attempt(), flight.is_background());
        let outcome = fetch::send(flight.request(), &self.context, &stop, attempt, background.into()).await;
        self.disarm(id);
        drop(turn);
        let now = self.context.clock.now();
        let mut state = self.state.borrow_mut();
        if let Some(left) = &mut state.left {
            left.finish(flight, outcome, now);
            drop(state);
            return self.poll(0, 0);
        }
        let step = state.source.finish(flight, outcome, now);
        let failed = state.source.last_failure().cloned();
        drop(state);
        self.tell(&step, failed.as_ref(), attempt, background, now.as_unix_ms());
        step
    }

    /// A flight with the secret that the caller's function gives, or the step that follows where there is none. It takes no
    /// turn meanwhile: the function may need a token of another client, which would wait for its own.
    async fn supply_secret(&self, id: u64, mut flight: Flight, stop: &Stop) -> Result<Flight, Step> {
        self.arm(id, &flight, stop);
        let given = ask_for_secret(&self.context, stop).await;
        self.disarm(id);
        let supply = |secret| self.state.borrow_mut().source.supply_secret(&mut flight, secret);
        let Err(error) = given.and_then(supply) else { return Ok(flight) };
        if stop.reason() == Some(FailureKind::Aborted) {
            return Err(self.cancelled(flight, stop));
        }
        let (failure, now) = (value::failure(&error), self.context.clock.now());
        let step = self.state.borrow_mut().source.refuse(flight, error, now);
        if let Step::Ready(_) = step {
            self.context.tell("served_stale", None, failure);
        }
        Err(step)
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
                self.context.tell_number("retry", attempt, host::clipped(until.saturating_sub(now)));
            }
            _ => {}
        }
    }

    /// Starts the timer of an attempt. Callers of a late refresh get their timeout, but its answer is still listened to: a
    /// new refresh token in it must not be lost.
    fn arm(&self, id: u64, flight: &Flight, stop: &Stop) {
        let timeout_ms = flight.timeout_ms();
        let more = flight.listen_ms().saturating_sub(timeout_ms);
        // Made beforehand, since the flight is not at hand when the timer rings.
        let failure = (more > 0 && !flight.needs_secret()).then(|| {
            let late = flight.error(&Failure::new(FailureKind::TimedOut), self.context.clock.now());
            value::failure(&late)
        });
        let mut state = self.state.borrow_mut();
        let Some(running) = state.running(id) else { return };
        let (every, more) = (host::clipped(timeout_ms), host::clipped(more));
        let late = failure.map(|failure| Late::new(&running.answer, &failure, stop, every, more));
        let target: &JsValue = late.as_deref().unwrap_or(stop);
        running.timer = Some(Timer::new(target, timeout_ms, flight.is_background()));
    }

    fn disarm(&self, id: u64) {
        let timer = self.state.borrow_mut().running(id).and_then(|running| running.timer.take());
        drop(timer);
    }

    /// Waits for a time, and polls. `None` where everybody has left meanwhile: then whoever comes next goes on from here.
    async fn sleep(&self, id: u64, until: u64) -> Option<Step> {
        let ms = until.saturating_sub(self.context.clock.now().as_unix_ms());
        let done = Deferred::new();
        let stop = {
            let mut state = self.state.borrow_mut();
            let running = state.running(id)?;
            // A failed attempt has used up its stop, which must not end the wait as well.
            if running.stop.reason().is_some() {
                running.stop = Stop::new();
            }
            running.timer = Some(Timer::new(&done, ms, running.answer.waiters() == 0));
            running.stop.clone()
        };
        let _ = stop.or(&done.promise()).await;
        self.disarm(id);
        if stop.reason().is_some() {
            let mut state = self.state.borrow_mut();
            let running = state.running(id)?;
            if running.answer.waiters() == 0 {
                state.running = None;
                return None;
            }
            running.stop = Stop::new();
        }
        Some(self.poll(until, ms))
    }

    /// Forgets every token at once.
    pub(crate) fn disconnect(&self) {
        // Here, where nothing is borrowed: the caller's clock may ask for a token.
        let now = self.context.clock.now();
        let mut state = self.state.borrow_mut();
        let Some(tokens) = state.source.session_tokens() else { return };
        let mut disconnected = TokenSource::session(self.context.client.clone(), tokens, now);
        disconnected.disconnect();
        // Nobody is to store them any more.
        state.unsaved = None;
        state.left = Some(Box::new(std::mem::replace(&mut state.source, disconnected)));
    }

    /// The newest tokens that there were before: a flight that is out may bring newer ones.
    pub(crate) async fn left_behind(self: &Rc<Self>) -> Option<SessionTokens> {
        loop {
            let flight = self.state.borrow().running.as_ref().map(|running| (running.id, running.answer.promise()));
            let Some((leader, flight)) = flight else { break };
            if self.context.isolated_requests {
                // The request that leads may have ended, and its promise would never be settled then.
                let _ = self.follow(leader).await;
            } else {
                // Where the answer is late, those who waited are told so, and another promise takes this one's place.
                let _ = JsFuture::from(flight).await;
            }
        }
        // Nothing that is out can bring any more.
        self.state.borrow().left.as_ref()?.session_tokens()
    }
}
