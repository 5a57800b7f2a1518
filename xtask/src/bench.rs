//! `cargo xtask bench`: times and sizes beside their budgets.

use crate::process::{cargo, hand_over, node};
use crate::step::number;
use crate::{Result, build, fail, paths, sizes};
use std::ffi::OsString;

pub const HELP: &str = "\
Usage: cargo xtask bench [PART]...

Measures all parts, or those named:

  size     the package against its budgets
  core     the core natively (cargo bench -p tokenwell)
  NAME     the script tests/bench/NAME.js, beside the peers
";

pub fn run(arguments: Vec<OsString>) -> Result {
    let all = parts();
    let named: Vec<String> = arguments.iter().map(|argument| argument.display().to_string()).collect();
    if let Some(unknown) = named.iter().find(|name| !all.contains(name)) {
        return fail(format!("there is no part `{unknown}`; there are: {}", all.join(", ")));
    }
    build::build()?;
    let mut broken = Vec::new();
    for part in if named.is_empty() { all } else { named } {
        println!("\n{part}");
        if let Err(failure) = measure(&part) {
            failure.print();
            broken.push(part);
        }
    }
    if broken.is_empty() { Ok(()) } else { fail(format!("not within the budget: {}", broken.join(", "))) }
}

/// The parts whose programs exist.
fn parts() -> Vec<String> {
    let mut parts = vec!["size".to_owned()];
    if paths::root().join("src/core/benches").is_dir() {
        parts.push("core".into());
    }
    let Ok(scripts) = std::fs::read_dir(paths::root().join("tests/bench")) else {
        return parts;
    };
    let mut names: Vec<String> = scripts
        .flatten()
        .filter_map(|entry| Some(entry.file_name().to_str()?.strip_suffix(".js")?.to_owned()))
        .collect();
    names.sort();
    parts.extend(names);
    parts
}

fn measure(part: &str) -> Result {
    match part {
        "size" => size(),
        "core" => hand_over(&mut cargo(&["bench", "-p", "tokenwell"])),
        script => hand_over(&mut node(&[&format!("tests/bench/{script}.js")])),
    }
}

fn size() -> Result {
    let sizes = sizes::measure()?;
    println!("{}\n", sizes::table(&sizes).trim_matches('\n'));
    let mut over = 0;
    for budget in sizes::budgets(&sizes) {
        let verdict = if budget.measured <= budget.limit { "ok" } else { "too large" };
        over += u32::from(budget.measured > budget.limit);
        let (measured, limit) = (number(budget.measured), number(budget.limit));
        println!("  {:<28}{measured:>8}  of {limit:>7}  {verdict}", budget.what);
    }
    if over == 0 { Ok(()) } else { fail("the package is larger than promised") }
}
