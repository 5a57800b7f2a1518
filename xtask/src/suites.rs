//! The test suites, as data: a new one is a new entry here.

/// What has to be there before a suite runs.
#[derive(Clone, Copy, PartialEq)]
pub enum Needs {
    Rust,
    /// And the standard library for WebAssembly.
    WasmTarget,
    /// Node, and what the tests are written with.
    Node,
    /// And the finished npm package, installed where the tests look for it.
    Package,
    /// And the package's scripts once more, over a module that traps when it is told to.
    TrappingPackage,
    /// The package, and Chromium.
    Browser,
    /// The package, and the bundlers: hundreds of megabytes, and minutes, so only for those who ask.
    Bundlers,
}

/// One thing that a suite does. It does all of them, and fails if one fails.
pub enum Run {
    Cargo(&'static [&'static str]),
    /// Every `*.test.js` below the suite's folder, under Node's test runner.
    NodeTests,
    /// The core depends on few crates, and on none that does I/O.
    FewCrates,
    /// The core compiles with the oldest Rust that Cargo.toml promises.
    OldestRust,
}

pub struct Suite {
    pub name: &'static str,
    pub about: &'static str,
    /// What it is about, below the root; where it has `*.test.js`.
    pub folder: &'static str,
    pub needs: Needs,
    pub runs: &'static [Run],
}

pub const SUITES: &[Suite] = &[
    Suite {
        name: "xtask",
        about: "these commands themselves",
        folder: "xtask",
        needs: Needs::Rust,
        runs: &[Run::Cargo(&["test", "-p", "xtask"])],
    },
    Suite {
        name: "core",
        about: "the core, with and without `http`, and its docs",
        folder: "src/core",
        needs: Needs::Rust,
        runs: &[
            Run::Cargo(&["test", "-p", "tokenwell"]),
            Run::Cargo(&["test", "-p", "tokenwell", "--features", "http"]),
        ],
    },
    Suite {
        name: "crates",
        about: "the core's dependencies are few and do no I/O",
        folder: "src/core",
        needs: Needs::Rust,
        runs: &[Run::FewCrates],
    },
    Suite {
        name: "msrv",
        about: "the core compiles with the oldest promised Rust",
        folder: "src/core",
        needs: Needs::Rust,
        runs: &[Run::OldestRust],
    },
    Suite {
        name: "wasm-core",
        about: "the core compiles for WebAssembly",
        folder: "src/core",
        needs: Needs::WasmTarget,
        runs: &[Run::Cargo(&["check", "-p", "tokenwell", "--target", "wasm32-unknown-unknown"])],
    },
    Suite {
        name: "layer",
        about: "the layer's parts that run without JavaScript",
        folder: "src/wasm",
        needs: Needs::Rust,
        runs: &[Run::Cargo(&["test", "-p", "tokenwell-wasm"])],
    },
    Suite {
        name: "package",
        about: "the packed npm package, file by file",
        folder: "tests/package",
        needs: Needs::Package,
        runs: &[Run::NodeTests],
    },
    Suite {
        name: "types",
        about: "the package's types, in strict programs of each kind",
        folder: "tests/types",
        needs: Needs::Package,
        runs: &[Run::NodeTests],
    },
    Suite {
        name: "emulators",
        about: "the emulated providers keep to the providers' pages",
        folder: "tests/emulators",
        needs: Needs::Node,
        runs: &[Run::NodeTests],
    },
    Suite {
        name: "servers",
        about: "the servers that the tests run against",
        folder: "tests/servers",
        needs: Needs::Node,
        runs: &[Run::NodeTests],
    },
    Suite {
        name: "node",
        about: "the package in Node",
        folder: "tests/node",
        needs: Needs::Package,
        runs: &[Run::NodeTests],
    },
    Suite {
        name: "sessions",
        about: "users: there and back, refreshes, restored and ended sessions",
        folder: "tests/sessions",
        needs: Needs::Package,
        runs: &[Run::NodeTests],
    },
    Suite {
        name: "faults",
        about: "networks, servers, clocks and callers that misbehave",
        folder: "tests/faults",
        needs: Needs::TrappingPackage,
        runs: &[Run::NodeTests],
    },
    Suite {
        name: "runtimes",
        about: "every case in every runtime, as a table",
        folder: "tests/runtimes",
        needs: Needs::Package,
        runs: &[Run::NodeTests],
    },
    Suite {
        name: "bundlers",
        about: "every bundler and test runner, as a table",
        folder: "tests/bundlers",
        needs: Needs::Bundlers,
        runs: &[Run::NodeTests],
    },
    Suite {
        name: "examples",
        about: "every example runs",
        folder: "examples-node",
        needs: Needs::Package,
        runs: &[Run::NodeTests],
    },
    Suite {
        name: "browser",
        about: "the OAuth test server, in Chromium",
        folder: "tests/browser",
        needs: Needs::Browser,
        runs: &[Run::NodeTests],
    },
    Suite {
        name: "vectors",
        about: "the language-neutral vectors",
        folder: "tests/vectors",
        needs: Needs::Package,
        runs: &[Run::NodeTests],
    },
];

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn names_are_unique_and_can_be_typed() {
        let names: BTreeSet<&str> = SUITES.iter().map(|suite| suite.name).collect();
        assert_eq!(names.len(), SUITES.len());
        let plain = |name: &str| name.chars().all(|c| c.is_ascii_lowercase() || c == '-');
        assert!(names.into_iter().all(plain));
    }

    #[test]
    fn every_suite_has_a_folder_and_does_something() {
        for suite in SUITES {
            assert!(crate::paths::root().join(suite.folder).is_dir(), "{}", suite.folder);
            assert!(!suite.runs.is_empty(), "{}", suite.name);
        }
    }
}
