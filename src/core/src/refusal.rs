//! A server's refusal: every shape that token endpoints and APIs write errors in, read into one.

use alloc::string::String;

use crate::encode::text::{cut_at, decimal, filled};
use crate::error::{Error, ErrorKind, Recovery};
use crate::http::HttpResponse;
use crate::json::{Object, Value};
use crate::response::{Context, error_body};
use crate::retry_after;
use crate::shown::quoted;

/// What was being done, which decides what a code means and what to do about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Advice {
    ClientCredentials,
    AuthorizationCode,
    RefreshToken,
    Management,
}

/// The code where a server refuses without one.
const UNKNOWN: &str = "unknown_error";

/// What can be read out of an error body, whatever its shape.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Shape {
    pub(crate) code: Option<String>,
    pub(crate) description: Option<String>,
    /// `error` is a code, as RFC 6749 section 5.2 wants it.
    pub(crate) definite: bool,
}

impl Shape {
    /// The order: RFC 6749, then `error` as an object or `true`, GraphQL's `errors`, then bare codes and problem+json.
    pub(crate) fn of(object: &Object<'_>) -> Self {
        let mut shape =
            Self { code: object.text("error"), description: object.text("error_description"), definite: false };
        if let Some(code) = &shape.code {
            // Codes are written in small letters and underscores; a gateway's "Bad Gateway" is not one.
            shape.definite = code.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
        } else if let Some(inner) = object.object("error") {
            shape.take(&inner);
        } else if let Some([(_, first), ..]) = object.get("errors").and_then(Value::elements).as_deref() {
            if let Ok(inner) = Object::parse(first.raw.as_bytes()) {
                shape.take(&inner);
                if let Some(extensions) = inner.object("extensions") {
                    shape.take(&extensions);
                }
            }
        }
        shape.take(object);
        shape
    }

    /// What is not known yet.
    fn take(&mut self, object: &Object<'_>) {
        if self.code.is_none() {
            self.code = object.text("code");
        }
        for name in &["message", "Message", "detail", "title", "hint"] {
            if self.description.is_none() {
                self.description = object.text(name);
            }
        }
    }
}

/// Reads a response with an error status.
pub(crate) fn read(context: &Context<'_>, response: &HttpResponse) -> Error {
    let body = error_body(response);
    let object = body.as_deref().and_then(|text| Object::parse(text).ok());
    let shape = object.as_ref().map(Shape::of).unwrap_or_default();
    refusal(context, response, shape)
}

/// Reads an `error` that came inside a success (GitHub's way of refusing).
pub(crate) fn read_object(context: &Context<'_>, response: &HttpResponse, object: &Object<'_>) -> Error {
    refusal(context, response, Shape::of(object))
}

fn refusal(context: &Context<'_>, response: &HttpResponse, shape: Shape) -> Error {
    let profile = context.client.profile();
    let redactor = context.redactor();
    let code = redactor.clean(shape.code.as_deref().unwrap_or(UNKNOWN), 256);
    let description = redactor.description(shape.description.as_deref());
    let status = response.status;
    // A gateway may echo a code inside a 429 or a 5xx: that is no verdict on the grant.
    let transient = matches!(status, 408 | 429 | 500..=599) && !profile.final_errors.contains(&code.as_str());
    let temporary = transient || matches!(code.as_str(), "temporarily_unavailable" | "server_error" | "slow_down");
    let definite = shape.definite && (!transient || status < 500 || is_registered(&code));
    let retry_after_ms = retry_after::read(response, context.now);
    let credentials = code == "invalid_client" || profile.credential_errors.contains(&code.as_str());
    let (recovery, advice) = if temporary && context.advice == Advice::AuthorizationCode {
        (Recovery::Reauthorize, "a code is never sent twice, so send the user to authorize again")
    } else if temporary {
        (Recovery::Retry, "try again later")
    } else if credentials {
        (Recovery::FixConfiguration, "check client_id, client_secret and how the client authenticates")
    } else {
        verdict(&code, context.advice, status)
    };
    let said = quoted(description.as_deref());
    // That name is ours, so it is not shown as something that the server said.
    let named = if code == UNKNOWN { "no error code" } else { &code };
    let parts = [context.endpoint.host(), context.what, named, &decimal(status.into()), &said, advice];
    let message = filled("{} refused {} with {} (status {}{}): {}", &parts);
    context.error(ErrorKind::OAuth, message, response).refused(Some(code), description, recovery).with(|details| {
        details.retryable = temporary;
        details.retry_after_ms = retry_after_ms.filter(|_| temporary);
        details.definite = definite;
        details.verdict = definite && !transient;
    })
}

/// Whether a code is one of RFC 6749 sections 4.1.2.1 and 5.2. Gateways have words of their own, such as `gateway_timeout`.
fn is_registered(code: &str) -> bool {
    matches!(
        code,
        "invalid_request"
            | "invalid_client"
            | "invalid_grant"
            | "invalid_scope"
            | "unauthorized_client"
            | "unsupported_grant_type"
            | "access_denied"
            | "server_error"
            | "temporarily_unavailable"
    )
}

fn verdict(code: &str, advice: Advice, status: u16) -> (Recovery, &'static str) {
    match (code, advice) {
        ("invalid_grant", Advice::AuthorizationCode) => (
            Recovery::Reauthorize,
            "the code is used up, expired or meant for another client, so send the user to authorize again",
        ),
        ("invalid_grant", Advice::RefreshToken) => (
            Recovery::Reauthorize,
            "the refresh token is expired, revoked or already used, so the user has to authorize again",
        ),
        ("invalid_scope", _) => (Recovery::FixConfiguration, "ask only for scopes that this application was granted"),
        ("unauthorized_client" | "unsupported_grant_type", _) => (
            Recovery::FixConfiguration,
            "the application's registration does not allow this grant, so have it allowed there",
        ),
        ("invalid_target", _) => (Recovery::FixConfiguration, "check resource and audience"),
        ("invalid_request", _) => (Recovery::FixConfiguration, "check the endpoint and the further parameters"),
        // `use_dpop_nonce` and `invalid_dpop_proof` (RFC 9449 sections 5 and 8).
        _ if cut_at(code, "dpop").1.is_some() => {
            (Recovery::FixConfiguration, "it demands DPoP, which is not supported, so have it allow Bearer tokens")
        }
        // Only then is it about the credentials for sure, or may be about anything.
        (_, Advice::ClientCredentials | Advice::Management) if status == 401 || code == UNKNOWN => {
            (Recovery::FixConfiguration, "check the endpoint, the credentials and the application's registration")
        }
        _ => (Recovery::FixConfiguration, "check the application's registration, or ask the provider"),
    }
}
