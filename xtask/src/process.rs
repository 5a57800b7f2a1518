//! Running other programs.

use crate::{Failure, Result, fail, paths};
use std::ffi::OsStr;
use std::io::Read;
use std::process::{Command, Stdio};

/// A program to be run in the root of the checkout, without standard input.
pub fn program(name: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new(name);
    command.current_dir(paths::root()).stdin(Stdio::null());
    // `cargo run` sets these for xtask; a cargo that xtask starts must not take them for its own.
    for (variable, _) in std::env::vars_os() {
        let name = variable.to_string_lossy();
        if name.starts_with("CARGO_PKG_") || name == "CARGO_MANIFEST_DIR" || name == "CARGO_MANIFEST_PATH" {
            command.env_remove(&variable);
        }
    }
    command
}

pub fn cargo(arguments: &[&str]) -> Command {
    let mut command = program(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.args(arguments);
    command
}

pub fn node(arguments: &[&str]) -> Command {
    let mut command = program("node");
    command.args(arguments);
    command
}

/// `npm` is a script on Windows, and has to be named so.
pub fn npm(arguments: &[&str]) -> Command {
    let mut command = program(if cfg!(windows) { "npm.cmd" } else { "npm" });
    command.args(arguments);
    command
}

/// Runs to the end and returns what was printed on both streams, in the order in which it was printed.
/// A failure says which program it was, and carries what it printed.
pub fn capture(command: &mut Command) -> Result<String> {
    let name = command.get_program().to_string_lossy().into_owned();
    let broken = |error: std::io::Error| Failure::new(format!("`{name}` could not be run: {error}"));
    let (mut reader, writer) = std::io::pipe().map_err(broken)?;
    let mut child = command.stdout(writer.try_clone().map_err(broken)?).stderr(writer).spawn().map_err(broken)?;
    // The command holds the pipe's writing ends: the reader would wait for them for ever.
    command.stdout(Stdio::null()).stderr(Stdio::null());
    let mut output = Vec::new();
    reader.read_to_end(&mut output).map_err(broken)?;
    let status = child.wait().map_err(broken)?;
    let output = String::from_utf8_lossy(&output).into_owned();
    if status.success() {
        return Ok(output);
    }
    Err(Failure { sentence: format!("`{}` failed ({status})", line(command)), output })
}

/// Runs with this terminal's streams, for programs that talk to the user: where such a one fails it has said why, and
/// only if it was killed is there something to add.
pub fn hand_over(command: &mut Command) -> Result {
    let name = command.get_program().to_string_lossy().into_owned();
    let status = command
        .stdin(Stdio::inherit())
        .status()
        .map_err(|error| Failure::new(format!("`{name}` could not be run: {error}")))?;
    match status.code() {
        Some(0) => Ok(()),
        Some(_) => fail(""),
        None => fail(format!("`{}` ended with {status}", line(command))),
    }
}

/// Whether a program starts and succeeds; what it prints on standard output.
pub fn answer(command: &mut Command) -> Option<String> {
    let output = command.stderr(Stdio::null()).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// The command as it would be typed, short of the folders before the program's name and of very long lists.
fn line(command: &Command) -> String {
    let program = std::path::Path::new(command.get_program());
    let mut words = vec![program.file_name().unwrap_or_default().display().to_string()];
    words.extend(command.get_args().take(6).map(|word| word.display().to_string()));
    if command.get_args().len() > 6 {
        words.push("…".into());
    }
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_that_does_not_exist_is_named() {
        let failure = capture(&mut program("no-such-program-here")).unwrap_err();
        assert!(failure.to_string().contains("`no-such-program-here`"), "{failure}");
        assert_eq!(answer(&mut program("no-such-program-here")), None);
    }

    #[test]
    fn a_failing_program_is_a_failure() {
        let failure = capture(&mut cargo(&["no-such-subcommand"])).unwrap_err();
        assert!(failure.to_string().contains("no-such-subcommand"), "{failure}");
    }

    #[test]
    fn a_program_that_had_the_terminal_has_itself_said_why_it_failed() {
        assert_eq!(hand_over(&mut node(&["-e", "process.exit(3)"])).unwrap_err().to_string(), "");
        if cfg!(unix) {
            let killed = hand_over(&mut node(&["-e", "process.kill(process.pid, 'SIGKILL')"])).unwrap_err();
            assert!(killed.to_string().contains("`node -e"), "{killed}");
        }
        assert!(hand_over(&mut program("no-such-program-here")).is_err_and(|failure| !failure.sentence.is_empty()));
    }

    #[test]
    fn long_commands_are_shortened() {
        let command = cargo(&["1", "2", "3", "4", "5", "6", "7", "8"]);
        assert!(line(&command).ends_with("5 6 …"), "{}", line(&command));
    }
}
