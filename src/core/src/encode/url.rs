//! The gate: no URL is used, and no token attached to one, before it has passed here.

use alloc::string::String;
use alloc::sync::Arc;
use core::fmt;

use super::push_hexadecimal;
use super::text::{cut, cut_at, decimal, has, has_control, is_digits, is_made_of, joined, pieces};
use super::uri::{self, Uri};
use crate::error::Error;
use crate::json::integer;

/// An endpoint that has passed the gate.
#[derive(PartialEq, Eq)]
pub(crate) struct Endpoint {
    /// As configured, to the byte (RFC 6749 section 3.1: an existing query is kept).
    pub(crate) url: String,
    /// Origin and path, for errors (RFC 9700 section 4.3).
    pub(crate) shown: String,
    /// Where in it the host begins, and where the path does.
    host: usize,
    path: usize,
}

impl Endpoint {
    /// `https://host[:port]`, in lower case, the default port left out.
    pub(crate) fn origin(&self) -> &str {
        self.shown.get(..self.path).unwrap_or_default()
    }

    /// `host[:port]`, for sentences.
    pub(crate) fn host(&self) -> &str {
        self.shown.get(self.host..self.path).unwrap_or_default()
    }

    fn path(&self) -> &str {
        self.shown.get(self.path..).unwrap_or_default()
    }
}

impl fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.shown, f)
    }
}

/// Lets an absolute URL through, or says what is wrong with it. `field` is the option it came from.
///
/// RFC 6749 sections 3.1 and 3.2; OAuth 2.1 section 1.5; RFC 9700 section 4.1.
pub(crate) fn check(field: &'static str, url: &str, allow_insecure_loopback: bool) -> Result<Arc<Endpoint>, Error> {
    read(url, allow_insecure_loopback).map_err(|problem| Error::wrong(field, problem))
}

const RELATIVE: &str = "is not an absolute URL: write it like https://auth.example.com";

fn read(url: &str, allow_insecure_loopback: bool) -> Result<Arc<Endpoint>, &'static str> {
    check_characters(url)?;
    let Some(parsed) = Uri::parse(url) else {
        return Err(RELATIVE);
    };
    let (secure, scheme, default_port) = match parsed.scheme {
        Some(scheme) if scheme.eq_ignore_ascii_case("https") => (true, "https://", 443),
        Some(scheme) if scheme.eq_ignore_ascii_case("http") => (false, "http://", 80),
        Some(_) => return Err("must use https"),
        None => return Err(RELATIVE),
    };
    let Some(authority) = parsed.authority else {
        return Err("has no host");
    };
    if authority.has_userinfo {
        return Err("holds user information before an @: take it out, credentials never travel in a URL");
    }
    if parsed.fragment.is_some() {
        return Err("has a fragment: take the # and what follows it out");
    }
    let host = authority.host.to_ascii_lowercase();
    if host.is_empty() {
        return Err("has no host");
    }
    if !is_plain_host(&host) {
        // `%2e` in a host is a dot to some readers and an error to others; a token must not depend on which.
        return Err("has a host with characters other than letters, digits, dots and hyphens");
    }
    if ends_in_number(&host) && !uri::is_ipv4(&host) {
        return Err("has a host that browsers read as an IPv4 address: write it with four decimal numbers");
    }
    if !secure {
        if !is_loopback(&host) {
            return Err("must use https");
        }
        if !allow_insecure_loopback {
            return Err("must use https; for a test server on this machine set allow_insecure_loopback");
        }
    }
    let port = match authority.port {
        None | Some("") => String::new(),
        Some(digits) => match integer(digits) {
            Some(port) if port == default_port => String::new(),
            Some(port @ ..=65535) => joined(&[":", &decimal(port)]),
            _ => return Err("has a port above 65535"),
        },
    };
    let shown = joined(&[scheme, &host, &port, parsed.path]);
    let path = shown.len().saturating_sub(parsed.path.len());
    Ok(Arc::new(Endpoint { url: url.into(), shown, host: scheme.len(), path }))
}

/// What readers of URLs treat differently is refused before anything is read.
fn check_characters(url: &str) -> Result<(), &'static str> {
    if url.is_empty() {
        return Err("is empty: give an absolute https URL");
    }
    if has_control(url) {
        return Err("holds a control character: give an absolute https URL");
    }
    if has(url, b"\\") {
        return Err("holds a backslash, which readers of URLs disagree about: use forward slashes");
    }
    if !url.bytes().all(|byte| byte.is_ascii()) {
        return Err("holds a character outside ASCII: percent-encode it, and write the host in its ASCII form");
    }
    Ok(())
}

/// Lets a redirect URI through: absolute https, or http to this machine (RFC 8252 sections 7.3 and 8.3).
pub(crate) fn check_redirect_uri(uri: &str) -> Result<(), Error> {
    check("redirect_uri", uri, true).map(|_| ())
}

/// Lets a resource indicator through: an absolute URI without a fragment (RFC 8707 section 2).
pub(crate) fn check_resource(resource: &str) -> Result<(), Error> {
    match Uri::parse(resource) {
        Some(uri) if uri.scheme.is_some() && uri.fragment.is_none() => Ok(()),
        _ => Err(Error::wrong("resource", "must be an absolute URI without a fragment (RFC 8707 section 2)")),
    }
}

/// Lets an origin through, such as `https://files.example.com`.
// Apart from the way of a first token: see docs/performance.md.
#[inline(never)]
pub(crate) fn check_origin(field: &'static str, origin: &str, allow_insecure_loopback: bool) -> Result<String, Error> {
    let endpoint = check(field, origin, allow_insecure_loopback)?;
    if !matches!(endpoint.path(), "" | "/") || has(origin, b"?") {
        return Err(Error::wrong(field, "must be origins only: scheme, host and port, without a path"));
    }
    Ok(endpoint.origin().into())
}

fn is_plain_host(host: &str) -> bool {
    if let Some(literal) = host.strip_prefix("[").and_then(|rest| rest.strip_suffix("]")) {
        return uri::is_ipv6(literal);
    }
    is_made_of(host, b".-_")
}

/// Whether readers that follow the WHATWG take a host for an IPv4 address: `2130706433` and `0x7f.1` are 127.0.0.1 to them.
fn ends_in_number(host: &str) -> bool {
    let last = pieces(host.strip_suffix(".").unwrap_or(host), b".").last().unwrap_or_default();
    let digits = !last.is_empty() && is_digits(last);
    digits || last.strip_prefix("0x").is_some_and(|hex| hex.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

/// Loopback by name or literal address. Names that merely resolve to it do not count: resolving is not ours.
fn is_loopback(host: &str) -> bool {
    host == "localhost" || host == "[::1]" || host.starts_with("127.") && uri::is_ipv4(host)
}

/// Resolves a reference like a link against a base that ends in a slash (RFC 3986 section 5).
pub(crate) fn resolve(base: &str, reference: &str) -> Option<String> {
    uri::resolve(base, &encode_stray_characters(reference))
}

/// Percent-encodes what URLs written by hand carry and RFC 3986 does not allow, as every `fetch` does.
fn encode_stray_characters(reference: &str) -> String {
    let reference = reference.trim_ascii();
    let mut out = String::with_capacity(reference.len());
    // The brackets of an IPv6 address belong to the authority; everywhere else they are strays.
    let rest = match cut_at(reference, "://") {
        (scheme, Some(rest)) if !has(scheme, b"/?#") => {
            let (authority, _) = cut(rest, b"/?#");
            out.push_str(scheme);
            out.push_str("://");
            out.push_str(authority);
            rest.get(authority.len()..).unwrap_or_default()
        }
        _ => reference,
    };
    for byte in rest.bytes() {
        match byte {
            b' ' | b'"' | b'<' | b'>' | b'^' | b'`' | b'{' | b'|' | b'}' | b'[' | b']' | 0x80.. => {
                out.push('%');
                push_hexadecimal(&mut out, byte, b'A');
            }
            _ => out.push(char::from(byte)),
        }
    }
    out
}
