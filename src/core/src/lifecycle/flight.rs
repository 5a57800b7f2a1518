//! One attempt of a flight, on its way between the state machine and the network.

use alloc::boxed::Box;
use alloc::string::String;

use crate::encode::text::{filled, joined};
use crate::error::{Error, ErrorKind, Recovery};
use crate::grant::Exchange;
use crate::http::{HttpRequest, HttpResponse};
use crate::now::Now;
use crate::provider::Rotation;
use crate::shown::clean;

/// One attempt of a token request: it has to be sent now, once. Hand it back with its [`Outcome`], whatever happens.
///
/// "Flight" means the token request with all its attempts; [`attempt`](Self::attempt) says which of them this is.
// Boxed, so that a `Step` stays small.
#[derive(Debug)]
pub struct Flight(pub(super) Box<Sent>);

#[derive(Debug)]
pub(super) struct Sent {
    /// Of the flight: all its attempts have the same, and later flights have larger ones.
    pub(super) id: u64,
    pub(super) attempt: u32,
    pub(super) exchange: Exchange,
    /// Lifetimes and doubts count from here.
    pub(super) sent_at: Now,
    pub(super) timeout_ms: u64,
    pub(super) background: bool,
    /// Until it is supplied; before that it cannot have been sent.
    pub(super) needs_secret: bool,
    pub(super) rotating: bool,
}

impl Flight {
    /// What to send.
    pub fn request(&self) -> &HttpRequest {
        self.0.exchange.request()
    }

    /// How long this attempt may take, in milliseconds, headers and body together.
    pub fn timeout_ms(&self) -> u64 {
        self.0.timeout_ms
    }

    /// How long its answer is worth listening to, in milliseconds, though those who wait get their [`error`](Self::error)
    /// after [`timeout_ms`](Self::timeout_ms): where the server may replace the refresh token, until others take the flight
    /// for lost, since a new refresh token in a late answer exists nowhere else. Otherwise no longer than that timeout.
    pub fn listen_ms(&self) -> u64 {
        let client = self.0.exchange.client();
        match self.0.rotating && client.profile().rotation != Rotation::None {
            true => client.options().lease_ms(),
            false => self.0.timeout_ms,
        }
    }

    /// The error for those who cannot wait longer than this, while the flight itself goes on.
    pub fn error(&self, failure: &Failure, now: Now) -> Error {
        self.0.exchange.fail(failure, now)
    }

    /// Which attempt this is; the first is 1.
    pub fn attempt(&self) -> u32 {
        self.0.attempt
    }

    /// Whether a good token is there meanwhile ([`TokenSource::current`](crate::TokenSource::current)), so that nobody has to wait.
    pub fn is_background(&self) -> bool {
        self.0.background
    }

    /// Whether the client secret has to be supplied before this is sent: see
    /// [`TokenSource::supply_secret`](crate::TokenSource::supply_secret).
    pub fn needs_secret(&self) -> bool {
        self.0.needs_secret
    }

    /// Whether it carries a refresh token that the server may use up. Such a flight must not be cancelled because
    /// nobody waits for it any more: the new refresh token would be lost.
    pub fn is_rotating(&self) -> bool {
        self.0.rotating
    }
}

/// What became of a flight. Made from a response, a [`Failure`], or a `Result` of the two.
#[derive(Debug)]
pub enum Outcome {
    /// A complete response.
    Response(HttpResponse),
    /// None.
    Failure(Failure),
}

impl From<HttpResponse> for Outcome {
    fn from(response: HttpResponse) -> Self {
        Self::Response(response)
    }
}

impl From<Failure> for Outcome {
    fn from(failure: Failure) -> Self {
        Self::Failure(failure)
    }
}

impl From<Result<HttpResponse, Failure>> for Outcome {
    fn from(sent: Result<HttpResponse, Failure>) -> Self {
        match sent {
            Ok(response) => Self::Response(response),
            Err(failure) => Self::Failure(failure),
        }
    }
}

/// Why there is no response. What matters most is whether the server can have seen the request.
#[derive(Clone, Debug)]
pub struct Failure {
    kind: FailureKind,
    detail: Option<String>,
}

/// The kinds of [`Failure`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FailureKind {
    /// Provably not sent: the name did not resolve, the connection was refused.
    NotSent,
    /// The connection broke, and the server may have seen the request.
    Interrupted,
    /// No complete response in time; the server may have seen the request.
    TimedOut,
    /// No trust in the server's certificate. Nothing was sent, and trying again does not help.
    Untrusted,
    /// What the program runs in does not let it connect there. Nothing was sent, and trying again does not help.
    Forbidden,
    /// The body was larger than the limit; reading was stopped.
    TooLarge,
    /// The body is not what its `Content-Encoding` says, so it could not be unpacked.
    Undecodable,
    /// The caller cancelled it.
    Aborted,
    /// What the program's own HTTP client gave back is no response.
    Broken,
}

impl FailureKind {
    /// Whether it may pass by itself.
    pub(crate) fn is_transient(self) -> bool {
        matches!(self, Self::NotSent | Self::Interrupted | Self::TimedOut)
    }
}

impl Failure {
    /// A failure, without a word on why.
    pub const fn new(kind: FailureKind) -> Self {
        Self { kind, detail: None }
    }

    /// Adds the system's own word for it, such as `ECONNREFUSED`. It becomes part of the message, so it must hold no secret.
    #[must_use]
    pub fn with_detail(mut self, detail: impl Into<String>) -> Self {
        self.detail = Some(clean(&detail.into(), 100)).filter(|detail| !detail.is_empty());
        self
    }

    /// The kind.
    pub fn kind(&self) -> FailureKind {
        self.kind
    }

    /// Whether the server can have seen the request.
    pub fn may_have_been_sent(&self) -> bool {
        !matches!(self.kind, FailureKind::NotSent | FailureKind::Untrusted | FailureKind::Forbidden)
    }

    /// The error for `what` that was asked of `host`.
    pub(crate) fn error(&self, host: &str, what: &str, endpoint: &str) -> Error {
        let why = self.detail.as_deref().map(|detail| joined(&[" (", detail, ")"])).unwrap_or_default();
        let (kind, sentence) = match self.kind {
            FailureKind::NotSent => (
                ErrorKind::Network,
                "{} could not be reached for {}{}: check the network and the address, then try again",
            ),
            FailureKind::Interrupted => (ErrorKind::Network, "the connection to {} broke during {}{}: try again"),
            FailureKind::TimedOut => {
                (ErrorKind::Timeout, "{} did not answer {} in time{}: try again, or allow more time")
            }
            FailureKind::Untrusted => (
                ErrorKind::Network,
                "{} could not prove its identity, so {} was not sent{}: check the certificate and the address",
            ),
            FailureKind::Forbidden => (
                ErrorKind::Network,
                "the program is not allowed to connect to {}, so {} was not sent{}: give it the permission",
            ),
            FailureKind::TooLarge => (
                ErrorKind::ResponseTooLarge,
                "{} answered {} with more than the allowed number of bytes, so reading was stopped{}: check that {} is the right endpoint, or allow more",
            ),
            FailureKind::Undecodable => (
                ErrorKind::InvalidResponse,
                "{} answered {} with a body that is not what its Content-Encoding says{}: check that {} is the right endpoint, or report it to the provider",
            ),
            FailureKind::Aborted => {
                (ErrorKind::Aborted, "{} to {} was cancelled by the program: call again when it is wanted")
            }
            FailureKind::Broken => (
                ErrorKind::Runtime,
                "the fetch that {} to {} was given to returned no usable response{}: check the fetch option",
            ),
        };
        let request_first = matches!(self.kind, FailureKind::Aborted | FailureKind::Broken);
        let (first, second) = if request_first { (what, host) } else { (host, what) };
        Error::new(kind, filled(sentence, &[first, second, &why, endpoint])).at(endpoint).with(|details| {
            if matches!(self.kind, FailureKind::Untrusted | FailureKind::Forbidden | FailureKind::Broken) {
                details.retryable = false;
                details.recovery = Recovery::FixConfiguration;
            }
        })
    }
}
