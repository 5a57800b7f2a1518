//! What the core promises about what it needs: few crates, none that does I/O, and a Rust that is not too new.

use crate::process::{capture, cargo, program};
use crate::step::Done;
use crate::{Result, fail, needs, package, paths};
use std::collections::BTreeSet;

/// Crates that the core must not get, not even through others: networks, runtimes, randomness, clocks.
/// A name that ends in `*` stands for all that begin so.
const DENIED_CRATES: &[&str] = &[
    "async-*",
    "chrono",
    "curl",
    "fastrand",
    "futures",
    "futures-*",
    "getrandom",
    "hyper",
    "hyper-*",
    "instant",
    "isahc",
    "js-sys",
    "mio",
    "native-tls",
    "openssl",
    "rand",
    "rand_*",
    "reqwest",
    "rustls",
    "smol",
    "socket2",
    "time",
    "tokio",
    "tokio-*",
    "tower",
    "tower-*",
    "ureq",
    "wasm-bindgen",
    "wasm-bindgen-*",
    "web-sys",
];

/// How many crates the core may bring with it, all features on.
const MOST_CRATES: usize = 15;

pub fn few_crates() -> Result<Done> {
    let arguments =
        ["tree", "-p", "tokenwell", "--all-features", "-e", "normal", "--prefix", "none", "--format", "{p}"];
    let tree = capture(&mut cargo(&arguments))?;
    let crates = dependencies(&tree);
    if let Some(denied) = crates.iter().find(|name| is_denied(name)) {
        return fail(format!("the core depends on `{denied}`, which it must not"));
    }
    if crates.len() > MOST_CRATES {
        let names: Vec<&str> = crates.iter().copied().collect();
        return fail(format!(
            "the core brings {} crates, at most {MOST_CRATES} are allowed: {}",
            crates.len(),
            names.join(", ")
        ));
    }
    Ok(Done::Worked(format!("{} crates", crates.len())))
}

/// The names that `cargo tree` prints, each once, without the core itself.
fn dependencies(tree: &str) -> BTreeSet<&str> {
    let names = tree.lines().filter(|line| line.contains(" v")).filter_map(|line| line.split(' ').next());
    names.filter(|name| *name != "tokenwell").collect()
}

fn is_denied(name: &str) -> bool {
    DENIED_CRATES.iter().any(|denied| match denied.strip_suffix('*') {
        Some(beginning) => name.starts_with(beginning),
        None => name == *denied,
    })
}

pub fn oldest_rust() -> Result<Done> {
    let promised = package::workspace_value("rust-version")?;
    let version = if promised.matches('.').count() == 1 { format!("{promised}.0") } else { promised };
    needs::toolchain(&version)?;
    // A folder of its own: the two toolchains would throw away each other's work.
    let folder = paths::target().join("msrv");
    let mut command = program("rustup");
    command.args(["run", &version, "cargo", "check", "-p", "tokenwell", "--all-features", "--locked"]);
    command.arg("--target-dir").arg(folder).env_remove("RUSTUP_TOOLCHAIN").env_remove("CARGO").env_remove("RUSTC");
    capture(&mut command)?;
    Ok(Done::Worked(format!("Rust {version}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn crates_are_counted_once_and_without_the_core() {
        let tree = "tokenwell v0.1.0 (/x/src/core)\nserde v1.0.0\nitoa v1.0.1\nserde v1.0.0 (*)\n\n";
        assert_eq!(dependencies(tree).into_iter().collect::<Vec<_>>(), ["itoa", "serde"]);
    }

    #[test]
    fn crates_that_do_io_are_denied() {
        for name in ["tokio", "tokio-util", "getrandom", "rand_core", "futures-util"] {
            assert!(is_denied(name), "{name}");
        }
        for name in ["serde", "http", "itoa", "timer"] {
            assert!(!is_denied(name), "{name}");
        }
    }
}
