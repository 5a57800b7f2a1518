//! What ends a request before its answer: the timeout, or that nobody wants it any more.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use js_sys::{Array, Function, Promise};
use tokenwell::FailureKind;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;
use web_sys::AbortController;

/// Ends a request once. It aborts the fetch, and ends the waiting too, since a caller's `fetch` may ignore its signal.
#[derive(Clone)]
pub(crate) struct Stop(Rc<Inner>);

struct Inner {
    controller: Option<AbortController>,
    stopped: Promise,
    resolve: RefCell<Option<Function>>,
    reason: Cell<Option<FailureKind>>,
}

impl Stop {
    pub(crate) fn new() -> Self {
        let mut resolve = None;
        // It resolves rather than rejects, because nobody may be waiting when it does.
        let stopped = Promise::new(&mut |done, _| resolve = Some(done));
        Self(Rc::new(Inner {
            controller: AbortController::new().ok(),
            stopped,
            resolve: RefCell::new(resolve),
            reason: Cell::new(None),
        }))
    }

    pub(crate) fn now(&self, reason: FailureKind) {
        if self.0.reason.get().is_some() {
            return;
        }
        self.0.reason.set(Some(reason));
        let resolve = self.0.resolve.borrow_mut().take();
        if let Some(resolve) = resolve {
            let _: Result<JsValue, JsValue> = resolve.call0(&JsValue::UNDEFINED);
        }
        if let Some(controller) = &self.0.controller {
            controller.abort();
        }
    }

    pub(crate) fn reason(&self) -> Option<FailureKind> {
        self.0.reason.get()
    }

    pub(crate) fn signal(&self) -> JsValue {
        self.0.controller.as_ref().map_or(JsValue::UNDEFINED, |controller| controller.signal().into())
    }

    /// Waits for a promise, or until stopped.
    pub(crate) async fn or(&self, promise: &Promise) -> Result<JsValue, Ended> {
        let first = Promise::race(&Array::of2(promise, &self.0.stopped));
        let result = JsFuture::from(first).await;
        match self.reason() {
            Some(reason) => Err(Ended::Stopped(reason)),
            None => result.map_err(Ended::Threw),
        }
    }
}

/// Why there is no value.
pub(crate) enum Ended {
    Stopped(FailureKind),
    Threw(JsValue),
}
