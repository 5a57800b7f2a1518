//! R94: no memory is given back with a secret in it. Every freed block is searched.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::arithmetic_side_effects,
    reason = "a test panics when it fails"
)]

mod support;

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

use support::*;
use tokenwell::{
    BodyFormat, ClientAuthentication, Credentials, HttpResponse, Secret, SessionTokens, Step, TokenSource, Transaction,
};

/// Searches what is freed while [`SEARCHING`].
struct Searching;

thread_local! {
    static SEARCHING: Cell<bool> = const { Cell::new(false) };
    static FOUND: Cell<usize> = const { Cell::new(0) };
}

/// What every secret of this test contains, also in a form and in JSON.
const CANARY: &[u8] = b"canary";

// SAFETY: every call goes to the system's allocator as it is. Memory is read before it is freed, for as long as its
// layout says; bytes that were never written are read as whatever they are, which only a test may do.
#[allow(unsafe_code, reason = "an allocator cannot be written without")]
unsafe impl GlobalAlloc for Searching {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // Zeroed, so that only what this program wrote can be found.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        if SEARCHING.try_with(Cell::get).unwrap_or(false) {
            let bytes = unsafe { std::slice::from_raw_parts(pointer, layout.size()) };
            if bytes.windows(CANARY.len()).any(|window| window == CANARY) {
                FOUND.with(|found| found.set(found.get() + 1));
            }
        }
        unsafe { System.dealloc(pointer, layout) }
    }
    // `realloc` is not overridden: the default one allocates, copies and frees, so that growing is searched too.
}

#[global_allocator]
static ALLOCATOR: Searching = Searching;

/// How many blocks were freed with a secret in them while this ran and dropped everything.
fn leaks(run: impl FnOnce()) -> usize {
    FOUND.with(|found| found.set(0));
    SEARCHING.with(|searching| searching.set(true));
    run();
    SEARCHING.with(|searching| searching.set(false));
    FOUND.with(Cell::get)
}

/// Long, and made of characters that become longer when they are written.
const SECRET: &str = "canary \"%&=+/\\\"%&=+/\\\"%&=+/\\\"%&=+/\\\"%&=+/\\\"%&=+/\\\"%&=+/\\\"%&=+/\\\"%&=+/\\\"%&=+/\\\"%&=+/\\\"%&=+/\\";
const BODY: &str = r#"{"access_token":"canary-access","refresh_token":"canary-refresh","token_type":"Bearer","expires_in":3600,"scope":"read","more":"canary-more"}"#;

fn response(body: &str) -> HttpResponse {
    ok(body)
}

#[test]
fn r94_the_search_finds_what_is_not_wiped() {
    assert_eq!(leaks(|| drop(SECRET.to_owned())), 1);
    assert_eq!(leaks(|| drop(Secret::new(SECRET))), 0);
    assert_eq!(leaks(|| drop(Secret::new(SECRET).clone())), 0);
}

#[test]
fn r94_an_exchange_leaves_no_secret_in_freed_memory() {
    for authentication in [ClientAuthentication::Post, ClientAuthentication::Basic] {
        for format in [BodyFormat::Form, BodyFormat::Json] {
            let found = leaks(|| {
                let mut profile = profile();
                (profile.client_authentication, profile.body_format) = (authentication, format);
                let client = profile.client(Credentials::secret(CLIENT_ID, SECRET)).unwrap();
                let exchange = client.client_credentials(["read"]).unwrap();
                let tokens = exchange.finish(&response(BODY), at(0)).unwrap();
                drop(tokens.authorization());
                let refresh = client.refresh(tokens.refresh_token().unwrap(), ["read"]).unwrap();
                drop(refresh.finish(&response(BODY), at(0)).unwrap());
                let revocation = client.revoke(tokens.access_token(), None).unwrap();
                revocation.finish(&response(""), at(0)).unwrap();
            });
            assert_eq!(found, 0, "{authentication:?}, {format:?}");
        }
    }
}

#[test]
fn r94_a_source_leaves_no_secret_in_freed_memory() {
    let found = leaks(|| {
        let client = profile().client(Credentials::secret(CLIENT_ID, SECRET)).unwrap();
        let tokens = client.client_credentials(["read"]).unwrap().finish(&response(BODY), at(0)).unwrap();
        let mut source = TokenSource::from_tokens(client, tokens, at(0));
        for hour in 1..4 {
            let Step::Send(flight) = source.poll(at(hour * 3_600_000), 1) else { panic!("nothing to send") };
            let Step::Ready(_) = source.finish(flight, response(BODY), at(hour * 3_600_000)) else {
                panic!("no token")
            };
            while source.take_change().is_some() {}
        }
    });
    assert_eq!(found, 0);
}

#[test]
fn r94_an_introspection_leaves_nothing_of_the_answer_in_freed_memory() {
    // Names and values that become longer when they are written, and more than fits into a small buffer.
    let body = r#"{"active":true,"exp":1800003600,"sub":"canary-sub","\"\u0001\u0002":"canary \"","more":["canary",{"canary":1}],"username":"canary-canary-canary-canary-canary"}"#;
    for answered in
        [response(body), answer(200, r#"{"active":false}"#), answer(200, r#"{"active":"canary","sub":"canary"}"#)]
    {
        let found = leaks(|| {
            let client = profile().client(Credentials::secret(CLIENT_ID, SECRET)).unwrap();
            let request = client.introspect(&Secret::new("canary-token"), None).unwrap();
            drop(request.finish(&answered, at(0)));
        });
        assert_eq!(found, 0);
    }
}

#[test]
fn r94_an_id_token_leaves_nothing_of_the_user_in_freed_memory() {
    let claims = format!(
        r#"{{"iss":"https://auth.example.com","sub":"canary-user","aud":"{CLIENT_ID}","exp":{},"iat":{},"email":"canary@example.com"}}"#,
        T0 / 1000 + 3600,
        T0 / 1000,
    );
    let broken_text = format!("{}.{}.c2ln", base64url(br#"{"alg":"RS256"}"#), base64url(b"{\"sub\":\"canary\xff\"}"));
    let broken_coding = jwt("RS256", &claims).replace(".c2ln", "!.c2ln");
    for id_token in [
        jwt("RS256", &claims),
        jwt("RS256", &claims.replace("canary-user", "canary\\nuser")),
        broken_text,
        broken_coding,
    ] {
        let body = BODY.replace("\"more\"", &format!(r#""id_token":"{id_token}","more""#));
        let found = leaks(|| {
            let client = profile().client(Credentials::secret(CLIENT_ID, SECRET)).unwrap();
            let refresh = client.refresh(&Secret::new("canary-refresh"), ["read"]).unwrap();
            let Ok(tokens) = refresh.finish(&response(&body), at(0)) else { return };
            let source = TokenSource::session(client.clone(), SessionTokens::of(&client, &tokens), at(0));
            assert!(source.claims().is_some());
        });
        assert_eq!(found, 0, "{id_token}");
    }
}

#[test]
fn r94_a_form_leaves_no_token_in_freed_memory() {
    let form = "access_token=canary-access%2B&refresh_token=canary-refresh%2B&token_type=bearer&scope=read%20write%20and%20more";
    let found = leaks(|| {
        let mut profile = profile();
        profile.form_responses = true;
        let client = profile.client(Credentials::secret(CLIENT_ID, SECRET)).unwrap();
        let answer = HttpResponse::new(200, form).with_header("content-type", "application/x-www-form-urlencoded");
        drop(client.client_credentials(["read"]).unwrap().finish(&answer, at(0)).unwrap());
    });
    assert_eq!(found, 0);
}

#[test]
fn r94_a_callback_leaves_no_code_in_freed_memory() {
    let client = client();
    let mut state = String::new();
    let transaction = {
        let (url, transaction) = client.authorize(REDIRECT_URI, at(0), &entropy(1)).unwrap();
        state.push_str(value(&query(&url), "state").unwrap());
        transaction
    };
    let url = format!("{REDIRECT_URI}?state={state}&code=canary%2Bcanary");
    let declined = format!("{REDIRECT_URI}?state={state}&code=canary&error=access_denied");
    let found = leaks(|| {
        drop(
            Transaction::from_secret(&transaction.to_secret())
                .unwrap()
                .callback(&client, &declined, at(1))
                .unwrap_err(),
        );
        drop(transaction.callback(&client, &url, at(1)).unwrap());
    });
    assert_eq!(found, 0);
}

#[test]
fn r94_an_error_leaves_no_secret_in_freed_memory() {
    let client = profile().client(Credentials::secret(CLIENT_ID, SECRET)).unwrap();
    let body = r#"{"error":"invalid_client","error_description":"no such client"}"#;
    let found = leaks(|| {
        let error = client.client_credentials(["read"]).unwrap().finish(&answer(400, body), at(0)).unwrap_err();
        drop(error.to_string());
    });
    assert_eq!(found, 0);
}

#[test]
fn r94_a_transaction_leaves_no_verifier_in_freed_memory() {
    // Entropy that makes the verifier contain the canary: base64url of these bytes.
    let mut bytes = entropy(1);
    let seed: [u8; 6] = [0x71, 0xa9, 0xda, 0xaf, 0x20, 0x00];
    bytes[32..38].copy_from_slice(&seed);
    assert!(base64url(&bytes[32..64]).starts_with("canary"));
    let client = client();
    let mut state = String::new();
    {
        let (url, _) = client.authorize(REDIRECT_URI, at(0), &bytes).unwrap();
        state.push_str(value(&query(&url), "state").unwrap());
    }
    let url = format!("{REDIRECT_URI}?state={state}&code=c");
    let found = leaks(|| {
        let (_, transaction) = client.authorize(REDIRECT_URI, at(0), &bytes).unwrap();
        let stored = transaction.to_secret();
        let exchange = Transaction::from_secret(&stored).unwrap().callback(&client, &url, at(1)).unwrap();
        drop(exchange);
    });
    assert_eq!(found, 0);
}
