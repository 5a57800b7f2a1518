//! `cargo xtask test`: every suite, to the end, with a summary.

use crate::files::files;
use crate::needs;
use crate::process::{capture, cargo, node};
use crate::step::{Done, step, time};
use crate::suites::{Needs, Run, SUITES, Suite};
use crate::{Result, build, chromium, fail, paths, promises};
use std::ffi::OsString;
use std::time::{Duration, Instant};

pub const HELP: &str = "\
Usage: cargo xtask test [--all | --runtimes | --bundlers | SUITE...]

Runs all test suites but the bundlers, or those named, to the end even if one
fails. The output of a suite is shown when it fails.

  --all        the bundlers too, as in CI: they are a large installation
  --runtimes   the suite `runtimes`, as if it were named
  --bundlers   the suite `bundlers`, as if it were named
  --list       only say which suites there are
";

pub fn run(arguments: Vec<OsString>) -> Result {
    let Asked { list, all, named } = parse(arguments)?;
    if list {
        for suite in SUITES {
            println!("  {:<12}{}", suite.name, suite.about);
        }
        return Ok(());
    }
    if named.is_empty() && !all {
        println!("  left out: the bundlers, which `cargo xtask test --all` runs too");
    }
    let chosen = without_browser(choose(&named, all)?)?;
    prepare(&chosen)?;
    println!();
    let mut outcomes = Vec::new();
    for suite in chosen {
        let start = Instant::now();
        let mut output = String::new();
        let result = step(suite.name, suite.about, || run_suite(suite, &mut output));
        output.lines().filter(|line| is_of_a_table(line)).for_each(|line| println!("  {line}"));
        if let Err(failure) = &result {
            failure.print();
        }
        outcomes.push((suite.name, start.elapsed(), result.is_ok()));
    }
    summary(&outcomes)
}

#[derive(Debug, Default, PartialEq)]
struct Asked {
    list: bool,
    all: bool,
    named: Vec<String>,
}

fn parse(arguments: Vec<OsString>) -> Result<Asked> {
    let mut parser = lexopt::Parser::from_args(arguments);
    let mut asked = Asked::default();
    loop {
        match parser.next() {
            Ok(None) if asked.all && !asked.named.is_empty() => {
                return fail(
                    "`--all` is for all suites, so no suite can be named with it; see `cargo xtask test --help`",
                );
            }
            Ok(None) => return Ok(asked),
            Ok(Some(lexopt::Arg::Long("list"))) => asked.list = true,
            Ok(Some(lexopt::Arg::Long("all"))) => asked.all = true,
            Ok(Some(lexopt::Arg::Long(name @ ("runtimes" | "bundlers")))) => asked.named.push(name.to_owned()),
            Ok(Some(lexopt::Arg::Value(name))) => asked.named.push(name.display().to_string()),
            Ok(Some(other)) => {
                return fail(format!("{}; see `cargo xtask test --help`", other.unexpected()));
            }
            Err(error) => return fail(format!("{error}; see `cargo xtask test --help`")),
        }
    }
}

/// All suites but the bundlers, or those named, in the order of the list.
fn choose(named: &[String], all: bool) -> Result<Vec<&'static Suite>> {
    if let Some(unknown) = named.iter().find(|name| SUITES.iter().all(|suite| suite.name != **name)) {
        return fail(format!("there is no suite `{unknown}`; `cargo xtask test --list` names them"));
    }
    let wanted = |suite: &&Suite| match named {
        [] => all || suite.needs != Needs::Bundlers,
        named => named.iter().any(|name| name == suite.name),
    };
    Ok(SUITES.iter().filter(wanted).collect())
}

/// What the chosen suites need, once.
fn prepare(chosen: &[&Suite]) -> Result {
    let needs = |need: Needs| chosen.iter().any(|suite| suite.needs == need);
    if needs(Needs::WasmTarget) {
        needs::wasm_target()?;
    }
    if [Needs::Package, Needs::TrappingPackage, Needs::Browser, Needs::Bundlers].into_iter().any(needs) {
        build::build()?;
    }
    if needs(Needs::TrappingPackage) {
        build::trapping()?;
    }
    if needs(Needs::Bundlers) {
        needs::install(&paths::root().join("tests/bundlers"))?;
    }
    if needs(Needs::Node) {
        needs::node_and_npm()?;
        needs::node_modules()?;
    }
    Ok(())
}

/// Suites that need a browser are left out where none can be had, and one line says so; in CI that is a failure.
fn without_browser(chosen: Vec<&'static Suite>) -> Result<Vec<&'static Suite>> {
    let needs_browser = |suite: &&Suite| suite.needs == Needs::Browser;
    if !chosen.iter().any(needs_browser) {
        return Ok(chosen);
    }
    match chromium::install() {
        Err(missing) if chromium::is_required(std::env::var("CI").ok().as_deref()) => Err(missing),
        Err(missing) => {
            println!("  skipped: the browser tests, since {missing}");
            Ok(chosen.into_iter().filter(|suite| !needs_browser(suite)).collect())
        }
        Ok(()) => Ok(chosen),
    }
}

fn run_suite(suite: &Suite, output: &mut String) -> Result<Done> {
    for run in suite.runs {
        output.push_str(&match run {
            Run::Cargo(arguments) => capture(&mut cargo(arguments))?,
            Run::NodeTests => node_tests(suite)?,
            Run::FewCrates => return promises::few_crates(),
            Run::OldestRust => return promises::oldest_rust(),
        });
    }
    let detail = match passed(output) {
        0 => String::new(),
        count => format!("{count} tests"),
    };
    Ok(Done::Worked(detail))
}

/// Node 20's test runner takes files, not folders or patterns.
fn node_tests(suite: &Suite) -> Result<String> {
    let tests: Vec<_> = files(&paths::root().join(suite.folder))
        .into_iter()
        .filter(|path| path.to_string_lossy().ends_with(".test.js"))
        .collect();
    if tests.is_empty() {
        return fail(format!("the folder {} has no *.test.js: a suite without tests proves nothing", suite.folder));
    }
    capture(node(&["--test", "--test-reporter=spec"]).args(tests))
}

/// A suite's table is shown even if all is well.
fn is_of_a_table(line: &str) -> bool {
    line.starts_with("| ")
}

/// How many tests passed, from the summaries of Rust's and Node's test runners.
fn passed(output: &str) -> u64 {
    let count = |line: &str| -> Option<u64> {
        let number = match line.strip_prefix("test result: ok. ") {
            Some(rest) => rest.split(" passed").next(),
            None => line.trim_start_matches(['ℹ', '#', ' ']).strip_prefix("pass "),
        };
        number?.trim().parse().ok()
    };
    output.lines().filter_map(count).sum()
}

fn summary(outcomes: &[(&str, Duration, bool)]) -> Result {
    let total = outcomes.iter().map(|(_, took, _)| *took).sum();
    let failed: Vec<&str> = outcomes.iter().filter(|outcome| !outcome.2).map(|outcome| outcome.0).collect();
    println!("\n  {:<12}  {:<8}  {:>10}", "suite", "", "time");
    for (name, took, ok) in outcomes {
        println!("  {name:<12}  {:<8}  {:>10}", if *ok { "passed" } else { "FAILED" }, time(*took));
    }
    println!("  {:<12}  {:<8}  {:>10}", "all", if failed.is_empty() { "passed" } else { "FAILED" }, time(total));
    if failed.is_empty() { Ok(()) } else { fail(format!("failed: {}", failed.join(", "))) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(chosen: &[&Suite]) -> Vec<&'static str> {
        chosen.iter().map(|suite| suite.name).collect()
    }

    #[test]
    fn named_suites_run_alone_and_in_the_order_of_the_list() {
        let chosen = choose(&["msrv".into(), "core".into()], false).unwrap();
        assert_eq!(names(&chosen), ["core", "msrv"]);
    }

    #[test]
    fn the_bundlers_are_run_for_those_who_ask() {
        let without_name = |all| names(&choose(&[], all).unwrap());
        assert!(!without_name(false).contains(&"bundlers"));
        assert!(without_name(false).contains(&"runtimes"));
        assert_eq!(without_name(true).len(), SUITES.len());
        assert_eq!(names(&choose(&["bundlers".into()], false).unwrap()), ["bundlers"]);
    }

    #[test]
    fn two_suites_have_options_of_their_own() {
        for name in ["runtimes", "bundlers"] {
            let asked = parse(vec![format!("--{name}").into()]).unwrap();
            assert_eq!(asked, Asked { named: vec![name.to_owned()], ..Asked::default() });
            assert!(choose(&asked.named, asked.all).is_ok());
        }
    }

    #[test]
    fn all_is_all() {
        assert_eq!(parse(vec!["--all".into()]).unwrap(), Asked { all: true, ..Asked::default() });
        assert!(parse(vec!["--all".into(), "core".into()]).is_err());
        assert!(parse(vec!["--bundlers".into(), "--all".into()]).is_err());
    }

    #[test]
    fn a_named_suite_has_to_exist() {
        assert!(choose(&["msvr".into()], false).is_err_and(|failure| failure.sentence.contains("`msvr`")));
    }

    #[test]
    fn an_unknown_option_is_refused() {
        assert!(parse(vec!["--lsit".into()]).is_err());
        let asked = Asked { list: true, all: false, named: vec!["core".to_owned()] };
        assert_eq!(parse(vec!["--list".into(), "core".into()]).unwrap(), asked);
    }

    #[test]
    fn passed_tests_are_counted_for_both_runners() {
        assert_eq!(
            passed("test result: ok. 12 passed; 0 failed; 0 ignored\nx\ntest result: ok. 3 passed; 0 failed"),
            15
        );
        assert_eq!(passed("ℹ tests 9\nℹ suites 0\nℹ pass 9\nℹ fail 0"), 9);
        assert_eq!(passed("# pass 4"), 4);
        assert_eq!(passed("nothing of the kind"), 0);
    }

    #[test]
    fn the_summary_fails_when_a_suite_did() {
        let took = Duration::from_secs(1);
        assert!(summary(&[("a", took, true), ("b", took, true)]).is_ok());
        assert!(
            summary(&[("a", took, true), ("b", took, false)]).is_err_and(|failure| failure.sentence.ends_with("b"))
        );
    }
}
