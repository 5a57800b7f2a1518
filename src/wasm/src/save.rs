//! New tokens on their way to the caller's store.

use tokenwell::{Change, Error};
use wasm_bindgen::prelude::*;

use crate::source::Shared;
use crate::stop::Stop;
use crate::value;

impl Shared {
    /// Hands new tokens to the caller's `onTokens`, before anybody gets them. If that fails, the tokens are used all the
    /// same, and saving is tried again with the next call.
    pub(crate) async fn save(&self) {
        let Some(on_tokens) = &self.on_tokens else { return };
        let tokens = {
            let mut state = self.state.borrow_mut();
            while let Some(change) = state.source.take_change() {
                if let Change::Tokens(tokens) = change {
                    state.unsaved = Some(Box::new(tokens));
                }
            }
            state.unsaved.as_deref().map(value::tokens)
        };
        let Some(tokens) = tokens else { return };
        let stop = Stop::new();
        let _timer = self.context.timer(&stop);
        let saved = match on_tokens.call1(&JsValue::UNDEFINED, &tokens) {
            Ok(pending) => stop.or(&pending).await.is_ok(),
            Err(_) => false,
        };
        if saved {
            self.state.borrow_mut().unsaved = None;
        } else {
            let error = Error::runtime(
                "onTokens failed, so the new tokens are not stored: they are used all the same, and the next call tries again",
            );
            self.context.tell("save_failed", None, value::failure(&error));
        }
    }
}
