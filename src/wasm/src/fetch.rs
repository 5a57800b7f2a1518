//! A request of the core's → `fetch` → its response: one timeout over headers and body, a cap on the size, no redirect followed.

use gloo_net::http::Headers;
use js_sys::{Function, Object, Promise, Uint8Array};
use tokenwell::{Failure, FailureKind, HttpRequest, HttpResponse, Outcome};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::spawn_local;

use crate::failure::{broken, classify};
use crate::host::{member, method};
use crate::stop::{Ended, Stop};

#[wasm_bindgen]
extern "C" {
    /// What a caller's `fetch` gives may be anything, and so may its members: reading one may throw. By name through
    /// `Reflect`, each access would cost a text that is made and thrown away.
    type Loose;

    #[wasm_bindgen(method, getter, catch)]
    fn status(this: &Loose) -> Result<JsValue, JsValue>;

    #[wasm_bindgen(method, getter, catch, js_name = "type")]
    fn kind(this: &Loose) -> Result<JsValue, JsValue>;

    #[wasm_bindgen(method, getter, catch)]
    fn headers(this: &Loose) -> Result<JsValue, JsValue>;

    #[wasm_bindgen(method, getter, catch)]
    fn body(this: &Loose) -> Result<JsValue, JsValue>;

    #[wasm_bindgen(method, getter, catch)]
    fn done(this: &Loose) -> Result<JsValue, JsValue>;

    #[wasm_bindgen(method, getter, catch)]
    fn value(this: &Loose) -> Result<JsValue, JsValue>;

    /// What `fetch` is called with.
    #[wasm_bindgen(extends = Object)]
    type Init;

    #[wasm_bindgen(method, setter)]
    fn set_method(this: &Init, method: &str);

    #[wasm_bindgen(method, setter)]
    fn set_headers(this: &Init, headers: &JsValue);

    #[wasm_bindgen(method, setter)]
    fn set_body(this: &Init, body: &str);

    #[wasm_bindgen(method, setter)]
    fn set_redirect(this: &Init, redirect: &str);

    #[wasm_bindgen(method, setter)]
    fn set_signal(this: &Init, signal: &JsValue);
}

/// A member of what is an object; anything that goes wrong is `undefined`.
fn read_member(object: &JsValue, get: fn(&Loose) -> Result<JsValue, JsValue>) -> JsValue {
    get(object.unchecked_ref()).unwrap_or(JsValue::UNDEFINED)
}

/// Sends one request and reads its response to the end.
///
/// `fetch` is called without a `this`: as a method of an object of ours it would be an "Illegal invocation" in workers.
pub(crate) async fn send(request: &HttpRequest, fetch: &Function, largest: usize, stop: &Stop) -> Outcome {
    match attempt(request, fetch, largest, stop).await {
        Ok(response) => Outcome::Response(response),
        Err(failure) => {
            // Frees the connection where a part of the response is still to come.
            stop.now(failure.kind());
            Outcome::Failure(failure)
        }
    }
}

async fn attempt(
    request: &HttpRequest,
    fetch: &Function,
    largest: usize,
    stop: &Stop,
) -> Result<HttpResponse, Failure> {
    let init = init(request, stop);
    let pending: JsValue = fetch
        .call2(&JsValue::UNDEFINED, &JsValue::from_str(request.url()), &init)
        .map_err(|thrown: JsValue| classify(&thrown))?;
    let response = stop.or(&Promise::resolve(&pending)).await.map_err(ended)?;
    if !response.is_object() {
        return Err(broken("no object"));
    }
    let status = read_member(&response, Loose::status).as_f64().ok_or_else(|| broken("no status"))?;
    // `redirect: "manual"` shows the redirect itself on servers, and an opaque one where a browser's rules are followed.
    let opaque = status == 0.0 || read_member(&response, Loose::kind).as_string().as_deref() == Some("opaqueredirect");
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    let status = if opaque { 302 } else { status as u16 };
    let headers = read_member(&response, Loose::headers);
    let get = if headers.is_object() { method(&headers, "get") } else { None };
    let get = get.ok_or_else(|| broken("no headers"))?;
    let body = match status {
        // Nothing in a redirect's body matters, and it may be endless.
        300..=399 => {
            discard(&read_member(&response, Loose::body));
            Vec::new()
        }
        _ => read(&response, largest, stop).await?,
    };
    Ok(HttpResponse::READ_HEADERS.into_iter().fold(HttpResponse::new(status, body), |taken, name| {
        match get.call1(&headers, &JsValue::from_str(name)).ok().and_then(|value: JsValue| value.as_string()) {
            Some(value) => taken.with_header(name, value),
            None => taken,
        }
    }))
}

/// Neither `cache` nor `credentials` nor `mode`: some workers throw on them.
fn init(request: &HttpRequest, stop: &Stop) -> Init {
    let headers = Headers::new();
    for (name, value) in request.headers() {
        headers.set(name, value);
    }
    let init: Init = Object::new().unchecked_into();
    init.set_method(request.method());
    init.set_headers(&headers.into_raw());
    init.set_body(request.body());
    init.set_redirect("manual");
    init.set_signal(&stop.signal());
    init
}

/// Reads the body chunk by chunk, so that a small body that unpacks to a huge one is stopped on the way.
async fn read(response: &JsValue, largest: usize, stop: &Stop) -> Result<Vec<u8>, Failure> {
    let body = read_member(response, Loose::body);
    let reader = match method_of(&body, "getReader") {
        Some(get_reader) => get_reader.call0(&body).map_err(|_| broken("no readable body"))?,
        None => return read_at_once(response, &body, largest, stop).await,
    };
    let next = method_of(&reader, "read").ok_or_else(|| broken("no readable body"))?;
    let mut bytes = Vec::new();
    loop {
        let pending: JsValue = next.call0(&reader).map_err(|thrown: JsValue| classify(&thrown))?;
        let chunk = match stop.or(&Promise::resolve(&pending)).await {
            Ok(chunk) => chunk,
            Err(end) => {
                discard(&reader);
                return Err(ended(end));
            }
        };
        if !chunk.is_object() {
            return Err(broken("no readable body"));
        }
        if read_member(&chunk, Loose::done).is_truthy() {
            return Ok(bytes);
        }
        let value: Uint8Array =
            read_member(&chunk, Loose::value).dyn_into().map_err(|_| broken("a body without bytes"))?;
        let size = value.length() as usize;
        if bytes.len().saturating_add(size) > largest {
            discard(&reader);
            return Err(Failure::new(FailureKind::TooLarge));
        }
        let start = bytes.len();
        bytes.resize(start.saturating_add(size), 0);
        if let Some(room) = bytes.get_mut(start..) {
            value.copy_to(room);
        }
    }
}

/// A response without a stream: an empty one, or a test's own object.
async fn read_at_once(response: &JsValue, body: &JsValue, largest: usize, stop: &Stop) -> Result<Vec<u8>, Failure> {
    let Some(array_buffer) = method(response, "arrayBuffer") else {
        return if body.is_null() || body.is_undefined() { Ok(Vec::new()) } else { Err(broken("no readable body")) };
    };
    let pending: JsValue = array_buffer.call0(response).map_err(|thrown: JsValue| classify(&thrown))?;
    let buffer = stop.or(&Promise::resolve(&pending)).await.map_err(ended)?;
    if !buffer.is_object() {
        return Err(broken("a body without bytes"));
    }
    // Looked at before anything is copied: an array of an impossible length would throw right through this module.
    let size = member(&buffer, "byteLength").as_f64().ok_or_else(|| broken("a body without bytes"))?;
    #[allow(clippy::cast_precision_loss)]
    if size > largest as f64 {
        return Err(Failure::new(FailureKind::TooLarge));
    }
    Ok(Uint8Array::new(&buffer).to_vec())
}

fn method_of(object: &JsValue, name: &str) -> Option<Function> {
    if object.is_object() { method(object, name) } else { None }
}

/// Cancels a stream or its reader. The promise is waited for, so that its rejection is nobody's surprise.
fn discard(stream: &JsValue) {
    if let Some(cancel) = method_of(stream, "cancel") {
        if let Ok(pending) = cancel.call0(stream) {
            let pending: Promise = Promise::resolve(&pending);
            spawn_local(async move {
                let _ = wasm_bindgen_futures::JsFuture::from(pending).await;
            });
        }
    }
}

fn ended(end: Ended) -> Failure {
    match end {
        Ended::Stopped(reason) => Failure::new(reason),
        Ended::Threw(thrown) => classify(&thrown),
    }
}
