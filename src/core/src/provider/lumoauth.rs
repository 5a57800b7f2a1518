//! LumoAuth.

use alloc::borrow::ToOwned;
use alloc::string::String;

use super::{Profile, Rotation, path_segment};
use crate::encode::text::{has, joined, without_end, without_start};
use crate::encode::url;
use crate::error::Error;

/// The profile of LumoAuth for a tenant at `https://app.lumoauth.dev/t/{tenant}`: see [`lumoauth_at`].
pub fn lumoauth(tenant: &str) -> Profile {
    lumoauth_at("https://app.lumoauth.dev", "t", tenant)
}

/// The profile of LumoAuth in another region, under another prefix or on a custom domain.
///
/// - `{base_url}/{tenant_prefix}/{tenant}/api/v1/oauth/token`, form body, id and secret in the body (stated).
/// - The prefix is `t`, on newer pages `orgs`; a custom domain has no tenant in its path, so an empty prefix drops
///   both; the EU host is `https://eu.app.lumoauth.dev` (found).
/// - API base `{base_url}/api/v1`, not under the tenant (stated).
/// - Authorization, revocation and introspection endpoints (found).
/// - Refresh tokens always rotate, and using an old one revokes the family (found).
/// - `budget_exceeded` comes with 429 and must not be retried (found).
/// - Several issuer strings are in use for one tenant (found), so none is fixed here: set `issuer` to the one you trust.
pub fn lumoauth_at(base_url: &str, tenant_prefix: &str, tenant: &str) -> Profile {
    let base = without_end(base_url, "/");
    let mut profile = Profile::new("lumoauth", "");
    match tenant_root(base, tenant_prefix, tenant) {
        Ok(root) => {
            let endpoint = |name: &str| joined(&[&root, "/api/v1/oauth/", name]);
            profile.token_endpoint = endpoint("token");
            profile.authorization_endpoint = Some(endpoint("authorize"));
            profile.revocation_endpoint = Some(endpoint("revoke"));
            profile.introspection_endpoint = Some(endpoint("introspect"));
            profile.api_base = Some(joined(&[base, "/api/v1"]));
        }
        Err(problem) => profile.problem = Some(problem),
    }
    profile.rotation = Rotation::Strict;
    profile.final_errors = &["budget_exceeded"];
    profile.client_id_variable = Some("LUMOAUTH_CLIENT_ID");
    profile.client_secret_variable = Some("LUMOAUTH_CLIENT_SECRET");
    profile
}

fn tenant_root(base: &str, tenant_prefix: &str, tenant: &str) -> Result<String, Error> {
    if has(base, b"?#") {
        return Err(Error::wrong("base_url", "must not have a query or a fragment"));
    }
    // Checked under its own name. Whether http to this machine is allowed, the client decides.
    url::check("base_url", base, true)?;
    let tenant = path_segment("tenant", tenant)?;
    match without_end(without_start(tenant_prefix, "/"), "/") {
        "" => Ok(base.to_owned()),
        prefix => Ok(joined(&[base, "/", &path_segment("tenant_prefix", prefix)?, "/", &tenant])),
    }
}
