//! `cargo xtask test-server`: an OAuth server to try programs against.

use crate::process::{hand_over, node};
use crate::{Result, build};
use std::ffi::OsString;

pub const HELP: &str = "\
Usage: cargo xtask test-server [OPTIONS OF THE SERVER]

Builds the package and runs an OAuth server on this machine that behaves as the
providers do. It prints its address and credentials. Ctrl-C ends it.
";

pub fn run(arguments: Vec<OsString>) -> Result {
    build::build()?;
    println!();
    hand_over(node(&["examples-node/oauth-test-server/server.js"]).args(arguments))
}
