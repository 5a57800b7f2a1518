//! The client secret, where the caller gives a function for it.

use tokenwell::{Error, Secret};
use wasm_bindgen::prelude::*;

use crate::client::Context;
use crate::stop::Stop;

/// Asks the caller's function. What it throws may hold a secret, so it is not repeated.
pub(crate) async fn ask_for_secret(context: &Context, stop: &Stop) -> Result<Secret, Error> {
    let refuse = |problem: &str| Error::configuration("clientSecret", problem);
    let Some(function) = &context.client_secret else { return Err(refuse("is missing")) };
    let given: JsValue = function
        .call0(&JsValue::UNDEFINED)
        .map_err(|_: JsValue| refuse("is a function that threw: see that it gives the secret"))?;
    let Ok(given) = stop.or(&given).await else {
        return Err(refuse("is a function that failed or took too long: see that it gives the secret"));
    };
    let secret =
        given.as_string().ok_or_else(|| refuse("is a function that gave no string: see that it gives the secret"))?;
    Ok(Secret::new(secret))
}
