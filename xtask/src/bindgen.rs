//! wasm-bindgen, as a library: from what rustc wrote to a module and its glue.

use crate::files::{read, write};
use crate::{Failure, Result, fail, glue};
use std::collections::BTreeMap;
use std::path::Path;
use walrus::{ExportItem, FunctionBuilder, Module};
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
    without_results(output.wasm_mut())?;
    let short = shorten(output.wasm_mut());
    output.emit(folder).map_err(|error| broken(&error))?;
    let generated = read(&folder.join(format!("{STEM}_bg.js")))?;
    write(&folder.join("glue.js"), glue::renamed(&glue::factory(&generated, &own, &imported)?, &short)?)
}

/// What promises call back gives nothing. Rust gives a `Result`, as two numbers, which is an error only where panics unwind:
/// here they trap. For a function of two results V8 compiles a way into the module of its own, which took 0.5 ms of a first
/// token.
fn without_results(module: &mut Module) -> Result {
    let several: Vec<_> = module
        .exports
        .iter()
        .filter_map(|export| match export.item {
            ExportItem::Function(function) => Some((export.id(), function, module.funcs.get(function).ty())),
            _ => None,
        })
        .filter(|(_, _, kind)| module.types.results(*kind).len() > 1)
        .collect();
    for (export, function, kind) in several {
        let name = &module.exports.get(export).name;
        if !name.contains("closure") {
            return fail(format!("`{name}` gives several numbers, and only closures may: their results are dropped"));
        }
        let (parameters, results) = module.types.params_results(kind);
        let (parameters, results) = (parameters.to_vec(), results.len());
        let arguments: Vec<_> = parameters.iter().map(|kind| module.locals.add(*kind)).collect();
        let mut way_in = FunctionBuilder::new(&mut module.types, &parameters, &[]);
        let mut body = way_in.func_body();
        for argument in &arguments {
            body.local_get(*argument);
        }
        body.call(function);
        for _ in 0..results {
            body.drop();
        }
        let way_in = way_in.finish(arguments, &mut module.funcs);
        module.exports.get_mut(export).item = ExportItem::Function(way_in);
    }
    Ok(())
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
    use walrus::{ModuleConfig, ValType};

    /// The version that Cargo.lock holds for a crate.
    fn locked(lock: &str, name: &str) -> String {
        let heading = format!("name = \"{name}\"\nversion = \"");
        let rest = lock.split(&heading).nth(1).unwrap_or_else(|| panic!("{name} is not in Cargo.lock"));
        rest.split('"').next().unwrap().to_owned()
    }

    /// A module that exports a function of one parameter and so many results.
    fn exporting(name: &str, results: usize) -> Module {
        let mut module = Module::with_config(ModuleConfig::new());
        let argument = module.locals.add(ValType::I32);
        let mut function = FunctionBuilder::new(&mut module.types, &[ValType::I32], &vec![ValType::I32; results]);
        let mut body = function.func_body();
        for _ in 0..results {
            body.local_get(argument);
        }
        let function = function.finish(vec![argument], &mut module.funcs);
        module.exports.add(name, function);
        module
    }

    /// How many parameters and results the only export has.
    fn border(module: &Module) -> (usize, usize) {
        let Some(ExportItem::Function(function)) = module.exports.iter().next().map(|export| export.item) else {
            panic!("no function is exported");
        };
        let (parameters, results) = module.types.params_results(module.funcs.get(function).ty());
        (parameters.len(), results.len())
    }

    #[test]
    fn closures_give_nothing_and_everything_else_what_it_gave() {
        for (name, results, left) in [("closure_invoke", 2, 0), ("closure_invoke", 1, 1), ("client_open", 1, 1)] {
            let mut module = exporting(name, results);
            without_results(&mut module).unwrap();
            assert_eq!(border(&module), (1, left), "{name}");
            assert!(Module::from_buffer(&module.emit_wasm()).is_ok(), "{name}");
        }
        let failure = without_results(&mut exporting("client_open", 2)).unwrap_err();
        assert!(failure.to_string().contains("client_open"), "{failure}");
    }

    #[test]
    fn the_glue_is_made_by_the_version_that_the_module_was_compiled_with() {
        let lock = read(&paths::root().join("Cargo.lock")).unwrap();
        assert_eq!(locked(&lock, "wasm-bindgen"), locked(&lock, "wasm-bindgen-cli-support"));
    }
}
