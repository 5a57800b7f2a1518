//! Authorization code: the second half, from the code to tokens (RFC 6749 section 4.1.3, RFC 7636 section 4.5).

use alloc::boxed::Box;

use super::{Exchange, Grant};
use crate::Secret;
use crate::authorize::Transaction;
use crate::client::Client;

/// What came out of a callback that passed every check.
#[derive(Debug)]
pub(crate) struct CodeGrant {
    pub(crate) code: Secret,
    pub(crate) issuer_unverified: bool,
    pub(crate) transaction: Transaction,
}

impl Client {
    pub(crate) fn code_exchange(&self, grant: CodeGrant) -> Exchange {
        let pairs = [
            ("grant_type", "authorization_code"),
            ("code", grant.code.reveal()),
            ("redirect_uri", grant.transaction.text("redirect_uri")),
            ("code_verifier", grant.transaction.text("code_verifier")),
        ];
        let http = self.token_request(&pairs, &grant.transaction.resource());
        Exchange::new(self, http, Grant::AuthorizationCode(Box::new(grant)))
    }
}
