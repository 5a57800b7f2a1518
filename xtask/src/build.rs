//! `cargo xtask build`: the WebAssembly module and the npm package around it.

use crate::files::{files, replace, write};
use crate::needs::{self, WASM_TARGET};
use crate::process::{capture, cargo, node};
use crate::stamp::Inputs;
use crate::{Failure, Result, bindgen, fail, package, paths, sizes};
use std::ffi::OsString;
use std::fs::{self, File};
use std::path::{Path, PathBuf};

pub const HELP: &str = "\
Usage: cargo xtask build

Compiles the WebAssembly module and makes the npm package in pkg/, packs it, and
installs the tarball for the tests and the examples. Steps whose inputs did not
change are left out.

It needs Node 20.16, 22.3 or later with npm, and Rust; everything else it fetches itself:
the Rust target for WebAssembly, and the pinned development packages of npm.
";

pub fn run(arguments: Vec<OsString>) -> Result {
    if let Some(argument) = arguments.first() {
        return fail(format!("`build` takes no `{}`; see `cargo xtask build --help`", argument.display()));
    }
    build()?;
    println!("{}", sizes::table(&sizes::measure()?).trim_end());
    Ok(())
}

/// Makes the package, and installs it for the tests and examples.
pub fn build() -> Result {
    let _lock = lock()?;
    needs::node_and_npm()?;
    needs::wasm_target()?;
    needs::node_modules()?;
    let compiled = compile()?;
    let bound = bind(&compiled)?;
    let optimised = optimise(&bound)?;
    package(&bound, &optimised)?;
    install()
}

/// Compiles the layer, and gives the module as rustc wrote it.
fn compile() -> Result<PathBuf> {
    let compiled = paths::target().join(WASM_TARGET).join("wasm").join("tokenwell_wasm.wasm");
    Inputs::new().checkout(&["src/core", "src/wasm", "Cargo.toml", "Cargo.lock"]).step(
        "compile",
        "the layer, for WebAssembly",
        std::slice::from_ref(&compiled),
        cargo_build,
    )?;
    Ok(compiled)
}

/// Compiles the layer, with the standard library compiled for size too where its sources are there: panics then end in
/// a trap without formatting their words, which nobody could read anyway.
fn cargo_build() -> Result<String> {
    let arguments = ["build", "-p", "tokenwell-wasm", "--profile", "wasm", "--target", WASM_TARGET];
    let mut command = cargo(&arguments);
    command.arg("--target-dir").arg(paths::target());
    // No path of the machine that builds gets into the module.
    let mut flags = vec![format!("--remap-path-prefix={}=.", paths::root().display())];
    flags.extend(paths::cargo_home().map(|home| format!("--remap-path-prefix={}=cargo", home.display())));
    // Many times what the deepest call takes. Below a megabyte of stack, the default, every address in the module would be a
    // byte longer, and every instance would have that much more memory.
    flags.push(String::from("-Clink-arg=-zstack-size=65536"));
    // References to JavaScript's values are numbers into a list that the glue holds, and not WebAssembly's own: 2 % less of
    // the module, and fewer kinds of functions at its border, each of which V8 compiles a wrapper for.
    flags.push(String::from("-Ctarget-feature=-reference-types"));
    let small = needs::rust_source();
    if small {
        flags.extend(["-Zunstable-options", "-Cpanic=immediate-abort", "-Zlocation-detail=none"].map(String::from));
        command.args(["-Zbuild-std=std,panic_abort", "-Zbuild-std-features=optimize_for_size"]);
        // What is asked for is stable in effect and unstable in name only.
        command.env("RUSTC_BOOTSTRAP", "1");
    }
    capture(command.env("CARGO_ENCODED_RUSTFLAGS", flags.join("\u{1f}")))?;
    Ok(String::from(if small { "" } else { "without rust-src, so a fifth larger" }))
}

/// Gives the folder with the glue and the module that belongs to it.
fn bind(compiled: &Path) -> Result<PathBuf> {
    let bound = paths::work().join("bindgen");
    let outputs = [bound.join("glue.js"), bound.join("tokenwell_bg.wasm")];
    Inputs::new().file(compiled).step("bind", "wasm-bindgen, and its glue as a factory", &outputs, || {
        bindgen::generate(compiled, &bound)?;
        Ok(String::new())
    })?;
    Ok(bound)
}

/// Gives the module as it is published.
fn optimise(bound: &Path) -> Result<PathBuf> {
    let optimised = paths::work().join("tokenwell.wasm");
    let input = bound.join("tokenwell_bg.wasm");
    let inputs = Inputs::new().file(&input).checkout(&["tests/node_modules/binaryen/package.json"]);
    inputs.step("optimise", "wasm-opt -Oz", std::slice::from_ref(&optimised), || {
        let tool = paths::root().join("tests/node_modules/binaryen/bin/wasm-opt");
        // No feature flags: rustc wrote into the module what it uses, and wasm-opt keeps to that. More than that would not
        // load on Node 20. The first kilobyte of memory is the far end of the stack. Functions with one caller stay as they
        // are: rustc has inlined what may be, and the others are apart so that a first token does not wait until they are
        // compiled. Gone over twice, the module is 0.6 % smaller, compressed; other passes between them make no difference.
        let options = ["--low-memory-unused", "--one-caller-inline-max-function-size=0", "-Oz", "-Oz"];
        let written = ["--strip-producers", "--strip-target-features", "-o"];
        capture(node(&[]).arg(tool).arg(&input).args(options).args(written).arg(&optimised))?;
        Ok(String::new())
    })?;
    Ok(optimised)
}

/// Makes `pkg/`.
fn package(bound: &Path, optimised: &Path) -> Result {
    let glue = bound.join("glue.js");
    let inputs = Inputs::new().file(&glue).file(optimised).checkout(&[
        "pkg-template",
        "tests/node_modules/esbuild/package.json",
        "tests/node_modules/terser/package.json",
        "Cargo.toml",
        "CHANGELOG.md",
        "LICENSE-APACHE",
        "LICENSE-MIT",
    ]);
    let outputs = [paths::package().join("package.json")];
    inputs.step("package", "bundle the entries into pkg/", &outputs, || {
        let stage = paths::work().join("stage");
        let fresh = paths::work().join("pkg");
        package::stage(&stage, &glue, optimised)?;
        package::assemble(&stage, optimised, &fresh)?;
        replace(&fresh, &paths::package())?;
        Ok(format!("{} files", files(&paths::package()).len()))
    })
}

/// Packs `pkg/`, and installs the tarball where the tests and examples look for it.
fn install() -> Result {
    let consumers = paths::consumers();
    let mut outputs: Vec<PathBuf> =
        consumers.iter().map(|folder| folder.join("node_modules/tokenwell/package.json")).collect();
    outputs.push(paths::work().join(format!("tokenwell-{}.tgz", package::workspace_value("version")?)));
    let inputs = Inputs::new().tree(&paths::package());
    inputs.step("install", "npm pack, for the tests and the examples", &outputs, || {
        let tarball = package::pack(&paths::package(), &paths::work())?;
        for consumer in &consumers {
            package::install(&tarball, consumer)?;
        }
        Ok(String::new())
    })
}

/// The package's scripts over a module with an export that traps, in `target/xtask/trapping/`: what the tests need to
/// see what happens then. Neither optimised nor bundled, and apart from everything that is published.
pub fn trapping() -> Result {
    let _lock = lock()?;
    let stage = paths::work().join("trapping");
    let inputs = Inputs::new().checkout(&["src/core/src", "src/wasm", "pkg-template", "Cargo.lock"]);
    inputs.step("trap", "the package over a module that can trap", &[stage.join("index.js")], || {
        // Cargo's own development profile, whose output lies apart from that of the published module.
        let arguments = ["build", "-p", "tokenwell-wasm", "--features", "trap", "--target", WASM_TARGET];
        capture(cargo(&arguments).arg("--target-dir").arg(paths::target()))?;
        let compiled = paths::target().join(WASM_TARGET).join("debug").join("tokenwell_wasm.wasm");
        let bound = paths::work().join("trapping-bindgen");
        bindgen::generate(&compiled, &bound)?;
        package::stage(&stage, &bound.join("glue.js"), &bound.join("tokenwell_bg.wasm"))?;
        write(&stage.join("package.json"), "{ \"type\": \"module\" }\n")?;
        Ok(String::new())
    })
}

/// One build at a time: two would write the same files. Released when the file is closed.
fn lock() -> Result<File> {
    let path = paths::work().join("lock");
    let broken = |error: std::io::Error| Failure::new(format!("could not lock {}: {error}", path.display()));
    fs::create_dir_all(paths::work()).map_err(broken)?;
    let file = File::create(&path).map_err(broken)?;
    if file.try_lock().is_err() {
        println!("  another build is running; waiting for it");
        file.lock().map_err(broken)?;
    }
    Ok(file)
}
