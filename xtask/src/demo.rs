//! `cargo xtask demo`: see it work, with one command.

use crate::process::{hand_over, node};
use crate::{Result, build};
use std::ffi::OsString;

pub const HELP: &str = "\
Usage: cargo xtask demo [--live NAME]

Builds the package and lets it fetch with a token from each provider, against
servers on this machine that behave as the providers do. No account is needed.

  --live NAME   one provider itself, with the credentials in the environment
";

pub fn run(arguments: Vec<OsString>) -> Result {
    build::build()?;
    println!();
    hand_over(node(&["examples-node/demo/demo.js"]).args(arguments))
}
