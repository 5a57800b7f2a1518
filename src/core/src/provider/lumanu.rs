//! Lumanu.

use super::{Profile, Rotation};
use crate::client::BodyFormat;

/// Which of Lumanu's two installations: each has its own hosts, accounts and credentials.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Environment {
    /// `auth-staging.lumanu.com`, for trying things out.
    Sandbox,
    /// `auth.lumanu.com`.
    Production,
}

/// The profile of Lumanu.
///
/// - Token endpoints, JSON bodies for every grant, id and secret in the body (stated).
/// - The audience of client credentials requests, without which the API refuses the token (stated).
/// - Authorization endpoint of the sandbox (stated). That of production is only guessed,
///   `https://api.lumanu.com/api/oauth/authorize`, so it is absent here and the caller names it.
/// - API base of the sandbox (stated) and of production (found).
/// - A refresh answers with a new refresh token, or with none, and then the old one stays (stated).
/// - Wrong credentials are answered with `access_denied` or `Unauthorized` (found for Auth0, which runs the login).
pub fn lumanu(environment: Environment) -> Profile {
    let (token_endpoint, authorization_endpoint, api_base, audience) = match environment {
        Environment::Sandbox => (
            "https://auth-staging.lumanu.com/oauth/token",
            Some("https://api.demo.lumanu.link/api/oauth/authorize"),
            "https://api.demo.lumanu.link/api/rest",
            "https://lumanu-demo.hasura.app/v1/graphql",
        ),
        Environment::Production => (
            "https://auth.lumanu.com/oauth/token",
            None,
            "https://api.lumanu.com/api/rest",
            "https://lumanu-prod.hasura.app/v1/graphql",
        ),
    };
    let mut profile = Profile::new("lumanu", token_endpoint);
    profile.authorization_endpoint = authorization_endpoint.map(Into::into);
    profile.api_base = Some(api_base.into());
    profile.audience = Some(audience.into());
    profile.body_format = BodyFormat::Json;
    profile.rotation = Rotation::Unknown;
    profile.credential_errors = &["access_denied", "Unauthorized", "unauthorized"];
    profile.client_id_variable = Some("LUMANU_CLIENT_ID");
    profile.client_secret_variable = Some("LUMANU_CLIENT_SECRET");
    profile
}
