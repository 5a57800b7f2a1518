//! The `Authorization: Basic` header of a client (RFC 6749 section 2.3.1).

use alloc::string::String;

use crate::Secret;
use crate::credentials::BasicEncoding;
use crate::encode::text::joined;
use crate::encode::{base64, form};

/// `Basic …`, each half form-encoded first unless the server is known to forget decoding.
pub(crate) fn header(client_id: &str, client_secret: &str, encoding: BasicEncoding) -> Secret {
    let pair = Secret::new(match encoding {
        BasicEncoding::Form => {
            let mut pair = String::with_capacity(
                client_id.len().saturating_add(client_secret.len()).saturating_mul(3).saturating_add(1),
            );
            form::push_component(&mut pair, client_id);
            pair.push(':');
            form::push_component(&mut pair, client_secret);
            pair
        }
        BasicEncoding::Raw => joined(&[client_id, ":", client_secret]),
    });
    let encoded = Secret::new(base64(pair.reveal().as_bytes()));
    Secret::new(joined(&["Basic ", encoded.reveal()]))
}
