//! `cargo xtask`: everything the project does to itself.
//!
//! One file for each command (`build`, `test`, `demo`, `bench`, `test_server`); the other files are what they share.

mod bench;
mod bindgen;
mod build;
mod chromium;
mod demo;
mod files;
mod glue;
mod needs;
mod package;
mod paths;
mod process;
mod promises;
mod sizes;
mod stamp;
mod step;
mod suites;
mod test;
mod test_server;

use std::ffi::OsString;
use std::fmt;
use std::process::ExitCode;

/// One sentence for whoever typed the command: what is missing or broken, and the cure. It is empty where a program has
/// said it.
#[derive(Debug)]
struct Failure {
    sentence: String,
    /// What a program printed before it failed.
    output: String,
}

impl Failure {
    fn new(sentence: impl Into<String>) -> Self {
        Self { sentence: sentence.into(), output: String::new() }
    }

    fn print(&self) {
        if !self.output.is_empty() {
            println!("\n{}\n", self.output.trim_end());
        }
        if !self.sentence.is_empty() {
            eprintln!("error: {self}");
        }
    }
}

type Result<T = ()> = std::result::Result<T, Failure>;

impl fmt::Display for Failure {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.sentence)
    }
}

fn fail<T>(sentence: impl Into<String>) -> Result<T> {
    Err(Failure::new(sentence))
}

/// What the user can type after `cargo xtask`.
struct Command {
    name: &'static str,
    about: &'static str,
    help: &'static str,
    run: fn(Vec<OsString>) -> Result,
}

const COMMANDS: &[Command] = &[
    Command {
        name: "build",
        about: "compile the WebAssembly module and make the npm package in pkg/",
        help: build::HELP,
        run: build::run,
    },
    Command {
        name: "test",
        about: "run the test suites, all of them or those named",
        help: test::HELP,
        run: test::run,
    },
    Command {
        name: "demo",
        about: "fetch with a token from each provider, against local servers",
        help: demo::HELP,
        run: demo::run,
    },
    Command {
        name: "bench",
        about: "measure times and sizes against their budgets",
        help: bench::HELP,
        run: bench::run,
    },
    Command {
        name: "test-server",
        about: "run an OAuth server on this machine to try programs against",
        help: test_server::HELP,
        run: test_server::run,
    },
];

fn main() -> ExitCode {
    match dispatch(std::env::args_os().skip(1).collect()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            failure.print();
            ExitCode::FAILURE
        }
    }
}

fn dispatch(mut arguments: Vec<OsString>) -> Result {
    if arguments.is_empty() {
        print!("{}", overview());
        return Ok(());
    }
    let name = arguments.remove(0);
    if name == "--help" || name == "-h" || name == "help" {
        print!("{}", overview());
        return Ok(());
    }
    let Some(command) = COMMANDS.iter().find(|command| name == command.name) else {
        return fail(format!("there is no command `{}`; `cargo xtask` lists them", name.display()));
    };
    // What follows `--` belongs to the program that the command starts.
    let own = arguments.iter().take_while(|argument| *argument != "--");
    if own.clone().any(|argument| argument == "--help" || argument == "-h") {
        print!("{}", command.help);
        return Ok(());
    }
    (command.run)(arguments)
}

fn overview() -> String {
    let mut text = String::from("Usage: cargo xtask <command> [--help]\n\n");
    for command in COMMANDS {
        text.push_str(&format!("  {:<13}{}\n", command.name, command.about));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_overview_lists_every_command() {
        let text = overview();
        for command in COMMANDS {
            assert!(text.contains(&format!("  {} ", command.name)), "{text}");
        }
    }

    #[test]
    fn every_help_starts_with_how_to_call_it() {
        for command in COMMANDS {
            let usage = format!("Usage: cargo xtask {}", command.name);
            assert!(command.help.starts_with(&usage), "{}", command.name);
        }
    }

    #[test]
    fn an_unknown_command_is_refused_by_name() {
        let failure = dispatch(vec!["biuld".into()]).unwrap_err();
        assert!(failure.to_string().contains("`biuld`"), "{failure}");
    }
}
