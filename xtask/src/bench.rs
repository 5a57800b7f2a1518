//! `cargo xtask bench`: times and sizes, compared with their budgets.
//!
//! Each part prints a table and writes `target/bench/PART.json`. A budget that is missed is marked, and fails the
//! command at its end; what is measured is printed all the same, whoever it speaks for.

use crate::process::{capture, cargo, node};
use crate::step::{number, time};
use crate::{Failure, Result, build, fail, files, needs, paths, sizes};
use std::ffi::OsString;
use std::process::Stdio;
use std::time::Instant;

pub const HELP: &str = "\
Usage: cargo xtask bench [PART]...

Measures all parts, or those named, and the peers that can do the same:

  core     building a token request and reading its answer, in Rust
  request  a token request over loopback, compared with a bare fetch
  stub     what a token request costs apart from the network
  cached   a token that is there already
  fetch    an authenticated GET over loopback, compared with a bare fetch
  import   the import and the first token, each in a process of its own
  size     the package, compressed
  herd     many callers, clients and sessions at once
  memory   resident memory after much use

The peers are installed in tests/bench/, from its lock file. The results are left in
target/bench/. Other work on the machine distorts the times; ratios less so.
";

const PARTS: &[&str] = &["core", "request", "stub", "cached", "fetch", "import", "size", "herd", "memory"];

/// With this a script tells that it measured everything and that a budget is missed.
const OVER_BUDGET: i32 = 2;

#[derive(PartialEq)]
enum Verdict {
    Within,
    Over,
}

pub fn run(arguments: Vec<OsString>) -> Result {
    let named: Vec<String> = arguments.iter().map(|argument| argument.display().to_string()).collect();
    if let Some(unknown) = named.iter().find(|name| !PARTS.contains(&name.as_str())) {
        return fail(format!("there is no part `{unknown}`; there are: {}", PARTS.join(", ")));
    }
    let wanted = |part: &&&str| named.is_empty() || named.iter().any(|name| name == **part);
    build::build()?;
    needs::install(&paths::root().join("tests/bench"))?;
    let (mut over, mut broken) = (Vec::new(), Vec::new());
    for part in PARTS.iter().filter(wanted) {
        println!("\n{part}\n");
        let start = Instant::now();
        match measure(part) {
            Ok(Verdict::Within) => {}
            Ok(Verdict::Over) => over.push(*part),
            Err(failure) => {
                failure.print();
                broken.push(*part);
            }
        }
        println!("\n  took {}", time(start.elapsed()));
    }
    if !broken.is_empty() {
        return fail(format!("could not be measured: {}", broken.join(", ")));
    }
    if over.is_empty() { Ok(()) } else { fail(format!("over budget: {}", over.join(", "))) }
}

fn measure(part: &str) -> Result<Verdict> {
    match part {
        "size" => size(),
        "core" => core(),
        script => {
            let script = format!("tests/bench/{script}.js");
            let status = node(&[&script])
                .stdin(Stdio::null())
                .status()
                .map_err(|error| Failure::new(format!("`node` could not be run: {error}")))?;
            match status.code() {
                Some(0) => Ok(Verdict::Within),
                Some(OVER_BUDGET) => Ok(Verdict::Over),
                _ => fail(format!("{script} ended with {status}")),
            }
        }
    }
}

fn core() -> Result<Verdict> {
    let output = match capture(&mut cargo(&["bench", "--quiet", "-p", "tokenwell", "--bench", "exchange"])) {
        Ok(output) => output,
        // It fails for a missed allocation count too, after it has printed everything.
        Err(failure) if !contestants(&failure.output).is_empty() => failure.output,
        Err(failure) => return Err(failure),
    };
    println!("{}", output.trim_matches('\n'));
    let rows: Vec<String> = contestants(&output)
        .into_iter()
        .map(|(name, nanoseconds, allocations)| {
            format!("    {{ \"name\": \"{name}\", \"nanoseconds\": {nanoseconds}, \"allocations\": {allocations} }}")
        })
        .collect();
    if rows.is_empty() {
        return fail("the core's benchmark printed no table");
    }
    write("core", &rows)?;
    let missed = output.lines().any(|line| line.trim_end().ends_with(" NO"));
    Ok(if missed { Verdict::Over } else { Verdict::Within })
}

/// Name, nanoseconds and allocations, from the lines of the benchmark's first table.
fn contestants(output: &str) -> Vec<(String, u64, u64)> {
    let table = output.lines().skip_while(|line| !line.trim_end().ends_with("allocations")).skip(1);
    table
        .map_while(|line| {
            let mut words: Vec<&str> = line.split_whitespace().collect();
            let allocations = words.pop()?.parse().ok()?;
            let nanoseconds = words.pop()?.parse().ok()?;
            Some((words.join(" "), nanoseconds, allocations))
        })
        .collect()
}

fn size() -> Result<Verdict> {
    let sizes = sizes::measure()?;
    println!("{}\n", sizes::table(&sizes).trim_matches('\n'));
    let mut over = false;
    for budget in sizes::budgets(&sizes) {
        let verdict = if budget.measured <= budget.limit { "ok" } else { "OVER BUDGET" };
        over |= budget.measured > budget.limit;
        let (measured, limit) = (number(budget.measured), number(budget.limit));
        println!("  {:<28}{measured:>8}  of {limit:>7}  {verdict}", budget.what);
    }
    let rows: Vec<String> = sizes
        .iter()
        .map(|(name, size)| {
            let sizes::Size { raw, gzip, brotli } = size;
            format!("    {{ \"name\": \"{name}\", \"raw\": {raw}, \"gzip\": {gzip}, \"brotli\": {brotli} }}")
        })
        .collect();
    write("size", &rows)?;
    Ok(if over { Verdict::Over } else { Verdict::Within })
}

/// Leaves the results for a later comparison, beside those of the scripts.
fn write(part: &str, rows: &[String]) -> Result {
    let content = format!("{{\n  \"part\": \"{part}\",\n  \"results\": [\n{}\n  ]\n}}\n", rows.join(",\n"));
    files::write(&paths::root().join("target/bench").join(format!("{part}.json")), &content)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_part_has_a_script_or_is_measured_here() {
        for part in PARTS.iter().filter(|part| !["core", "size"].contains(part)) {
            assert!(paths::root().join(format!("tests/bench/{part}.js")).is_file(), "{part}");
        }
    }

    #[test]
    fn every_part_is_in_the_help() {
        assert!(PARTS.iter().all(|part| HELP.contains(&format!("\n  {part} "))));
    }

    #[test]
    fn the_table_of_the_core_is_read() {
        let output = "             ns   allocations\nexchange, tokenwell   812   14\npoll   30   0\n\nexchange: time   0.40  at most\n";
        assert_eq!(contestants(output), [("exchange, tokenwell".into(), 812, 14), ("poll".into(), 30, 0)]);
        assert!(contestants("error: could not compile\n").is_empty());
    }
}
