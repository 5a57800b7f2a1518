//! Where things lie.

use std::path::PathBuf;

/// The root of the checkout. Cargo tells where xtask lies now; where it was compiled may be another checkout.
pub fn root() -> PathBuf {
    let manifest =
        std::env::var_os("CARGO_MANIFEST_DIR").map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from);
    manifest.parent().map(PathBuf::from).unwrap_or(manifest)
}

/// Stamps, locks and what lies between the steps. Beside `pkg/`, not in `CARGO_TARGET_DIR`: the stamps speak of `pkg/`.
pub fn work() -> PathBuf {
    root().join("target").join("xtask")
}

/// Cargo's own output.
pub fn target() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from)
}

/// The finished npm package.
pub fn package() -> PathBuf {
    root().join("pkg")
}

/// The folders that have a package.json of their own and use the finished package as an installed dependency.
pub fn consumers() -> Vec<PathBuf> {
    ["tests", "examples-node"]
        .iter()
        .map(|folder| root().join(folder))
        .filter(|folder| folder.join("package.json").is_file())
        .collect()
}

/// Where cargo keeps the sources of dependencies.
pub fn cargo_home() -> Option<PathBuf> {
    std::env::var_os("CARGO_HOME").map(PathBuf::from).or_else(|| Some(std::env::home_dir()?.join(".cargo")))
}
