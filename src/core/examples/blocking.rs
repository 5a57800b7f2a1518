//! A list of employees from Lucca, with `ureq`: one token source, a blocking HTTP client, and what to do about a 401.
//!
//! ```sh
//! LUCCA_CLIENT_ID=… LUCCA_CLIENT_SECRET=… cargo run --example blocking -- example "employees?limit=10"
//! ```
//!
//! The first argument is the account. `TOKEN_ENDPOINT` and `API_BASE` replace the provider's URLs, for a test server on
//! this machine. In a program of your own, give `ureq` one of its TLS features: here it has none, to stay small.

use std::hash::{BuildHasher, Hasher, RandomState};
use std::process::ExitCode;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use tokenwell::{
    Client, ClientOptions, Credentials, Error, Failure, FailureKind, HttpRequest, HttpResponse, Now, Outcome,
    Rejection, Step, Token, TokenSource, TokenVerdict, provider, token_verdict,
};

/// No answer of a token endpoint or of this API is larger.
const LARGEST_BODY: u64 = 1_048_576;

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        // The sentence says what happened and what to do. It never holds a secret.
        Err(error) => {
            eprintln!("{}: {error}", error.kind().as_str());
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<(), Error> {
    let mut arguments = std::env::args().skip(1);
    let account = arguments.next().unwrap_or_else(|| "example".to_owned());
    let reference = arguments.next().unwrap_or_else(|| "employees?limit=10".to_owned());

    let client = client(&account)?;
    let mut api = Api {
        http: http(),
        clock: Instant::now(),
        source: TokenSource::client_credentials(client, ["employees.readonly"]),
    };
    // The second call needs no token request: the source has a good one.
    for _ in 0..2 {
        let (status, body) = api.get(&reference)?;
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
fn http() -> ureq::Agent {
    ureq::Agent::config_builder().max_redirects(0).http_status_as_error(false).build().into()
}

struct Api {
    http: ureq::Agent,
    clock: Instant,
    source: TokenSource,
}

impl Api {
    /// Sends an authenticated request. A token that the API refuses is replaced once.
    fn get(&mut self, reference: &str) -> Result<(u16, Vec<u8>), Error> {
        let request = self.source.client().api_request(reference)?;
        // A slow API could refuse one token after another for ever.
        let mut replaced = false;
        loop {
            let token = self.token()?;
            let mut call = self.http.get(request.url()).header("authorization", token.authorization().reveal());
            for (name, value) in self.source.client().api_headers() {
                call = call.header(name, value);
            }
            let answer = call.config().timeout_global(Some(Duration::from_secs(10))).build().call();
            let mut answer = answer.map_err(|problem| Error::runtime(format!("{}: {problem}", request.endpoint())))?;
            let status = answer.status().as_u16();
            let challenge =
                answer.headers().get("www-authenticate").and_then(|value| value.to_str().ok()).map(str::to_owned);
            let body = answer.body_mut().with_config().limit(LARGEST_BODY).read_to_vec();
            let body = body.map_err(|problem| Error::runtime(format!("{}: {problem}", request.endpoint())))?;

            if token_verdict(status, challenge.as_deref()) == TokenVerdict::Rejected {
                let now = self.now();
                if self.source.reject(&token, now) != Rejection::TooSoon && !replaced {
                    replaced = true;
                    continue;
                }
            }
            if status >= 400 {
                let client = self.source.client();
                return Err(client.api_error(&request, token.access_token(), &taken(&answer, body), self.now()));
            }
            return Ok((status, body));
        }
    }

    /// The canonical loop.
    fn token(&mut self) -> Result<Token, Error> {
        let mut step = self.source.poll(self.now(), entropy());
        loop {
            step = match step {
                Step::Ready(token) => return Ok(token),
                Step::Send(flight) => {
                    let outcome = send(&self.http, flight.request(), Duration::from_millis(flight.timeout_ms()));
                    let now = self.now();
                    self.source.finish(flight, outcome, now)
                }
                Step::Wait { until } => {
                    std::thread::sleep(Duration::from_millis(until.saturating_sub(self.now().as_unix_ms())));
                    self.source.poll(self.now(), entropy())
                }
                Step::Failed(error) => return Err(error),
            }
        }
    }

    fn now(&self) -> Now {
        let since_1970 = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Now::unix_ms(milliseconds(since_1970)).with_monotonic_ms(milliseconds(self.clock.elapsed()))
    }
}

/// One request to the token endpoint, within its time, following nothing.
fn send(http: &ureq::Agent, request: &HttpRequest, timeout: Duration) -> Outcome {
    let mut post = http.post(request.url());
    for (name, value) in request.headers() {
        post = post.header(name, value);
    }
    match post.config().timeout_global(Some(timeout)).build().send(request.body()).and_then(read) {
        Ok(response) => response.into(),
        Err(problem) => Outcome::Failure(failure(&problem)),
    }
}

fn read(mut answer: ureq::http::Response<ureq::Body>) -> Result<HttpResponse, ureq::Error> {
    let body = answer.body_mut().with_config().limit(LARGEST_BODY).read_to_vec()?;
    Ok(taken(&answer, body))
}

/// What of an answer the core reads.
fn taken(answer: &ureq::http::Response<ureq::Body>, body: Vec<u8>) -> HttpResponse {
    let mut response = HttpResponse::new(answer.status().as_u16(), body);
    for name in HttpResponse::READ_HEADERS {
        for value in answer.headers().get_all(name) {
            response = response.with_header(name, value.to_str().unwrap_or_default());
        }
    }
    response
}

/// What matters most is whether the server can have seen the request.
fn failure(problem: &ureq::Error) -> Failure {
    Failure::new(match problem {
        ureq::Error::HostNotFound | ureq::Error::ConnectionFailed => FailureKind::NotSent,
        ureq::Error::Io(io) if io.kind() == std::io::ErrorKind::ConnectionRefused => FailureKind::NotSent,
        ureq::Error::Timeout(ureq::Timeout::Resolve | ureq::Timeout::Connect) => FailureKind::NotSent,
        ureq::Error::Timeout(_) => FailureKind::TimedOut,
        ureq::Error::Tls(_) => FailureKind::Untrusted,
        ureq::Error::BodyExceedsLimit(_) => FailureKind::TooLarge,
        _ => FailureKind::Interrupted,
    })
}

fn milliseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

/// Any random number: it spreads refreshes, and protects nothing.
fn entropy() -> u64 {
    RandomState::new().build_hasher().finish()
}
