//! The same with `reqwest`: many tasks share one token source, and together they make one token request.
//!
//! ```sh
//! LUCCA_CLIENT_ID=… LUCCA_CLIENT_SECRET=… cargo run --example nonblocking -- example "employees?limit=10"
//! ```
//!
//! The first argument is the account. `TOKEN_ENDPOINT` and `API_BASE` replace the provider's URLs, for a test server on
//! this machine. In a program of your own, give `reqwest` its feature `rustls`: here it has none, to stay small.

use std::hash::{BuildHasher, Hasher, RandomState};
use std::process::ExitCode;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use tokenwell::{
    Client, ClientOptions, Credentials, Error, Failure, FailureKind, Flight, HttpResponse, Now, Outcome, Rejection,
    Step, Token, TokenSource, TokenVerdict, provider, token_verdict,
};
use tokio::sync::broadcast;

/// No answer of a token endpoint or of this API is larger.
const LARGEST_BODY: usize = 1_048_576;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    match run().await {
        Ok(()) => ExitCode::SUCCESS,
        // The sentence says what happened and what to do. It never holds a secret.
        Err(error) => {
            eprintln!("{}: {error}", error.kind().as_str());
            ExitCode::FAILURE
        }
    }
}

async fn run() -> Result<(), Error> {
    let mut arguments = std::env::args().skip(1);
    let account = arguments.next().unwrap_or_else(|| "example".to_owned());
    let reference = arguments.next().unwrap_or_else(|| "employees?limit=10".to_owned());

    let api = Arc::new(Api {
        client: client(&account)?,
        source: Mutex::new(TokenSource::client_credentials(client(&account)?, ["employees.readonly"])),
        landed: broadcast::Sender::new(16),
        http: http()?,
        clock: Instant::now(),
    });
    let calls: Vec<_> = (0..8)
        .map(|_| {
            let (api, reference) = (Arc::clone(&api), reference.clone());
            tokio::spawn(async move { api.get(&reference).await })
        })
        .collect();
    for call in calls {
        let (status, body) = call.await.map_err(|problem| Error::runtime(problem.to_string()))??;
        println!("{status}, {} bytes", body.len());
    }
    Ok(())
}

fn client(account: &str) -> Result<Client, Error> {
    let variable = |name: &str| std::env::var(name).ok();
    let mut profile = provider::lucca(account);
    let mut options = ClientOptions::default();
    if let Some(url) = variable("TOKEN_ENDPOINT") {
        profile.token_endpoint = url;
        options.allow_insecure_loopback = true;
    }
    profile.api_base = variable("API_BASE").or(profile.api_base);
    let id = variable("LUCCA_CLIENT_ID").unwrap_or_default();
    let secret = variable("LUCCA_CLIENT_SECRET").unwrap_or_default();
    profile.client_with(Credentials::secret(id, secret), options)
}

/// Redirects are answers, not instructions: a token endpoint's is refused by the core, the API's is checked by it.
fn http() -> Result<reqwest::Client, Error> {
    let builder = reqwest::Client::builder().redirect(reqwest::redirect::Policy::none());
    builder.build().map_err(|problem| Error::runtime(problem.to_string()))
}

struct Api {
    client: Client,
    /// Locked for the time of a decision, never while something is on its way.
    source: Mutex<TokenSource>,
    /// Tells everybody who waits for a flight what came of it; `None`: another attempt follows.
    landed: broadcast::Sender<Option<Result<Token, Error>>>,
    http: reqwest::Client,
    clock: Instant,
}

impl Api {
    /// Sends an authenticated request. A token that the API refuses is replaced once.
    async fn get(self: &Arc<Self>, reference: &str) -> Result<(u16, Vec<u8>), Error> {
        let request = self.client.api_request(reference)?;
        // A slow API could refuse one token after another for ever.
        let mut replaced = false;
        loop {
            let token = self.token().await?;
            let mut call = self.http.get(request.url()).timeout(Duration::from_secs(10));
            call = call.header("authorization", token.authorization().reveal());
            for (name, value) in self.client.api_headers() {
                call = call.header(name, value);
            }
            // `without_url`: a query may hold what does not belong into a log.
            let broken =
                |problem: reqwest::Error| Error::runtime(format!("{}: {}", request.endpoint(), problem.without_url()));
            let answer = call.send().await.map_err(broken)?;
            let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
            let challenge = headers.get("www-authenticate").and_then(|value| value.to_str().ok());
            let Some(body) = read(answer).await.map_err(broken)? else {
                return Err(Error::runtime(format!("{}: the answer is too large", request.endpoint())));
            };

            if token_verdict(status, challenge) == TokenVerdict::Rejected
                && self.source().reject(&token, self.now()) != Rejection::TooSoon
                && !replaced
            {
                replaced = true;
                continue;
            }
            if status >= 400 {
                let refusal = taken(status, &headers, body);
                return Err(self.client.api_error(&request, token.access_token(), &refusal, self.now()));
            }
            return Ok((status, body));
        }
    }

    /// The canonical loop, for many at once.
    async fn token(self: &Arc<Self>) -> Result<Token, Error> {
        loop {
            // Before the poll, so that a flight that lands in between is not missed.
            let mut landed = self.landed.subscribe();
            let step = self.source().poll(self.now(), entropy());
            let until = match step {
                Step::Ready(token) => return Ok(token),
                Step::Failed(error) => return Err(error),
                Step::Send(flight) => {
                    // A task of its own: it must come back even if nobody waits for it any more.
                    tokio::spawn(Arc::clone(self).fly(flight));
                    u64::MAX
                }
                Step::Wait { until } => until,
            };
            let pause = Duration::from_millis(until.saturating_sub(self.now().as_unix_ms()).min(60_000));
            if let Ok(Ok(Some(result))) = tokio::time::timeout(pause, landed.recv()).await {
                return result;
            }
        }
    }

    async fn fly(self: Arc<Self>, flight: Flight) {
        let outcome = match self.send(&flight).await {
            Ok(Some(response)) => response.into(),
            Ok(None) => Outcome::Failure(Failure::new(FailureKind::TooLarge)),
            Err(problem) => Outcome::Failure(failure(&problem)),
        };
        let result = match self.source().finish(flight, outcome, self.now()) {
            Step::Ready(token) => Some(Ok(token)),
            Step::Failed(error) => Some(Err(error)),
            Step::Wait { .. } | Step::Send(_) => None,
        };
        // Nobody may be waiting any more.
        let _ = self.landed.send(result);
    }

    /// One request to the token endpoint, within its time, following nothing. `None`: the answer is too large.
    async fn send(&self, flight: &Flight) -> Result<Option<HttpResponse>, reqwest::Error> {
        let request = flight.request();
        let mut post = self.http.post(request.url()).timeout(Duration::from_millis(flight.timeout_ms()));
        for (name, value) in request.headers() {
            post = post.header(name, value);
        }
        let answer = post.body(request.body().to_owned()).send().await?;
        let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
        let Some(body) = read(answer).await? else { return Ok(None) };
        Ok(Some(taken(status, &headers, body)))
    }

    fn source(&self) -> MutexGuard<'_, TokenSource> {
        self.source.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn now(&self) -> Now {
        let since_1970 = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Now::unix_ms(milliseconds(since_1970)).with_monotonic_ms(milliseconds(self.clock.elapsed()))
    }
}

/// What of an answer the core reads.
fn taken(status: u16, headers: &reqwest::header::HeaderMap, body: Vec<u8>) -> HttpResponse {
    let mut response = HttpResponse::new(status, body);
    for name in HttpResponse::READ_HEADERS {
        for value in headers.get_all(name) {
            response = response.with_header(name, value.to_str().unwrap_or_default());
        }
    }
    response
}

/// `None` where the body is larger than anything that could be meant.
async fn read(mut answer: reqwest::Response) -> Result<Option<Vec<u8>>, reqwest::Error> {
    let mut body = Vec::new();
    while let Some(piece) = answer.chunk().await? {
        if body.len().saturating_add(piece.len()) > LARGEST_BODY {
            return Ok(None);
        }
        body.extend_from_slice(&piece);
    }
    Ok(Some(body))
}

/// What matters most is whether the server can have seen the request.
fn failure(problem: &reqwest::Error) -> Failure {
    Failure::new(if problem.is_connect() {
        FailureKind::NotSent
    } else if problem.is_timeout() {
        FailureKind::TimedOut
    } else {
        FailureKind::Interrupted
    })
}

fn milliseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

/// Any random number: it spreads refreshes, and protects nothing.
fn entropy() -> u64 {
    RandomState::new().build_hasher().finish()
}
