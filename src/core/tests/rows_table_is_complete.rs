//! `tests/README.md` says for every requirement which test proves it, or why the core has nothing to prove. This keeps
//! the table honest: no row is missing, every named test exists, and no test named after a row is left out.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::arithmetic_side_effects,
    reason = "a test panics when it fails"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// The requirements that the table has to have. Numbers that are left out are not in use.
const REQUIRED: &[u32] = &[
    1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, // transport and endpoints
    22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35, // authorization request
    39, 40, 41, 42, 43, 44, 45, 46, 47, 48, 49, 50, 51, 52, 53, 54, 55, 57, // callback
    58, 59, 60, 61, 62, 63, 64, 65, 66, 68, // client authentication
    69, 70, 71, 72, 73, 74, 75, 76, 77, 78, 79, 80, 81, 82, 83, // token response
    84, 85, 86, 87, 88, 89, // error responses
    90, 91, 92, 93, 94, 95, // secrets
    96, 97, 98, 99, 100, 101, 102, // using and storing tokens
];

fn tests_folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests")
}

/// Row → what stands in its second column.
fn table() -> BTreeMap<u32, String> {
    let text = std::fs::read_to_string(tests_folder().join("README.md")).unwrap();
    let mut rows = BTreeMap::new();
    for line in text.lines().filter(|line| line.starts_with("| R")) {
        let cells: Vec<&str> = line.trim_matches('|').split(" | ").map(str::trim).collect();
        let row = cells[0][1..].parse().unwrap_or_else(|_| panic!("no row number in {line}"));
        assert_eq!(cells.len(), 2, "two columns: {line}");
        assert!(rows.insert(row, cells[1].to_owned()).is_none(), "R{row} stands twice in the table");
    }
    rows
}

/// Every function below `#[test]` in this folder.
fn tests() -> BTreeSet<String> {
    fn read(folder: &Path, found: &mut BTreeSet<String>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                read(&path, found);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let text = std::fs::read_to_string(&path).unwrap();
                let mut is_test = false;
                for line in text.lines().map(str::trim) {
                    if let (true, Some(rest)) = (is_test, line.strip_prefix("fn ")) {
                        found.insert(rest.split('(').next().unwrap().to_owned());
                    }
                    is_test = line == "#[test]" || (is_test && line.starts_with("#["));
                }
            }
        }
    }
    let mut found = BTreeSet::new();
    read(&tests_folder(), &mut found);
    found
}

fn named(cell: &str) -> Vec<&str> {
    cell.split('`').skip(1).step_by(2).collect()
}

/// The row that a test is named after.
fn row_of(test: &str) -> Option<u32> {
    test.strip_prefix('r')?.split('_').next()?.parse().ok()
}

#[test]
fn every_requirement_stands_in_the_table() {
    let listed: Vec<u32> = table().into_keys().collect();
    assert_eq!(listed, REQUIRED, "the table and the list of requirements differ");
}

#[test]
fn every_row_names_a_test_that_exists_or_a_reason() {
    let tests = tests();
    for (row, cell) in table() {
        if let Some(reason) = cell.strip_prefix("Not here: ") {
            assert!(reason.len() > 20, "R{row} needs a reason that says something");
            assert!(reason.ends_with('.'), "R{row}: {reason}");
            continue;
        }
        let named = named(&cell);
        assert!(!named.is_empty(), "R{row} names no test and gives no reason");
        for name in named {
            assert!(tests.contains(name), "R{row} names {name}, which is no test");
            assert_eq!(row_of(name), Some(row), "R{row} names {name}, which is named after another row");
        }
    }
}

#[test]
fn every_test_that_is_named_after_a_row_stands_in_the_table() {
    let table = table();
    for test in tests() {
        if let Some(row) = row_of(&test) {
            let cell = table.get(&row).unwrap_or_else(|| panic!("{test} is named after no row of the table"));
            assert!(named(cell).contains(&test.as_str()), "{test} is missing from R{row}");
        }
    }
}
