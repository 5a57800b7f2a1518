//! A token source under every order of events: clocks that jump, answers that are lost, late or nonsense, tokens that
//! are rejected. The server rotates refresh tokens strictly: an old one, sent again, revokes the family.

use proptest::collection::vec;
use proptest::prelude::*;
use tokenwell::provider::Rotation;
use tokenwell::{
    Change, Client, Failure, FailureKind, Flight, HttpResponse, Now, Outcome, Recovery, Secret, SessionTokens, Step,
    Token, TokenSource,
};

use crate::events::{Answer, Event, event};
use crate::server::Server;
use crate::support::*;

/// After this long a flight that nobody brought back counts as lost.
const LEASE_MS: u64 = 30_000;
/// This long after it was sent a refresh token may be sent again, once, when its answer was lost.
const PROMPT_MS: u64 = 5_000;

struct Out {
    flight: Flight,
    number: u64,
    sent_at: Now,
    refresh_token: Option<String>,
    /// What the server answered, where it processed the request before the flight was lost.
    reply: Option<HttpResponse>,
    /// The lease was over at some time, so the source need not wait for it any more.
    abandoned: bool,
    doubtful: bool,
}

/// The token that has to be served while it is good.
#[derive(Clone)]
struct Good {
    access_token: String,
    issued_at: Now,
    lifetime_ms: Option<u64>,
}

struct World {
    wall: u64,
    monotonic: Option<u64>,
    source: TokenSource,
    session: bool,
    server: Server,
    out: Vec<Out>,
    lost: Vec<Out>,
    sent: u64,
    landed: u64,
    good: Option<Good>,
    /// The one that was good until a caller wanted a fresh one; good again once that caller has failed.
    set_aside: Option<Good>,
    /// The number of the attempt that is out, or has failed so that another follows.
    flying: Option<u64>,
    /// A poll that answers with a token does not tell whether it took that flight for lost.
    maybe_lost: bool,
    /// The refresh token that came last.
    refresh_token: String,
    /// When that one was first sent to an unknown end, and how often it was sent to one since.
    doubtful: Option<(Now, u32)>,
    dead: bool,
    /// Whether anything happened after which a strict server may rightly revoke the family.
    excused: bool,
    served: Vec<Token>,
}

impl World {
    fn new(session: bool, has_monotonic: bool) -> Self {
        let client = client_of(|profile| profile.rotation = Rotation::Strict);
        let (wall, monotonic) = (T0, has_monotonic.then_some(1_000_000));
        let now = Now::unix_ms(T0);
        let source =
            if session { stored_session(client, now) } else { TokenSource::client_credentials(client, ["read"]) };
        Self {
            wall,
            monotonic,
            source,
            session,
            server: Server::default(),
            out: Vec::new(),
            lost: Vec::new(),
            sent: 0,
            landed: 0,
            good: None,
            set_aside: None,
            flying: None,
            maybe_lost: false,
            refresh_token: "refresh-0".into(),
            doubtful: None,
            dead: false,
            excused: false,
            served: Vec::new(),
        }
    }

    fn now(&self) -> Now {
        let now = Now::unix_ms(self.wall);
        self.monotonic.map_or(now, |ms| now.with_monotonic_ms(ms))
    }

    fn is_good(&self) -> bool {
        let now = self.now();
        let assumed = if self.session { None } else { Some(300_000) };
        self.good.as_ref().is_some_and(|good| {
            good.lifetime_ms.or(assumed).is_none_or(|lifetime| now.elapsed_since(good.issued_at) < lifetime)
        })
    }

    /// Whoever wanted a fresh token has an answer, unless that is still on its way.
    fn serve_again(&mut self) {
        if self.flying.is_none() {
            self.good = self.set_aside.take().or(self.good.take());
        }
    }

    fn happen(&mut self, event: Event) {
        match event {
            Event::Pass(ms) => {
                self.wall += ms;
                self.monotonic = self.monotonic.map(|clock| clock + ms);
            }
            Event::Jump(ms) => self.wall = self.wall.saturating_add_signed(ms),
            Event::Poll(entropy) => self.poll(entropy),
            Event::Answer(answer) => {
                if !self.out.is_empty() {
                    let out = self.out.remove(0);
                    self.answer(out, &answer);
                }
            }
            Event::Lose { processed } => {
                if !self.out.is_empty() {
                    let mut out = self.out.remove(0);
                    if processed {
                        out.reply = Some(self.server.process(out.refresh_token.as_deref(), Some(3600)));
                    }
                    self.lose(&mut out);
                    self.lost.push(out);
                }
            }
            Event::Abandon => {
                self.source.abandon_flight();
                (self.flying, self.maybe_lost) = (None, false);
                for mut out in std::mem::take(&mut self.out) {
                    self.lose(&mut out);
                    out.abandoned = true;
                    self.lost.push(out);
                }
                self.lost.iter_mut().for_each(|out| out.abandoned = true);
            }
            Event::Late => {
                if !self.lost.is_empty() {
                    let mut out = self.lost.remove(0);
                    match out.reply.take() {
                        Some(reply) => self.deliver(out, reply, Some(3600)),
                        None => self.fail(out, FailureKind::Interrupted),
                    }
                }
            }
            Event::Reject => {
                if let Some(token) = self.served.last().cloned() {
                    self.reject(&token);
                }
            }
            Event::RejectFirst => {
                if let Some(token) = self.served.first().cloned() {
                    self.reject(&token);
                }
            }
            Event::Invalidate => {
                self.source.invalidate();
                self.set_aside = self.good.take().or(self.set_aside.take());
                if self.maybe_lost {
                    self.poll(1);
                }
            }
        }
        while let Some(change) = self.source.take_change() {
            match change {
                Change::RefreshTokenDead(token) => {
                    assert!(self.session && self.dead, "a refresh token was declared dead without a verdict");
                    assert_eq!(token.reveal(), self.refresh_token, "the wrong refresh token was declared dead");
                }
                Change::Tokens(tokens) if self.session => {
                    assert_eq!(
                        tokens.refresh_token.unwrap().reveal(),
                        self.refresh_token,
                        "an old token goes to the store"
                    );
                }
                _ => {}
            }
        }
        if self.session {
            let kept = self.source.session_tokens().expect("a session always has something to store");
            assert_eq!(kept.refresh_token.unwrap().reveal(), self.refresh_token, "a rotated refresh token was lost");
        }
    }

    fn poll(&mut self, entropy: u64) {
        let now = self.now();
        let without_monotonic = self.monotonic.is_none();
        for out in self.out.iter_mut().chain(&mut self.lost) {
            // A clock that was set back by more than the lease, with no other clock, says as little as one set forward.
            let set_back = out.sent_at.as_unix_ms().saturating_sub(self.wall);
            out.abandoned |= now.elapsed_since(out.sent_at) >= LEASE_MS || (without_monotonic && set_back >= LEASE_MS);
        }
        match self.source.poll(now, entropy) {
            Step::Ready(token) => {
                self.maybe_lost = self.flying.is_some();
                self.serve(&token);
                self.served.push(token);
            }
            Step::Send(flight) => self.send(flight),
            Step::Wait { until } => {
                self.maybe_lost |= self.set_aside.is_none() && self.flying.is_some();
                let out = self.out.iter().chain(&self.lost).any(|out| !out.abandoned);
                assert!(until > self.wall || out, "a wait until {until} at {} with nothing on its way", self.wall);
                assert!(until <= self.wall + 60_000, "a wait of {} ms", until - self.wall);
            }
            Step::Failed(error) => {
                assert!(!self.is_good(), "a failure although a good token is there: {error}");
                if error.recovery() == Recovery::Reauthorize {
                    assert!(self.dead, "the user is sent away without a verdict: {error}");
                }
                (self.flying, self.maybe_lost) = (None, false);
                self.serve_again();
            }
        }
    }

    fn serve(&self, token: &Token) {
        let now = self.now();
        assert!(self.is_good(), "a token that is expired, rejected or dropped was served");
        let good = self.good.as_ref().unwrap();
        assert_eq!(token.access_token().reveal(), good.access_token, "another token than the newest was served");
        if let Some(lifetime) = good.lifetime_ms {
            let reuse = token.reuse_until().elapsed_since(now);
            assert!(now.elapsed_since(good.issued_at) + reuse <= lifetime, "it may be reused after it has expired");
        }
    }

    fn send(&mut self, flight: Flight) {
        let now = self.now();
        for out in self.out.iter().chain(&self.lost) {
            assert!(out.abandoned, "two flights are out");
        }
        // Whatever is still out counts as lost from here on.
        for mut out in std::mem::take(&mut self.out) {
            self.lose(&mut out);
            self.lost.push(out);
        }
        let pairs = form(flight.request());
        let refresh_token = value(&pairs, "refresh_token").map(str::to_owned);
        assert_eq!(refresh_token.is_some(), self.session);
        assert_eq!(flight.is_rotating(), self.session);
        assert!(flight.timeout_ms() >= 1 && flight.timeout_ms() <= 10_000);
        if let Some(token) = &refresh_token {
            assert!(!self.dead, "a dead refresh token was sent");
            assert_eq!(*token, self.refresh_token, "another refresh token than the newest was sent");
            if let (Some((since, times)), true) = (self.doubtful, self.is_good()) {
                assert!(times < 2, "a refresh token was sent a third time");
                let elapsed = now.elapsed_since(since);
                assert!(elapsed <= PROMPT_MS, "a refresh token was sent again {elapsed} ms after its answer was lost");
            }
        }
        self.sent += 1;
        (self.flying, self.maybe_lost) = (Some(self.sent), false);
        self.out.push(Out {
            flight,
            number: self.sent,
            sent_at: now,
            refresh_token,
            reply: None,
            abandoned: false,
            doubtful: false,
        });
    }

    /// The server may have processed this, and nobody will know.
    fn lose(&mut self, out: &mut Out) {
        let again = std::mem::replace(&mut out.doubtful, true);
        if !again && out.refresh_token.as_ref() == Some(&self.refresh_token) {
            self.excused = true;
            let (since, times) = self.doubtful.unwrap_or((out.sent_at, 0));
            self.doubtful = Some((since, times + 1));
        }
    }

    fn answer(&mut self, mut out: Out, answer: &Answer) {
        match answer {
            Answer::Tokens { expires_in } => {
                let response = self.server.process(out.refresh_token.as_deref(), *expires_in);
                self.deliver(out, response, *expires_in);
            }
            Answer::Refusal { status, code } => {
                let body = format!(r#"{{"error":"{code}"}}"#);
                self.finish(out, crate::support::answer(*status, body).into());
            }
            Answer::RetryAfter(seconds) => {
                let response = crate::support::answer(429, "{}").with_header("retry-after", seconds.to_string());
                self.finish(out, response.into());
            }
            Answer::Page { status, processed } => {
                let unclear = matches!(status, 200..=299 | 500..);
                if unclear {
                    if *processed {
                        self.server.process(out.refresh_token.as_deref(), None);
                    }
                    self.lose(&mut out);
                }
                let page = HttpResponse::new(*status, "<html>").with_header("content-type", "text/html");
                self.finish(out, page.into());
            }
            Answer::Failure { kind, processed } => {
                let unclear = !matches!(kind, FailureKind::NotSent | FailureKind::Untrusted | FailureKind::Forbidden);
                if *processed && unclear {
                    self.server.process(out.refresh_token.as_deref(), None);
                }
                self.fail(out, *kind);
            }
        }
    }

    fn fail(&mut self, mut out: Out, kind: FailureKind) {
        if !matches!(kind, FailureKind::NotSent | FailureKind::Untrusted | FailureKind::Forbidden)
            && out.number > self.landed
        {
            self.lose(&mut out);
        }
        self.finish(out, Outcome::Failure(Failure::new(kind)));
    }

    /// The server's own answer arrives: from now on this is the truth.
    fn deliver(&mut self, out: Out, response: HttpResponse, expires_in: Option<u64>) {
        if response.status() != 200 {
            self.dead |= out.refresh_token.as_ref() == Some(&self.refresh_token);
            return self.finish(out, response.into());
        }
        if out.number > self.landed {
            self.landed = out.number;
            self.flying.take_if(|number| *number == out.number);
            if let Some(token) = &out.refresh_token {
                let number: u64 = token.trim_start_matches("refresh-").parse().unwrap();
                self.refresh_token = format!("refresh-{}", number + 1);
                (self.doubtful, self.dead) = (None, false);
            }
            let lifetime_ms = expires_in.map(|seconds| seconds * 1000);
            let usable = lifetime_ms.is_none_or(|lifetime| lifetime > (lifetime / 20).clamp(1_000, 60_000));
            if usable {
                let access_token = format!("access-{}", access_number(&response, &self.server));
                self.good = Some(Good { access_token, issued_at: out.sent_at, lifetime_ms });
                self.set_aside = None;
            } else if self.set_aside.is_some() {
                self.serve_again();
            } else if !self.is_good() {
                self.good = None;
            }
        }
        self.finish(out, response.into());
    }

    fn finish(&mut self, out: Out, outcome: Outcome) {
        let now = self.now();
        let step = self.source.finish(out.flight, outcome, now);
        if !matches!(step, Step::Wait { .. }) {
            self.flying.take_if(|number| *number == out.number);
        }
        match step {
            // Whoever waits for a flight may have what it brought, even where it is used up at once.
            Step::Ready(token) => {
                if token.reuse_until() != now {
                    self.serve(&token);
                }
            }
            Step::Wait { until } => assert!(until >= self.wall),
            Step::Failed(error) => {
                assert!(!self.is_good(), "a failure although a good token is there: {error}");
                self.serve_again();
            }
            Step::Send(_) => panic!("finish sends nothing"),
        }
    }

    fn reject(&mut self, token: &Token) {
        let is_current = |good: &mut Good| good.access_token == token.access_token().reveal();
        if self.source.reject(token, self.now()) == tokenwell::Rejection::Dropped {
            self.good.take_if(is_current);
            self.set_aside.take_if(is_current);
        }
    }

    /// With a server that answers, the source gets a token in the end, unless it was told that there is none.
    fn comes_to_rest(&mut self) {
        for _ in 0..60 {
            self.happen(Event::Pass(10_000));
            let before = self.served.len();
            self.happen(Event::Poll(7));
            if self.served.len() > before {
                return;
            }
            self.happen(Event::Answer(Answer::Tokens { expires_in: Some(3600) }));
        }
        assert!(self.dead, "no token after ten minutes with a server that answers");
    }
}

fn access_number(response: &HttpResponse, server: &Server) -> u64 {
    // The last one issued, except for a reply that was kept for later.
    let tokens = client().client_credentials(["read"]).unwrap().finish(response, at(0)).unwrap();
    let number: u64 = tokens.access_token().reveal().trim_start_matches("access-").parse().unwrap();
    assert!(number <= server.access_tokens);
    number
}

fn stored_session(client: Client, now: Now) -> TokenSource {
    let tokens = SessionTokens {
        access_token: Secret::new("access-0"),
        refresh_token: Some(Secret::new("refresh-0")),
        id_token: None,
        expires_at_unix_ms: Some(T0),
        scope: "read".into(),
        issued_for: client.issued_for(),
    };
    TokenSource::session(client, tokens, now)
}

proptest! {
    #![proptest_config(crate::cases(800))]

    #[test]
    fn a_source_of_client_credentials_keeps_its_promises(events in vec(event(), 0..120), monotonic in any::<bool>()) {
        let mut world = World::new(false, monotonic);
        events.into_iter().for_each(|event| world.happen(event));
        world.comes_to_rest();
    }

    #[test]
    fn a_session_keeps_its_promises(events in vec(event(), 0..120), monotonic in any::<bool>()) {
        let mut world = World::new(true, monotonic);
        events.into_iter().for_each(|event| world.happen(event));
        prop_assert!(!world.server.revoked || world.excused, "an old refresh token was sent although no answer was lost");
        world.comes_to_rest();
    }
}

#[test]
fn a_retry_in_doubt_is_not_sent_once_the_token_that_was_set_aside_is_served_again() {
    let mut world = World::new(true, false);
    for event in [
        Event::Poll(0),
        Event::Answer(Answer::Tokens { expires_in: None }),
        Event::Invalidate,
        Event::Poll(0),
        Event::Lose { processed: false },
        Event::Pass(288_003),
        Event::Poll(0),
        Event::Answer(Answer::Refusal { status: 429, code: "invalid_client" }),
        Event::Pass(1_997),
        Event::Late,
        Event::Poll(0),
    ] {
        world.happen(event);
    }
    world.comes_to_rest();
}
