//! Reading, writing and replacing files, with errors that name the file.

use crate::{Failure, Result};
use std::fs;
use std::path::{Path, PathBuf};

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
    fs::read_to_string(path).map_err(|error| unreadable(path, &error))
}

pub fn read_bytes(path: &Path) -> Result<Vec<u8>> {
    fs::read(path).map_err(|error| unreadable(path, &error))
}

fn unreadable(path: &Path, error: &std::io::Error) -> Failure {
    Failure::new(format!("could not read {}: {error}", path.display()))
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

    #[test]
    fn a_folder_takes_the_place_of_another() {
        let folder = std::env::temp_dir().join(format!("xtask-replace-{}", std::process::id()));
        let _ = fs::remove_dir_all(&folder);
        write(&folder.join("old/left-over"), "").unwrap();
        write(&folder.join("new/file"), "").unwrap();
        replace(&folder.join("new"), &folder.join("old")).unwrap();
        assert_eq!(files(&folder), [folder.join("old/file")]);
        fs::remove_dir_all(folder).unwrap();
    }
}
