//! An authenticated API request, and what its answer says about the token (RFC 6750).

use alloc::sync::Arc;
use core::fmt;

use crate::Secret;
use crate::challenge::challenges;
use crate::client::Client;
use crate::encode::text::{cut, decimal, filled, has, has_control};
use crate::encode::uri;
use crate::encode::url::{self, Endpoint};
use crate::error::{Error, ErrorKind, Recovery};
use crate::http::HttpResponse;
use crate::json::Object;
use crate::lifecycle::Failure;
use crate::now::Now;
use crate::refusal::Shape;
use crate::retry_after;
use crate::shown::quoted;

/// What an API calls a token that lacks a scope (RFC 6750 section 3.1).
const INSUFFICIENT_SCOPE: &str = "insufficient_scope";

const NO_URL: &str = "is not a URL (RFC 3986): the request was not sent";
const STRAY_PERCENT: &str =
    "is not a URL (RFC 3986), so the request was not sent: write a percent sign that encodes nothing as %25";
const COLON: &str =
    "has a scheme before its first colon and no // behind it, so the request was not sent: begin a path with ./";

/// Where a request may go with the token. `Debug` shows origin and path only.
#[derive(Clone, PartialEq, Eq)]
pub struct ApiRequest(Arc<Endpoint>);

impl ApiRequest {
    /// The absolute URL, without a fragment.
    pub fn url(&self) -> &str {
        &self.0.url
    }

    /// Origin and path, for messages.
    pub fn endpoint(&self) -> &str {
        &self.0.shown
    }
}

impl fmt::Debug for ApiRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ApiRequest").field("endpoint", &self.0.shown).finish_non_exhaustive()
    }
}

/// What an API's answer says about the token that was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenVerdict {
    /// Nothing against it.
    Accepted,
    /// It is not valid any more: [`TokenSource::reject`](crate::TokenSource::reject) it, and try once more with a new one.
    Rejected,
    /// It is valid and lacks a scope (`insufficient_scope`); a new one would lack it too.
    InsufficientScope,
}

impl Client {
    /// Lets a request through that may carry the access token. A relative reference is resolved like a link against the
    /// API base, which counts as ending in a slash: `employees` lies under it, `/x` at the origin's root. A path with a colon
    /// in its first segment begins with a dot, `./users:batch`, or it would be a scheme (RFC 3986 section 4.2).
    ///
    /// # Errors
    /// `configuration`: another origin than the API base's and the allowed ones, no https, user information in the URL,
    /// a relative reference without an API base (RFC 6750 section 5.2, RFC 9700 section 4.9.1).
    pub fn api_request(&self, reference: &str) -> Result<ApiRequest, Error> {
        if has_control(reference) || has(reference, b"\\") {
            return Err(Error::wrong("url", "holds a control character or a backslash: the request was not sent"));
        }
        let (start, behind) = cut(reference.trim_ascii_start(), b":");
        let behind = behind.filter(|_| uri::is_scheme(start));
        if behind.is_some_and(|behind| !behind.starts_with("//")) {
            return Err(Error::wrong("url", COLON));
        }
        let absolute = behind.is_some() || start.starts_with("//");
        let base = match (&self.0.api_base, absolute) {
            (Some(base), _) => &*base.url,
            (None, true) => "https://none.invalid/",
            (None, false) => {
                let problem = filled(
                    "is needed to resolve a relative URL: give the base of {}'s API, or an absolute URL of allowed_origins",
                    &[&self.0.profile.name],
                );
                return Err(Error::wrong("api_base", &problem));
            }
        };
        let resolved = url::resolve(base, reference)
            .ok_or_else(|| Error::wrong("url", if has(reference, b"%") { STRAY_PERCENT } else { NO_URL }))?;
        let resolved = cut(&resolved, b"#").0;
        let checked = url::check("url", resolved, self.0.options.allow_insecure_loopback)?;
        let own = self.0.api_base.as_ref().is_some_and(|base| base.origin() == checked.origin());
        if !own && !self.0.allowed_origins.iter().any(|origin| origin == checked.origin()) {
            let problem = filled(
                "leads to {}, which may not receive the access token, so the request was not sent: add the origin to allowed_origins if it belongs to the API",
                &[checked.origin()],
            );
            return Err(Error::wrong("url", &problem));
        }
        Ok(ApiRequest(checked))
    }

    /// The headers that the API insists on, names in lower case.
    pub fn api_headers(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.profile.api_headers.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// Where a redirect of an API request may be followed to, resolved against the URL that answered.
    ///
    /// # Errors
    /// `redirect_refused` where it leaves the allowed origins or https, naming the origin only (RFC 6750 section 5.3).
    pub fn api_redirect(&self, from: &ApiRequest, location: &str) -> Result<ApiRequest, Error> {
        let resolved = url::resolve(from.url(), location);
        if let Some(Ok(target)) = resolved.as_deref().map(|resolved| self.api_request(resolved)) {
            return Ok(target);
        }
        let target = resolved.and_then(|resolved| url::check("url", cut(&resolved, b"#").0, true).ok());
        let origin = target.as_ref().map_or("an address that is no allowed https URL", |target| target.origin());
        let message = filled(
            "{} redirects to {}, which may not receive the access token, so the redirect was not followed: add the origin to allowed_origins if it belongs to the API",
            &[from.endpoint(), origin],
        );
        Err(Error::new(ErrorKind::RedirectRefused, message).at(from.endpoint()))
    }

    /// Reads an API's refusal, in any of the shapes that providers use, into an error of kind `api` (or
    /// `insufficient_scope`, where the API says that in the words of RFC 6750 section 3.1). The body itself does not get
    /// into it, nor does the token that was sent, should the API repeat it.
    pub fn api_error(&self, request: &ApiRequest, token: &Secret, response: &HttpResponse, now: Now) -> Error {
        let status = response.status;
        let shape = Object::parse(&response.body).map_or_else(|_| Shape::default(), |object| Shape::of(&object));
        let says_so = |value| token_verdict(status, Some(value)) == TokenVerdict::InsufficientScope;
        let lacks_scope = response.header_values("www-authenticate").any(says_so)
            || (status == 403 && shape.code.as_deref() == Some(INSUFFICIENT_SCOPE));
        let mut redactor = self.redactor();
        redactor.hide(token.reveal());
        let code = shape.code.map(|code| redactor.clean(&code, 256));
        let description = redactor.description(shape.description.as_deref());
        let kind = if lacks_scope { ErrorKind::InsufficientScope } else { ErrorKind::Api };
        let (advice, recovery) = match status {
            _ if lacks_scope => ("ask for a token with the scope that this call needs", Recovery::FixConfiguration),
            401 => {
                ("the token is wrong or revoked, so check the credentials and the audience", Recovery::FixConfiguration)
            }
            403 => ("the token is not allowed this, so check its scope and its rights", Recovery::FixConfiguration),
            408 | 429 | 500..=599 => ("try again later", Recovery::Retry),
            _ => ("check the request", Recovery::None),
        };
        let (named, described) = (quoted(code.as_deref()), quoted(description.as_deref()));
        let parts = [request.endpoint(), &decimal(status.into()), &named, &described, advice];
        let message = filled("{} answered with status {}{}{}: {}", &parts);
        Error::new(kind, message).at(request.endpoint()).refused(code, description, recovery).with(|details| {
            details.status = Some(status);
            details.retryable = recovery == Recovery::Retry;
            details.retry_after_ms = retry_after::read(response, now).filter(|_| details.retryable);
            details.request_id = redactor.request_id(response);
        })
    }

    /// The error for an API request that got no response.
    pub fn api_unreachable(&self, request: &ApiRequest, failure: &Failure) -> Error {
        failure.error(request.endpoint(), "the API request", request.endpoint())
    }
}

/// What status and `WWW-Authenticate` say about the token. Only 401 speaks against it (RFC 6750 section 3.1).
///
/// Where that header comes several times, `www_authenticate` is all its values with commas between them (RFC 9110 section
/// 5.3).
pub fn token_verdict(status: u16, www_authenticate: Option<&str>) -> TokenVerdict {
    let insufficient = www_authenticate
        .and_then(challenges)
        .is_some_and(|found| found.iter().any(|challenge| challenge.parameter("error") == Some(INSUFFICIENT_SCOPE)));
    match (status, insufficient) {
        (401 | 403, true) => TokenVerdict::InsufficientScope,
        (401, false) => TokenVerdict::Rejected,
        _ => TokenVerdict::Accepted,
    }
}
