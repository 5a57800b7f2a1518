//! What goes out and what came back, nothing more.

use alloc::borrow::Cow;
use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::{fmt, mem};

use crate::Secret;
use crate::encode::url::Endpoint;
use crate::secret::wipe;
use crate::shown::without_query;

/// A request to a token, revocation or introspection endpoint. Always a POST (RFC 6749 section 3.2).
///
/// Send it exactly as it is, follow no redirect (RFC 9700 section 4.12), and give up after
/// [`Flight::timeout_ms`](crate::Flight::timeout_ms), or without a flight after
/// [`ClientOptions::timeout_ms`](crate::ClientOptions::timeout_ms). Its `Debug` shows neither body nor `Authorization`.
#[derive(Clone)]
pub struct HttpRequest {
    pub(crate) endpoint: Arc<Endpoint>,
    pub(crate) content_type: &'static str,
    pub(crate) authorization: Option<Secret>,
    pub(crate) body: Secret,
}

impl HttpRequest {
    /// `POST`.
    pub fn method(&self) -> &'static str {
        "POST"
    }

    /// The absolute URL. It never carries a secret (RFC 9700 section 4.3.2).
    pub fn url(&self) -> &str {
        &self.endpoint.url
    }

    /// Header names, in lower case, and values. `authorization` is among them where the client authenticates with Basic.
    pub fn headers(&self) -> impl Iterator<Item = (&'static str, &str)> {
        let authorization = self.authorization.as_ref().map_or("", Secret::reveal);
        [("accept", "application/json"), ("content-type", self.content_type), ("authorization", authorization)]
            .into_iter()
            // Without `authorization` there are two.
            .take(if self.authorization.is_some() { 3 } else { 2 })
    }

    /// The body, as UTF-8 text. It carries secrets: send it, do not log it.
    pub fn body(&self) -> &str {
        self.body.reveal()
    }
}

impl fmt::Debug for HttpRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpRequest")
            .field("method", &self.method())
            .field("url", &without_query(self.url()))
            .field("content_type", &self.content_type)
            .field("authorization", &self.authorization)
            .field("body", &self.body)
            .finish()
    }
}

/// A response, with its body read to the end.
///
/// Its `Debug` shows the status and the body's length only. The body is wiped when dropped.
#[derive(Clone)]
pub struct HttpResponse {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(Cow<'static, str>, String)>,
    pub(crate) body: Vec<u8>,
}

impl Drop for HttpResponse {
    fn drop(&mut self) {
        wipe(mem::take(&mut self.body));
    }
}

impl HttpResponse {
    /// A response with a status and a body, as bytes after any content decoding.
    pub fn new(status: u16, body: impl Into<Vec<u8>>) -> Self {
        Self { status, headers: Vec::new(), body: body.into() }
    }

    /// Adds a header. Names are compared without case; a repeated header is added once for each value.
    #[must_use]
    pub fn with_header(mut self, name: impl AsRef<str>, value: impl Into<String>) -> Self {
        let name = name.as_ref();
        let known = Self::READ_HEADERS.iter().find(|known| known.eq_ignore_ascii_case(name));
        self.headers.push((known.map_or_else(|| Cow::Owned(name.into()), |known| Cow::Borrowed(*known)), value.into()));
        self
    }

    /// The status code.
    pub fn status(&self) -> u16 {
        self.status
    }

    /// The first value of a header.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.values(name).next()
    }

    /// Every value of a header, in order.
    pub fn header_values<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.values(name)
    }

    fn values<'a>(&'a self, name: &str) -> impl Iterator<Item = &'a str> {
        self.headers.iter().filter(move |(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    /// The names of the headers that the core reads. A caller may leave all others out.
    pub const READ_HEADERS: [&'static str; 10] = [
        "content-type",
        "cache-control",
        "retry-after",
        "www-authenticate",
        "location",
        "x-request-id",
        "request-id",
        "x-correlation-id",
        "traceparent",
        "cf-ray",
    ];

    /// The identifier under which the server's operators can find this exchange, where it sent one.
    pub fn request_id(&self) -> Option<&str> {
        // From `x-request-id` on, the more telling ones first.
        let mut names = Self::READ_HEADERS.iter().skip(5);
        names.find_map(|name| self.header(name))
    }
}

impl fmt::Debug for HttpResponse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpResponse").field("status", &self.status).field("body_length", &self.body.len()).finish()
    }
}

#[cfg(feature = "http")]
mod conversions {
    use alloc::borrow::Cow;
    use alloc::string::String;
    use alloc::vec::Vec;

    use super::{HttpRequest, HttpResponse};

    /// For every HTTP client that takes `http::Request`. The `Authorization` value is marked sensitive.
    impl TryFrom<&HttpRequest> for http::Request<Vec<u8>> {
        type Error = http::Error;

        fn try_from(request: &HttpRequest) -> Result<Self, http::Error> {
            let mut builder = http::Request::builder().method(request.method()).uri(request.url());
            for (name, value) in request.headers() {
                let mut value = http::HeaderValue::try_from(value)?;
                value.set_sensitive(name == "authorization");
                builder = builder.header(name, value);
            }
            builder.body(request.body().as_bytes().to_vec())
        }
    }

    /// Takes the status, the headers that the core reads, and the body.
    impl<B: AsRef<[u8]>> From<http::Response<B>> for HttpResponse {
        fn from(response: http::Response<B>) -> Self {
            let mut taken = HttpResponse::new(response.status().as_u16(), response.body().as_ref());
            for name in HttpResponse::READ_HEADERS {
                for value in response.headers().get_all(name) {
                    // A value with bytes outside ASCII counts too: what is `text/html` stays so, whatever comes behind it.
                    taken.headers.push((Cow::Borrowed(name), String::from_utf8_lossy(value.as_bytes()).into_owned()));
                }
            }
            taken
        }
    }
}
