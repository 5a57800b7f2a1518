//! What a token costs apart from the network: building the request and reading the answer, next to the `oauth2` crate; and
//! asking a source that has a fresh token.
//!
//! `cargo bench --package tokenwell` prints time and allocations, and each figure as a ratio. Contestants take turns in
//! random order each round, so that what the machine does meanwhile hits all alike; only ratios travel to other machines.
//! It fails when an allocation count is missed: those do not depend on the machine.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    reason = "a benchmark"
)]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::hash::{BuildHasher, Hasher, RandomState};
use std::hint::black_box;
use std::process::ExitCode;
use std::time::Instant;

use oauth2::basic::BasicClient;
use oauth2::{AuthType, ClientId, ClientSecret, Scope, TokenResponse, TokenUrl};
use tokenwell::provider::Profile;
use tokenwell::{Client, Credentials, HttpResponse, Now, Step, TokenSource};

const ROUNDS: usize = 60;
const NOW: Now = Now::unix_ms(1_800_000_000_000).with_monotonic_ms(1);

/// Counts the allocations of this thread.
struct Counting;

thread_local! {
    static ALLOCATIONS: Cell<u64> = const { Cell::new(0) };
}

// SAFETY: every call goes to the system's allocator as it is; counting touches no memory that was allocated here.
#[allow(unsafe_code, reason = "an allocator cannot be written without")]
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        ALLOCATIONS.with(|count| count.set(count.get() + 1));
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        unsafe { System.dealloc(pointer, layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        ALLOCATIONS.with(|count| count.set(count.get() + 1));
        unsafe { System.realloc(pointer, layout, size) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

fn allocations() -> u64 {
    ALLOCATIONS.with(Cell::get)
}

/// 800 bytes, most of them the token.
fn body() -> Vec<u8> {
    let rest = r#"{"access_token":"","token_type":"Bearer","expires_in":3600,"scope":"read"}"#.len();
    let token = "x".repeat(800 - rest);
    let body = format!(r#"{{"access_token":"{token}","token_type":"Bearer","expires_in":3600,"scope":"read"}}"#);
    assert_eq!(body.len(), 800);
    body.into_bytes()
}

struct Contestant<'a> {
    name: &'static str,
    run: Box<dyn FnMut() + 'a>,
    repetitions: u32,
    nanoseconds: Vec<f64>,
}

impl<'a> Contestant<'a> {
    fn new(name: &'static str, repetitions: u32, run: impl FnMut() + 'a) -> Self {
        Self { name, run: Box::new(run), repetitions, nanoseconds: Vec::new() }
    }

    fn round(&mut self) {
        let start = Instant::now();
        for _ in 0..self.repetitions {
            (self.run)();
        }
        self.nanoseconds.push(start.elapsed().as_secs_f64() * 1e9 / f64::from(self.repetitions));
    }

    fn allocations(&mut self) -> u64 {
        let before = allocations();
        (self.run)();
        allocations() - before
    }

    fn median(&self) -> f64 {
        let mut sorted = self.nanoseconds.clone();
        sorted.sort_by(f64::total_cmp);
        sorted.get(sorted.len() / 2).copied().unwrap_or(f64::NAN)
    }
}

/// Fisher and Yates' shuffle, with the randomness of the standard library's hash maps.
fn shuffle<T>(list: &mut [T]) {
    for last in (1..list.len()).rev() {
        let random = RandomState::new().build_hasher().finish();
        list.swap(last, usize::try_from(random % (last as u64 + 1)).unwrap());
    }
}

fn client() -> Client {
    Profile::new("example", "https://auth.example.com/oauth/token")
        .client(Credentials::secret("client", "secret"))
        .unwrap()
}

fn answer(body: &[u8]) -> HttpResponse {
    HttpResponse::new(200, body)
        .with_header("content-type", "application/json")
        .with_header("cache-control", "no-store")
}

fn main() -> ExitCode {
    let body = body();
    let ours = client();
    let theirs = BasicClient::new(ClientId::new("client".into()))
        .set_client_secret(ClientSecret::new("secret".into()))
        .set_auth_type(AuthType::RequestBody)
        .set_token_uri(TokenUrl::new("https://auth.example.com/oauth/token".into()).unwrap());
    let send = |request: oauth2::HttpRequest| {
        black_box((request.uri(), request.headers(), request.body()));
        let response = oauth2::http::Response::builder()
            .status(200)
            .header("content-type", "application/json")
            .header("cache-control", "no-store");
        Ok::<_, std::io::Error>(response.body(body.clone()).unwrap())
    };
    let mut source = TokenSource::client_credentials(client(), ["read"]);
    let Step::Send(flight) = source.poll(NOW, 1) else { panic!("a new source sends") };
    assert!(matches!(source.finish(flight, answer(&body), NOW), Step::Ready(_)));

    let mut contestants = [
        Contestant::new("exchange, tokenwell", 2_000, || {
            let exchange = ours.client_credentials(["read"]).unwrap();
            black_box((exchange.request().url(), exchange.request().body()));
            exchange.request().headers().for_each(|header| {
                black_box(header);
            });
            let tokens = exchange.finish(&answer(&body), NOW).unwrap();
            black_box(tokens.access_token().reveal());
        }),
        Contestant::new("exchange, oauth2 5", 2_000, || {
            let request = theirs.exchange_client_credentials().add_scope(Scope::new("read".into()));
            let tokens = request.request(&send).unwrap();
            black_box(tokens.access_token().secret());
        }),
        Contestant::new("poll, fresh token", 50_000, || {
            let step = source.poll(black_box(NOW), 1);
            assert!(matches!(black_box(step), Step::Ready(_)));
        }),
    ];
    let counts: Vec<u64> = contestants.iter_mut().map(Contestant::allocations).collect();
    let mut order: Vec<usize> = (0..contestants.len()).collect();
    for round in 0..ROUNDS {
        shuffle(&mut order);
        for place in &order {
            contestants[*place].round();
        }
        if round == 0 {
            // The first round only warms caches and branch predictors.
            contestants.iter_mut().for_each(|contestant| contestant.nanoseconds.clear());
        }
    }

    println!("{:<22}{:>10}{:>14}", "", "ns", "allocations");
    for (contestant, count) in contestants.iter().zip(&counts) {
        println!("{:<22}{:>10.0}{count:>14}", contestant.name, contestant.median());
    }
    let [exchange, peer, poll] = [0, 1, 2].map(|place| contestants[place].median());
    println!();
    let mut missed = false;
    let mut line = |what: &str, figure: f64, most: f64, exact: bool| {
        let within = figure <= most;
        missed |= exact && !within;
        println!("{what:<44}{figure:>8.2}  at most {most:>7.2}  {}", if within { "yes" } else { "NO" });
    };
    line("exchange: time / oauth2's", exchange / peer, 0.5, false);
    line("exchange: microseconds", exchange / 1e3, 1.0, false);
    line("exchange: allocations / oauth2's", counts[0] as f64 / counts[1] as f64, 1.0 / 3.0, true);
    line("exchange: allocations", counts[0] as f64, 15.0, true);
    line("poll of a fresh token: nanoseconds", poll, 50.0, false);
    line("poll of a fresh token: allocations", counts[2] as f64, 0.0, true);
    if missed { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}
