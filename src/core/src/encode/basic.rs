//! The `Authorization: Basic` header of a client (RFC 6749 section 2.3.1).

use alloc::string::String;

use crate::Secret;
use crate::client::BasicEncoding;
use crate::encode::{base64, form};

/// `Basic …`, each half form-encoded first unless the server is known to forget decoding.
pub(crate) fn header(client_id: &str, client_secret: &str, encoding: BasicEncoding) -> Secret {
    let joined = Secret::new(match encoding {
        BasicEncoding::Form => {
            let mut joined = String::with_capacity(
                client_id.len().saturating_add(client_secret.len()).saturating_mul(3).saturating_add(1),
            );
            form::push_component(&mut joined, client_id);
            joined.push(':');
            form::push_component(&mut joined, client_secret);
            joined
        }
        BasicEncoding::Raw => [client_id, ":", client_secret].concat(),
    });
    let encoded = Secret::new(base64(joined.reveal().as_bytes()));
    Secret::new(["Basic ", encoded.reveal()].concat())
}
