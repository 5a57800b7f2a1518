//! Lumanu. Every fact carries its mark: SEED stands on the provider's own page, FOUND in another public one,
//! GUESS is inferred and never a silent default.

use super::{Profile, Rotation};
use crate::client::BodyFormat;

/// Which of Lumanu's two environments.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Environment {
    /// For trying things out.
    Sandbox,
    /// The real one.
    Production,
}

/// The profile of Lumanu.
///
/// - Token endpoints, JSON bodies for every grant, id and secret in the body: SEED.
/// - The audience of client credentials requests, without which the API refuses the token: SEED.
/// - Authorization endpoint of the sandbox: SEED. That of production is only a GUESS
///   (`https://api.lumanu.com/api/oauth/authorize`), so it is absent here and the caller names it.
/// - API base of the sandbox: SEED; of production: FOUND.
/// - A refresh answers with a new refresh token or with none, and then the old one stays: SEED.
/// - Wrong credentials answer `access_denied` or `Unauthorized` (FOUND of Auth0, which runs the login).
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
