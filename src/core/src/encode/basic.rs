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
        BasicEncoding::Raw => alloc::format!("{client_id}:{client_secret}"),
    });
    let encoded = Secret::new(base64(joined.reveal().as_bytes()));
    let mut header = String::with_capacity(encoded.reveal().len().saturating_add(6));
    header.push_str("Basic ");
    header.push_str(encoded.reveal());
    Secret::new(header)
}
