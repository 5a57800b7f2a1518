//! A request of the core's → `fetch` → its response: one timeout over headers and body, a cap on the size, no redirect followed.

use gloo_net::http::Headers;
use js_sys::{Function, Promise};
use tokenwell::{Failure, FailureKind, HttpRequest, HttpResponse, Outcome};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;

use crate::client::Context;
use crate::failure::{broken, classify};
use crate::stop::Stop;
use crate::value;

#[wasm_bindgen(raw_module = "./exchange.js")]
extern "C" {
    /// Sends the requests of one client. It keeps what is the same in one after another: each text that crosses the
    /// border costs half a microsecond, and several times that where the machine has done something else meanwhile.
    pub(crate) type Sender;

    #[wasm_bindgen(constructor)]
    pub(crate) fn new(fetch: Option<Function>, names: &str) -> Sender;

    #[wasm_bindgen(method, setter)]
    pub(crate) fn set_largest(this: &Sender, bytes: u32);

    #[wasm_bindgen(method)]
    fn head(this: &Sender, method: &str, url: &str);

    #[wasm_bindgen(method, setter)]
    fn set_headers(this: &Sender, headers: &JsValue);

    /// Sends and reads to the end, in one call: a promise for the response and one for each chunk would cost the layer
    /// ten microseconds each time.
    #[wasm_bindgen(method)]
    fn send(this: &Sender, authorization: Option<&str>, body: &str, stop: &Stop) -> Promise;

    /// What came back to a request of somebody else's, with the body that was read already.
    #[wasm_bindgen(method)]
    pub(crate) fn exchanged(this: &Sender, response: &JsValue, body: &JsValue) -> Exchanged;

    /// What came back. Where that is no response, a text comes in its place: the problem.
    pub(crate) type Exchanged;

    #[wasm_bindgen(method, getter)]
    fn status(this: &Exchanged) -> u32;

    /// Name and value in turn, each on a line.
    #[wasm_bindgen(method, getter)]
    fn headers(this: &Exchanged) -> String;

    #[wasm_bindgen(method, getter)]
    fn body(this: &Exchanged) -> Vec<u8>;
}

const AUTHORIZATION: &str = "authorization";

fn start(request: &HttpRequest, context: &Context, stop: &Stop) -> Promise {
    let mut authorization = None;
    let mut head = String::with_capacity(256);
    head.push_str(request.url());
    for (name, value) in request.headers() {
        match name {
            // A secret, which is not kept.
            AUTHORIZATION => authorization = Some(value),
            _ => head.push_str(value),
        }
    }
    let mut last = context.last_head.borrow_mut();
    if *last != head {
        let headers = Headers::new();
        for (name, value) in request.headers() {
            if name != AUTHORIZATION {
                headers.set(name, value);
            }
        }
        context.sender.head(request.method(), request.url());
        context.sender.set_headers(&headers.into_raw());
        *last = head;
    }
    context.sender.send(authorization, request.body(), stop)
}

/// Sends one request and reads its response to the end, told as events.
pub(crate) async fn send(
    request: &HttpRequest,
    context: &Context,
    stop: &Stop,
    attempt: u32,
    background: JsValue,
) -> Outcome {
    context.tell("request", Some(attempt), background);
    let pending = start(request, context, stop);
    match receive(JsFuture::from(pending).await, stop) {
        Ok(response) => {
            context.tell_number("response", attempt, response.status().into());
            Outcome::Response(response)
        }
        Err(failure) => Outcome::Failure(failure),
    }
}

/// Reads what came back.
fn receive(exchanged: Result<JsValue, JsValue>, stop: &Stop) -> Result<HttpResponse, Failure> {
    let exchanged = match exchanged {
        Ok(exchanged) => exchanged,
        Err(thrown) => return Err(stop.reason().map_or_else(|| classify(&thrown), Failure::new)),
    };
    match exchanged.as_string().as_deref() {
        None => {}
        Some("too large") => return Err(Failure::new(FailureKind::TooLarge)),
        Some(problem) => return Err(broken(problem)),
    }
    Ok(exchanged.unchecked_into::<Exchanged>().response())
}

impl Exchanged {
    /// For the core.
    pub(crate) fn response(&self) -> HttpResponse {
        let status = u16::try_from(self.status()).unwrap_or_default();
        let headers = self.headers();
        let mut lines = value::lines(&headers);
        let mut response = HttpResponse::new(status, self.body());
        while let (Some(name), Some(value)) = (lines.next(), lines.next()) {
            response = response.with_header(name, value);
        }
        response
    }
}
