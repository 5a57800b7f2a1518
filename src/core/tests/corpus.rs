//! Every file of the fuzzers' corpus, without a fuzzer.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::arithmetic_side_effects,
    reason = "a test panics when it fails"
)]

#[path = "../fuzz/parsers.rs"]
mod parsers;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

fn fuzz() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz")
}

fn names(folder: &Path) -> BTreeSet<String> {
    let entries = std::fs::read_dir(folder).unwrap_or_else(|problem| panic!("{}: {problem}", folder.display()));
    entries.map(|entry| entry.unwrap().path().file_stem().unwrap().to_str().unwrap().to_owned()).collect()
}

#[test]
fn every_file_of_the_corpus_holds() {
    for (name, parse) in parsers::ALL {
        let folder = fuzz().join("corpus").join(name);
        let mut count = 0;
        for entry in std::fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            // The test's output names the file that fails.
            println!("{}", path.display());
            parse(&std::fs::read(&path).unwrap());
            count += 1;
        }
        assert!(count >= 5, "{name} has {count} files");
    }
}

#[test]
fn every_parser_has_a_target_and_a_corpus() {
    let parsers: BTreeSet<String> = parsers::ALL.iter().map(|(name, _)| (*name).to_owned()).collect();
    assert_eq!(names(&fuzz().join("fuzz_targets")), parsers);
    assert_eq!(names(&fuzz().join("corpus")), parsers);
}
