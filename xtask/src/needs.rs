//! What the commands need, and how it gets there.

use crate::files::{read, write};
use crate::process::{answer, capture, node, npm, program};
use crate::step::{Done, step};
use crate::{Result, fail, paths};
use std::path::Path;

pub const WASM_TARGET: &str = "wasm32-unknown-unknown";

/// The Node versions that the package and its tests run on: its `engines`, in words.
const NODES: &str = "20.16, 22.3 or later";

/// Node and npm are there and young enough.
pub fn node_and_npm() -> Result {
    let version = answer(&mut node(&["--version"]));
    check_node(version.as_deref())?;
    if answer(&mut npm(&["--version"])).is_none() {
        return fail("npm is missing: install it, it usually comes with Node (https://nodejs.org)");
    }
    Ok(())
}

fn check_node(version: Option<&str>) -> Result {
    let Some(version) = version else {
        return fail(format!("Node is missing: install version {NODES} (https://nodejs.org)"));
    };
    let mut numbers = version.trim_start_matches('v').split('.').map_while(|number| number.parse::<u32>().ok());
    match (numbers.next(), numbers.next()) {
        (Some(20), Some(16..)) | (Some(22), Some(3..)) | (Some(23..), _) => Ok(()),
        _ => fail(format!("Node {version} is too old: install version {NODES} (https://nodejs.org)")),
    }
}

/// The standard library for WebAssembly is there; rustup adds it if it isn't.
pub fn wasm_target() -> Result {
    if has_wasm_target() {
        return Ok(());
    }
    step("rustup", "add the target for WebAssembly", || {
        if answer(program("rustup").arg("--version")).is_none() {
            return fail(format!(
                "the Rust target {WASM_TARGET} is missing and there is no rustup to add it: install rustup (https://rustup.rs)"
            ));
        }
        capture(program("rustup").args(["target", "add", WASM_TARGET]))?;
        if !has_wasm_target() {
            return fail(format!(
                "rustup added {WASM_TARGET} to another toolchain than cargo uses: run `rustup target add {WASM_TARGET}` for that one"
            ));
        }
        Ok(Done::Worked(WASM_TARGET.into()))
    })
}

fn has_wasm_target() -> bool {
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    answer(program(rustc).args(["--print", "target-libdir", "--target", WASM_TARGET]))
        .is_some_and(|folder| Path::new(&folder).is_dir())
}

/// Whether the sources of the standard library are there, to compile it for size; rustup adds them if they aren't.
///
/// The module works without, but is a fifth larger.
pub fn rust_source() -> bool {
    let there = || {
        let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
        answer(program(rustc).args(["--print", "sysroot"]))
            .is_some_and(|root| Path::new(&root).join("lib/rustlib/src/rust/library/Cargo.lock").is_file())
    };
    there() || (answer(program("rustup").args(["component", "add", "rust-src"])).is_some() && there())
}

/// A toolchain of another version, for the promise of the oldest one.
pub fn toolchain(version: &str) -> Result {
    let Some(installed) = answer(program("rustup").args(["toolchain", "list"])) else {
        return fail(format!(
            "Rust {version} is missing and there is no rustup to add it: install rustup (https://rustup.rs)"
        ));
    };
    if installed.lines().any(|line| line.starts_with(&format!("{version}-"))) {
        return Ok(());
    }
    capture(program("rustup").args(["toolchain", "install", version, "--profile", "minimal"])).map(drop)
}

/// What the tests and examples are written with is installed: exactly what their lock files say.
pub fn node_modules() -> Result {
    for folder in paths::consumers() {
        install(&folder)?;
    }
    Ok(())
}

/// What the lock file of a folder says is installed in it.
pub fn install(folder: &Path) -> Result {
    let lock = folder.join("package-lock.json");
    if !lock.is_file() {
        return Ok(());
    }
    let name = folder.file_name().unwrap_or_default().display().to_string();
    let stamp = folder.join("node_modules").join(".installed-lock.json");
    let wanted = read(&lock)?;
    if read(&stamp).is_ok_and(|installed| installed == wanted) {
        return Ok(());
    }
    step("npm", &format!("install the dependencies of {name}/"), || {
        // Without scripts: what is used of these packages works without them, and nothing of theirs runs unasked.
        capture(npm(&["ci", "--ignore-scripts", "--no-fund", "--no-audit"]).current_dir(folder))?;
        write(&stamp, &wanted)?;
        Ok(Done::Worked(String::new()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_node_that_can_unpack_the_module_is_accepted() {
        for version in ["v20.16.0", "v20.20.2", "v22.3.0", "v26.1.0"] {
            assert!(check_node(Some(version)).is_ok(), "{version}");
        }
    }

    #[test]
    fn an_old_or_missing_node_is_one_sentence_with_the_cure() {
        for version in [None, Some("v18.20.4"), Some("v20.15.1"), Some("v22.2.0"), Some("unheard of")] {
            let sentence = check_node(version).unwrap_err().to_string();
            assert!(sentence.contains("install version 20.16, 22.3 or later"), "{sentence}");
            assert_eq!(sentence.lines().count(), 1);
        }
    }
}
