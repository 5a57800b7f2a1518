//! How many token requests of this process are out at once: when ten thousand tenants' tokens expire in one second, the
//! server gets them a few at a time, in the order in which they were asked for.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::rc::Rc;

use wasm_bindgen::prelude::*;

use crate::stop::{Deferred, Stop};

thread_local! {
    static GATE: RefCell<Gate> = const { RefCell::new(Gate { out: 0, queue: VecDeque::new() }) };
}

struct Gate {
    out: u32,
    queue: VecDeque<Rc<Ticket>>,
}

/// A place in the queue.
struct Ticket {
    call: Deferred,
    state: Cell<State>,
}

#[derive(Clone, Copy, PartialEq)]
enum State {
    Waiting,
    Called,
    Left,
}

/// The right to have one request out. Given back when dropped.
pub(crate) struct Turn(());

impl Turn {
    /// Waits until fewer than `most` requests are out; `None` where it is stopped before.
    pub(crate) async fn take(most: u32, stop: &Stop) -> Option<Self> {
        let queued = GATE.with_borrow_mut(|gate| {
            if gate.out < most && gate.queue.is_empty() {
                gate.out = gate.out.saturating_add(1);
                return None;
            }
            let ticket = Rc::new(Ticket { call: Deferred::new(), state: Cell::new(State::Waiting) });
            gate.queue.push_back(Rc::clone(&ticket));
            Some(ticket)
        });
        if let Some(ticket) = queued {
            let _ = stop.or(&ticket.call.promise()).await;
            if ticket.state.get() == State::Waiting {
                ticket.state.set(State::Left);
                return None;
            }
        }
        Some(Self(()))
    }
}

impl Drop for Turn {
    /// The next in the queue takes over, so that nobody can slip in between.
    fn drop(&mut self) {
        let next = GATE.with_borrow_mut(|gate| {
            while let Some(ticket) = gate.queue.pop_front() {
                if ticket.state.get() == State::Waiting {
                    return Some(ticket);
                }
            }
            gate.out = gate.out.saturating_sub(1);
            None
        });
        if let Some(ticket) = next {
            ticket.state.set(State::Called);
            ticket.call.resolve(&JsValue::UNDEFINED);
        }
    }
}
