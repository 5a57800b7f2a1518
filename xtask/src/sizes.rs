//! How large the package is, where it counts: raw, gzip and brotli, compared with the budgets.

use crate::process::{capture, node};
use crate::step::number;
use crate::{Failure, Result, paths};

/// The files that a program loads.
const FILES: &[&str] = &[
    "tokenwell.wasm",
    "index.js",
    "index.cjs",
    "workerd.js",
    "edge-light.js",
    "slim.js",
    "slim.cjs",
    "browser.js",
    "browser.cjs",
];

/// Node's own compressors are those that the servers of packages and pages use.
const MEASURE: &str = "
const { readFileSync } = require('node:fs');
const { gzipSync, brotliCompressSync } = require('node:zlib');
for (const name of process.argv.slice(1)) {
  const bytes = readFileSync(name);
  console.log(bytes.length, gzipSync(bytes, { level: 9 }).length, brotliCompressSync(bytes).length);
}";

#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Size {
    pub raw: u64,
    pub gzip: u64,
    pub brotli: u64,
}

/// A promise about a size, in bytes.
pub struct Budget {
    pub what: &'static str,
    pub limit: u64,
    pub measured: u64,
}

pub fn measure() -> Result<Vec<(&'static str, Size)>> {
    let output = capture(node(&["-e", MEASURE]).args(FILES).current_dir(paths::package()))?;
    let sizes: Option<Vec<Size>> = output.lines().map(parse).collect();
    match sizes {
        Some(sizes) if sizes.len() == FILES.len() => Ok(FILES.iter().copied().zip(sizes).collect()),
        _ => Err(Failure::new(format!("Node measured the package and printed something else: {output}"))),
    }
}

fn parse(line: &str) -> Option<Size> {
    let mut numbers = line.split(' ').map(|word| word.parse().ok());
    Some(Size { raw: numbers.next()??, gzip: numbers.next()??, brotli: numbers.next()?? })
}

/// The promises of the README. The JavaScript beside the module is that of the entry that doesn't carry it inlined.
pub fn budgets(sizes: &[(&str, Size)]) -> Vec<Budget> {
    let of = |wanted: &str| sizes.iter().find(|(name, _)| *name == wanted).map(|(_, size)| *size);
    let mut budgets = Vec::new();
    if let Some(size) = of("tokenwell.wasm") {
        budgets.push(Budget { what: "WebAssembly, brotli", limit: 45_000, measured: size.brotli });
    }
    if let Some(size) = of("index.js") {
        budgets.push(Budget { what: "both inlined, gzip", limit: 70_000, measured: size.gzip });
    }
    if let Some(size) = of("workerd.js") {
        budgets.push(Budget { what: "JavaScript beside it, gzip", limit: 12_000, measured: size.gzip });
    }
    budgets
}

pub fn table(sizes: &[(&str, Size)]) -> String {
    let mut text = format!("\n  {:<16}{:>10}{:>10}{:>10}\n", "bytes", "raw", "gzip", "brotli");
    for (name, size) in sizes {
        let [raw, gzip, brotli] = [size.raw, size.gzip, size.brotli].map(number);
        text.push_str(&format!("  {name:<16}{raw:>10}{gzip:>10}{brotli:>10}\n"));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIZE: Size = Size { raw: 100_000, gzip: 50_000, brotli: 46_000 };

    #[test]
    fn what_node_prints_is_read() {
        assert_eq!(parse("100000 50000 46000"), Some(SIZE));
        assert_eq!(parse("100000 50000"), None);
        assert_eq!(parse("Error: no such file"), None);
    }

    #[test]
    fn the_table_has_a_line_for_each_file() {
        let table = table(&[("index.js", SIZE)]);
        assert!(table.contains("  index.js           100 000    50 000    46 000\n"), "{table}");
    }

    #[test]
    fn a_module_over_its_budget_is_seen() {
        let budgets = budgets(&[("tokenwell.wasm", SIZE), ("workerd.js", SIZE)]);
        assert!(budgets.iter().all(|budget| budget.measured > budget.limit));
        assert_eq!(budgets.len(), 2);
    }
}
