//! A server that rotates refresh tokens strictly.

use tokenwell::HttpResponse;

use crate::support::*;

/// Issues a new refresh token each time and revokes everything when an old one comes back.
#[derive(Default)]
pub(crate) struct Server {
    pub(crate) newest: u64,
    pub(crate) revoked: bool,
    pub(crate) access_tokens: u64,
}

impl Server {
    /// Answers a token request.
    pub(crate) fn process(&mut self, refresh_token: Option<&str>, expires_in: Option<u64>) -> HttpResponse {
        let refresh = match refresh_token {
            None => String::new(),
            Some(token) => {
                if token != format!("refresh-{}", self.newest) {
                    self.revoked = true;
                }
                if self.revoked {
                    return answer(400, r#"{"error":"invalid_grant"}"#);
                }
                self.newest += 1;
                format!(r#","refresh_token":"refresh-{}""#, self.newest)
            }
        };
        self.access_tokens += 1;
        let lifetime = expires_in.map(|seconds| format!(r#","expires_in":{seconds}"#)).unwrap_or_default();
        ok(format!(r#"{{"access_token":"access-{}","token_type":"Bearer"{refresh}{lifetime}}}"#, self.access_tokens))
    }
}
