//! A user's tokens: a source over a refresh token.

use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;

use super::store::Untaken;
use super::timing::{Standing, Unsaid};
use super::{Observation, SessionTokens, SourceGrant, TokenSource};
use crate::Secret;
use crate::client::Client;
use crate::error::{Error, ErrorKind, Recovery};
use crate::grant::{Exchange, RefreshGrant};
use crate::id_token::IdToken;
use crate::now::Now;
use crate::scope::Scope;
use crate::token::TokenSet;

/// How many replaced tokens are remembered, two for each rotation: so far may a store lag behind.
const MOST_REPLACED: usize = 32;

/// What outlives each access token.
#[derive(Debug, Default)]
pub(super) struct Session {
    /// What to store, so that the session goes on after a restart.
    pub(super) stored: Option<SessionTokens>,
    pub(super) refresh_token: Option<Secret>,
    /// [Marks](mark) of the tokens before these, the latest last: a store may lag several rotations behind.
    replaced: Vec<u64>,
    /// How many of these came before the last refresh of this source, and so are older for certain. The others were passed
    /// over for tokens of a store, which may have lagged behind.
    certain: usize,
    scope: Scope,
    /// What the authorization named; empty where it is not known, as after a restart.
    resource: Vec<String>,
    id_token: Option<IdToken>,
    pub(super) known: Known,
}

/// What is known of a refresh token. It stays while that is passed over for another: a store may bring it back.
#[derive(Debug, Default)]
pub(super) struct Known {
    refresh_token: Option<Secret>,
    /// The server's verdict.
    dead: Option<Error>,
    pub(super) doubt: Option<Doubt>,
}

/// A use of the refresh token got no answer, so the server may have replaced it. It is sent once more while that is prompt,
/// whoever does it. Later it is not used while the access token lives: a server that has rotated it would revoke that one too.
#[derive(Clone, Copy, Debug)]
pub(super) struct Doubt {
    /// When it was sent.
    pub(super) since: Now,
    pub(super) replayed: bool,
    /// A caller was told since. With nothing to lose, that caller may try again at once.
    pub(super) reported: bool,
}

impl Session {
    // Apart from the way of a first token: see docs/performance.md.
    #[inline(never)]
    pub(super) fn exchange(&self, client: &Client) -> Result<Exchange, Error> {
        if let Some(error) = self.known().and_then(|known| known.dead.as_ref()) {
            return Err(error.clone());
        }
        let Some(refresh_token) = &self.refresh_token else {
            let message = "the user's access token has expired or was refused, and no refresh token came with it: the user has to authorize again";
            return Err(Error::new(ErrorKind::OAuth, message.into())
                .at(client.token_endpoint())
                .with(|details| details.recovery = Recovery::Reauthorize));
        };
        let grant = RefreshGrant {
            refresh_token: refresh_token.clone(),
            scope: self.scope.clone(),
            id_token: self.id_token.clone(),
        };
        Ok(client.refresh_exchange(grant, &self.resource))
    }

    /// Takes over what is new, and completes the tokens with what stays. A new refresh token replaces the old one (OAuth 2.1
    /// section 4.3.2).
    // Apart from the way of a first token: see docs/performance.md.
    #[inline(never)]
    pub(super) fn take(&mut self, tokens: &mut TokenSet) {
        // The same token again replaces nothing, and the one that it replaced itself is still used up.
        if tokens.refresh_token != self.refresh_token {
            if let Some(before) = self.refresh_token.take() {
                self.replace(&before);
            }
        }
        if let Some(before) = self.stored.take() {
            self.replace(&before.access_token);
        }
        if tokens.id_token.is_none() {
            tokens.id_token = self.id_token.take();
        }
        self.refresh_token = tokens.refresh_token.clone();
        self.id_token = tokens.id_token.clone();
        self.scope = tokens.scope.clone();
    }

    fn known(&self) -> Option<&Known> {
        Some(&self.known).filter(|known| known.refresh_token == self.refresh_token)
    }

    /// What is known of the refresh token, to be added to.
    fn note(&mut self) -> &mut Known {
        if self.known.refresh_token != self.refresh_token {
            self.known = Known { refresh_token: self.refresh_token.clone(), ..Known::default() };
        }
        &mut self.known
    }

    fn replace(&mut self, token: &Secret) {
        if self.replaced.len() == MOST_REPLACED {
            self.replaced.remove(0);
            self.certain = self.certain.saturating_sub(1);
        }
        self.replaced.push(mark(token));
    }

    /// What came until now is older than what this source has just got.
    pub(super) fn settle(&mut self) {
        self.certain = self.replaced.len();
        self.known = Known::default();
    }

    pub(super) fn unsaid(&self, assumed_ms: u64) -> Unsaid {
        match self.refresh_token {
            Some(_) => Unsaid::AdvisoryOnly(assumed_ms),
            None => Unsaid::Never,
        }
    }
}

impl TokenSource {
    /// A source of one user's token, from what a code exchange gave or what was stored earlier.
    ///
    /// Its refreshes name the client's own resources, where it has some: [`SessionTokens`] hold none. Where the authorization
    /// named others, use a client that names those, since a server refuses what was not granted (RFC 8707 section 2.2).
    ///
    /// Tokens of another client or token endpoint make every poll fail with a `configuration` error: they would be sent
    /// to a server that must not see them (RFC 9700 section 4.4.2).
    pub fn session(client: Client, tokens: SessionTokens, now: Now) -> Self {
        let foreign = tokens.check(&client).err();
        let id_token = decoded(&tokens);
        let mut session = Box::<Session>::default();
        session.id_token = id_token.clone();
        let mut source = Self::new(client, SourceGrant::Session(session), foreign);
        if source.invalid.is_none() {
            source.keep(tokens, id_token, now);
        }
        source
    }

    /// A source of one user's token, straight from the code exchange. Its refreshes name the resources that the authorization
    /// named (RFC 8707 section 2.2).
    pub fn from_tokens(client: Client, mut tokens: TokenSet, now: Now) -> Self {
        let mut session = Box::<Session>::default();
        session.resource = core::mem::take(&mut tokens.resource);
        let mut source = Self::new(client, SourceGrant::Session(session), None);
        let jitter = super::Jitter::new(now.as_unix_ms());
        source.accept(tokens, now, jitter);
        source
    }

    /// Goes on with tokens from a store. Their lifetime is what is left of it: when they were issued was not stored.
    fn keep(&mut self, tokens: SessionTokens, id_token: Option<IdToken>, now: Now) {
        let set = TokenSet {
            access_token: tokens.access_token.clone(),
            issued_at: now,
            lifetime_ms: tokens.expires_at_unix_ms.map(|at| at.saturating_sub(now.as_unix_ms())),
            refresh_in_ms: None,
            scope: tokens.scope.clone(),
            resource: Vec::new(),
            refresh_token: tokens.refresh_token.clone(),
            id_token,
            deviations: Vec::new(),
            extra: Secret::fixed("{}"),
        };
        let jitter = super::Jitter::new(now.as_unix_ms());
        let asked_for = self.cool_down.take_if(|pause| pause.asked_for);
        self.accept(set, now, jitter);
        // What was stored is no news to the store, and an expired token is no reason to pause; what the server asked us for
        // is, whatever it gave to another.
        self.changes.clear();
        self.lease = None;
        self.cool_down = asked_for;
        if let SourceGrant::Session(session) = &mut self.grant {
            session.stored = Some(tokens);
        }
    }

    /// What to store so that a user's session goes on after a restart. `None` for the application's own token, which is
    /// simply asked for again.
    pub fn session_tokens(&self) -> Option<SessionTokens> {
        match &self.grant {
            SourceGrant::Session(session) => session.stored.clone(),
            SourceGrant::ClientCredentials(_) => None,
        }
    }

    /// The claims of the session's ID token, as the text of one JSON object.
    pub fn claims(&self) -> Option<&Secret> {
        match &self.grant {
            SourceGrant::Session(session) => session.id_token.as_ref().map(IdToken::claims),
            SourceGrant::ClientCredentials(_) => None,
        }
    }

    /// Whether the answer to a use of the refresh token was lost, so that it may be used up. A store keeps what it recorded of
    /// [`RefreshBegun`](super::Change::RefreshBegun) while this is so, for the process that refreshes next.
    pub fn is_in_doubt(&self) -> bool {
        self.doubt().is_some()
    }

    /// Forgets every token. From now on each poll fails, and says that the user has to authorize again.
    pub fn disconnect(&mut self) {
        let message = "the session was disconnected: the user has to authorize again";
        let error =
            Error::new(ErrorKind::OAuth, message.into()).with(|details| details.recovery = Recovery::Reauthorize);
        let client = self.client.clone();
        *self = Self::new(client, SourceGrant::Session(Box::default()), Some(error));
    }

    /// Takes what a shared store says, its tokens before what it says of a refresh. Tokens are passed over that another client
    /// got, that were damaged, that are known already, or that came before the last refresh of this source; of two that this
    /// source did not get itself, those are the newer ones that expire later. What they leave out stays as it is.
    pub fn observe(&mut self, observation: Observation, now: Now) {
        match observation {
            _ if self.invalid.is_some() => {}
            Observation::Tokens(mut tokens) if tokens.check(&self.client).is_ok() => {
                if self.complete_news(&mut tokens) {
                    let id_token = decoded(&tokens);
                    let same_refresh_token = matches!(&self.grant, SourceGrant::Session(session) if session.refresh_token == tokens.refresh_token);
                    if !same_refresh_token {
                        self.replace_flight(now);
                    }
                    self.keep(tokens, id_token, now);
                }
            }
            Observation::Tokens(_) => {}
            Observation::LeaseHeld { until_unix_ms } => {
                // An attempt that waits would be one too many.
                self.flight.take_if(|pending| pending.waiting.is_some());
                let for_ms = until_unix_ms.saturating_sub(now.as_unix_ms());
                self.lease = Some(super::Pause { since: now, for_ms, error: None, asked_for: true });
            }
            Observation::RefreshAbandoned { at_unix_ms } => {
                // A store may say the same again, or tell this source of its own flight.
                if self.doubt().is_none_or(|doubt| doubt.since.as_unix_ms() != at_unix_ms) {
                    self.note_doubt(Now::unix_ms(at_unix_ms));
                }
            }
        }
    }

    /// Tokens of a store have taken the place of those that a flight was sent with.
    fn replace_flight(&mut self, now: Now) {
        // So long nobody else refreshes, so a store that says otherwise lags behind: what the flight brings is newer.
        let lease = self.client.options().lease_ms();
        if self.flight.as_ref().is_none_or(|pending| now.is_past(pending.since, lease)) {
            self.landed = self.flights.saturating_add(1);
        }
    }

    /// Whether a refresh token is still the current one. The application's own token has none.
    pub(super) fn uses(&self, refresh_token: Option<&Secret>) -> bool {
        match &self.grant {
            SourceGrant::ClientCredentials(_) => true,
            SourceGrant::Session(session) => session.refresh_token.as_ref() == refresh_token,
        }
    }

    /// Whether these tokens are news. What they leave out stays, as in a response (RFC 6749 section 6).
    fn complete_news(&self, tokens: &mut SessionTokens) -> bool {
        let SourceGrant::Session(session) = &self.grant else {
            // A store that repeats a rejected token, or lags behind, does not bring an earlier one back.
            let is_later = |own: &TokenSet| tokens.expires_at_unix_ms >= own.expires_at_unix_ms();
            let is_other = |own: &TokenSet| tokens.access_token != own.access_token;
            return self.current.as_ref().is_none_or(|own| is_other(&own.tokens) && is_later(&own.tokens));
        };
        let Some(own) = &session.stored else { return true };
        tokens.refresh_token = tokens.refresh_token.take().or_else(|| own.refresh_token.clone());
        tokens.id_token = tokens.id_token.take().or_else(|| own.id_token.clone());
        // A replica that lags behind does not bring back a token that was replaced, unless that was by one which was older.
        let is_newer = |token: &Secret| match session.replaced.iter().rposition(|replaced| *replaced == mark(token)) {
            Some(place) => place >= session.certain && tokens.expires_at_unix_ms > own.expires_at_unix_ms,
            None => true,
        };
        if own.refresh_token == tokens.refresh_token {
            // A store that repeats what is known brings neither a dead refresh token nor a rejected token to life.
            own.access_token != tokens.access_token && is_newer(&tokens.access_token)
        } else {
            tokens.refresh_token.as_ref().is_none_or(is_newer)
        }
    }

    /// Refuses a flight that can only do harm.
    pub(super) fn forbid_hopeless(&self, standing: Standing, now: Now) -> Result<(), Error> {
        let Some(&Doubt { since, replayed, reported }) = self.doubt() else { return Ok(()) };
        let window = self.replay_window_ms();
        let prompt = !now.is_past(since, window);
        let nothing_to_lose = standing == Standing::Expired && (reported || !prompt);
        if nothing_to_lose || (prompt && !replayed) {
            return Ok(());
        }
        let left = window.saturating_sub(now.elapsed_since(since));
        let error = Error::new(ErrorKind::Ambiguous, String::new()).at(self.client.token_endpoint());
        Err(self.ambiguous(error.with(|details| details.retry_after_ms = Some(left))))
    }

    pub(super) fn doubt(&self) -> Option<&Doubt> {
        match &self.grant {
            SourceGrant::Session(session) => session.known()?.doubt.as_ref(),
            SourceGrant::ClientCredentials(_) => None,
        }
    }

    /// Notes that the answer to what was sent at that time was lost.
    pub(super) fn note_doubt(&mut self, sent_at: Now) {
        let window = self.replay_window_ms();
        let rotates = self.rotates();
        let SourceGrant::Session(session) = &mut self.grant else { return };
        let doubt = &mut session.note().doubt;
        match doubt {
            None if rotates => *doubt = Some(Doubt { since: sent_at, replayed: false, reported: false }),
            None => {}
            Some(doubt) => {
                // A late use starts that time again, so that late uses stay rare too.
                if sent_at.elapsed_since(doubt.since) >= window {
                    doubt.since = sent_at;
                }
                doubt.replayed = true;
                doubt.reported = false;
            }
        }
    }

    pub(super) fn declare_dead(&mut self, error: &Error) {
        if let SourceGrant::Session(session) = &mut self.grant {
            session.note().dead = Some(error.clone());
            if let Some(refresh_token) = &session.refresh_token {
                let change = Untaken::RefreshTokenDead(refresh_token.clone());
                self.record(change);
            }
        }
    }
}

/// What tells a token from all others of its session, and takes less room.
fn mark(token: &Secret) -> u64 {
    let digest = hmac_sha256::Hash::hash(token.reveal().as_bytes());
    digest.iter().take(8).fold(0, |mark, byte| mark << 8 | u64::from(*byte))
}

fn decoded(tokens: &SessionTokens) -> Option<IdToken> {
    IdToken::decode(tokens.id_token.as_ref()?).ok().map(|(id_token, _)| id_token)
}
