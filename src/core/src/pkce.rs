//! Proof Key for Code Exchange, S256 only (RFC 7636; `plain` protects nothing and is not built).

use alloc::string::String;

use crate::Secret;
use crate::encode::base64url;

/// 43 characters of base64url from 32 bytes of entropy (RFC 7636 section 4.1).
pub(crate) fn random(entropy: &[u8]) -> Secret {
    Secret::new(base64url(entropy))
}

/// `BASE64URL(SHA256(ASCII(code_verifier)))` (RFC 7636 section 4.2).
pub(crate) fn challenge(code_verifier: &Secret) -> String {
    base64url(&hmac_sha256::Hash::hash(code_verifier.reveal().as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn r24_the_challenge_is_that_of_rfc_7636_appendix_b() {
        let verifier = Secret::new("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk");
        assert_eq!(challenge(&verifier), "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
    }
}
