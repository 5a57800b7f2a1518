//! A flight that came back: what it brought, and what becomes of it.

use alloc::sync::Arc;

use super::current::{Current, Service};
use super::failing::Fate;
use super::flight::Sent;
use super::store::{SessionTokens, Untaken};
use super::timing::{Jitter, Standing, UNUSABLE_PAUSE_MS, Unsaid, Windows};
use super::{Flight, Outcome, Pause, SourceGrant, Step, Token, TokenSource, ready_or};
use crate::now::Now;
use crate::token::TokenSet;

impl TokenSource {
    /// Takes what became of a flight. The step is the answer for everybody who waits for it: a token, an error, or
    /// `Wait` where another attempt follows; [`poll`](Self::poll) then gives it.
    pub fn finish(&mut self, flight: Flight, outcome: impl Into<Outcome>, now: Now) -> Step {
        self.land(&flight.0, &outcome.into(), now)
    }

    fn land(&mut self, flight: &Sent, outcome: &Outcome, now: Now) -> Step {
        let &Sent { id, ref exchange, sent_at, .. } = flight;
        if let Some(error) = &self.invalid {
            // A session that was disconnected stays so, whatever comes late.
            return Step::Failed(error.clone());
        }
        // A verdict on a refresh token that was replaced meanwhile says nothing about its successor.
        let outdated = !self.uses(exchange.refresh_token());
        let result = match outcome {
            Outcome::Response(response) => exchange.read(response, sent_at, now),
            Outcome::Failure(failure) => Err(exchange.fail(failure, now)),
        };
        // None where somebody else took over when this one was thought lost. Its tokens are still worth having.
        let pending = self.flight.take_if(|pending| pending.id == id);
        match result {
            // Tokens that were asked for earlier are older, whenever they arrive: their refresh token has been replaced.
            Ok(_) if id < self.landed => ready_or(self.good(now), Step::Wait { until: now.as_unix_ms() }),
            Ok(mut tokens) => {
                // One that does not come back is kept (RFC 6749 section 6): the one that was sent, whatever a store said since.
                tokens.refresh_token = tokens.refresh_token.take().or_else(|| exchange.refresh_token().cloned());
                self.landed = id;
                self.cool_down = None;
                let jitter = pending.map_or(Jitter::new(id), |pending| pending.jitter);
                let step = self.accept(tokens, now, jitter);
                if let SourceGrant::Session(session) = &mut self.grant {
                    session.settle();
                }
                step
            }
            Err(error) if outdated => self.instead(now, error),
            Err(error) => match pending {
                Some(pending) => {
                    // Without its secret it cannot have been sent.
                    let fate = if flight.needs_secret { Fate::NotSent } else { Fate::of(outcome, &error) };
                    self.failed(pending, error, fate, sent_at, now)
                }
                None => {
                    // A late verdict counts too, if it is about the refresh token that is still in use.
                    self.heed_verdict(&error);
                    self.instead(now, error)
                }
            },
        }
    }

    /// New tokens: kept, unless they are used up at once.
    pub(super) fn accept(&mut self, mut tokens: TokenSet, now: Now, mut jitter: Jitter) -> Step {
        let unsaid = match &mut self.grant {
            SourceGrant::ClientCredentials(_) => Unsaid::Assumed(self.client.options().assumed_lifetime_ms),
            SourceGrant::Session(session) => {
                session.take(&mut tokens);
                session.stored = Some(SessionTokens::of(&self.client, &tokens));
                session.unsaid(self.client.options().assumed_lifetime_ms)
            }
        };
        self.versions = self.versions.saturating_add(1);
        let tokens = Arc::new(tokens);
        self.record(Untaken::Tokens(Arc::clone(&tokens)));
        let windows = match Windows::of(&tokens, unsaid, &mut jitter) {
            Some(windows) => {
                self.failures = 0;
                self.last_failure = None;
                windows
            }
            None => {
                let mut for_ms = UNUSABLE_PAUSE_MS;
                if self.standing(now) != Standing::Expired {
                    self.failures = self.failures.saturating_add(1);
                    for_ms = jitter.back_off(self.failures);
                }
                self.cool_down = Some(Pause { since: now, for_ms, error: None, asked_for: false });
                // A token that is used up at once is no reason to throw away one that is good: the refresh has failed.
                if let Some(token) = self.good(now) {
                    return Step::Ready(token);
                }
                // Nor one that was set aside, for it goes to nobody but those who waited for it.
                if self.serve_again() {
                    return Step::Ready(Token { tokens, version: self.versions, reuse_until: now });
                }
                Windows::SPENT
            }
        };
        self.current = Some(Current { tokens, version: self.versions, windows, service: Service::Open });
        ready_or(self.token(now), Step::Wait { until: now.as_unix_ms() })
    }
}
