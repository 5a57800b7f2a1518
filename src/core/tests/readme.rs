//! The README's Rust example is the code that runs here.

use std::cell::Cell;

use tokenwell::ErrorKind;

include!("readme/example.rs");

const README: &str = include_str!("../../../README.md");

fn now() -> Now {
    Now::unix_ms(1_800_000_000_000)
}

#[test]
fn the_example_in_the_readme_is_this_one() {
    let shown = README.split("```rust\n").nth(1).and_then(|rest| rest.split("```").next());
    assert_eq!(shown, Some(include_str!("readme/example.rs")));
    assert_eq!(README.matches("```rust").count(), 1, "every Rust example has to be run somewhere");
}

#[test]
fn it_asks_lucca_once_and_gives_the_header() {
    let sent = Cell::new(0);
    let authorization = lucca_authorization(
        |request| {
            sent.set(sent.get() + 1);
            assert_eq!(request.url(), "https://accounts.world.luccasoftware.com/connect/token");
            HttpResponse::new(200, r#"{"access_token":"abc","token_type":"Bearer","expires_in":1800}"#)
                .with_header("content-type", "application/json")
        },
        now(),
    );
    assert_eq!(authorization.map(|header| header.reveal().to_owned()).ok().as_deref(), Some("Bearer abc"));
    assert_eq!(sent.get(), 1);
}

#[test]
fn a_refusal_comes_out_as_an_error() {
    let refused = |_: &HttpRequest| {
        HttpResponse::new(400, r#"{"error":"invalid_client"}"#).with_header("content-type", "application/json")
    };
    let error = lucca_authorization(refused, now()).map(drop).unwrap_err();
    assert_eq!((error.kind(), error.error()), (ErrorKind::OAuth, Some("invalid_client")));
}
