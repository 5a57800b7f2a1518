//! Luminary.

use super::{Profile, host_label};
use crate::encode::text::joined;

/// The profile of Luminary for the account at `https://{subdomain}.luminary.com`.
///
/// - Token endpoint, form body, id and secret in the body (stated).
/// - API base `https://{subdomain}.luminary.com/v1` (stated). Official SDKs use
///   `https://{subdomain}.withluminary.com/api/public/v1` (found): set `api_base` to it where your account needs it.
/// - `CLIENT_ID` and `CLIENT_SECRET` in the environment (stated).
/// - Authorization and introspection endpoints, the issuer, PKCE (found in the server's metadata).
/// - Whether refresh tokens rotate is said nowhere.
pub fn luminary(subdomain: &str) -> Profile {
    let mut profile = Profile::new("luminary", "https://auth.withluminary.com/oauth2/token");
    match host_label("subdomain", subdomain) {
        Ok(subdomain) => profile.api_base = Some(joined(&["https://", &subdomain, ".luminary.com/v1"])),
        Err(problem) => profile.problem = Some(problem),
    }
    profile.authorization_endpoint = Some("https://auth.withluminary.com/oauth2/authorize".into());
    profile.introspection_endpoint = Some("https://auth.withluminary.com/oauth2/introspection".into());
    profile.issuer = Some("https://auth.withluminary.com".into());
    profile.client_id_variable = Some("CLIENT_ID");
    profile.client_secret_variable = Some("CLIENT_SECRET");
    profile
}
