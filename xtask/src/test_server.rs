//! `cargo xtask test-server`: an OAuth server to try programs against.

use crate::process::{hand_over, node};
use crate::{Result, build};
use std::ffi::OsString;

pub const HELP: &str = "\
Usage: cargo xtask test-server [--port NUMBER]

Builds the package and runs the OAuth test server on this machine: a web page to
walk through the flows of emulated providers, and to see every request. Open the
address that it prints. Ctrl-C ends it.

  --port NUMBER   where it listens, 3000 unless given
";

pub fn run(arguments: Vec<OsString>) -> Result {
    build::build()?;
    println!();
    hand_over(node(&["examples-node/oauth-test-server/server.js"]).args(arguments))
}
