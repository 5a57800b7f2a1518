//! The token that is there: while it may be served, and what a 401 or a caller's wish for another makes of it.

use alloc::sync::Arc;
use core::ops::Deref;

use super::TokenSource;
use super::timing::{REACTIVE_INTERVAL_MS, Standing, Windows};
use crate::now::Now;
use crate::token::TokenSet;

/// A token that may be used now, and until when it may be reused without asking. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Token {
    pub(super) tokens: Arc<TokenSet>,
    pub(super) version: u64,
    pub(super) reuse_until: Now,
}

impl Token {
    /// Until when this answer may be reused without polling again. Where both clocks are known, neither may have passed it.
    pub fn reuse_until(&self) -> Now {
        self.reuse_until
    }

    /// Counts the tokens of one source, so that a rejected one can be told from its successor.
    pub fn version(&self) -> u64 {
        self.version
    }
}

impl Deref for Token {
    type Target = TokenSet;

    fn deref(&self) -> &TokenSet {
        &self.tokens
    }
}

/// What [`TokenSource::reject`] made of a 401.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rejection {
    /// The token was the current one and is dropped: poll for another, and try the request once more.
    Dropped,
    /// A newer token is there already: try the request once more with it.
    Superseded,
    /// A token was replaced on a 401 only seconds ago, so a new one would not help: give the caller the 401.
    TooSoon,
}

/// The newest token that was kept.
#[derive(Debug)]
pub(super) struct Current {
    pub(super) tokens: Arc<TokenSet>,
    pub(super) version: u64,
    pub(super) windows: Windows,
    pub(super) service: Service,
}

/// Whether a token is served while its age allows that.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Service {
    Open,
    /// A caller wants a fresh one: until that is here, or cannot be had.
    SetAside,
    /// The API refused it: never again.
    Rejected,
}

impl TokenSource {
    /// A token that may be served at once, without asking for anything. A due refresh is not begun by this.
    pub fn current(&self, now: Now) -> Option<Token> {
        match self.standing(now) {
            Standing::Fresh | Standing::RefreshAdvised => self.token(now),
            Standing::RefreshMandatory | Standing::Expired => None,
        }
    }

    /// Takes a 401 that an API gave for `token`. It counts only if that token is still the current one.
    pub fn reject(&mut self, token: &Token, now: Now) -> Rejection {
        self.reject_version(token.version, now)
    }

    /// [`reject`](Self::reject), for a caller that kept only the [version](Token::version).
    pub fn reject_version(&mut self, version: u64, now: Now) -> Rejection {
        match &mut self.current {
            Some(current) if current.version > version => return Rejection::Superseded,
            // One that was used up at once was never kept, and says nothing about the one at hand.
            Some(current) if current.version == version && current.service != Service::Rejected => {
                // One that was set aside is being replaced already, and no sooner for this.
                if current.service == Service::Open
                    && self.dropped_at.is_some_and(|then| !now.is_past(then, REACTIVE_INTERVAL_MS))
                {
                    return Rejection::TooSoon;
                }
                current.service = Service::Rejected;
                self.dropped_at = Some(now);
                self.cool_down.take_if(|pause| !pause.asked_for);
            }
            // Dropped already by another caller, or never kept: a new one is due anyway.
            _ => {}
        }
        Rejection::Dropped
    }

    /// Sets the current token aside, because a caller wants a fresh one: [`poll`](Self::poll) next. A flight that is out
    /// already brings it. Once a step has [failed](super::Step::Failed) that caller has been told, and the one at hand is
    /// served again; an API's 401 for it is told to [`reject`](Self::reject).
    ///
    /// A refresh token whose answer was lost is sent again for this, as for a token that has expired: a server that has
    /// replaced it may end the grant.
    pub fn invalidate(&mut self) {
        if let Some(current) = self.current.as_mut().filter(|current| current.service == Service::Open) {
            current.service = Service::SetAside;
        }
        self.cool_down.take_if(|pause| !pause.asked_for);
    }

    /// A caller who wanted a fresh token has been told how that ended: for everybody else the one that was set aside is as good
    /// as it was. Not while a flight is out, which may bring another: then what has ended is one that was thought lost.
    /// Whether there is one that was set aside.
    pub(super) fn serve_again(&mut self) -> bool {
        let Some(current @ Current { service: Service::SetAside, .. }) = &mut self.current else { return false };
        if self.flight.is_none() {
            current.service = Service::Open;
        }
        true
    }

    /// Of the token that may be served.
    pub(super) fn standing(&self, now: Now) -> Standing {
        match &self.current {
            Some(current) if current.service == Service::Open => {
                current.windows.standing(now.elapsed_since(current.tokens.issued_at))
            }
            _ => Standing::Expired,
        }
    }

    /// The current token while it may be served.
    pub(super) fn good(&self, now: Now) -> Option<Token> {
        if self.standing(now) == Standing::Expired { None } else { self.token(now) }
    }

    /// The current token as an answer; the caller has looked at its standing.
    pub(super) fn token(&self, now: Now) -> Option<Token> {
        let Current { tokens, version, windows, service: Service::Open } = self.current.as_ref()? else {
            return None;
        };
        let reuse_until = windows.reuse_until(now.elapsed_since(tokens.issued_at), now);
        Some(Token { tokens: Arc::clone(tokens), version: *version, reuse_until })
    }
}
