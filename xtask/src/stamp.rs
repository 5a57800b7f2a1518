//! Whether a step has anything to do: a stamp holds a hash of what went into it the last time.

use crate::{Failure, Result, paths};
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

    /// Whether the step `name` was done with these inputs, and all that it made is still there.
    pub fn stamp(self, name: &str, outputs: &[PathBuf]) -> Stamp {
        let path = paths::work().join(format!("{name}.stamp"));
        let value = format!("{:016x}", self.0.finish());
        let current =
            fs::read_to_string(&path).is_ok_and(|last| last == value) && outputs.iter().all(|output| output.exists());
        Stamp { path, value, current }
    }
}

pub struct Stamp {
    path: PathBuf,
    value: String,
    /// Nothing changed: the step can be left out.
    pub current: bool,
}

impl Stamp {
    /// Says that the step is done. Called at its end, so that a step that broke off is done again.
    pub fn set(&self) -> Result {
        write(&self.path, &self.value)
    }
}

/// All files below a folder, sorted; none if there is no such folder. Installed dependencies are nobody's inputs.
pub fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let Ok(entries) = fs::read_dir(folder) else {
        return found;
    };
    for entry in entries.flatten() {
        let path = entry.path();
        if !path.is_dir() {
            found.push(path);
        } else if entry.file_name() != "node_modules" {
            found.extend(files(&path));
        }
    }
    found.sort();
    found
}

/// Writes a file and the folders above it.
pub fn write(path: &Path, content: impl AsRef<[u8]>) -> Result {
    let written = path.parent().map_or(Ok(()), fs::create_dir_all).and_then(|()| fs::write(path, content));
    written.map_err(|error| Failure::new(format!("could not write {}: {error}", path.display())))
}

pub fn read(path: &Path) -> Result<String> {
    fs::read_to_string(path).map_err(|error| Failure::new(format!("could not read {}: {error}", path.display())))
}

/// Puts a finished folder in the place of an old one, so that nobody sees it half written.
pub fn replace(finished: &Path, place: &Path) -> Result {
    let broken = |error: std::io::Error| Failure::new(format!("could not replace {}: {error}", place.display()));
    let mut old = place.as_os_str().to_owned();
    old.push(".old");
    let old = PathBuf::from(old);
    let _ = fs::remove_dir_all(&old);
    if let Some(parent) = place.parent() {
        fs::create_dir_all(parent).map_err(broken)?;
    }
    if place.exists() {
        fs::rename(place, &old).map_err(broken)?;
    }
    fs::rename(finished, place).map_err(broken)?;
    let _ = fs::remove_dir_all(&old);
    Ok(())
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
        Inputs::default().tree(folder).stamp("none", &[]).value
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

    #[test]
    fn a_folder_takes_the_place_of_another() {
        let folder = folder("replace");
        write(&folder.join("old/left-over"), "").unwrap();
        write(&folder.join("new/file"), "").unwrap();
        replace(&folder.join("new"), &folder.join("old")).unwrap();
        assert_eq!(files(&folder), [folder.join("old/file")]);
        fs::remove_dir_all(folder).unwrap();
    }
}
