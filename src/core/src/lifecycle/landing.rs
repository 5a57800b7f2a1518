//! A flight that came back: what it brought, and what becomes of it.

use alloc::sync::Arc;

use super::failing::Fate;
use super::flight::Sent;
use super::timing::{Jitter, UNUSABLE_PAUSE_MS, Unsaid, Windows};
use super::{Change, Current, Flight, Outcome, Pause, SessionTokens, SourceGrant, Step, Token, TokenSource};
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
        let outdated = match &self.grant {
            SourceGrant::ClientCredentials(_) => false,
            SourceGrant::Session(session) => session.refresh_token.as_ref() != exchange.refresh_token(),
        };
        let (result, fate) = match outcome {
            Outcome::Response(response) => {
                let result = exchange.read(response, sent_at);
                let fate = result.as_ref().err().map_or(Fate::Answered, |error| Fate::of(response.status(), error));
                (result, fate)
            }
            Outcome::Failure(failure) => {
                let fate = if failure.may_have_been_sent() { Fate::Unknown } else { Fate::NotSent };
                (Err(exchange.fail(failure, now)), fate)
            }
        };
        // Somebody else took over when this one was thought lost. Its tokens are still worth having.
        let mine = self.flight.as_ref().is_some_and(|pending| pending.id == id);
        match result {
            // What was asked for earlier is older, whenever it arrives: a refresh token that has been replaced.
            Ok(_) if id < self.landed => {
                self.flight.take_if(|pending| pending.id == id);
                match self.good(now) {
                    Some(token) => Step::Ready(token),
                    None => Step::Wait { until: now.as_unix_ms() },
                }
            }
            Ok(tokens) => {
                self.landed = id;
                self.cool_down = None;
                let jitter = self.flight.take_if(|pending| pending.id == id).map_or(Jitter::new(id), |p| p.jitter);
                self.accept(tokens, now, jitter)
            }
            Err(error) if mine && !outdated => self.failed(error, fate, sent_at, now),
            Err(error) => {
                self.flight.take_if(|pending| pending.id == id);
                // Also a late verdict is one, if it is about the refresh token that is still in use.
                if !outdated {
                    self.heed_verdict(&error);
                }
                self.instead(now, error)
            }
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
        let version = self.versions;
        let windows = Windows::of(&tokens, unsaid, &mut jitter);
        let tokens = Arc::new(tokens);
        // Whoever does not take them gets the newest, so that they do not pile up.
        self.changes.retain(|change| matches!(change, Change::RefreshTokenDead(_)));
        self.changes.push(Change::Tokens(SessionTokens::of(&self.client, &tokens)));
        let windows = match windows {
            Some(windows) => {
                self.failures = 0;
                self.last_failure = None;
                windows
            }
            None => {
                let good = self.good(now);
                let for_ms = if good.is_some() {
                    self.failures = self.failures.saturating_add(1);
                    jitter.back_off(self.failures)
                } else {
                    UNUSABLE_PAUSE_MS
                };
                self.cool_down = Some(Pause { since: now, for_ms, error: None, asked_for: false });
                // A token that is used up at once is no reason to throw away one that is good: the refresh has failed.
                if let Some(token) = good {
                    return Step::Ready(token);
                }
                Windows::SPENT
            }
        };
        let age = now.elapsed_since(tokens.issued_at);
        let token = Token { tokens: Arc::clone(&tokens), version, reuse_until: windows.reuse_until(age, now) };
        self.current = Some(Current { tokens, version, windows, dropped: false });
        Step::Ready(token)
    }
}
