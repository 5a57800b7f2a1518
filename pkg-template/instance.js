// The WebAssembly instance: made at first use, guarded, and replaced after a trap.
//
// Importing the package compiles nothing, so that it never fails where compiling is forbidden. A trap (or any
// exception that leaves the module) ran past Rust's destructors and must be taken for damage: the instance is given
// up, every call that waits for it rejects, and the next call gets a fresh instance with a glue of its own. What still
// refers to the dead one, such as the callback of a timer, reaches nothing.

import { createGlue } from "./glue.js";
import { TokenwellError } from "./errors.js";

/**
 * @typedef {object} Instance
 * @property {Record<string, any>} glue what the module exports
 * @property {number} generation 1 for the first instance, and one more after every trap; a handle is good for its own only
 * @property {Set<(error: Error) => void>} pending the rejections of the calls that wait for this instance
 * @property {TokenwellError | null} dead why it was given up
 */

// What the event loop calls: the callbacks of promises, whose names are shortened when the package is built, and what frees
// that which the garbage collector has found. Everything else is called by this package.
const EVENTS = /^e\d+$|^__wbg_.*_free$|_destroy_closure$/;

let source;
let missing = "the module is missing";
let compiled;
let live = null;
let generation = 0;

/**
 * Says where the module comes from.
 *
 * @param {WebAssembly.Module | BufferSource | (() => BufferSource) | undefined} given the module, its bytes, or what gives them
 * @param {string} [otherwise] what to do if nothing was given
 */
export function provide(given, otherwise = missing) {
  source = given;
  missing = otherwise;
  compiled = undefined;
}

/**
 * The live instance; makes one if there is none.
 *
 * @returns {Instance}
 * @throws {TokenwellError} of kind `runtime`, if this runtime doesn't let the module run
 */
export function current() {
  if (live === null) {
    if (source === undefined) throw unstartable(missing);
    try {
      compiled ??= compile(source);
      // Requests are made with it, also those of a caller's own fetch. Not looked at itself: Node loads its fetch for that.
      if (!("Headers" in globalThis)) throw new Error("it has no fetch and Headers, as Node with --no-experimental-fetch");
      live = instantiate(compiled);
    } catch (cause) {
      throw explained(cause);
    }
  }
  return live;
}

/**
 * Runs an asynchronous call into the module so that it cannot outlive the instance: the promise settles as the
 * factory's does, or rejects when the instance dies.
 *
 * @template T
 * @param {(instance: Instance) => T | PromiseLike<T>} factory makes the call
 * @returns {Promise<T>}
 */
export function run(factory) {
  return new Promise((resolve, reject) => {
    const instance = current();
    const { pending } = instance;
    pending.add(reject);
    const settle = (how) => (value) => {
      pending.delete(reject);
      how(value);
    };
    // In a promise's executor, so that a synchronous throw of the factory is a rejection too.
    new Promise((done) => done(factory(instance))).then(settle(resolve), settle(reject));
  });
}

function compile(given) {
  const module = typeof given === "function" ? given() : given;
  // Told by its name, since it may be another realm's.
  return Object.prototype.toString.call(module) === "[object WebAssembly.Module]" ? module : new WebAssembly.Module(module);
}

function instantiate(module) {
  const { imports, setWasm, functions, classes } = createGlue();
  const { exports } = new WebAssembly.Instance(module, imports);
  // A module without imports can be linked, whatever it is.
  if (exports.client_open === undefined) throw new TypeError("it lacks client_open");
  const instance = { glue: { ...functions, ...classes }, generation: generation + 1, pending: new Set(), dead: null };
  let depth = 0; // how many times the stack is inside the module

  const die = (cause) => {
    if (instance.dead !== null) return;
    if (live === instance) live = null;
    instance.dead = new TokenwellError(
      "runtime",
      "Tokenwell's WebAssembly module failed, which is a bug in Tokenwell; this call was given up, and the next one starts afresh",
      // Only what the engine itself threw: anything else could hold what must not be seen.
      { cause: cause instanceof WebAssembly.RuntimeError || cause instanceof RangeError ? cause : undefined },
    );
    for (const reject of instance.pending) reject(instance.dead);
    instance.pending.clear();
  };

  // Every way into the module leads through here, also the callbacks that it gave to promises.
  const guard = (name, enter) => (...args) => {
    if (instance.dead === null) {
      depth++;
      try {
        const result = enter(...args);
        // The instance may have died below, under an import that caught the error.
        if (instance.dead === null) return result;
      } catch (cause) {
        die(cause);
      } finally {
        depth--;
      }
    }
    // Under the event loop nobody could catch it, and an uncaught exception ends the process: those who wait have
    // been told already.
    if (depth === 0 && EVENTS.test(name)) return;
    throw instance.dead;
  };

  const guarded = {};
  for (const [name, value] of Object.entries(exports)) {
    guarded[name] = typeof value === "function" ? guard(name, value) : value;
  }
  setWasm(guarded);
  // Only there where the module uses WebAssembly's own references, as what Rust's compiled standard library brings does.
  guarded.__wbindgen_start?.();
  generation = instance.generation;
  return instance;
}

/** Why the module could not be compiled or linked. */
function explained(cause) {
  // Told by its name, since an error may be another realm's.
  return /^(Link|Type)Error$/.test(cause?.name)
    ? unstartable("what it was given is not the WebAssembly module of its version: hand over its own `tokenwell/tokenwell.wasm`", cause)
    : unstartable(
        `this runtime does not run its WebAssembly module (${cause?.message ?? cause}): ` +
          "use Node 20.16, 22.3 or later, build with the export condition `workerd` (Cloudflare Workers) or `edge-light` " +
          "(Vercel and Next.js edge), or import `tokenwell/slim` and hand the module to init()",
        cause,
      );
}

function unstartable(why, cause) {
  return new TokenwellError("runtime", `Tokenwell cannot start: ${why}`, { recovery: "fix_configuration", cause });
}
