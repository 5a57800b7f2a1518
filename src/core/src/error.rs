//! What happened, whose fault it is, and what to do next.

use alloc::borrow::Cow;
use alloc::boxed::Box;
use alloc::string::{String, ToString};
use core::fmt;

use crate::encode::text::joined;

/// The kind of an [`Error`]: stable, and the first thing to branch on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ErrorKind {
    /// An option, argument or registration is wrong; nothing was sent.
    Configuration,
    /// The server could not be reached, or the connection broke.
    Network,
    /// No complete response in time.
    Timeout,
    /// The caller gave up.
    Aborted,
    /// The server answered with a redirect where none is allowed (RFC 9700 section 4.12).
    RedirectRefused,
    /// The response was larger than the limit.
    ResponseTooLarge,
    /// The response is not one that the protocol allows.
    InvalidResponse,
    /// The server refused, with or without a code (RFC 6749 section 5.2).
    OAuth,
    /// What came back to the redirect URI is a refusal, or is not to be trusted.
    Callback,
    /// A code or refresh token was sent and the answer was lost, so nobody knows whether it was used up.
    Ambiguous,
    /// The token is good but lacks a scope (RFC 6750 section 3.1).
    InsufficientScope,
    /// The API behind the token refused.
    Api,
    /// The program around the core cannot do what is needed.
    Runtime,
}

impl ErrorKind {
    /// The name, as JavaScript sees it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Configuration => "configuration",
            Self::Network => "network",
            Self::Timeout => "timeout",
            Self::Aborted => "aborted",
            Self::RedirectRefused => "redirect_refused",
            Self::ResponseTooLarge => "response_too_large",
            Self::InvalidResponse => "invalid_response",
            Self::OAuth => "oauth",
            Self::Callback => "callback",
            Self::Ambiguous => "ambiguous",
            Self::InsufficientScope => "insufficient_scope",
            Self::Api => "api",
            Self::Runtime => "runtime",
        }
    }
}

impl fmt::Display for ErrorKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What gets a program out of an [`Error`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Recovery {
    /// The same call later, after [`Error::retry_after_ms`] where it is given.
    Retry,
    /// The user has to authorize again.
    Reauthorize,
    /// Somebody has to change an option, a secret or the registration.
    FixConfiguration,
    /// Nothing that the program or the user could do.
    None,
}

impl Recovery {
    /// The name, as JavaScript sees it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Retry => "retry",
            Self::Reauthorize => "reauthorize",
            Self::FixConfiguration => "fix_configuration",
            Self::None => "none",
        }
    }
}

impl fmt::Display for Recovery {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Every failure of this crate. A clone copies a few short texts, so one failure can answer many waiters.
///
/// It never holds a body, a token, a code or a secret. `Display` is one sentence that says what happened,
/// at which host, and what to do.
// Boxed, so that a result with it stays small. Not shared: an error is completed where it passes, and a shared one would
// first have to be copied.
#[derive(Clone)]
pub struct Error(Box<Details>);

#[derive(Clone)]
pub(crate) struct Details {
    pub(crate) kind: ErrorKind,
    pub(crate) message: String,
    pub(crate) field: Option<Cow<'static, str>>,
    pub(crate) error: Option<String>,
    pub(crate) description: Option<String>,
    pub(crate) status: Option<u16>,
    pub(crate) endpoint: Option<String>,
    pub(crate) retryable: bool,
    pub(crate) retry_after_ms: Option<u64>,
    pub(crate) recovery: Recovery,
    pub(crate) request_id: Option<String>,
    /// The authorization server itself refused, in the words of RFC 6749 section 5.2: so the request was not granted.
    pub(crate) definite: bool,
    /// It did so with a status that lets the code stand: a verdict on the grant.
    pub(crate) verdict: bool,
}

impl Error {
    pub(crate) fn new(kind: ErrorKind, message: String) -> Self {
        let (retryable, recovery) = match kind {
            ErrorKind::Network | ErrorKind::Timeout => (true, Recovery::Retry),
            ErrorKind::Configuration | ErrorKind::RedirectRefused | ErrorKind::InsufficientScope => {
                (false, Recovery::FixConfiguration)
            }
            ErrorKind::Callback | ErrorKind::Ambiguous => (false, Recovery::Reauthorize),
            _ => (false, Recovery::None),
        };
        Self(Box::new(Details {
            kind,
            message,
            field: None,
            error: None,
            description: None,
            status: None,
            endpoint: None,
            retryable,
            retry_after_ms: None,
            recovery,
            request_id: None,
            definite: false,
            verdict: false,
        }))
    }

    /// A wrong option: `field` is its name, `problem` completes the sentence "`field` …". Public for programs that wrap
    /// this crate and have options of their own.
    pub fn configuration(field: impl Into<Cow<'static, str>>, problem: impl fmt::Display) -> Self {
        Self::wrong(field, &problem.to_string())
    }

    /// [`configuration`](Self::configuration), without the formatting machinery of the standard library.
    pub(crate) fn wrong(field: impl Into<Cow<'static, str>>, problem: &str) -> Self {
        let field = field.into();
        Self::new(ErrorKind::Configuration, joined(&[&field, " ", problem])).with(|details| details.field = Some(field))
    }

    /// A callback that is not to be trusted, told in one sentence. Public for programs that wrap this crate.
    pub fn callback(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Callback, message.into())
    }

    /// A failure of the program around the core, told in one sentence. Public for programs that wrap this crate.
    pub fn runtime(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Runtime, message.into())
    }

    /// Says what helps, where the kind does not. Public for programs that wrap this crate.
    #[must_use]
    pub fn with_recovery(self, recovery: Recovery) -> Self {
        self.with(|details| details.recovery = recovery)
    }

    pub(crate) fn with(mut self, change: impl FnOnce(&mut Details)) -> Self {
        change(&mut self.0);
        self
    }

    /// Names the endpoint: origin and path.
    pub(crate) fn at(self, endpoint: &str) -> Self {
        self.with(|details| details.endpoint = Some(endpoint.into()))
    }

    /// Takes in what the server said, and what helps.
    pub(crate) fn refused(self, code: Option<String>, description: Option<String>, recovery: Recovery) -> Self {
        self.with(|details| {
            details.error = code;
            details.description = description;
            details.recovery = recovery;
        })
    }

    pub(crate) fn is_definite(&self) -> bool {
        self.0.definite
    }

    pub(crate) fn is_verdict(&self) -> bool {
        self.0.verdict
    }

    /// The kind.
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// The sentence that `Display` writes.
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// The option or argument that is wrong, by its name in Rust and without its unit (`timeout`), where the kind is
    /// [`ErrorKind::Configuration`].
    pub fn field(&self) -> Option<&str> {
        self.0.field.as_deref()
    }

    /// The server's code, such as `invalid_client` (RFC 6749 section 5.2). At most 256 characters.
    pub fn error(&self) -> Option<&str> {
        self.0.error.as_deref()
    }

    /// The server's description, cleaned of control characters and of every secret that was sent. At most 1 024 characters.
    pub fn description(&self) -> Option<&str> {
        self.0.description.as_deref()
    }

    /// The HTTP status, where there was a response.
    pub fn status(&self) -> Option<u16> {
        self.0.status
    }

    /// The endpoint: origin and path only.
    pub fn endpoint(&self) -> Option<&str> {
        self.0.endpoint.as_deref()
    }

    /// Whether the same call may succeed later without anybody changing anything.
    pub fn retryable(&self) -> bool {
        self.0.retryable
    }

    /// How long to wait before the next call, in milliseconds, where that is known.
    pub fn retry_after_ms(&self) -> Option<u64> {
        self.0.retry_after_ms
    }

    /// What gets the program out of this.
    pub fn recovery(&self) -> Recovery {
        self.0.recovery
    }

    /// The server's identifier of the exchange (`x-request-id` and its relatives).
    pub fn request_id(&self) -> Option<&str> {
        self.0.request_id.as_deref()
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.message)
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Error")
            .field("kind", &self.0.kind)
            .field("message", &self.0.message)
            .field("error", &self.0.error)
            .field("status", &self.0.status)
            .field("endpoint", &self.0.endpoint)
            .field("retryable", &self.0.retryable)
            .field("retry_after_ms", &self.0.retry_after_ms)
            .field("recovery", &self.0.recovery)
            .field("request_id", &self.0.request_id)
            .finish()
    }
}

impl core::error::Error for Error {}
