//! The examples, run as programs against the emulator of a provider. Needs `node`.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::arithmetic_side_effects,
    reason = "a test panics when it fails"
)]

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

const EXAMPLES: [&str; 2] = ["blocking", "nonblocking"];
const TOKEN_HOST: &str = "accounts.world.luccasoftware.com/connect/token";
const API: &str = "example.ilucca.net/lucca-api";

/// Node with the emulators, until this is dropped.
struct Emulator {
    process: Child,
    origin: String,
    client_id: String,
    client_secret: String,
}

impl Emulator {
    fn start() -> Self {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/emulators/serve.js");
        // It stops when its input is closed, also when this process is killed.
        let mut process = Command::new("node")
            .arg(script)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("node has to be installed for this test");
        let mut line = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let said: serde_json::Value = serde_json::from_str(&line).expect("one line of JSON");
        let text = |value: &serde_json::Value| value.as_str().expect("a string").to_owned();
        Self {
            process,
            origin: text(&said["origin"]),
            client_id: text(&said["clients"]["lucca"]["clientId"]),
            client_secret: text(&said["clients"]["lucca"]["clientSecret"]),
        }
    }

    fn run(&self, example: &str, change: impl FnOnce(&mut Command)) -> Output {
        let mut command = Command::new(program(example));
        command
            .env_clear()
            .args(["example", "employees?limit=10"])
            .env("TOKEN_ENDPOINT", format!("{}/host/{TOKEN_HOST}", self.origin))
            .env("API_BASE", format!("{}/host/{API}", self.origin))
            .env("LUCCA_CLIENT_ID", &self.client_id)
            .env("LUCCA_CLIENT_SECRET", &self.client_secret);
        change(&mut command);
        let output = output(command);
        let (out, errors) = printed(&output);
        assert!(
            !out.contains(&self.client_secret) && !errors.contains(&self.client_secret),
            "{example} shows the secret"
        );
        assert!(!out.contains("Bearer") && !errors.contains("Bearer"), "{example} shows a token");
        output
    }
}

impl Drop for Emulator {
    fn drop(&mut self) {
        drop(self.process.stdin.take());
        self.process.wait().unwrap();
    }
}

/// Cargo builds a package's examples with its tests, next to the folder of the test programs.
fn program(example: &str) -> PathBuf {
    let tests = std::env::current_exe().unwrap();
    let folder = tests.parent().and_then(Path::parent).unwrap();
    let program = folder.join("examples").join(format!("{example}{}", std::env::consts::EXE_SUFFIX));
    if !program.exists() {
        // `cargo test --test examples` alone does not build them.
        let built = Command::new(env!("CARGO"))
            .args(["build", "--package", "tokenwell", "--examples", "--target-dir"])
            .arg(folder.parent().unwrap())
            .args(if folder.ends_with("release") { &["--release"][..] } else { &[] })
            .status();
        assert!(built.unwrap().success(), "the examples do not build");
    }
    program
}

/// What a program prints, if it ends within a minute.
fn output(mut command: Command) -> Output {
    let mut process = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let deadline = Instant::now() + Duration::from_secs(60);
    while process.try_wait().unwrap().is_none() {
        if Instant::now() > deadline {
            process.kill().unwrap();
            let _ = process.wait();
            panic!("{} does not end", command.get_program().to_string_lossy());
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    process.wait_with_output().unwrap()
}

fn printed(output: &Output) -> (String, String) {
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    (text(&output.stdout), text(&output.stderr))
}

#[test]
fn both_examples_call_the_api_with_one_token() {
    let emulator = Emulator::start();
    for (example, calls) in EXAMPLES.into_iter().zip([2, 8]) {
        let output = emulator.run(example, |_| {});
        let (out, errors) = printed(&output);
        assert!(output.status.success(), "{example}: {errors}");
        let lines: Vec<&str> = out.lines().collect();
        assert_eq!(lines.len(), calls, "{out}");
        assert!(lines.iter().all(|line| line.starts_with("200, ") && *line == lines[0]), "{out}");
    }
}

#[test]
fn a_wrong_secret_is_told_in_one_sentence() {
    let emulator = Emulator::start();
    for example in EXAMPLES {
        let output = emulator.run(example, |command| {
            command.env("LUCCA_CLIENT_SECRET", "canary-wrong-secret");
        });
        let (out, errors) = printed(&output);
        assert_eq!((output.status.code(), out.as_str()), (Some(1), ""), "{example}");
        assert!(errors.starts_with("oauth: ") && errors.contains("invalid_client"), "{example}: {errors}");
        assert!(!errors.contains("canary") && errors.lines().count() == 1, "{example}: {errors}");
    }
}

#[test]
fn what_the_api_refuses_is_told_in_one_sentence() {
    let emulator = Emulator::start();
    for example in EXAMPLES {
        let output = emulator.run(example, |command| {
            command.env("API_BASE", format!("{}/host/another.ilucca.net/lucca-api", emulator.origin));
        });
        let (_, errors) = printed(&output);
        assert_eq!(output.status.code(), Some(1), "{example}");
        assert!(errors.starts_with("api: ") && errors.contains("404"), "{example}: {errors}");
    }
}

#[test]
fn a_server_that_is_not_there_is_told_in_one_sentence() {
    let emulator = Emulator::start();
    // A port that was free a moment ago.
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    for example in EXAMPLES {
        let output = emulator.run(example, |command| {
            command.env("TOKEN_ENDPOINT", format!("http://127.0.0.1:{port}/token"));
        });
        let (_, errors) = printed(&output);
        assert_eq!(output.status.code(), Some(1), "{example}");
        assert!(errors.starts_with("network: ") && errors.contains("could not be reached"), "{example}: {errors}");
    }
}

#[test]
fn a_missing_secret_is_told_before_anything_is_sent() {
    let emulator = Emulator::start();
    for example in EXAMPLES {
        let output = emulator.run(example, |command| {
            command.env_remove("LUCCA_CLIENT_SECRET");
        });
        let (_, errors) = printed(&output);
        assert!(errors.starts_with("configuration: client_secret "), "{example}: {errors}");
    }
}
