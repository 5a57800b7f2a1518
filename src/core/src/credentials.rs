//! Who a client is, and how it proves it.

use alloc::string::String;

use crate::Secret;
use crate::encode::body::is_vschar;
use crate::encode::text::filled;
use crate::error::Error;

/// How a client authenticates at the token endpoint (RFC 6749 section 2.3; names of RFC 7591 section 2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClientAuthentication {
    /// `client_secret_post`: id and secret in the body.
    Post,
    /// `client_secret_basic`: id and secret in the `Authorization` header.
    Basic,
    /// `none`: a public client, which sends its id only.
    None,
}

impl ClientAuthentication {
    /// The registered name, such as `client_secret_post`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Post => "client_secret_post",
            Self::Basic => "client_secret_basic",
            Self::None => "none",
        }
    }
}

/// How id and secret are written into the `Basic` header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BasicEncoding {
    /// Form-encoded first, as RFC 6749 section 2.3.1 demands.
    Form,
    /// As they are, for servers that do not decode.
    Raw,
}

/// The client's id and, unless it is a public client, its secret.
#[derive(Clone, Debug)]
pub struct Credentials {
    pub(crate) client_id: String,
    pub(crate) client_secret: ClientSecret,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum ClientSecret {
    Known(Secret),
    /// Supplied flight by flight, and asked for again after the server refused it (RFC 6749 section 5.2).
    Supplied,
    Public,
}

impl Credentials {
    /// A confidential client with a secret.
    pub fn secret(client_id: impl Into<String>, client_secret: impl Into<Secret>) -> Self {
        Self { client_id: client_id.into(), client_secret: ClientSecret::Known(client_secret.into()) }
    }

    /// A confidential client whose secret is rotated: [`TokenSource::supply_secret`](crate::TokenSource::supply_secret)
    /// takes it before the first request, and once more when the server refuses it.
    pub fn supplied(client_id: impl Into<String>) -> Self {
        Self { client_id: client_id.into(), client_secret: ClientSecret::Supplied }
    }

    /// A public client, which has no secret.
    pub fn public(client_id: impl Into<String>) -> Self {
        Self { client_id: client_id.into(), client_secret: ClientSecret::Public }
    }
}

pub(crate) fn check_credentials(credentials: &Credentials, authentication: ClientAuthentication) -> Result<(), Error> {
    let Credentials { client_id, client_secret } = credentials;
    if client_id.is_empty() {
        return Err(Error::wrong("client_id", "is empty: give the id that the application was registered with"));
    }
    if !is_vschar(client_id) {
        return Err(Error::wrong("client_id", "holds a character outside printable ASCII (RFC 6749 appendix A.1)"));
    }
    match (client_secret, authentication) {
        (ClientSecret::Known(secret), _) if secret.is_empty() => {
            Err(Error::wrong("client_secret", "is empty: give the secret, or make the client a public one"))
        }
        (ClientSecret::Known(secret), _) if !is_vschar(secret.reveal()) => {
            Err(Error::wrong("client_secret", "holds a character outside printable ASCII (RFC 6749 appendix A.2)"))
        }
        (ClientSecret::Public, ClientAuthentication::Post | ClientAuthentication::Basic) => {
            Err(Error::wrong("client_secret", &filled("is missing: {} needs it", &[authentication.as_str()])))
        }
        (ClientSecret::Known(_) | ClientSecret::Supplied, ClientAuthentication::None) => {
            Err(Error::wrong("client_secret", "is given, but client_auth none sends no secret: leave one of them out"))
        }
        _ => Ok(()),
    }
}
