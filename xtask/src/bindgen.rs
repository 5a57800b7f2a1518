//! wasm-bindgen, as a library: from what rustc wrote to a module and its glue.

use crate::files::{read, write};
use crate::{Failure, Result, fail, glue};
use std::collections::BTreeMap;
use std::path::Path;
use walrus::Module;
use wasm_bindgen_cli_support::Bindgen;

/// What the files that wasm-bindgen writes are called.
const STEM: &str = "tokenwell";

/// No name of the layer's own is this long; those of closures are.
const LONG_NAME: usize = 40;

/// Writes `tokenwell_bg.wasm` and `glue.js` into a folder.
pub fn generate(module: &Path, folder: &Path) -> Result {
    let broken = |error: &dyn std::fmt::Debug| Failure::new(format!("wasm-bindgen refused the module: {error:?}"));
    let mut bindgen = Bindgen::new();
    let bindgen = bindgen
        .input_path(module)
        .out_name(STEM)
        .bundler(true)
        .map_err(|error| broken(&error))?
        .typescript(false)
        .remove_name_section(true)
        .remove_producers_section(true);
    let mut output = bindgen.generate_output().map_err(|error| broken(&error))?;
    // A snippet is a JavaScript file of a dependency's own: the factory could not hold its state.
    let inline = output.snippets().iter().filter(|(_, scripts)| !scripts.is_empty());
    let named = inline.map(|(name, _)| name).chain(output.local_modules().keys());
    if let Some(name) = named.min() {
        return fail(format!("`{name}` brings JavaScript of its own, which the glue cannot hold"));
    }
    let own = format!("./{STEM}_bg.js");
    let mut imported = Vec::new();
    for import in output.wasm().imports.iter() {
        if import.module != own {
            return fail(format!(
                "the module imports `{}` from `{}`, which is not its glue",
                import.name, import.module
            ));
        }
        imported.push(import.name.clone());
    }
    let short = shorten(output.wasm_mut());
    output.emit(folder).map_err(|error| broken(&error))?;
    let generated = read(&folder.join(format!("{STEM}_bg.js")))?;
    write(&folder.join("glue.js"), glue::renamed(&glue::factory(&generated, &own, &imported)?, &short)?)
}

/// Gives imports, and exports with long names, short ones: each has sixteen digits that no compression makes smaller. The
/// exports are those by which promises call back, which the package's `instance.js` knows by their short names.
fn shorten(module: &mut Module) -> BTreeMap<String, String> {
    let imports = module.imports.iter_mut().map(|import| (&mut import.name, 'i'));
    let exports = module.exports.iter_mut().map(|export| (&mut export.name, 'e'));
    let long = imports.chain(exports.filter(|(name, _)| name.len() > LONG_NAME));
    let rename = |(index, (name, kind)): (usize, (&mut String, char))| {
        let short = format!("{kind}{index}");
        (std::mem::replace(name, short.clone()), short)
    };
    long.enumerate().map(rename).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::paths;

    /// The version that Cargo.lock holds for a crate.
    fn locked(lock: &str, name: &str) -> String {
        let heading = format!("name = \"{name}\"\nversion = \"");
        let rest = lock.split(&heading).nth(1).unwrap_or_else(|| panic!("{name} is not in Cargo.lock"));
        rest.split('"').next().unwrap().to_owned()
    }

    #[test]
    fn the_glue_is_made_by_the_version_that_the_module_was_compiled_with() {
        let lock = read(&paths::root().join("Cargo.lock")).unwrap();
        assert_eq!(locked(&lock, "wasm-bindgen"), locked(&lock, "wasm-bindgen-cli-support"));
    }
}
