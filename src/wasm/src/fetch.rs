//! A request of the core's → `fetch` → its response: one timeout over headers and body, a cap on the size, no redirect followed.

use gloo_net::http::Headers;
use js_sys::{Array, Function, JsString, Promise, Uint8Array};
use tokenwell::{Failure, FailureKind, HttpRequest, HttpResponse, Outcome};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;

use crate::client::Context;
use crate::failure::{broken, classify};
use crate::stop::Stop;

#[wasm_bindgen(raw_module = "./exchange.js")]
extern "C" {
    /// Sends and reads to the end, in one call: a promise for the response and one for each chunk would cost the layer
    /// ten microseconds each time.
    #[allow(clippy::too_many_arguments)]
    fn exchange(
        fetch: &Function,
        url: &JsString,
        method: &JsString,
        headers: &JsValue,
        authorization: Option<&str>,
        body: &str,
        names: &Array,
        largest: f64,
        stop: &Stop,
    ) -> Promise;

    /// What came back, or the problem for which it is no response.
    type Exchanged;

    #[wasm_bindgen(method, getter)]
    fn status(this: &Exchanged) -> f64;

    #[wasm_bindgen(method, getter)]
    fn headers(this: &Exchanged) -> String;

    #[wasm_bindgen(method, getter)]
    fn body(this: &Exchanged) -> Option<Uint8Array>;

    #[wasm_bindgen(method, getter)]
    fn problem(this: &Exchanged) -> Option<String>;
}

/// What is the same in one request after another, as JavaScript has it: each text that crosses the border costs half a
/// microsecond, and several times that where the machine has done something else meanwhile.
pub(crate) struct Head {
    of: (String, Vec<(&'static str, String)>),
    url: JsString,
    method: JsString,
    headers: JsValue,
}

impl Head {
    fn new(request: &HttpRequest) -> Self {
        let of: Vec<_> = Self::parts(request).0.map(|(name, value)| (name, value.to_owned())).collect();
        let headers = Headers::new();
        for (name, value) in &of {
            headers.set(name, value);
        }
        Self {
            of: (request.url().to_owned(), of),
            url: request.url().into(),
            method: request.method().into(),
            headers: headers.into_raw().into(),
        }
    }

    fn is_of(&self, request: &HttpRequest) -> bool {
        let headers = self.of.1.iter().map(|(name, value)| (*name, value.as_str()));
        self.of.0 == request.url() && headers.eq(Self::parts(request).0)
    }

    /// The headers, and apart from them the one that is a secret, which is not kept here.
    fn parts(request: &HttpRequest) -> (impl Iterator<Item = (&'static str, &str)>, Option<&str>) {
        let authorization = request.headers().find(|(name, _)| *name == AUTHORIZATION).map(|(_, value)| value);
        (request.headers().filter(|(name, _)| *name != AUTHORIZATION), authorization)
    }
}

const AUTHORIZATION: &str = "authorization";

/// Sends one request and reads its response to the end.
pub(crate) async fn send(request: &HttpRequest, context: &Context, stop: &Stop) -> Outcome {
    match attempt(request, context, stop).await {
        Ok(response) => Outcome::Response(response),
        Err(failure) => Outcome::Failure(failure),
    }
}

async fn attempt(request: &HttpRequest, context: &Context, stop: &Stop) -> Result<HttpResponse, Failure> {
    let fetch = context.fetch().ok_or_else(|| broken("this runtime has no fetch"))?;
    let pending = {
        let mut last = context.last_head.borrow_mut();
        let head = match last.take() {
            Some(head) if head.is_of(request) => last.insert(head),
            _ => last.insert(Head::new(request)),
        };
        let (_, authorization) = Head::parts(request);
        let names = &context.response_headers;
        #[allow(clippy::cast_precision_loss)]
        let largest = context.largest_response as f64;
        exchange(&fetch, &head.url, &head.method, &head.headers, authorization, request.body(), names, largest, stop)
    };
    let exchanged = JsFuture::from(pending).await.map_err(|thrown| classify(&thrown))?;
    if exchanged.is_undefined() {
        return Err(Failure::new(stop.reason().unwrap_or(FailureKind::Broken)));
    }
    let exchanged: Exchanged = exchanged.unchecked_into();
    match exchanged.problem().as_deref() {
        None => {}
        Some("too large") => return Err(Failure::new(FailureKind::TooLarge)),
        Some(problem) => return Err(broken(problem)),
    }
    let body = exchanged.body().map_or_else(Vec::new, |bytes| bytes.to_vec());
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    let status = exchanged.status() as u16;
    let headers = exchanged.headers();
    let headers = headers.lines().filter_map(|line| line.split_once(':'));
    Ok(headers.fold(HttpResponse::new(status, body), |response, (name, value)| response.with_header(name, value)))
}
