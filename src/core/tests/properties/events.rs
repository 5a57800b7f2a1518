//! What can happen to a token source.

use proptest::prelude::*;
use tokenwell::FailureKind;

use crate::support::FAILURES;

#[derive(Clone, Debug)]
pub(crate) enum Event {
    /// Both clocks go on.
    Pass(u64),
    /// Only the wall clock moves.
    Jump(i64),
    Poll(u64),
    Answer(Answer),
    /// The flight's process is gone; the server may have processed the request all the same.
    Lose {
        processed: bool,
    },
    /// Whoever led the flight is known to be gone.
    Abandon,
    /// A flight that was lost comes back.
    Late,
    Reject,
    RejectFirst,
    Invalidate,
}

#[derive(Clone, Debug)]
pub(crate) enum Answer {
    Tokens {
        expires_in: Option<u64>,
    },
    Refusal {
        status: u16,
        code: &'static str,
    },
    /// Something in front of the server answers; the server may have processed the request.
    Page {
        status: u16,
        processed: bool,
    },
    Failure {
        kind: FailureKind,
        processed: bool,
    },
    RetryAfter(u64),
}

fn answer_of_any_kind() -> impl Strategy<Value = Answer> {
    prop_oneof![
        6 => proptest::option::of(prop_oneof![0u64..3, 10u64..400, 1_000u64..100_000]).prop_map(|expires_in| Answer::Tokens { expires_in }),
        2 => (
            proptest::sample::select(&[400u16, 401, 403, 429, 500, 503][..]),
            proptest::sample::select(&["invalid_client", "invalid_request", "temporarily_unavailable", "made_up"][..]),
        ).prop_map(|(status, code)| Answer::Refusal { status, code }),
        2 => (proptest::sample::select(&[200u16, 204, 302, 404, 408, 429, 500, 502, 503][..]), any::<bool>())
            .prop_map(|(status, processed)| Answer::Page { status, processed }),
        3 => (proptest::sample::select(FAILURES.to_vec()), any::<bool>())
            .prop_map(|(kind, processed)| Answer::Failure { kind, processed }),
        1 => (0u64..100).prop_map(Answer::RetryAfter),
    ]
}

/// Anything, the usual more often.
pub(crate) fn event() -> impl Strategy<Value = Event> {
    prop_oneof![
        4 => prop_oneof![0u64..50, 100u64..6_000, 10_000u64..40_000, 60_000u64..4_000_000].prop_map(Event::Pass),
        1 => prop_oneof![-4_000_000i64..0, 0i64..4_000_000, -5_000i64..40_000].prop_map(Event::Jump),
        8 => any::<u64>().prop_map(Event::Poll),
        6 => answer_of_any_kind().prop_map(Event::Answer),
        1 => any::<bool>().prop_map(|processed| Event::Lose { processed }),
        1 => Just(Event::Abandon),
        1 => Just(Event::Late),
        1 => Just(Event::Reject),
        1 => Just(Event::RejectFirst),
        1 => Just(Event::Invalidate),
    ]
}
