//! The glue of wasm-bindgen as a factory.
//!
//! wasm-bindgen writes a module whose state (views of the memory, tables, the instance itself) is the module's own, so
//! there can be one instance only. After a trap the package needs a fresh one, and whatever still refers to the dead
//! one must never reach it. So all of the glue goes into a function, and every call of it is a glue of its own. What the
//! glue imports from the package's own scripts, which hold no state of the module's, stays outside.
//!
//! The transformation knows the few forms that wasm-bindgen's pinned version writes, and refuses everything else.

use crate::{Result, fail};
use std::collections::{BTreeMap, BTreeSet};

/// What the generated glue has at its top level.
#[derive(Debug, Default, PartialEq)]
struct Exports {
    /// What the WebAssembly module imports.
    imports: Vec<String>,
    functions: Vec<String>,
    classes: Vec<String>,
    /// The lines by which the glue imports from the package's scripts.
    scripts: Vec<String>,
}

/// Constructs that one of the runtimes forbids, or that a factory cannot hold.
const FORBIDDEN: &[&str] = &["import.meta", "new Function", "eval(", "require(", "__dirname"];

/// wasm-bindgen's own, by which the module that it writes takes in the instance.
const SET_WASM: &str = "__wbg_set_wasm";

/// Turns wasm-bindgen's `_bg.js` into a module that exports `createGlue()`.
///
/// `module` is the name under which the WebAssembly module imports the glue, `imported` the names that it imports.
pub fn factory(glue: &str, module: &str, imported: &[String]) -> Result<String> {
    for construct in FORBIDDEN {
        if glue.contains(construct) {
            return fail(format!("wasm-bindgen's glue contains `{construct}`, which not every runtime allows"));
        }
    }
    let (body, exports) = strip_exports(glue)?;
    let body = [without_descriptions, without_closure_registry, without_spares, without_results, with_own_parameters]
        .iter()
        .fold(body, |body, change| change(&body));
    let defined: BTreeSet<&str> = exports.imports.iter().map(String::as_str).collect();
    let wanted: BTreeSet<&str> = imported.iter().map(String::as_str).collect();
    if let Some(name) = wanted.difference(&defined).next() {
        return fail(format!("the WebAssembly module imports `{name}`, and wasm-bindgen's glue does not export it"));
    }
    let imports: Vec<String> = wanted.into_iter().map(String::from).collect();
    Ok(format!(
        "{}export function createGlue() {{\n{body}\nreturn {{\nsetWasm: {SET_WASM},\nimports: {{ {module:?}: {{ {} }} }},\n\
         functions: {{ {} }},\nclasses: {{ {} }},\n}};\n}}\n",
        exports.scripts.concat(),
        imports.join(", "),
        exports.functions.join(", "),
        exports.classes.join(", "),
    ))
}

/// The glue without what spells out a value with everything in it, secrets too, for messages that nobody gets to see:
/// the layer drops them. That is half a kilobyte.
fn without_descriptions(body: &str) -> String {
    const START: &str = "\nfunction debugString(val) {\n";
    match body.split_once(START).map(|(before, rest)| (before, rest.split_once("\n}\n"))) {
        Some((before, Some((_, after)))) => format!("{before}{START}    return typeof val;\n}}\n{after}"),
        _ => body.to_owned(),
    }
}

/// The glue without what ends closures that JavaScript has collected: the layer's own end when the promise has settled
/// that they wait for. To register them was 4 % of what a token request takes of the processor.
fn without_closure_registry(body: &str) -> String {
    const REGISTRY: &str = "CLOSURE_DTORS";
    let declaration = format!("const {REGISTRY} = ");
    let Some((before, rest)) = body.split_once(&declaration) else {
        return body.to_owned();
    };
    let after = rest.split_once(";\n").map_or("", |(_, after)| after);
    let uses = format!("{REGISTRY}.");
    let kept = after.split_inclusive('\n').filter(|line| !line.contains(&uses));
    before.chars().chain(kept.flat_map(str::chars)).collect()
}

/// The glue without what no server needs: a stand-in for `encodeInto`, another way to pass a string where memory cannot
/// grow, what Safari's decoder wants after two gigabytes, and the ends of `using` blocks, of which the package has none.
fn without_spares(body: &str) -> String {
    let lines = body.split_inclusive('\n');
    let mut body: String = lines.filter(|line| !line.starts_with("if (Symbol.dispose) ")).collect();
    for (start, end) in [
        ("\nif (!('encodeInto' in cachedTextEncoder)) {\n", "\n}\n"),
        ("\n    if (realloc === undefined) {\n", "\n    }\n"),
        ("\n    numBytesDecoded += bytes.length;\n    if (numBytesDecoded ", "\n    }\n"),
    ] {
        if let Some((before, Some((_, after)))) =
            body.split_once(start).map(|(before, rest)| (before, rest.split_once(end)))
        {
            body = format!("{before}\n{after}");
        }
    }
    body
}

/// The glue without what looks at the results of a closure: they have none, see `bindgen::without_results`.
fn without_results(body: &str) -> String {
    // By the second name where values are WebAssembly's own references.
    ["takeObject", "takeFromExternrefTable0"].iter().fold(body.to_owned(), |body, take| {
        body.replace(&format!("\n    if (ret[1]) {{\n        throw {take}(ret[0]);\n    }}\n}}\n"), "\n}\n")
    })
}

/// The glue with each parameter where its function is declared, also where the function catches what is thrown: for a
/// function that takes another number of parameters than the module passes, V8 compiles a second way out of the module when
/// it makes the instance. Four such took 0.5 ms.
fn with_own_parameters(body: &str) -> String {
    const CAUGHT: &str = "() { return handleError(function (";
    let mut pieces = body.split(CAUGHT);
    let mut text = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        let Some((parameters, rest)) = piece.split_once(") {\n") else {
            return body.to_owned();
        };
        text.push_str(&format!("({parameters}) {{ try {{\n{rest}"));
    }
    text.replace("\n}, arguments); }\n", "\n} catch (error) { handleError(error); } }\n").replace(
        "function handleError(f, args) {\n    try {\n        return f.apply(this, args);\n    } catch (e) {\n",
        "function handleError(e) {\n    {\n",
    )
}

/// The factory with other names for what the module imports and exports.
pub fn renamed(factory: &str, names: &BTreeMap<String, String>) -> Result<String> {
    let in_name = |character: char| character.is_alphanumeric() || matches!(character, '_' | '$');
    let mut text = String::with_capacity(factory.len());
    let mut rest = factory;
    while let Some(start) = rest.find(in_name) {
        let (between, after) = rest.split_at(start);
        let (name, after) = after.split_at(after.find(|character| !in_name(character)).unwrap_or(after.len()));
        if names.values().any(|short| short == name) {
            return fail(format!("wasm-bindgen's glue uses the name `{name}` itself"));
        }
        text.push_str(between);
        text.push_str(names.get(name).map_or(name, String::as_str));
        rest = after;
    }
    text.push_str(rest);
    Ok(text)
}

/// Takes the word `export` from every exported declaration, and tells what was exported.
fn strip_exports(glue: &str) -> Result<(String, Exports)> {
    let mut body = String::with_capacity(glue.len());
    let mut exports = Exports::default();
    let mut takes_wasm = false;
    for line in glue.lines() {
        if let Some(declaration) = line.strip_prefix("export ") {
            let name = declared_name(declaration, line)?;
            if name == SET_WASM {
                takes_wasm = true;
            } else if name.starts_with("__wb") {
                exports.imports.push(name);
            } else if declaration.starts_with("class ") {
                exports.classes.push(name);
            } else {
                exports.functions.push(name);
            }
            body.push_str(declaration);
        } else if line.starts_with("import {") && line.ends_with(".js';") && line.contains(" from './") {
            exports.scripts.push(format!("{line}\n"));
            continue;
        } else if ["import ", "import{", "export", "await "].iter().any(|word| line.starts_with(word)) {
            return unknown(line);
        } else {
            body.push_str(line);
        }
        body.push('\n');
    }
    if !takes_wasm {
        return fail(format!("wasm-bindgen's glue has no `{SET_WASM}`: its form has changed, and xtask has to follow"));
    }
    Ok((body, exports))
}

/// The name that `function name(…`, `class name …`, `const name = …` or `let name…` declares.
fn declared_name(declaration: &str, line: &str) -> Result<String> {
    let Some((keyword, rest)) = declaration.split_once(' ') else {
        return unknown(line);
    };
    let name: String =
        rest.chars().take_while(|character| character.is_alphanumeric() || matches!(character, '_' | '$')).collect();
    if name.is_empty() || !matches!(keyword, "function" | "class" | "const" | "let") {
        return unknown(line);
    }
    Ok(name)
}

fn unknown<T>(line: &str) -> Result<T> {
    fail(format!("wasm-bindgen's glue has a line that xtask does not know how to put into a function: `{line}`"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const GLUE: &str = "\
export class Client {
    free() {}
}
if (Symbol.dispose) Client.prototype[Symbol.dispose] = Client.prototype.free;

export function version() {
    return wasm.version();
}
export function __wbg_fetch_1a2b(arg0) {
    return arg0;
}
export const __wbg_now_3c4d = typeof Date.now == 'function' ? Date.now : () => 0;
let cachedView = null;
let wasm;
export function __wbg_set_wasm(val) {
    wasm = val;
}
";

    fn imported(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn exports_are_sorted_into_imports_functions_and_classes() {
        let (body, exports) = strip_exports(GLUE).unwrap();
        assert_eq!(exports.imports, ["__wbg_fetch_1a2b", "__wbg_now_3c4d"]);
        assert_eq!(exports.functions, ["version"]);
        assert_eq!(exports.classes, ["Client"]);
        assert_eq!(body, GLUE.replace("export ", ""));
    }

    #[test]
    fn everything_ends_up_inside_one_function() {
        let factory = factory(GLUE, "./x_bg.js", &imported(&["__wbg_fetch_1a2b"])).unwrap();
        assert!(factory.starts_with("export function createGlue() {\nclass Client {"), "{factory}");
        assert_eq!(factory.matches("export ").count(), 1);
        assert!(factory.contains("imports: { \"./x_bg.js\": { __wbg_fetch_1a2b } }"), "{factory}");
        assert!(factory.contains("functions: { version }"), "{factory}");
        assert!(factory.contains("classes: { Client }"), "{factory}");
        assert!(factory.ends_with("};\n}\n"), "{factory}");
    }

    #[test]
    fn what_comes_from_the_package_stays_outside() {
        let line = "import { Stop, exchange } from './exchange.js';\n";
        let factory = factory(&format!("{line}{GLUE}"), "./x_bg.js", &[]).unwrap();
        assert!(factory.starts_with(&format!("{line}export function createGlue() {{\nclass Client {{")), "{factory}");
    }

    #[test]
    fn values_are_not_described() {
        let glue =
            format!("{GLUE}\nfunction debugString(val) {{\n    if (val) {{\n        x();\n    }}\n}}\nlet last;\n");
        let factory = factory(&glue, "./x_bg.js", &[]).unwrap();
        assert!(factory.contains("\nfunction debugString(val) {\n    return typeof val;\n}\nlet last;\n"), "{factory}");
    }

    #[test]
    fn closures_are_not_registered() {
        let glue = format!(
            "{GLUE}\nconst CLOSURE_DTORS = (typeof X === 'undefined')\n    ? {{ register: () => {{}} }}\n    \
             : new X(state => wasm.end(state.a));\n\nfunction closure(state) {{\n    CLOSURE_DTORS.register(state);\n    \
             return state;\n}}\n"
        );
        let factory = factory(&glue, "./x_bg.js", &[]).unwrap();
        assert!(factory.contains("\n\n\nfunction closure(state) {\n    return state;\n}\n"), "{factory}");
    }

    #[test]
    fn closures_have_no_results() {
        let glue = format!(
            "{GLUE}\nfunction back(arg0) {{\n    const ret = wasm.back(arg0);\n    if (ret[1]) {{\n        throw takeObject(ret[0]);\n    }}\n}}\n"
        );
        let factory = factory(&glue, "./x_bg.js", &[]).unwrap();
        assert!(factory.contains("{\n    const ret = wasm.back(arg0);\n}\n"), "{factory}");
    }

    #[test]
    fn what_is_caught_has_the_parameters_that_the_module_passes() {
        let glue = format!(
            "{GLUE}\nexport function __wbg_set() {{ return handleError(function (arg0, arg1) {{\n    set(arg0, arg1);\n\
             }}, arguments); }}\nfunction handleError(f, args) {{\n    try {{\n        return f.apply(this, args);\n    }} catch (e) {{\n        \
             keep(e);\n    }}\n}}\n"
        );
        let factory = factory(&glue, "./x_bg.js", &[]).unwrap();
        let caught =
            "function __wbg_set(arg0, arg1) { try {\n    set(arg0, arg1);\n} catch (error) { handleError(error); } }\n";
        assert!(factory.contains(caught), "{factory}");
        assert!(factory.contains("function handleError(e) {\n    {\n        keep(e);\n    }\n}\n"), "{factory}");
    }

    #[test]
    fn what_no_server_needs_is_left_out() {
        let glue = format!(
            "{GLUE}\nif (!('encodeInto' in cachedTextEncoder)) {{\n    x = {{\n    \
             }};\n}}\n\nfunction pass(realloc) {{\n    if (realloc === undefined) {{\n        return 0;\n    }}\n\n    return 1;\n}}\n"
        );
        let factory = factory(&glue, "./x_bg.js", &[]).unwrap();
        for gone in ["Symbol.dispose", "encodeInto", "undefined"] {
            assert!(!factory.contains(gone), "{gone}: {factory}");
        }
        assert!(factory.contains("function pass(realloc) {\n\n    return 1;\n}\n"), "{factory}");
    }

    #[test]
    fn names_are_replaced_as_a_whole() {
        let names = BTreeMap::from([("__wbg_fetch_1a2b".to_owned(), "i0".to_owned())]);
        assert_eq!(renamed("{ __wbg_fetch_1a2b, __wbg_fetch_1a2bc }", &names).unwrap(), "{ i0, __wbg_fetch_1a2bc }");
        assert!(renamed("let i0 = __wbg_fetch_1a2b;", &names).is_err());
    }

    #[test]
    fn an_import_that_the_glue_does_not_define_is_refused() {
        let failure = factory(GLUE, "./x_bg.js", &imported(&["__wbg_gone_5e6f"])).unwrap_err();
        assert!(failure.to_string().contains("__wbg_gone_5e6f"), "{failure}");
    }

    #[test]
    fn unknown_forms_are_refused() {
        for line in [
            "import * as f from './f.js';",
            "import { f } from 'elsewhere';",
            "export default 1;",
            "export { f };",
            "export async function f() {}",
            "export * from './f.js';",
            "export var f = 1;",
            "await f();",
        ] {
            let failure = factory(&format!("{line}\n{GLUE}"), "./x_bg.js", &[]).unwrap_err();
            assert!(failure.to_string().contains(line), "{failure}");
        }
    }

    #[test]
    fn forbidden_constructs_are_refused() {
        for construct in FORBIDDEN {
            let glue = format!("{GLUE}const x = () => {construct}");
            let failure = factory(&glue, "./x_bg.js", &[]).unwrap_err();
            assert!(failure.to_string().contains(construct), "{failure}");
        }
    }

    #[test]
    fn a_glue_that_cannot_take_an_instance_is_refused() {
        let glue = GLUE.replace(SET_WASM, "__wbg_take_wasm");
        assert!(factory(&glue, "./x_bg.js", &[]).is_err());
    }
}
