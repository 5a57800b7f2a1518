//! The `Authorization: Basic` header of a client (RFC 6749 section 2.3.1).

use alloc::string::String;

use crate::Secret;
use crate::credentials::BasicEncoding;
use crate::encode::text::joined;
use crate::encode::{base64, form};

/// Id and secret, each form-encoded first unless the server is known to forget decoding.
pub(crate) fn pair(client_id: &str, client_secret: &str, encoding: BasicEncoding) -> Secret {
    Secret::new(match encoding {
        BasicEncoding::Form => {
            let longest = client_id.len().wrapping_add(client_secret.len()).wrapping_mul(3).wrapping_add(1);
            let mut pair = String::with_capacity(longest);
            form::push_component(&mut pair, client_id);
            pair.push(':');
            form::push_component(&mut pair, client_secret);
            pair
        }
        BasicEncoding::Raw => joined(&[client_id, ":", client_secret]),
    })
}

/// `Basic …`: the pair in base64, with padding (RFC 7617 section 2).
// Apart from the way of a first token: see docs/performance.md.
#[inline(never)]
pub(crate) fn header(pair: &Secret) -> Secret {
    let encoded = Secret::new(base64(pair.reveal().as_bytes()));
    let padding = match encoded.reveal().len() % 4 {
        2 => "==",
        3 => "=",
        _ => "",
    };
    Secret::new(joined(&["Basic ", encoded.reveal(), padding]))
}
