//! A URI's parts, and how a reference becomes one (RFC 3986).
//!
//! Read here, because a measured budget rules the libraries out: of the WebAssembly module `iri-string` took 14 kB, and
//! `url` takes 60 to 170.

use alloc::string::String;

use super::text::{cut, cut_at, has, is_digits, is_made_of, joined, pieces};
use crate::json::integer;

/// A URI or a relative reference, taken apart (RFC 3986 appendix B) and made of nothing but the characters that each part
/// may have.
pub(crate) struct Uri<'a> {
    pub(crate) scheme: Option<&'a str>,
    pub(crate) authority: Option<Authority<'a>>,
    pub(crate) path: &'a str,
    query: Option<&'a str>,
    pub(crate) fragment: Option<&'a str>,
}

/// What stands between `//` and the path.
pub(crate) struct Authority<'a> {
    text: &'a str,
    pub(crate) has_userinfo: bool,
    pub(crate) host: &'a str,
    pub(crate) port: Option<&'a str>,
}

impl<'a> Uri<'a> {
    /// `None` where the text is neither a URI nor a relative reference.
    pub(crate) fn parse(text: &'a str) -> Option<Self> {
        let (rest, fragment) = cut(text, b"#");
        let (rest, query) = cut(rest, b"?");
        let (scheme, rest) = match cut(rest, b":") {
            // After a slash a colon belongs to the path.
            (scheme, Some(behind)) if !has(scheme, b"/") => (Some(scheme), behind),
            _ => (None, rest),
        };
        let (authority, path) = match rest.strip_prefix("//") {
            None => (None, rest),
            Some(rest) => {
                let (authority, path) = rest.split_at_checked(cut(rest, b"/").0.len())?;
                (Some(Authority::parse(authority)?), path)
            }
        };
        let valid = scheme.is_none_or(is_scheme)
            && consists_of(path, ":@/")
            && consists_of(query.unwrap_or_default(), ":@/?")
            && consists_of(fragment.unwrap_or_default(), ":@/?");
        valid.then_some(Self { scheme, authority, path, query, fragment })
    }
}

impl<'a> Authority<'a> {
    fn parse(text: &'a str) -> Option<Self> {
        let (userinfo, rest) = match cut(text, b"@") {
            (userinfo, Some(rest)) => (Some(userinfo), rest),
            _ => (None, text),
        };
        let (host, port) = match cut(rest, b"]") {
            (literal, Some("")) => (literal, None),
            (literal, Some(behind)) => (literal, Some(behind.strip_prefix(":")?)),
            _ => cut(rest, b":"),
        };
        let valid_host = match host.strip_prefix("[") {
            // The addresses of the future (`IPvFuture`) are left to it.
            Some(address) => is_ipv6(address),
            None => !has(rest, b"]") && consists_of(host, ""),
        };
        let valid = valid_host && consists_of(userinfo.unwrap_or_default(), ":") && is_digits(port.unwrap_or_default());
        let host = if host.starts_with("[") { rest.get(..=host.len())? } else { host };
        valid.then_some(Self { text, has_userinfo: userinfo.is_some(), host, port })
    }
}

/// Resolves a reference against a base (RFC 3986 section 5.2). `None` where one of them is malformed, and where the base has
/// no scheme and authority.
pub(crate) fn resolve(base: &str, reference: &str) -> Option<String> {
    let base = Uri::parse(base)?;
    let (base_scheme, base_authority) = (base.scheme?, base.authority?);
    let Uri { scheme, authority, path, query, fragment } = Uri::parse(reference)?;
    if scheme.is_some() && authority.is_none() {
        // There is no path in it that could be resolved: `mailto:` and the like.
        return Some(String::from(reference));
    }
    let stays = authority.is_none();
    let query = query.or(base.query.filter(|_| stays && path.is_empty()));
    let path = if !stays || path.starts_with("/") {
        without_dots(path)
    } else if path.is_empty() {
        String::from(base.path)
    } else {
        let folder = base.path.bytes().rposition(|byte| byte == b'/').and_then(|end| base.path.get(..end));
        without_dots(&joined(&[folder.unwrap_or_default(), "/", path]))
    };
    let (scheme, authority) = (scheme.unwrap_or(base_scheme), authority.unwrap_or(base_authority).text);
    let (query_mark, fragment_mark) = (query.map_or("", |_| "?"), fragment.map_or("", |_| "#"));
    let (query, fragment) = (query.unwrap_or_default(), fragment.unwrap_or_default());
    Some(joined(&[scheme, "://", authority, &path, query_mark, query, fragment_mark, fragment]))
}

/// A path behind an authority, `.` and `..` worked off (RFC 3986 section 5.2.4).
fn without_dots(path: &str) -> String {
    let mut out = String::with_capacity(path.len());
    let mut segments = pieces(path, b"/");
    // What comes before the first slash: nothing.
    segments.next();
    for segment in segments {
        match segment {
            "." => {}
            ".." => out.truncate(out.bytes().rposition(|byte| byte == b'/').unwrap_or_default()),
            _ => {
                out.push('/');
                out.push_str(segment);
            }
        }
    }
    if path.ends_with("/.") || path.ends_with("/..") {
        out.push('/');
    }
    out
}

/// `IPv6address`.
pub(super) fn is_ipv6(text: &str) -> bool {
    let (before, behind) = cut_at(text, "::");
    match (groups(before, behind.is_none()), behind) {
        (Some(count), None) => count == 8,
        // Two colons stand for one group at least.
        (Some(count), Some(behind)) => groups(behind, true).is_some_and(|more| count.saturating_add(more) < 8),
        (None, _) => false,
    }
}

/// How many groups of 16 bits there are. At the `end` of an address an IPv4 address may stand for two.
fn groups(text: &str, end: bool) -> Option<usize> {
    let mut count = 0usize;
    let mut rest = Some(text).filter(|text| !text.is_empty());
    while let Some(text) = rest {
        let (group, behind) = cut(text, b":");
        let hexadecimal = (1..=4).contains(&group.len()) && group.bytes().all(|byte| byte.is_ascii_hexdigit());
        let length = if hexadecimal {
            1
        } else if end && behind.is_none() && is_ipv4(group) {
            2
        } else {
            return None;
        };
        count = count.saturating_add(length);
        rest = behind;
    }
    Some(count)
}

/// `IPv4address`: four decimal numbers without leading zeros.
pub(super) fn is_ipv4(text: &str) -> bool {
    let mut count = 0u8;
    for piece in pieces(text, b".") {
        if integer(piece).is_none_or(|number| number > 255) || (piece != "0" && piece.starts_with("0")) {
            return false;
        }
        count = count.saturating_add(1);
    }
    count == 4
}

pub(crate) fn is_scheme(text: &str) -> bool {
    text.bytes().next().is_some_and(|first| first.is_ascii_alphabetic()) && is_made_of(text, b"+-.")
}

/// Unreserved characters, sub-delimiters, percent-encoded bytes, and the `further` characters of the part.
fn consists_of(text: &str, further: &str) -> bool {
    let mut bytes = text.bytes();
    let hex = |byte: Option<u8>| byte.is_some_and(|byte| byte.is_ascii_hexdigit());
    while let Some(byte) = bytes.next() {
        let valid = match byte {
            b'%' => hex(bytes.next()) && hex(bytes.next()),
            b'-' | b'.' | b'_' | b'~' | b'!' | b'$' | b'&'..=b',' | b';' | b'=' => true,
            _ => byte.is_ascii_alphanumeric() || further.as_bytes().contains(&byte),
        };
        if !valid {
            return false;
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::format;
    use alloc::string::ToString;
    use alloc::vec;
    use iri_string::types::{UriAbsoluteStr, UriReferenceStr};
    use proptest::prelude::*;

    /// The examples of RFC 3986 sections 5.4.1 and 5.4.2.
    #[test]
    fn references_are_resolved_as_rfc_3986_shows() {
        let normal = "g:h=g:h g=http://a/b/c/g ./g=http://a/b/c/g g/=http://a/b/c/g/ /g=http://a/g //g=http://g ?y=http://a/b/c/d;p?y \
            g?y=http://a/b/c/g?y #s=http://a/b/c/d;p?q#s g#s=http://a/b/c/g#s g?y#s=http://a/b/c/g?y#s ;x=http://a/b/c/;x \
            g;x=http://a/b/c/g;x g;x?y#s=http://a/b/c/g;x?y#s =http://a/b/c/d;p?q .=http://a/b/c/ ./=http://a/b/c/ ..=http://a/b/ \
            ../=http://a/b/ ../g=http://a/b/g ../..=http://a/ ../../=http://a/ ../../g=http://a/g";
        let abnormal = "../../../g=http://a/g ../../../../g=http://a/g /./g=http://a/g /../g=http://a/g g.=http://a/b/c/g. .g=http://a/b/c/.g \
            g..=http://a/b/c/g.. ..g=http://a/b/c/..g ./../g=http://a/b/g ./g/.=http://a/b/c/g/ g/./h=http://a/b/c/g/h \
            g/../h=http://a/b/c/h g;x/./y=http://a/b/c/g;x/y g;x/../y=http://a/b/c/y g?y/./x=http://a/b/c/g?y/./x \
            g?y/../x=http://a/b/c/g?y/../x g#s/./x=http://a/b/c/g#s/./x g#s/../x=http://a/b/c/g#s/../x http:g=http:g";
        for example in normal.split_whitespace().chain(abnormal.split_whitespace()) {
            let (reference, target) = example.split_once('=').unwrap();
            assert_eq!(resolve("http://a/b/c/d;p?q", reference).as_deref(), Some(target), "{reference}");
        }
        assert_eq!(resolve("http://a", "g").as_deref(), Some("http://a/g"));
        assert_eq!(resolve("http://a?q", "#s").as_deref(), Some("http://a?q#s"));
        assert_eq!(resolve("http://a?q", "//b").as_deref(), Some("http://b"));
        assert_eq!(resolve("http://a/x//..", "").as_deref(), Some("http://a/x//.."));
        assert_eq!(resolve("http://a/", "x//..").as_deref(), Some("http://a/x/"));
        for (base, reference) in
            [("/a", "g"), ("mailto:a", "g"), ("//a", "g"), ("http://a/", "1:g"), ("http://a/", "[")]
        {
            assert_eq!(resolve(base, reference), None, "{base} {reference}");
        }
    }

    #[test]
    fn an_authority_has_its_parts() {
        let parts = |text: &str| {
            let authority = Uri::parse(text)?.authority?;
            Some((authority.has_userinfo, authority.host.to_string(), authority.port.map(ToString::to_string)))
        };
        let of = |userinfo, host: &str, port: Option<&str>| {
            Some((userinfo, host.to_string(), port.map(ToString::to_string)))
        };
        assert_eq!(parts("https://a.example"), of(false, "a.example", None));
        assert_eq!(parts("https://a:1/x:2@3"), of(false, "a", Some("1")));
        assert_eq!(parts("https://u:p@a:?x"), of(true, "a", Some("")));
        assert_eq!(parts("https://@a"), of(true, "a", None));
        assert_eq!(parts("https://[::1]"), of(false, "[::1]", None));
        assert_eq!(parts("https://u@[::1]:80#x"), of(true, "[::1]", Some("80")));
        assert_eq!(parts("https:///x"), of(false, "", None));
        for wrong in [
            "a b", "a:b", "a:1:2", "u@v@a", "[::1", "::1]", "[::1]x", "[::1]1", "[x]", "[]", "a[::1]", "[[::1]]",
            "a%2", "a%g0", "é", "u[@a", "a\\b", "<",
        ] {
            assert!(Uri::parse(&format!("https://{wrong}")).is_none(), "{wrong}");
        }
        for wrong in ["1a:b", ":b", "a_b:c", "a|b", "a?b[", "a#b#c", "a?\"", "%", "a^", "`", "{}"] {
            assert!(Uri::parse(wrong).is_none(), "{wrong}");
        }
        for right in
            ["", "a", "/", "?", "#", "a:", "a+b-c.1:", "./a:b", "?a:b", "%Af", "/-._~!$&'()*+,;=:@", "?#?/:@", "a:b"]
        {
            assert!(Uri::parse(right).is_some(), "{right}");
        }
    }

    #[test]
    fn an_ipv6_address_has_as_many_groups_as_the_standard_library_says() {
        let groups = |count: usize| vec!["f"; count].join(":");
        for tail in ["", "1.2.3.4", "12345", "g", "01.2.3.4"] {
            for count in 0..=9 {
                let behind = match (count, tail) {
                    (0, _) => tail.to_string(),
                    (_, "") => groups(count),
                    _ => format!("{}:{tail}", groups(count)),
                };
                for text in (0..=9).map(|before| format!("{}::{behind}", groups(before))).chain([behind.clone()]) {
                    assert_eq!(is_ipv6(&text), text.parse::<std::net::Ipv6Addr>().is_ok(), "{text}");
                }
            }
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn another_reader_reads_the_same(
            text in r"(https?|[a-z]{0,2}[:+1]?)?:?(//)?([a-zA-Z0-9%.:@/?#\[\]<é -]|\.\.|//|::|%4[0-9aG]|\[::1\]|:80|@){0,8}",
            base in r"https://[a-z]{1,2}(:8)?(/[a-z.]{0,3}){0,3}(\?[a-z/]{0,2})?",
        ) {
            let theirs = UriReferenceStr::new(&text).ok();
            let ours = Uri::parse(&text);
            prop_assert_eq!(ours.is_some(), theirs.is_some(), "{}", text);
            if let (Some(ours), Some(theirs)) = (ours, theirs) {
                prop_assert_eq!(ours.scheme, theirs.scheme_str());
                prop_assert_eq!(ours.path, theirs.path_str());
                prop_assert_eq!(ours.query, theirs.query_str());
                prop_assert_eq!(ours.fragment, theirs.fragment_str());
                let their_authority = theirs.authority_components();
                prop_assert_eq!(ours.authority.is_some(), their_authority.is_some());
                if let (Some(ours), Some(theirs)) = (ours.authority, their_authority) {
                    prop_assert_eq!(ours.has_userinfo, theirs.userinfo().is_some());
                    prop_assert_eq!(ours.host, theirs.host());
                    prop_assert_eq!(ours.port, theirs.port());
                }
                // They work the dots off a rootless path too, which no URL of ours can have.
                if theirs.scheme_str().is_none() || theirs.authority_str().is_some() {
                    let target = theirs.resolve_against(UriAbsoluteStr::new(&base).unwrap()).to_string();
                    prop_assert_eq!(resolve(&base, &text), Some(target), "{} {}", base, text);
                }
            }
        }
    }
}
