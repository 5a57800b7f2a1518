//! `cargo xtask build`: the WebAssembly module and the npm package around it.

use crate::needs::{self, WASM_TARGET};
use crate::process::{capture, cargo, node};
use crate::stamp::{Inputs, files};
use crate::step::{Done, step};
use crate::{Failure, Result, bindgen, fail, package, paths, sizes};
use std::ffi::OsString;
use std::fs::{self, File};
use std::path::PathBuf;

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

/// Compiles the layer, with the standard library compiled for size too where its sources are there: panics then end in
/// a trap without formatting their words, which nobody could read anyway.
fn compile() -> Result<String> {
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

/// Makes the package, and installs it for the tests and examples.
pub fn build() -> Result {
    let _lock = lock()?;
    needs::node_and_npm()?;
    needs::wasm_target()?;
    needs::node_modules()?;
    let work = paths::work();
    let compiled = paths::target().join(WASM_TARGET).join("wasm").join("tokenwell_wasm.wasm");
    let bound = work.join("bindgen");
    let optimised = work.join("tokenwell.wasm");

    step("compile", "the layer, for WebAssembly", || {
        let inputs = ["src/core", "src/wasm"]
            .iter()
            .fold(Inputs::new(), |inputs, folder| inputs.tree(&paths::root().join(folder)));
        let inputs =
            ["Cargo.toml", "Cargo.lock"].iter().fold(inputs, |inputs, name| inputs.file(&paths::root().join(name)));
        let stamp = inputs.stamp("compile", std::slice::from_ref(&compiled));
        if stamp.current {
            return Ok(Done::Unchanged);
        }
        let how = compile()?;
        stamp.set()?;
        Ok(Done::Worked(how))
    })?;

    step("bind", "wasm-bindgen, and its glue as a factory", || {
        let outputs = [bound.join("glue.js"), bound.join("tokenwell_bg.wasm")];
        let stamp = Inputs::new().file(&compiled).stamp("bind", &outputs);
        if stamp.current {
            return Ok(Done::Unchanged);
        }
        bindgen::generate(&compiled, &bound)?;
        stamp.set()?;
        Ok(Done::Worked(String::new()))
    })?;

    step("optimise", "wasm-opt -Oz", || {
        let input = bound.join("tokenwell_bg.wasm");
        let tool = paths::root().join("tests/node_modules/binaryen");
        let inputs = Inputs::new().file(&input).file(&tool.join("package.json"));
        let stamp = inputs.stamp("optimise", std::slice::from_ref(&optimised));
        if stamp.current {
            return Ok(Done::Unchanged);
        }
        // No feature flags: rustc wrote into the module what it uses, and wasm-opt keeps to that. More than that would not
        // load on Node 20. The first kilobyte of memory is the far end of the stack. Functions with one caller stay as they
        // are: rustc has inlined what may be, and the others are apart so that a first token does not wait until they are
        // compiled. Gone over twice, the module is 0.6 % smaller, compressed; other passes between them make no difference.
        let options = ["--low-memory-unused", "--one-caller-inline-max-function-size=0", "-Oz", "-Oz"];
        let written = ["--strip-producers", "--strip-target-features", "-o"];
        capture(node(&[]).arg(tool.join("bin/wasm-opt")).arg(&input).args(options).args(written).arg(&optimised))?;
        stamp.set()?;
        Ok(Done::Worked(String::new()))
    })?;

    step("package", "bundle the entries into pkg/", || {
        let glue = bound.join("glue.js");
        let mut inputs = Inputs::new().tree(&paths::root().join("pkg-template")).file(&glue).file(&optimised);
        for tool in ["esbuild", "terser"] {
            inputs = inputs.file(&paths::root().join("tests/node_modules").join(tool).join("package.json"));
        }
        for name in ["Cargo.toml", "CHANGELOG.md", "LICENSE-APACHE", "LICENSE-MIT"] {
            inputs = inputs.file(&paths::root().join(name));
        }
        let stamp = inputs.stamp("package", &[paths::package().join("package.json")]);
        if stamp.current {
            return Ok(Done::Unchanged);
        }
        let stage = work.join("stage");
        let fresh = work.join("pkg");
        package::stage(&stage, &glue, &optimised)?;
        package::assemble(&stage, &optimised, &fresh)?;
        crate::stamp::replace(&fresh, &paths::package())?;
        stamp.set()?;
        Ok(Done::Worked(format!("{} files", files(&paths::package()).len())))
    })?;

    step("install", "npm pack, for the tests and the examples", || {
        let consumers = paths::consumers();
        let mut outputs: Vec<PathBuf> =
            consumers.iter().map(|folder| folder.join("node_modules/tokenwell/package.json")).collect();
        outputs.push(work.join(format!("tokenwell-{}.tgz", package::workspace_value("version")?)));
        let stamp = Inputs::new().tree(&paths::package()).stamp("install", &outputs);
        if stamp.current {
            return Ok(Done::Unchanged);
        }
        let tarball = package::pack(&paths::package(), &work)?;
        for consumer in &consumers {
            package::install(&tarball, consumer)?;
        }
        stamp.set()?;
        Ok(Done::Worked(String::new()))
    })
}

/// The package's scripts over a module with an export that traps, in `target/xtask/trapping/`: what the tests need to
/// see what happens then. Neither optimised nor bundled, and apart from everything that is published.
pub fn trapping() -> Result {
    let _lock = lock()?;
    let stage = paths::work().join("trapping");
    step("trap", "the package over a module that can trap", || {
        let folders = ["src/core/src", "src/wasm", "pkg-template"];
        let inputs = folders.iter().fold(Inputs::new(), |inputs, folder| inputs.tree(&paths::root().join(folder)));
        let stamp = inputs.file(&paths::root().join("Cargo.lock")).stamp("trap", &[stage.join("index.js")]);
        if stamp.current {
            return Ok(Done::Unchanged);
        }
        // Cargo's own development profile, whose output lies apart from that of the published module.
        let arguments = ["build", "-p", "tokenwell-wasm", "--features", "trap", "--target", WASM_TARGET];
        capture(cargo(&arguments).arg("--target-dir").arg(paths::target()))?;
        let compiled = paths::target().join(WASM_TARGET).join("debug").join("tokenwell_wasm.wasm");
        let bound = paths::work().join("trapping-bindgen");
        bindgen::generate(&compiled, &bound)?;
        package::stage(&stage, &bound.join("glue.js"), &bound.join("tokenwell_bg.wasm"))?;
        crate::stamp::write(&stage.join("package.json"), "{ \"type\": \"module\" }\n")?;
        stamp.set()?;
        Ok(Done::Worked(String::new()))
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
