//! From the module, its glue and `pkg-template/` to the npm package.

use crate::files::{files, read, read_bytes, replace, write};
use crate::process::{capture, node, npm, program};
use crate::{Failure, Result, fail, paths};
use std::fs;
use std::path::{Path, PathBuf};

/// What is published as it is.
const COPIED: &[&str] = &["CHANGELOG.md", "LICENSE-APACHE", "LICENSE-MIT"];

/// The scripts of the package before they are bundled: the template's, the glue, and the module as a text, compressed.
pub fn stage(stage: &Path, glue: &Path, wasm: &Path) -> Result {
    let _ = fs::remove_dir_all(stage);
    let template = paths::root().join("pkg-template");
    for path in files(&template).iter().filter(|path| has_ending(path, ".js")) {
        write(&stage.join(path.strip_prefix(&template).unwrap_or(path)), read(path)?)?;
    }
    write(&stage.join("glue.js"), read(glue)?)?;
    capture(node(&[]).arg(paths::root().join("xtask/src/inline.mjs")).arg(wasm).arg(stage)).map(|_| ())
}

/// Bundles the staged scripts, and puts everything that is published into `folder`.
pub fn assemble(stage: &Path, wasm: &Path, folder: &Path) -> Result {
    let _ = fs::remove_dir_all(folder);
    let template = paths::root().join("pkg-template");
    let script = paths::root().join("xtask/src/bundle.mjs");
    capture(node(&[]).arg(script).arg(paths::root()).arg(stage).arg(folder))?;
    write(&folder.join("tokenwell.wasm"), read_bytes(wasm)?)?;
    for path in files(&template).iter().filter(|path| has_ending(path, ".d.ts")) {
        let name = path.strip_prefix(&template).unwrap_or(path);
        let types = read(path)?;
        write(&folder.join(name), &types)?;
        if !has_ending(path, ".wasm.d.ts") {
            write(&folder.join(name).with_extension("cts"), types.replace(".js\"", ".cjs\""))?;
        }
    }
    for name in ["README.md", "jsr.ts", "jsr-slim.ts"] {
        write(&folder.join(name), read(&template.join(name))?)?;
    }
    for name in COPIED {
        write(&folder.join(name), read(&paths::root().join(name))?)?;
    }
    let version = workspace_value("version")?;
    for name in ["package.json", "jsr.json"] {
        write(&folder.join(name), with_version(&read(&template.join(name))?, &version)?)?;
    }
    Ok(())
}

/// Packs what would be published, and returns the tarball.
pub fn pack(folder: &Path, destination: &Path) -> Result<PathBuf> {
    capture(npm(&["pack", "--silent", "--ignore-scripts"]).arg(folder).arg("--pack-destination").arg(destination))?;
    let tarball = destination.join(format!("tokenwell-{}.tgz", workspace_value("version")?));
    if !tarball.is_file() {
        return fail(format!("npm pack succeeded and did not write {}", tarball.display()));
    }
    Ok(tarball)
}

/// Unpacks the tarball where the tests and examples of a folder look for an installed package.
pub fn install(tarball: &Path, consumer: &Path) -> Result {
    let modules = consumer.join("node_modules");
    let fresh = modules.join(".tokenwell-fresh");
    let _ = fs::remove_dir_all(&fresh);
    fs::create_dir_all(&fresh)
        .map_err(|error| Failure::new(format!("could not create {}: {error}", fresh.display())))?;
    capture(program("tar").arg("-xzf").arg(tarball).arg("-C").arg(&fresh))?;
    // A tarball of npm has everything in a folder `package`.
    replace(&fresh.join("package"), &modules.join("tokenwell"))?;
    let _ = fs::remove_dir_all(&fresh);
    Ok(())
}

/// A value of `[workspace.package]`, such as the one version of everything here.
pub fn workspace_value(key: &str) -> Result<String> {
    let manifest = read(&paths::root().join("Cargo.toml"))?;
    match find_workspace_value(&manifest, key) {
        Some(value) => Ok(value),
        None => fail(format!("Cargo.toml has no `{key}` in [workspace.package]")),
    }
}

fn find_workspace_value(manifest: &str, key: &str) -> Option<String> {
    let table = manifest.split("[workspace.package]\n").nth(1)?;
    let mut lines = table.lines().take_while(|line| !line.starts_with('['));
    let value = lines.find_map(|line| line.strip_prefix(key)?.trim_start().strip_prefix('='))?;
    Some(value.trim().trim_matches('"').to_owned())
}

/// The template says 0.0.0, so that the version stands in one place only.
fn with_version(manifest: &str, version: &str) -> Result<String> {
    let placeholder = "\"version\": \"0.0.0\"";
    if manifest.matches(placeholder).count() != 1 {
        return fail(format!("each manifest in pkg-template has to contain `{placeholder}` once"));
    }
    Ok(manifest.replace(placeholder, &format!("\"version\": \"{version}\"")))
}

fn has_ending(path: &Path, ending: &str) -> bool {
    path.to_string_lossy().ends_with(ending)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_version_is_that_of_the_workspace() {
        let manifest = "[package]\nversion = \"9\"\n\n[workspace.package]\nrust-version = \"1.85\"\nversion = \"0.1.0\"\n[x]\nedition = \"2024\"\n";
        assert_eq!(find_workspace_value(manifest, "version").as_deref(), Some("0.1.0"));
        assert_eq!(find_workspace_value(manifest, "rust-version").as_deref(), Some("1.85"));
        assert_eq!(find_workspace_value(manifest, "edition"), None);
    }

    #[test]
    fn the_template_has_one_place_for_the_version() {
        let manifest = with_version("{ \"version\": \"0.0.0\" }", "1.2.3").unwrap();
        assert_eq!(manifest, "{ \"version\": \"1.2.3\" }");
        assert!(with_version("{ \"version\": \"1.0.0\" }", "1.2.3").is_err());
    }
}
