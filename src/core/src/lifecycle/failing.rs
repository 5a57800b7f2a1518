//! A flight that failed: try again, wait, or say so.

use alloc::boxed::Box;

use super::timing::{Jitter, PROMPT_REPLAY_MS, Standing};
use super::{Flight, Outcome, Pause, Pending, SourceGrant, Step, TokenSource, Waiting};
use crate::client::Client;
use crate::encode::text::filled;
use crate::error::{Error, ErrorKind, Recovery};
use crate::now::Now;
use crate::provider::Rotation;

/// What the server can have done with a request that failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    /// It never saw it.
    NotSent,
    /// It answered, so it is known.
    Answered,
    /// It may have processed it: the answer was lost, or came from something in front of it.
    Unknown,
}

impl Fate {
    /// What an outcome says that was made into an error. A success that cannot be read may have rotated the token all the
    /// same; a 5xx without an error code of OAuth's may come from a gateway.
    pub(super) fn of(outcome: &Outcome, error: &Error) -> Self {
        match outcome {
            Outcome::Response(response) => match (response.status(), error.kind()) {
                (200..=299, ErrorKind::InvalidResponse) => Self::Unknown,
                (500.., _) if !error.is_definite() => Self::Unknown,
                _ => Self::Answered,
            },
            Outcome::Failure(failure) if failure.may_have_been_sent() => Self::Unknown,
            Outcome::Failure(_) => Self::NotSent,
        }
    }
}

impl TokenSource {
    /// Decides between another attempt and giving up.
    // Apart from the way of a first token: see docs/performance.md.
    #[inline(never)]
    pub(super) fn failed(
        &mut self,
        mut pending: Box<Pending>,
        error: Error,
        fate: Fate,
        sent_at: Now,
        now: Now,
    ) -> Step {
        let window = self.replay_window_ms();
        // A flight that began after the time of the prompt replay had nothing to lose.
        let late = self.doubt().is_some_and(|doubt| pending.started.elapsed_since(doubt.since) >= window);
        let lost = fate == Fate::Unknown && self.rotates();
        if lost {
            self.note_doubt(sent_at);
        }
        let doubt = self.doubt();
        // One prompt replay of a refresh token loses nothing that giving up would keep; a second or a late one only gets
        // the family revoked.
        let replayed = lost && doubt.is_some_and(|doubt| doubt.replayed);
        // How much is left of the time in which the replay is prompt.
        let prompt = doubt.filter(|_| !late).map(|doubt| window.saturating_sub(now.elapsed_since(doubt.since)));
        // Without a doubt, or after the time of the prompt replay, nothing but the deadline limits it.
        let prompt_ms = prompt.unwrap_or(u64::MAX);
        let options = self.client.options();
        let left = options.left_ms(now.elapsed_since(pending.started));
        // The secret may have been rotated since it was supplied: ask for it once, never in a loop.
        let renews_secret =
            self.renewable_secret && !pending.secret_renewed && refuses_credentials(&self.client, &error);
        let delay = if renews_secret {
            Some(0)
        } else if !replayed && may_retry(&pending, &error, options.retries) {
            let latest = prompt_ms.saturating_sub(1);
            let delay = error.retry_after_ms().unwrap_or_else(|| pending.jitter.retry(pending.attempt).min(latest));
            Some(delay).filter(|delay| *delay < left.min(prompt_ms))
        } else {
            None
        };
        if let Some(delay_ms) = delay {
            // A replay is not made once its time is over, nor any attempt after the deadline: whoever polls then begins a new
            // flight.
            let forget_after_ms = prompt_ms.min(left).max(delay_ms.saturating_add(1));
            pending.secret_renewed |= renews_secret;
            pending.since = now;
            pending.waiting = Some(Waiting { delay_ms, forget_after_ms, needs_secret: renews_secret });
            self.flight = Some(pending);
            return Step::Wait { until: now.after(delay_ms).as_unix_ms() };
        }
        let doubtful = lost || prompt.is_some();
        // These already say all that there is to say; anything else would hide that the refresh token may be used up.
        let told = fate == Fate::Answered || matches!(error.kind(), ErrorKind::Aborted | ErrorKind::InvalidResponse);
        let error = if doubtful && !told { self.ambiguous(error) } else { error };
        self.give_up(pending.jitter, error, now)
    }

    pub(super) fn replay_window_ms(&self) -> u64 {
        match self.client.profile().rotation {
            Rotation::None => u64::MAX,
            Rotation::Grace { grace_ms } => grace_ms.min(PROMPT_REPLAY_MS),
            Rotation::Strict | Rotation::Unknown => PROMPT_REPLAY_MS,
        }
    }

    /// The end of a flight: the old token while it is good, else the error, remembered as long as it makes sense.
    fn give_up(&mut self, mut jitter: Jitter, error: Error, now: Now) -> Step {
        self.failures = self.failures.saturating_add(1);
        self.last_failure = Some(error.clone());
        if let SourceGrant::Session(session) = &mut self.grant {
            if let Some(doubt) = &mut session.known.doubt {
                doubt.reported = true;
            }
        }
        self.heed_verdict(&error);
        let good = self.standing(now) != Standing::Expired;
        // A wait that is over already says nothing about the next refresh, which has to be later.
        let asked_for = error.retry_after_ms().filter(|wait| *wait > 0);
        let for_ms = match asked_for {
            Some(wait) => wait,
            None if error.kind() == ErrorKind::Aborted => 0,
            None if good => jitter.back_off(self.failures),
            // What may pass by itself, or is the program's own to get, is asked again at the next call; what will not is
            // remembered for a moment.
            None if error.retryable() || error.kind() == ErrorKind::Configuration => 0,
            None => jitter.error_memory(),
        };
        if for_ms > 0 {
            self.cool_down =
                Some(Pause { since: now, for_ms, error: Some(error.clone()), asked_for: asked_for.is_some() });
        }
        self.instead(now, error)
    }

    /// Takes back a flight that was not sent, because the program could not get what it needs, such as its secret. The
    /// error answers everybody who waits, unless the old token is still good.
    pub fn refuse(&mut self, flight: Flight, error: Error, now: Now) -> Step {
        match self.flight.take_if(|pending| pending.id == flight.0.id) {
            Some(pending) => self.give_up(pending.jitter, error, now),
            None => self.instead(now, error),
        }
    }

    pub(super) fn heed_verdict(&mut self, error: &Error) {
        if error.is_verdict() && error.error() == Some("invalid_grant") {
            self.declare_dead(error);
        }
    }

    /// The error for a refresh whose answer was lost.
    pub(super) fn ambiguous(&self, error: Error) -> Error {
        let host = self.client.0.token_endpoint.host();
        let message = filled(
            "the answer of {} to the refresh of a user's token was lost, so the refresh token may be used up: call again later, and if that is refused the user has to authorize again",
            &[host],
        );
        error.with(|details| {
            details.kind = ErrorKind::Ambiguous;
            details.message = message;
            details.retryable = true;
            details.recovery = Recovery::Retry;
        })
    }

    /// Whether a request may use up what it carries. A refresh token that never changes cannot be used up.
    pub(super) fn rotates(&self) -> bool {
        matches!(self.grant, SourceGrant::Session(_)) && self.client.profile().rotation != Rotation::None
    }

    /// Lets go of the flight that is out, because whoever had it is known to be gone. Where it may have used up a refresh
    /// token, that token is sent once more only while that is prompt, and only if it was not before.
    pub fn abandon_flight(&mut self) {
        if let Some(pending) = self.flight.take() {
            let sent = pending.waiting.is_none() && !pending.needs_secret;
            if sent && self.uses(pending.refresh_token.as_ref()) {
                self.note_doubt(pending.since);
            }
        }
    }

    /// Lets go of a flight that nobody brought back: its process was frozen, or its request ended.
    pub(super) fn drop_lost_flight(&mut self, now: Now) {
        let lease = self.client.options().lease_ms();
        let gone = self.flight.as_ref().is_some_and(|pending| {
            let for_ms = pending.waiting.as_ref().map_or(lease, |waiting| waiting.forget_after_ms);
            now.is_past(pending.since, for_ms)
        });
        if gone {
            self.abandon_flight();
        }
    }
}

fn may_retry(pending: &Pending, error: &Error, retries: u32) -> bool {
    let transient = match error.kind() {
        ErrorKind::Network | ErrorKind::Timeout => true,
        ErrorKind::OAuth => matches!(error.status(), Some(408 | 429 | 500 | 502..=504)),
        _ => false,
    };
    transient && error.retryable() && pending.attempt <= retries
}

fn refuses_credentials(client: &Client, error: &Error) -> bool {
    error.kind() == ErrorKind::OAuth
        && error.is_verdict()
        && error
            .error()
            .is_some_and(|code| code == "invalid_client" || client.profile().credential_errors.contains(&code))
}
