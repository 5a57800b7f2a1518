//! Steps that are left out when nothing changed: a stamp holds a hash of what went into a step the last time.

use crate::files::{files, write};
use crate::step::{Done, step};
use crate::{Result, paths};
use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};

/// What goes into a step.
#[derive(Default)]
pub struct Inputs(DefaultHasher);

impl Inputs {
    pub fn new() -> Self {
        // A step is what xtask does with its inputs: a changed xtask is a changed step.
        Self::default().tree(&paths::root().join("xtask").join("src"))
    }

    /// A file's path and content; a file that isn't there counts as one.
    pub fn file(mut self, path: &Path) -> Self {
        path.hash(&mut self.0);
        fs::read(path).ok().hash(&mut self.0);
        self
    }

    /// All files below a folder, in the order of their paths.
    pub fn tree(mut self, folder: &Path) -> Self {
        for path in files(folder) {
            self = self.file(&path);
        }
        self
    }

    /// Files and folders of the checkout.
    pub fn checkout(self, names: &[&str]) -> Self {
        names
            .iter()
            .map(|name| paths::root().join(name))
            .fold(self, |inputs, path| if path.is_dir() { inputs.tree(&path) } else { inputs.file(&path) })
    }

    /// Does a step, unless it was done with these inputs and all that it made is still there. The work says a few words
    /// about what it did, or none.
    pub fn step(self, name: &str, doing: &str, outputs: &[PathBuf], work: impl FnOnce() -> Result<String>) -> Result {
        step(name, doing, || {
            let stamp = paths::work().join(format!("{name}.stamp"));
            let hash = self.hash();
            if fs::read_to_string(&stamp).is_ok_and(|last| last == hash) && outputs.iter().all(|path| path.exists()) {
                return Ok(Done::Unchanged);
            }
            let detail = work()?;
            // At the end, so that a step that broke off is done again.
            write(&stamp, &hash)?;
            Ok(Done::Worked(detail))
        })
    }

    fn hash(&self) -> String {
        format!("{:016x}", self.0.finish())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(name: &str) -> PathBuf {
        let folder = std::env::temp_dir().join(format!("xtask-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).unwrap();
        folder
    }

    fn value(folder: &Path) -> String {
        Inputs::default().tree(folder).hash()
    }

    #[test]
    fn a_changed_renamed_or_added_file_changes_the_hash() {
        let folder = folder("inputs");
        write(&folder.join("a/one"), "1").unwrap();
        let first = value(&folder);
        assert_eq!(first, value(&folder));
        write(&folder.join("a/one"), "2").unwrap();
        let second = value(&folder);
        assert_ne!(first, second);
        write(&folder.join("two"), "").unwrap();
        assert_ne!(second, value(&folder));
        fs::remove_file(folder.join("two")).unwrap();
        assert_eq!(second, value(&folder));
        fs::rename(folder.join("a/one"), folder.join("a/two")).unwrap();
        assert_ne!(second, value(&folder));
        fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn installed_dependencies_are_no_input() {
        let folder = folder("modules");
        let before = value(&folder);
        write(&folder.join("node_modules/x/index.js"), "1").unwrap();
        assert_eq!(before, value(&folder));
        fs::remove_dir_all(folder).unwrap();
    }
}
