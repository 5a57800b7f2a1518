//! From an HTTP response to a JSON object or a refusal, the same for every endpoint of an authorization server.

use alloc::string::String;
use alloc::vec::Vec;
use core::ops::Deref;

use crate::Secret;
use crate::client::Client;
use crate::encode::body::{json_length, push_json, push_name};
use crate::encode::form;
use crate::encode::text::{cut, decimal, filled, joined, pieces};
use crate::encode::url::{self, Endpoint};
use crate::error::{Error, ErrorKind};
use crate::http::HttpResponse;
use crate::json::{Object, integer};
use crate::now::Now;
use crate::refusal::{self, Advice};
use crate::shown::{Redactor, without_query};
use crate::token::Deviation;

/// What was sent, for sentences and for redaction.
pub(crate) struct Context<'a> {
    pub(crate) client: &'a Client,
    pub(crate) endpoint: &'a Endpoint,
    /// Such as "the token request".
    pub(crate) what: &'static str,
    pub(crate) advice: Advice,
    pub(crate) now: Now,
    /// Beside the client's own: the code, the verifier, the refresh token.
    pub(crate) secrets: [&'a str; 3],
}

impl Context<'_> {
    pub(crate) fn redactor(&self) -> Redactor {
        let mut redactor = self.client.redactor();
        for secret in self.secrets {
            redactor.hide(secret);
        }
        redactor
    }

    /// An error about this response: kind and sentence, with endpoint, status and request id filled in.
    pub(crate) fn error(&self, kind: ErrorKind, message: String, response: &HttpResponse) -> Error {
        Error::new(kind, message).at(&self.endpoint.shown).with(|details| {
            details.status = Some(response.status);
            details.request_id = self.redactor().request_id(response);
        })
    }

    /// "The host answered … with a response that {problem}".
    pub(crate) fn invalid(&self, problem: &str, response: &HttpResponse) -> Error {
        let Self { endpoint, what, .. } = self;
        let message = filled(
            "{} answered {} with a response that {} (status {}): check that {} is the right endpoint, or report it to the provider",
            &[endpoint.host(), what, problem, &decimal(response.status.into()), &endpoint.shown],
        );
        self.error(ErrorKind::InvalidResponse, message, response)
    }
}

/// How a body is written, by its content type.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Media {
    Json,
    /// `text/plain` or nothing said: JSON in practice.
    Unsaid,
    Form,
    Other,
}

fn media(response: &HttpResponse) -> Media {
    let Some(value) = response.header("content-type") else { return Media::Unsaid };
    let essence = cut(value, b";").0.trim_ascii();
    let is = |name: &str| essence.eq_ignore_ascii_case(name);
    let suffix = essence.len().checked_sub("+json".len()).and_then(|start| essence.get(start..));
    if is("application/json") || is("text/json") || suffix.is_some_and(|suffix| suffix.eq_ignore_ascii_case("+json")) {
        Media::Json
    } else if is("") || is("text/plain") {
        Media::Unsaid
    } else if is("application/x-www-form-urlencoded") {
        Media::Form
    } else {
        Media::Other
    }
}

/// The JSON text of a response.
pub(crate) enum Body<'a> {
    AsItCame(&'a [u8]),
    /// Of a form.
    Translated(Secret),
}

impl Deref for Body<'_> {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        match self {
            Self::AsItCame(bytes) => bytes,
            Self::Translated(text) => text.reveal().as_bytes(),
        }
    }
}

/// The body of a response as JSON, after every refusal, and whatever else is not a success, has been turned away.
///
/// Success is 200 (or 201, forgiven) with a JSON object that has no `error` (RFC 6749 section 5.1): see [`object`].
pub(crate) fn body<'a>(
    context: &Context<'_>,
    response: &'a HttpResponse,
    deviations: &mut Vec<Deviation>,
) -> Result<Body<'a>, Error> {
    match (response.status, media(response)) {
        (200, Media::Json) => Ok(Body::AsItCame(&response.body)),
        (status, media) => unusual_body(context, response, (status, media), deviations),
    }
}

/// Any other than that of a 200 with JSON in it.
// Apart from the way of a first token: see docs/performance.md.
#[inline(never)]
fn unusual_body<'a>(
    context: &Context<'_>,
    response: &'a HttpResponse,
    (status, media): (u16, Media),
    deviations: &mut Vec<Deviation>,
) -> Result<Body<'a>, Error> {
    match status {
        200 => {}
        201 => deviations.push(Deviation::Status201),
        300..=399 => return Err(redirect(context, response)),
        400.. => return Err(refusal::read(context, response)),
        _ => return Err(context.invalid("is neither a success nor a refusal", response)),
    }
    match media {
        Media::Json => Ok(Body::AsItCame(&response.body)),
        Media::Unsaid => {
            deviations.push(Deviation::ContentType);
            Ok(Body::AsItCame(&response.body))
        }
        Media::Form => {
            let translated =
                form_as_json(&response.body).ok_or_else(|| context.invalid("is not valid UTF-8", response))?;
            // A refusal is read in whatever form it comes.
            let refuses =
                || Object::parse(translated.reveal().as_bytes()).is_ok_and(|form| form.raw("error").is_some());
            if !context.client.0.profile.form_responses && !refuses() {
                return Err(context.invalid("is a form where JSON is due", response));
            }
            Ok(Body::Translated(translated))
        }
        Media::Other => Err(context.invalid("is not JSON by its content type", response)),
    }
}

/// The object that is the [`body`] of a success.
pub(crate) fn object<'a>(
    context: &Context<'_>,
    response: &HttpResponse,
    body: &'a [u8],
    deviations: &mut Vec<Deviation>,
) -> Result<Object<'a>, Error> {
    let object =
        Object::parse(body).map_err(|problem| context.invalid(&joined(&["is ", problem.words()]), response))?;
    match object.raw("error") {
        None => {}
        Some("null") => deviations.push(Deviation::EmptyMember),
        Some(_) => return Err(refusal::read_object(context, response, &object)),
    }
    if !says_no_store(response) {
        deviations.push(Deviation::CacheControlMissing);
    }
    Ok(object)
}

/// In strict mode the first deviation is an error.
pub(crate) fn enforce_strict(
    context: &Context<'_>,
    response: &HttpResponse,
    deviations: &[Deviation],
) -> Result<(), Error> {
    match deviations.first() {
        Some(deviation) if context.client.0.options.strict => Err(context
            .invalid(&filled("deviates from the RFCs ({}), which strict refuses", &[deviation.as_str()]), response)),
        _ => Ok(()),
    }
}

fn says_no_store(response: &HttpResponse) -> bool {
    let no_store = |directive: &str| directive.trim_ascii().eq_ignore_ascii_case("no-store");
    response.header_values("cache-control").any(|value| pieces(value, b",").any(no_store))
}

/// A redirect from a credentialed endpoint is never followed (RFC 9700 section 4.12).
pub(crate) fn redirect(context: &Context<'_>, response: &HttpResponse) -> Error {
    let Context { endpoint, what, .. } = context;
    // The origin only: the rest of the URL may repeat what was sent (RFC 9700 section 4.3).
    let target = response
        .header("location")
        .and_then(|location| url::resolve(without_query(&endpoint.url), without_query(location)))
        .and_then(|target| url::check("location", &target, true).ok())
        .map(|target| joined(&[" to ", &context.redactor().apply(target.origin())]))
        .unwrap_or_default();
    let message = filled(
        "{} answered {} with a redirect{} (status {}), which would take the credentials elsewhere and was refused: configure the endpoint's final URL",
        &[endpoint.host(), what, &target, &decimal(response.status.into())],
    );
    context.error(ErrorKind::RedirectRefused, message, response)
}

/// A form-encoded body as the JSON object that it stands for; every value is a string but `expires_in`. `None` where it is
/// not UTF-8.
fn form_as_json(body: &[u8]) -> Option<Secret> {
    let pairs = form::parse(core::str::from_utf8(body).ok()?.trim_ascii());
    // In one piece: growing would leave copies of tokens in freed memory.
    let mut room = 2usize;
    for (name, value) in &pairs {
        room = room.saturating_add(json_length(name)).saturating_add(json_length(value.reveal())).saturating_add(2);
    }
    let mut text = String::with_capacity(room);
    for (name, value) in &pairs {
        push_name(&mut text, name);
        if name == "expires_in" && integer(value.reveal()).is_some() {
            text.push_str(value.reveal());
        } else {
            push_json(&mut text, value.reveal());
        }
    }
    text.push_str(if text.is_empty() { "{}" } else { "}" });
    Some(Secret::new(text))
}

/// For errors: whether a body may be read as an object at all. Anything that is not plainly something else is tried.
pub(crate) fn error_body(response: &HttpResponse) -> Option<Body<'_>> {
    match media(response) {
        Media::Form => form_as_json(&response.body).map(Body::Translated),
        Media::Other => None,
        Media::Json | Media::Unsaid => Some(Body::AsItCame(&response.body)),
    }
}
