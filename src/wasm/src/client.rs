//! The exported client: what every call of the package ends in.

use std::cell::RefCell;
use std::rc::Rc;

use js_sys::Function;
use tokenwell::{ApiRequest, Client, Error, Secret, TokenRequest, TokenSet, TokenSource, TokenVerdict, token_verdict};
use wasm_bindgen::prelude::*;

use crate::failure;
use crate::fetch::Sender;
use crate::host::{self, Clock, Timer};
use crate::options;
use crate::reader::Reader;
use crate::seal::Seal;
use crate::source::{Shared, Source};
use crate::stop::{Deferred, Stop};
use crate::value::{self, Events};

/// What all sources of one client share.
pub(crate) struct Context {
    pub(crate) client: Client,
    pub(crate) seal: Seal,
    pub(crate) clock: Clock,
    pub(crate) client_secret: Option<Function>,
    pub(crate) sender: Sender,
    /// What the sender was told last.
    pub(crate) last_head: RefCell<String>,
    pub(crate) most_requests: u32,
    pub(crate) wait_until: Option<Function>,
    /// Each request is a world of its own here: see `follow`.
    pub(crate) isolated_requests: bool,
    pub(crate) events: Option<Events>,
}

impl Context {
    /// The timer of one request.
    pub(crate) fn timer(&self, stop: &Stop) -> Timer {
        Timer::new(stop, self.client.options().timeout_ms, false)
    }

    /// Tells the caller's `waitUntil` of work that may outlive the request that asked for it.
    pub(crate) fn work(&self) -> Option<Work> {
        let wait_until = self.wait_until.as_ref()?;
        let work = Work(Deferred::new());
        let _: Result<JsValue, JsValue> = wait_until.call1(&JsValue::UNDEFINED, &work.0.promise());
        Some(work)
    }

    pub(crate) fn tell_deviations(&self, tokens: &TokenSet) {
        let names = value::deviations(tokens.deviations());
        if !names.is_empty() {
            self.tell("deviation", None, names);
        }
    }

    /// Tells the caller's `onEvent`, with the one thing that there is to say besides the attempt.
    pub(crate) fn tell(&self, kind: &str, attempt: Option<u32>, said: impl Into<JsValue>) {
        if let Some(events) = &self.events {
            events.tell(kind, attempt.unwrap_or_default(), &said.into());
        }
    }

    /// The same of an attempt, where what there is to say is a number.
    pub(crate) fn tell_number(&self, kind: &str, attempt: u32, said: u32) {
        if let Some(events) = &self.events {
            events.tell_number(kind, attempt, said);
        }
    }
}

/// What a runtime stays alive for, until it is dropped.
pub(crate) struct Work(Deferred);

impl Drop for Work {
    fn drop(&mut self) {
        self.0.resolve(&JsValue::UNDEFINED);
    }
}

/// A client of one authorization server.
#[wasm_bindgen(js_name = Client)]
pub struct JsClient {
    pub(crate) context: Rc<Context>,
    sources: RefCell<Sources>,
}

/// The sources of the application's tokens.
#[derive(Default)]
struct Sources {
    /// Of what the client's options ask for: most programs have no other, and need no cache key.
    usual: Option<Rc<Shared>>,
    /// By cache key. A hash map and its hashes would be 2 kB more of WebAssembly.
    others: Vec<([u8; 32], Rc<Shared>)>,
}

/// How many tokens of different requests one client keeps.
const MOST_SOURCES: usize = 10_000;

#[wasm_bindgen(js_class = Client)]
impl JsClient {
    /// A client, or a failure, from the options of `luminary`, `lumanu`, `lumoauth`, `lucca` or `oauth`.
    pub fn open(kind: &JsValue, options: &JsValue) -> JsValue {
        value::or_failure(Self::new(kind, options))
    }

    /// The provider's name.
    #[wasm_bindgen(getter)]
    pub fn provider(&self) -> JsValue {
        self.context.client.profile().name.as_str().into()
    }

    /// How long one request may take, in ms.
    #[wasm_bindgen(getter)]
    pub fn timeout(&self) -> u32 {
        host::clipped(self.context.client.options().timeout_ms)
    }

    /// The source of the application's token for one request: `scope`, `audience`, `resource`. Else a failure.
    pub fn source(&self, request: &JsValue) -> JsValue {
        value::or_failure(self.source_of(request))
    }

    /// Drops every cached token of the application.
    pub fn forget(&self) {
        *self.sources.borrow_mut() = Sources::default();
    }

    /// Where an API request may go, absolute. Else a failure.
    #[wasm_bindgen(js_name = apiUrl)]
    pub fn api_url(&self, reference: &JsValue) -> JsValue {
        url_of(self.api_request(reference))
    }

    /// The headers that the API insists on, as name and value in turn, each on a line.
    #[wasm_bindgen(js_name = apiHeaders)]
    pub fn api_headers(&self) -> JsValue {
        let mut lines = String::new();
        for (name, value) in self.context.client.api_headers() {
            for part in [name, "\n", value, "\n"] {
                lines.push_str(part);
            }
        }
        lines.into()
    }

    /// Where a redirect of an API request leads, if it may be followed. Else a failure.
    #[wasm_bindgen(js_name = apiRedirect)]
    pub fn api_redirect(&self, from: &JsValue, location: &JsValue) -> JsValue {
        let from = self.api_request(from);
        url_of(from.and_then(|from| self.context.client.api_redirect(&from, &value::text(location))))
    }

    /// Whether an API's answer speaks against the token itself, so that another token may help.
    #[wasm_bindgen(js_name = rejectsToken)]
    pub fn rejects_token(&self, status: u16, www_authenticate: &JsValue) -> bool {
        token_verdict(status, www_authenticate.as_string().as_deref()) == TokenVerdict::Rejected
    }

    /// The failure that an API's refusal stands for.
    #[wasm_bindgen(js_name = apiFailure)]
    pub fn api_failure(&self, url: &JsValue, access_token: &JsValue, response: &JsValue, body: &JsValue) -> JsValue {
        let token = Secret::new(value::text(access_token));
        let response = self.context.sender.exchanged(response, body).response();
        let error = self.api_request(url).map_or_else(
            |error| error,
            |request| self.context.client.api_error(&request, &token, &response, self.context.clock.now()),
        );
        value::failure(&error)
    }

    /// The failure that an exception of `fetch` stands for, where an API could not be asked.
    #[wasm_bindgen(js_name = networkFailure)]
    pub fn network_failure(&self, url: &JsValue, thrown: &JsValue) -> JsValue {
        let error = self.api_request(url).map_or_else(
            |error| error,
            |request| self.context.client.api_unreachable(&request, &failure::classify(thrown)),
        );
        value::failure(&error)
    }
}

/// The source of a cache key; makes one if there is none.
#[inline(never)]
fn keyed(sources: &mut Vec<([u8; 32], Rc<Shared>)>, key: [u8; 32], new: impl FnOnce() -> Rc<Shared>) -> Rc<Shared> {
    if let Some((_, shared)) = sources.iter().find(|(other, _)| *other == key) {
        return Rc::clone(shared);
    }
    if sources.len() >= MOST_SOURCES {
        // Those that nobody holds outside are the ones that are not in use.
        sources.retain(|(_, shared)| Rc::strong_count(shared) > 1);
    }
    let shared = new();
    sources.push((key, Rc::clone(&shared)));
    shared
}

fn url_of(request: Result<ApiRequest, Error>) -> JsValue {
    value::or_failure(request.map(|request| request.url().to_owned()).map_err(|error| value::failure(&error)))
}

impl JsClient {
    fn new(kind: &JsValue, options: &JsValue) -> Result<Self, JsValue> {
        host::refuse_browser().map_err(|error| value::failure(&error))?;
        let context = options::read(&value::text(kind), options)?;
        Ok(Self { context: Rc::new(context), sources: RefCell::default() })
    }

    fn source_of(&self, request: &JsValue) -> Result<Source, JsValue> {
        let reader = Reader::new(request, "options");
        // The package has taken these two already; here they are only known.
        reader.take("signal", "anything");
        reader.take("fresh", "anything");
        let request = reader.token_request();
        reader.finish()?;
        let usual = TokenRequest::default();
        let client = &self.context.client;
        let key = (request != usual).then(|| client.cache_key(&request)).filter(|key| *key != client.cache_key(&usual));
        let mut sources = self.sources.borrow_mut();
        let Sources { usual, others } = &mut *sources;
        let new =
            || Shared::new(Rc::clone(&self.context), TokenSource::client_credentials(client.clone(), request), None);
        let shared = match key {
            None => Rc::clone(usual.get_or_insert_with(new)),
            Some(key) => keyed(others, key, new),
        };
        Ok(Source { shared })
    }

    fn api_request(&self, reference: &JsValue) -> Result<ApiRequest, Error> {
        self.context.client.api_request(&value::text(reference))
    }
}
