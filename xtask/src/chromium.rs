//! The browser that the browser tests drive.

use crate::process::{answer, capture, program};
use crate::step::{Done, step};
use crate::{Result, fail};
use std::path::Path;

/// Where distributions put it. `tests/browser/chromium.js` looks there too.
const PLACES: &[&str] =
    &["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome-stable", "/usr/bin/google-chrome"];

/// Chromium is there: the one that the variable `CHROMIUM` names, or one that is found. On Debian and its relatives it
/// is installed if it isn't, which takes root.
pub fn install() -> Result {
    if let Some(named) = std::env::var_os("CHROMIUM") {
        if Path::new(&named).is_file() {
            return Ok(());
        }
        return fail(format!("the variable CHROMIUM names {}, which does not exist", named.display()));
    }
    if is_found() {
        return Ok(());
    }
    if answer(program("apt-get").arg("--version")).is_none() {
        return fail("Chromium is missing: install it, or name it in the variable CHROMIUM");
    }
    if answer(program("id").arg("-u")).as_deref().map(str::trim) != Some("0") {
        return fail("Chromium is missing: run `apt-get install chromium` as root");
    }
    step("apt-get", "install Chromium for the browser tests", || {
        capture(program("apt-get").arg("update"))?;
        let install = ["install", "--yes", "--no-install-recommends", "chromium"];
        capture(program("apt-get").args(install).env("DEBIAN_FRONTEND", "noninteractive"))?;
        if !is_found() {
            return fail("apt-get installed Chromium, and it is at none of the places where it should be");
        }
        Ok(Done::Worked(String::new()))
    })
}

/// In CI nothing is left out: what is not tested there is tested nowhere.
pub fn is_required(ci: Option<&str>) -> bool {
    ci == Some("true")
}

fn is_found() -> bool {
    PLACES.iter().any(|place| Path::new(place).is_file())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tests_look_where_this_looks() {
        let script = crate::files::read(&crate::paths::root().join("tests/browser/chromium.js")).unwrap();
        for place in PLACES {
            assert!(script.contains(&format!("\"{place}\"")), "{place}");
        }
    }

    #[test]
    fn only_ci_requires_a_browser() {
        assert!(is_required(Some("true")));
        assert!(!is_required(Some("false")));
        assert!(!is_required(None));
    }
}
