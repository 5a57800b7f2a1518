//! The state machine that says use, send, wait or fail.
//!
//! Inputs: [`TokenSource::poll`], [`finish`](TokenSource::finish), [`reject`](TokenSource::reject),
//! [`invalidate`](TokenSource::invalidate), [`observe`](TokenSource::observe).
//! Outputs: [`Step`], [`TokenSource::current`], [`take_change`](TokenSource::take_change).

mod current;
mod failing;
mod flight;
mod landing;
mod session;
mod store;
pub(crate) mod timing;

use alloc::boxed::Box;
use alloc::vec::Vec;

pub use current::{Rejection, Token};
pub use flight::{Failure, FailureKind, Flight, Outcome};
pub use store::{Change, Observation, SessionTokens};

use crate::Secret;
use crate::client::Client;
use crate::error::Error;
use crate::grant::Exchange;
use crate::now::Now;
use crate::scope::TokenRequest;
use current::Current;
use flight::Sent;
use session::Session;
use store::Untaken;
use timing::{Jitter, Standing};

/// What to do next.
#[derive(Debug)]
pub enum Step {
    /// Use this token.
    Ready(Token),
    /// Send this, once, and [`finish`](TokenSource::finish) it.
    Send(Flight),
    /// Nothing to do before this time; then poll again. A flight that is out may finish earlier, and so may another process
    /// that has the lease of a store: look there again meanwhile.
    Wait {
        /// Milliseconds since 1970 UTC.
        until: u64,
    },
    /// No token. [`Error::recovery`] says what helps.
    Failed(Error),
}

/// Keeps one token fresh for many callers: the application's own, or one user's.
///
/// It asks for one request at a time, whoever polls; it serves the old token while a refresh is due; a refresh token whose
/// answer was lost it sends again once, promptly, and otherwise only when the access token is not served any more, so that
/// there is nothing left to lose.
#[derive(Debug)]
pub struct TokenSource {
    client: Client,
    /// It was supplied, so the program may have a newer one.
    renewable_secret: bool,
    grant: SourceGrant,
    /// Why no request can ever be made; answers every poll.
    invalid: Option<Error>,
    current: Option<Current>,
    // Boxed, like all that is rarely there: a program may hold many sources.
    flight: Option<Box<Pending>>,
    /// While another process refreshes. Its tokens end it.
    lease: Option<Pause>,
    /// After a failure of our own, or an answer that was of no use. A success of our own ends it.
    cool_down: Option<Pause>,
    /// Flights in a row that brought nothing of use.
    failures: u32,
    /// Tokens so far, from wherever; the newest has this [version](Token::version).
    versions: u64,
    /// Flights so far; the newest has this id.
    flights: u64,
    /// The flight that brought the newest tokens.
    landed: u64,
    /// When a token was last dropped because of a 401.
    dropped_at: Option<Now>,
    changes: Vec<Untaken>,
    last_failure: Option<Error>,
}

#[derive(Debug)]
enum SourceGrant {
    ClientCredentials(TokenRequest),
    Session(Box<Session>),
}

/// The flight that is out, or waits for its next attempt.
#[derive(Debug)]
struct Pending {
    id: u64,
    /// When its first attempt was sent; the deadline counts from here.
    started: Now,
    attempt: u32,
    jitter: Jitter,
    background: bool,
    /// What its last attempt was made with: a store may have brought another meanwhile.
    refresh_token: Option<Secret>,
    /// The secret was asked for again once, which is all that it may be.
    secret_renewed: bool,
    /// As in [`Sent`].
    needs_secret: bool,
    /// Since when it is out, or waits.
    since: Now,
    waiting: Option<Waiting>,
}

#[derive(Debug)]
struct Waiting {
    delay_ms: u64,
    /// Whoever polls later than this begins a new flight.
    forget_after_ms: u64,
    needs_secret: bool,
}

/// A time in which nothing is sent.
#[derive(Debug)]
struct Pause {
    since: Now,
    for_ms: u64,
    /// What answers meanwhile where there is no token; without one, callers wait.
    error: Option<Error>,
    /// The server asked for it, so not even a rejected token ends it.
    asked_for: bool,
}

impl Pause {
    fn left_ms(&self, now: Now) -> u64 {
        self.for_ms.saturating_sub(now.elapsed_since(self.since))
    }
}

impl TokenSource {
    /// A source of the application's own token. A request that cannot be sent makes every poll fail with a
    /// `configuration` error.
    pub fn client_credentials(client: Client, request: impl Into<TokenRequest>) -> Self {
        let request = client.merged(request.into());
        let invalid = request.check().err();
        Self::new(client, SourceGrant::ClientCredentials(request), invalid)
    }

    // Once in the WebAssembly module: so many fields are long to write.
    #[inline(never)]
    fn new(client: Client, grant: SourceGrant, invalid: Option<Error>) -> Self {
        Self {
            renewable_secret: client.awaits_secret(),
            client,
            grant,
            invalid,
            current: None,
            flight: None,
            lease: None,
            cool_down: None,
            failures: 0,
            versions: 0,
            flights: 0,
            landed: 0,
            dropped_at: None,
            changes: Vec::new(),
            last_failure: None,
        }
    }

    /// The client, with the secret that was last supplied.
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// Why the last flight failed, until one succeeds. A failure while the old token is still good fails no caller, so
    /// this is where it shows.
    pub fn last_failure(&self) -> Option<&Error> {
        self.last_failure.as_ref()
    }

    /// What to do now. `entropy` is any random number; it spreads refreshes and retries, and protects nothing.
    pub fn poll(&mut self, now: Now, entropy: u64) -> Step {
        let standing = self.standing(now);
        if standing == Standing::Fresh {
            if let Some(token) = self.token(now) {
                return Step::Ready(token);
            }
        }
        self.drop_lost_flight(now);
        match self.attempt_due(now) {
            Ok(()) => self.send(now, entropy, standing).unwrap_or_else(|error| self.instead(now, error)),
            Err(step) => step,
        }
    }

    /// Whether a request may go out now; else what to do instead.
    fn attempt_due(&mut self, now: Now) -> Result<(), Step> {
        if let Some(flight) = &self.flight {
            let for_ms = match &flight.waiting {
                Some(waiting) if now.is_past(flight.since, waiting.delay_ms) => return Ok(()),
                Some(waiting) => waiting.delay_ms,
                None => self.client.options().lease_ms(),
            };
            // Counted from now, since the wall clock may have been set back meanwhile.
            let until = now.after(for_ms.saturating_sub(now.elapsed_since(flight.since)));
            return Err(ready_or(self.current(now), Step::Wait { until: until.as_unix_ms() }));
        }
        let over = |pause: &mut Pause| now.is_past(pause.since, pause.for_ms);
        self.lease.take_if(over);
        self.cool_down.take_if(over);
        // The one that ends last.
        let longest = match (&self.lease, &self.cool_down) {
            (Some(lease), Some(cool_down)) if lease.left_ms(now) > cool_down.left_ms(now) => lease,
            (_, Some(pause)) | (Some(pause), None) => pause,
            (None, None) => return Ok(()),
        };
        let (left, asked_for, error) = (longest.left_ms(now), longest.asked_for, longest.error.clone());
        Err(self.paused(now, left, asked_for, error))
    }

    // Apart from the way of a first token: see docs/performance.md.
    #[inline(never)]
    fn paused(&mut self, now: Now, left: u64, asked_for: bool, error: Option<Error>) -> Step {
        match error {
            Some(error) if asked_for => self.instead(now, error.with(|details| details.retry_after_ms = Some(left))),
            Some(error) => self.instead(now, error),
            None => ready_or(self.good(now), Step::Wait { until: now.after(left).as_unix_ms() }),
        }
    }

    /// What callers get when there is no new token: the old token while it is good, else the error.
    fn instead(&mut self, now: Now, error: Error) -> Step {
        let step = ready_or(self.good(now), Step::Failed(error));
        self.serve_again();
        step
    }

    /// Begins a flight, or the next attempt of the one that waits.
    fn send(&mut self, now: Now, entropy: u64, standing: Standing) -> Result<Step, Error> {
        // A flight that began with nothing to lose may have something by now: a token that was set aside is served again.
        if self.flight.is_none() || standing != Standing::Expired {
            self.forbid_hopeless(standing, now)?;
        }
        // A flight that waits for its next attempt ends where there is none.
        let exchange = self.exchange().inspect_err(|_| self.flight = None)?;
        let rotating = matches!(self.grant, SourceGrant::Session(_));
        if rotating {
            self.record(Untaken::RefreshBegun { at_unix_ms: now.as_unix_ms() });
        }
        let flight = self.flight.get_or_insert_with(|| {
            self.flights = self.flights.saturating_add(1);
            Box::new(Pending {
                id: self.flights,
                started: now,
                attempt: 0,
                jitter: Jitter::new(entropy),
                background: standing == Standing::RefreshAdvised,
                refresh_token: None,
                secret_renewed: false,
                needs_secret: false,
                since: now,
                waiting: None,
            })
        });
        let asked = flight.waiting.take().is_some_and(|waiting| waiting.needs_secret);
        flight.needs_secret = asked || self.client.awaits_secret();
        flight.refresh_token = exchange.refresh_token().cloned();
        flight.attempt = flight.attempt.saturating_add(1);
        flight.since = now;
        let options = self.client.options();
        let left = options.left_ms(now.elapsed_since(flight.started));
        Ok(Step::Send(Flight(Box::new(Sent {
            id: flight.id,
            attempt: flight.attempt,
            exchange,
            sent_at: now,
            timeout_ms: options.timeout_ms.min(left).max(1),
            background: flight.background,
            needs_secret: flight.needs_secret,
            rotating,
        }))))
    }

    fn exchange(&self) -> Result<Exchange, Error> {
        if let Some(error) = &self.invalid {
            return Err(error.clone());
        }
        match &self.grant {
            SourceGrant::ClientCredentials(request) => Ok(self.client.client_credentials_exchange(request.clone())),
            SourceGrant::Session(session) => session.exchange(&self.client),
        }
    }

    /// Supplies the client secret for a flight that [needs it](Flight::needs_secret). Later flights use it too.
    ///
    /// # Errors
    /// `configuration` where the secret cannot be one. [`refuse`](Self::refuse) the flight then.
    pub fn supply_secret(&mut self, flight: &mut Flight, client_secret: impl Into<Secret>) -> Result<(), Error> {
        self.client = self.client.with_secret(client_secret)?;
        flight.0.exchange = self.exchange()?;
        flight.0.needs_secret = false;
        if let Some(pending) = self.flight.as_mut().filter(|pending| pending.id == flight.0.id) {
            pending.refresh_token = flight.0.exchange.refresh_token().cloned();
            pending.needs_secret = false;
        }
        Ok(())
    }
}

/// A token where there is one, else something else.
fn ready_or(token: Option<Token>, otherwise: Step) -> Step {
    token.map_or(otherwise, Step::Ready)
}
