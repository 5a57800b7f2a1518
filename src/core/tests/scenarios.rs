//! Runs the language-neutral scenarios of `tests/scenarios`: the token lifecycle in virtual time.
#![allow(
    dead_code,
    missing_docs,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::string_slice
)]

mod neutral;

use std::collections::HashMap;

use neutral::{Differences, ask, client, files, form_pairs, is_for_core, merged, report, response, text};
use serde_json::{Value, json};
use tokenwell::{
    Change, Failure, FailureKind, Flight, HttpResponse, Now, Observation, Outcome, Rejection, Scope, Secret,
    SessionTokens, Step, Token, TokenSource,
};

/// When a scenario begins that does not say; its times count from here.
const START: u64 = 1_800_000_000_000;

/// Jitter may not change what is expected, so every scenario runs with several random numbers.
const ENTROPY: [u64; 8] = [0, 1, 2, 3, 0x9e37_79b9_7f4a_7c15, 0x0123_4567_89ab_cdef, u64::MAX / 2, u64::MAX];

#[test]
fn every_scenario_holds() {
    let (mut count, mut failures) = (0, Vec::new());
    for file in files("scenarios") {
        for scenario in file.content["scenarios"].as_array().unwrap().iter().filter(|one| is_for_core(one)) {
            count += 1;
            let id = scenario["id"].as_str().unwrap();
            for entropy in ENTROPY {
                let differences = Run::new(&merged(&file.content["given"], &scenario["given"]), entropy).all(scenario);
                let found = differences.list();
                failures.extend(found.iter().map(|problem| format!("{}/{id}: {problem}", file.name)));
                if !found.is_empty() {
                    break;
                }
            }
        }
    }
    assert!(count >= 60, "only {count} scenarios were found");
    report("scenarios", count, &failures);
}

/// A source under way.
struct Run {
    source: TokenSource,
    start: u64,
    entropy: u64,
    /// Flights by their number; the first is 1.
    out: HashMap<u64, Flight>,
    requests: u64,
    secrets: Vec<String>,
    secrets_asked: u64,
    /// Tokens that were seen, by their text.
    seen: HashMap<String, Token>,
    differences: Differences,
}

impl Run {
    fn new(given: &Value, entropy: u64) -> Self {
        let client = client(&given["client"]).unwrap();
        let start = given["startsAt"].as_u64().unwrap_or(START);
        let source = match &given["session"] {
            Value::Null => TokenSource::client_credentials(client, ask(given)),
            stored => {
                let issued_for = client.issued_for();
                let now = moment(start, given);
                TokenSource::session(client, session_tokens(stored, start, &issued_for), now)
            }
        };
        let secrets = given["client"]["clientSecret"].as_array().into_iter().flatten();
        let secrets = secrets.map(|secret| text(secret).unwrap()).collect();
        let (out, seen) = (HashMap::new(), HashMap::new());
        let differences = Differences::default();
        Self { source, start, entropy, out, requests: 0, secrets, secrets_asked: 0, seen, differences }
    }

    fn all(mut self, scenario: &Value) -> Differences {
        for (number, step) in scenario["steps"].as_array().unwrap().iter().enumerate() {
            let before = std::mem::take(&mut self.differences).list();
            for _ in 0..step["times"].as_u64().unwrap_or(1) {
                self.step(step);
            }
            let found = std::mem::take(&mut self.differences).list();
            before.into_iter().for_each(|problem| self.differences.add(problem));
            // The first that is wrong says it all; what follows is only its consequence.
            if let Some(problem) = found.first() {
                self.differences.add(format!("step {} (at {}): {problem}", number + 1, step["at"]));
                return self.differences;
            }
        }
        self.differences.compare("requests", scenario.get("requests"), self.requests.into());
        self.differences.compare("secretsAsked", scenario.get("secretsAsked"), self.secrets_asked.into());
        self.differences
    }

    fn step(&mut self, step: &Value) {
        let now = moment(self.start, step);
        let expect = &step["expect"];
        match step["do"].as_str().unwrap() {
            "poll" => {
                if step["fresh"] == true {
                    self.source.invalidate();
                }
                self.entropy = self.entropy.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                let next = self.source.poll(now, self.entropy);
                self.expect(expect, next, now);
            }
            "answer" => {
                let number = step["flight"].as_u64().unwrap_or(self.requests);
                let flight = self.out.remove(&number).unwrap_or_else(|| panic!("flight {number} is not out"));
                let next = self.source.finish(flight, outcome(step), now);
                self.expect(expect, next, now);
            }
            "reject" => {
                let token = self.seen.get(step["token"].as_str().unwrap()).expect("a token that was ready earlier");
                let rejection = match self.source.reject(token, now) {
                    Rejection::Dropped => "dropped",
                    Rejection::Superseded => "superseded",
                    Rejection::TooSoon => "too_soon",
                };
                self.differences.compare("rejection", expect.get("rejection"), rejection.into());
            }
            "observe" => self.observe(step, now),
            other => panic!("unknown step {other}"),
        }
        if let Some(expected) = expect.get("changes") {
            let changes = self.changes();
            self.differences.compare("changes", Some(expected), changes);
        }
        if let Some(expected) = expect.get("lastFailure") {
            match self.source.last_failure().cloned() {
                Some(error) if expected.is_null() => {
                    self.differences.add(format!("lastFailure: expected none, got {error}"))
                }
                Some(error) => self.differences.error(expected, &error, &[]),
                None => self.differences.compare("lastFailure", Some(expected), Value::Null),
            }
        }
    }

    fn expect(&mut self, expect: &Value, step: Step, now: Now) {
        let shown = format!("{step:?}");
        self.differences.scan("the step", &[shown], &[]);
        let kind = ["ready", "send", "wait", "failed"].into_iter().find(|kind| expect.get(kind).is_some());
        let kind = kind.expect("a step expects ready, send, wait or failed");
        let expected = &expect[kind];
        match step {
            Step::Ready(token) if kind == "ready" => {
                self.differences.compare("ready", Some(expected), token.access_token().reveal().into());
                let until = self.since_start(token.reuse_until().as_unix_ms());
                self.differences.compare("reuse", expect.get("reuse"), until.into());
                let expires = token.expires_at_unix_ms().map(|at| self.since_start(at));
                self.differences.compare("expiresAt", expect.get("expiresAt"), expires.into());
                self.seen.insert(token.access_token().reveal().to_owned(), token);
            }
            Step::Send(flight) => {
                if kind == "send" {
                    self.send(expected, flight, now);
                } else {
                    self.requests += 1;
                    self.differences.add(format!("expected {kind}, got a request"));
                }
            }
            Step::Wait { until } if kind == "wait" => {
                if expected.is_object() {
                    self.differences.compare("wait", Some(expected), self.since_start(until).into());
                }
                if until < now.as_unix_ms() {
                    self.differences.add("a wait that is over already would be polled again at once, for ever");
                }
            }
            Step::Failed(error) if kind == "failed" => self.differences.error(expected, &error, &[]),
            other => self.differences.add(format!("expected {kind} {expected}, got {}", name(&other))),
        }
    }

    fn since_start(&self, unix_ms: u64) -> i64 {
        i64::try_from(unix_ms).unwrap() - i64::try_from(self.start).unwrap()
    }

    fn send(&mut self, expected: &Value, mut flight: Flight, now: Now) {
        self.requests += 1;
        if flight.needs_secret() {
            let index = usize::try_from(self.secrets_asked).unwrap().min(self.secrets.len() - 1);
            self.source.supply_secret(&mut flight, self.secrets[index].as_str()).unwrap();
            self.secrets_asked += 1;
        }
        let sent = form_pairs(flight.request().body());
        for (name, value) in expected["form"].as_object().into_iter().flatten() {
            let got = sent.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str());
            self.differences.compare(name, Some(value), got.into());
        }
        self.differences.compare("attempt", expected.get("attempt"), flight.attempt().into());
        self.differences.compare("timeout", expected.get("timeout"), flight.timeout_ms().into());
        self.differences.compare("background", expected.get("background"), flight.is_background().into());
        if let Some(meanwhile) = expected.get("meanwhile") {
            let current = self.source.current(now);
            let got = current.as_ref().map(|token| token.access_token().reveal().to_owned());
            self.differences.compare("meanwhile", Some(meanwhile), got.into());
        }
        self.out.insert(self.requests, flight);
    }

    fn observe(&mut self, step: &Value, now: Now) {
        let time = |name: &str| self.start + step[name].as_u64().unwrap();
        let observation = if step.get("tokens").is_some() {
            let issued_for = self.source.client().issued_for();
            Observation::Tokens(session_tokens(&step["tokens"], self.start, &issued_for))
        } else if step.get("leaseHeldUntil").is_some() {
            Observation::LeaseHeld { until_unix_ms: time("leaseHeldUntil") }
        } else {
            Observation::RefreshAbandoned { at_unix_ms: time("abandonedAt") }
        };
        self.source.observe(observation, now);
    }

    fn changes(&mut self) -> Value {
        let start = self.start;
        let changes = std::iter::from_fn(|| self.source.take_change()).map(|change| match change {
            Change::RefreshBegun { at_unix_ms } => json!({"refreshBegun": at_unix_ms - start}),
            Change::Tokens(tokens) => json!({"tokens": {
                "accessToken": tokens.access_token.reveal(),
                "refreshToken": tokens.refresh_token.as_ref().map(Secret::reveal),
            }}),
            Change::RefreshTokenDead(token) => json!({"refreshTokenDead": token.reveal()}),
        });
        Value::Array(changes.collect())
    }
}

/// `at`, and `monotonic` where both clocks are told; both count from the start.
fn moment(start: u64, step: &Value) -> Now {
    let at = step["at"].as_i64().unwrap_or(0);
    let now = Now::unix_ms(start.checked_add_signed(at).unwrap());
    // A process has been running for a while when a scenario begins.
    step["monotonic"].as_u64().map_or(now, |monotonic| now.with_monotonic_ms(5_000_000 + monotonic))
}

fn session_tokens(stored: &Value, start: u64, issued_for: &str) -> SessionTokens {
    SessionTokens {
        access_token: Secret::new(stored["accessToken"].as_str().unwrap()),
        refresh_token: text(&stored["refreshToken"]).map(Secret::new),
        id_token: None,
        expires_at_unix_ms: stored["expiresAt"].as_i64().map(|at| start.checked_add_signed(at).unwrap()),
        scope: Scope::none(),
        issued_for: text(&stored["issuedFor"]).unwrap_or_else(|| issued_for.to_owned()),
    }
}

fn outcome(step: &Value) -> Outcome {
    if let Some(token) = step["token"].as_object() {
        let mut body = token.clone();
        body.entry("token_type").or_insert_with(|| "Bearer".into());
        let response = HttpResponse::new(200, Value::Object(body).to_string());
        let response = response.with_header("content-type", "application/json");
        return response.with_header("cache-control", "no-store").into();
    }
    match step["failure"].as_str() {
        None => response(&step["response"]).into(),
        Some(kind) => Outcome::Failure(Failure::new(match kind {
            "not_sent" => FailureKind::NotSent,
            "interrupted" => FailureKind::Interrupted,
            "timed_out" => FailureKind::TimedOut,
            "untrusted" => FailureKind::Untrusted,
            "too_large" => FailureKind::TooLarge,
            "aborted" => FailureKind::Aborted,
            "broken" => FailureKind::Broken,
            other => panic!("unknown failure {other}"),
        })),
    }
}

fn name(step: &Step) -> String {
    match step {
        Step::Ready(token) => format!("ready {}", token.access_token().reveal()),
        Step::Send(_) => "a request".into(),
        Step::Wait { until } => format!("wait until {until}"),
        Step::Failed(error) => format!("failed: {error:?}"),
    }
}

/// Ranges in a file cannot tell a pause of a second from a back-off that happened to be one, so this counts.
#[test]
fn f38_used_up_answers_beside_a_good_token_back_off() {
    let options = json!({"provider": "oauth", "tokenEndpoint": "https://auth.example.com/token", "clientId": "id", "clientSecret": "canary"});
    let mut source = TokenSource::client_credentials(client(&options).unwrap(), Scope::none());
    let answer = |lifetime: u64| outcome(&json!({"token": {"access_token": "canary-a", "expires_in": lifetime}}));
    let Step::Send(first) = source.poll(Now::unix_ms(START), 1) else { panic!("a first request") };
    source.finish(first, answer(3600), Now::unix_ms(START));
    let mut requests = 0;
    // Each second from the advisory window to the mandatory one.
    for second in 2880..3540 {
        let now = Now::unix_ms(START + second * 1000);
        match source.poll(now, second) {
            Step::Send(flight) => {
                requests += 1;
                assert!(matches!(source.finish(flight, answer(0), now), Step::Ready(_)));
            }
            step => assert!(matches!(step, Step::Ready(_)), "{}", name(&step)),
        }
    }
    assert!(requests < 100, "{requests} requests in eleven minutes");
}
