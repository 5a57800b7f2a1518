//! Waiting: promises and what settles them, and what ends a wait early: the timeout, or that nobody wants it any more.

use std::cell::{Cell, RefCell};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Wake, Waker};

use js_sys::Promise;
use tokenwell::{Error, FailureKind};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;

use crate::value;

#[wasm_bindgen(raw_module = "./stop.js")]
extern "C" {
    /// Ends a request, or another wait, once. It aborts the fetch, and ends the waiting too, since a caller's `fetch` may
    /// ignore its signal.
    #[derive(Clone)]
    pub(crate) type Stop;

    #[wasm_bindgen(constructor)]
    pub(crate) fn new() -> Stop;

    #[wasm_bindgen(method, js_name = now)]
    fn stop_now(this: &Stop, reason: u32);

    #[wasm_bindgen(method, getter, js_name = reason)]
    fn stop_reason(this: &Stop) -> u32;

    #[wasm_bindgen(method, js_name = or)]
    fn stop_or(this: &Stop, pending: &JsValue) -> Promise;

    /// A promise, what resolves it, and how many wait for it.
    pub(crate) type Deferred;

    #[wasm_bindgen(constructor)]
    pub(crate) fn new() -> Deferred;

    #[wasm_bindgen(method, getter)]
    pub(crate) fn promise(this: &Deferred) -> Promise;

    #[wasm_bindgen(method)]
    pub(crate) fn resolve(this: &Deferred, value: &JsValue);

    #[wasm_bindgen(method, getter)]
    pub(crate) fn waiters(this: &Deferred) -> u32;

    /// The promise, for one more to wait.
    #[wasm_bindgen(method)]
    pub(crate) fn join(this: &Deferred) -> Promise;

    /// One fewer waits for this promise. Whether that was the last one.
    #[wasm_bindgen(method)]
    pub(crate) fn leave(this: &Deferred, promise: &Promise) -> bool;

    /// What a timer rings when an answer is late: those who wait get the failure, and the answer has some more time.
    pub(crate) type Late;

    #[wasm_bindgen(constructor)]
    pub(crate) fn new(answer: &Deferred, failure: &JsValue, stop: &Stop, every: u32, more: u32) -> Late;
}

/// The reasons as JavaScript knows them, which sets the first itself, when a timer rings.
const TIMED_OUT: u32 = 1;
const ABORTED: u32 = 2;

impl Stop {
    /// Nobody wants it any more.
    pub(crate) fn abort(&self) {
        self.stop_now(ABORTED);
    }

    pub(crate) fn reason(&self) -> Option<FailureKind> {
        match self.stop_reason() {
            TIMED_OUT => Some(FailureKind::TimedOut),
            ABORTED => Some(FailureKind::Aborted),
            _ => None,
        }
    }

    /// Waits for a promise. An error where it rejects, and when stopped.
    pub(crate) fn or(&self, pending: &JsValue) -> JsFuture {
        self.stop_or(pending).into()
    }
}

/// A box, so that there is one such type and not one for each kind of work.
type Work = Pin<Box<dyn Future<Output = ()>>>;

/// What was set going. It goes on in the very callback of the promise that it waited for.
///
/// Not by `spawn_local`: that puts everything that can go on into one queue and runs it in the microtask of whoever came
/// first. What a caller's function finds there by `AsyncLocalStorage`, such as the user whose tokens it is to store, would
/// be another caller's.
struct Task {
    work: RefCell<Option<Work>>,
    again: Cell<bool>,
}

// SAFETY: there is one thread, so a task never gets to another one.
#[cfg(not(target_feature = "atomics"))]
unsafe impl Send for Task {}
#[cfg(not(target_feature = "atomics"))]
unsafe impl Sync for Task {}

impl Wake for Task {
    fn wake(self: Arc<Self>) {
        self.again.set(true);
        // Where it runs already, it goes on when it has come to the end of its step.
        let Ok(mut work) = self.work.try_borrow_mut() else { return };
        let waker = Waker::from(Arc::clone(&self));
        while self.again.replace(false) {
            let step = work.as_mut().map(|work| work.as_mut().poll(&mut Context::from_waker(&waker)));
            if step.is_some_and(|step| step.is_ready()) {
                *work = None;
            }
        }
    }
}

/// Sets something going, from the next microtask on: the caller has something borrowed.
pub(crate) fn go(work: Work) {
    let soon = JsFuture::from(Promise::resolve(&JsValue::UNDEFINED));
    let work: Work = Box::pin(async move {
        let _ = soon.await;
        work.await;
    });
    Arc::new(Task { work: RefCell::new(Some(work)), again: Cell::new(false) }).wake();
}

/// A promise for what some work brings, or for the failure that its error is.
pub(crate) fn promise(work: Pin<Box<dyn Future<Output = Result<JsValue, Error>>>>) -> Promise {
    let answer = Deferred::new();
    let promise = answer.promise();
    go(Box::pin(async move { answer.resolve(&work.await.unwrap_or_else(|error| value::failure(&error))) }));
    promise
}
