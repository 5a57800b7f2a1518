//! What a shared store may hold, and what the machine says to it. No store is built here.

use alloc::string::String;
use alloc::sync::Arc;

use super::TokenSource;
use crate::Secret;
use crate::client::Client;
use crate::encode::body::{is_visible_ascii, is_vschar};
use crate::error::Error;
use crate::scope::Scope;
use crate::token::TokenSet;

/// Tokens as they are stored: encrypt them at rest. `Debug` shows no secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionTokens {
    /// The access token.
    pub access_token: Secret,
    /// The refresh token, where there is one.
    pub refresh_token: Option<Secret>,
    /// The ID token, where there is one.
    pub id_token: Option<Secret>,
    /// When the access token expires, in milliseconds since 1970 UTC; `None` where nobody said.
    pub expires_at_unix_ms: Option<u64>,
    /// The granted scope.
    pub scope: Scope,
    /// [`Client::issued_for`] of the client that got them. Another client's are refused.
    pub issued_for: String,
}

impl SessionTokens {
    /// Tokens that a client has just got.
    pub fn of(client: &Client, tokens: &TokenSet) -> Self {
        Self {
            access_token: tokens.access_token.clone(),
            refresh_token: tokens.refresh_token.clone(),
            id_token: tokens.id_token.as_ref().map(|id_token| id_token.token().clone()),
            expires_at_unix_ms: tokens.expires_at_unix_ms(),
            scope: tokens.scope.clone(),
            issued_for: client.issued_for(),
        }
    }

    /// Whether a client may use them (RFC 9700 section 4.4.2).
    ///
    /// # Errors
    /// `configuration` where another client or another token endpoint issued them, and where they hold a character that
    /// no token has, which could end a header (RFC 6750 section 2.1).
    pub fn check(&self, client: &Client) -> Result<(), Error> {
        if self.issued_for != client.issued_for() {
            let problem = "were issued for another client or token endpoint: use the client that got them";
            return Err(Error::wrong("tokens", problem));
        }
        if self.access_token.is_empty() || !is_visible_ascii(self.access_token.reveal()) {
            return Err(Error::wrong("tokens", "hold an access token that was damaged: store it as it came"));
        }
        if self.refresh_token.as_ref().is_some_and(|token| token.is_empty() || !is_vschar(token.reveal())) {
            return Err(Error::wrong("tokens", "hold a refresh token that was damaged: store it as it came"));
        }
        Ok(())
    }
}

/// What a store should record, in order: see [`TokenSource::take_change`](crate::TokenSource::take_change).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// A refresh token is about to be sent. Recorded before the request goes out, it tells the next process that the
    /// token may have been used up, should this one die.
    RefreshBegun {
        /// When, in milliseconds since 1970 UTC.
        at_unix_ms: u64,
    },
    /// New tokens. Store them before they are used: a rotated refresh token exists nowhere else. Where the store holds
    /// another refresh token by now than the one that was sent, this process was thought to be gone: what another got
    /// meanwhile stays, and is to be observed.
    Tokens(SessionTokens),
    /// The server has declared this refresh token dead. Delete the record only if it still holds this one.
    RefreshTokenDead(Secret),
}

/// A change that nobody has taken yet. Tokens are written out for the store when they are: most programs have none, and
/// that takes a digest and copies of all texts.
#[derive(Debug)]
pub(super) enum Untaken {
    RefreshBegun { at_unix_ms: u64 },
    Tokens(Arc<TokenSet>),
    RefreshTokenDead(Secret),
}

/// What a store says to the machine: see [`TokenSource::observe`](crate::TokenSource::observe).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Observation {
    /// Another process got these.
    Tokens(SessionTokens),
    /// Another process is refreshing; nobody else may before this time, in milliseconds since 1970 UTC. One that has passed
    /// ends what was said before.
    LeaseHeld {
        /// When the lease ends.
        until_unix_ms: u64,
    },
    /// Another process began a refresh at this time and is gone: the refresh token may have been used up.
    RefreshAbandoned {
        /// When it began, in milliseconds since 1970 UTC.
        at_unix_ms: u64,
    },
}

impl TokenSource {
    /// The next thing for a store to record. Take until there is none, after every poll and finish.
    pub fn take_change(&mut self) -> Option<Change> {
        if self.changes.is_empty() {
            return None;
        }
        // Never more than a few.
        Some(match self.changes.remove(0) {
            Untaken::RefreshBegun { at_unix_ms } => Change::RefreshBegun { at_unix_ms },
            Untaken::Tokens(tokens) => Change::Tokens(SessionTokens::of(&self.client, &tokens)),
            Untaken::RefreshTokenDead(refresh_token) => Change::RefreshTokenDead(refresh_token),
        })
    }

    /// Adds a change. What it makes out of date goes, so that whoever does not take them finds a few, and the newest.
    pub(super) fn record(&mut self, change: Untaken) {
        let outdated = |earlier: &Untaken| match earlier {
            Untaken::RefreshBegun { .. } => !matches!(change, Untaken::RefreshTokenDead(_)),
            Untaken::Tokens(_) => matches!(change, Untaken::Tokens(_)),
            Untaken::RefreshTokenDead(_) => false,
        };
        while let Some(place) = self.changes.iter().position(outdated) {
            self.changes.remove(place);
        }
        self.changes.push(change);
    }
}
