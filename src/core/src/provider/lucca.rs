//! Lucca.

use alloc::borrow::ToOwned;
use alloc::string::String;
use alloc::vec;

use super::{Profile, Rotation, host_label};
use crate::encode::text::{joined, pieces};
use crate::error::Error;

/// The profile of Lucca for the account at `https://{account}.ilucca.net`: see [`lucca_at`].
pub fn lucca(account: &str) -> Profile {
    lucca_at(account, "ilucca.net")
}

/// The profile of Lucca for an account under another domain, such as `ilucca-demo.net`, `ilucca.ch` or
/// `sandbox.eu1.luccasoftware.com` (found).
///
/// - One token host for all accounts, which is not the account's own domain (stated), and its path (found). That
///   sandboxes use it too is guessed, so set `token_endpoint` where yours differs.
/// - Form body, "not the usual JSON" (stated); id and secret in the body (found).
/// - API at the account's domain (stated), under `/lucca-api` (found).
/// - Header `Api-Version: 2024-11-01` (found). Change it in `api_headers`.
/// - No refresh tokens (found).
pub fn lucca_at(account: &str, domain: &str) -> Profile {
    let mut profile = Profile::new("lucca", "https://accounts.world.luccasoftware.com/connect/token");
    match account_host(account, domain) {
        Ok(host) => profile.api_base = Some(joined(&["https://", &host, "/lucca-api"])),
        Err(problem) => profile.problem = Some(problem),
    }
    profile.api_headers = vec![("api-version".to_owned(), "2024-11-01".to_owned())];
    profile.rotation = Rotation::None;
    profile.client_id_variable = Some("LUCCA_CLIENT_ID");
    profile.client_secret_variable = Some("LUCCA_CLIENT_SECRET");
    profile
}

/// `{account}.{domain}`; a `domain` that already begins with the account is taken as the whole host.
fn account_host(account: &str, domain: &str) -> Result<String, Error> {
    let account = host_label("account", account)?;
    for label in pieces(domain, b".") {
        host_label("host", label)?;
    }
    let domain = domain.to_ascii_lowercase();
    let whole = domain.strip_prefix(&*account).is_some_and(|rest| rest.starts_with("."));
    Ok(if whole { domain } else { joined(&[&account, ".", &domain]) })
}
