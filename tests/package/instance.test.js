// The package's keeper of the instance, over a tiny module that does what a broken one would do.

import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { pathToFileURL } from "node:url";
import { brotliCompressSync } from "node:zlib";
import binaryen from "binaryen";
import { folder, root } from "./package.js";

const parsed = binaryen.parseText(`(module
  (import "./glue" "outside" (func $outside))
  (func (export "__wbindgen_start"))
  (func (export "answer") (export "client_open") (export "e0") (export "__wbg_handle_free") (export "__wbindgen_destroy_closure") (result i32)
    (i32.const 42))
  (func (export "trap") (export "e1") (unreachable))
  (func (export "outside_then_answer") (result i32) (call $outside) (i32.const 42))
)`);
const bytes = parsed.emitBinary();

const glue = `export function createGlue() {
  let wasm;
  class Handle {
    constructor() { this.made = wasm.answer(); }
    static make() { return new Handle(); }
    get answer() { return wasm.answer(); }
    trap() { wasm.trap(); }
  }
  return {
    setWasm: (exports) => { wasm = exports; },
    imports: { "./glue": { outside: () => globalThis.outside() } },
    functions: {
      answer: () => wasm.answer(),
      trap: () => wasm.trap(),
      through: () => wasm.outside_then_answer(),
      callback: (name) => () => wasm[name](),
      broken: () => { throw "an error of the call's own"; },
    },
    classes: { Handle },
  };
}`;

/** instance.js by itself, with state of its own. */
async function load(test, source = bytes) {
  const template = join(root, "pkg-template");
  const scripts = readdirSync(template).filter((name) => name.endsWith(".js"));
  const files = Object.fromEntries(scripts.map((name) => [name, readFileSync(join(template, name))]));
  const place = await folder(test, { ...files, "glue.js": glue, "package.json": `{ "type": "module" }` });
  const instance = await import(pathToFileURL(join(place, "instance.js")));
  instance.provide(source);
  test.after(() => delete globalThis.outside);
  return instance;
}

const runtimeError = (error) => error.name === "TokenwellError" && error.kind === "runtime";
const forever = () => new Promise(() => {});

test("the module is taken from a function, as bytes, as a buffer and compiled", async (t) => {
  const buffer = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength);
  for (const source of [() => bytes, bytes, buffer, new WebAssembly.Module(bytes)]) {
    const { current } = await load(t, source);
    assert.equal(current().glue.answer(), 42);
  }
});

test("what is inlined is read by what Node, Deno and Bun bring, and refused where nothing can unpack it", async (t) => {
  const { inlined } = await import(pathToFileURL(join(root, "pkg-template", "inlined.js")));
  const text = brotliCompressSync(bytes).toString("base64");
  assert.deepEqual(new Uint8Array(inlined(text)()), new Uint8Array(bytes));
  const { process } = globalThis;
  for (const lacking of [undefined, {}]) {
    globalThis.process = lacking;
    try {
      assert.throws(inlined(text), /^Error: it has no process.getBuiltinModule$/);
    } finally {
      globalThis.process = process;
    }
  }
});

test("there is one instance, made once", async (t) => {
  const { current } = await load(t);
  assert.equal(current(), current());
  assert.equal(current().generation, 1);
});

test("a call that traps throws a runtime error, and the next call works on a fresh instance", async (t) => {
  const { current } = await load(t);
  const first = current();
  assert.throws(() => first.glue.trap(), (error) => runtimeError(error) && error.cause instanceof WebAssembly.RuntimeError);
  assert.equal(first.dead.kind, "runtime");
  assert.equal(current().generation, 2);
  assert.equal(current().glue.answer(), 42);
});

test("a trap rejects every call that waits for the instance, once", async (t) => {
  const { current, run } = await load(t);
  const waiting = [run(forever), run(forever)];
  const trapping = run(async ({ glue }) => glue.trap());
  for (const call of [...waiting, trapping]) await assert.rejects(call, runtimeError);
  assert.equal(await run(({ glue }) => glue.answer()), 42);
  assert.equal(current().pending.size, 0);
});

test("a call that has settled no longer waits", async (t) => {
  const { current, run } = await load(t);
  assert.equal(await run(async () => 1), 1);
  await assert.rejects(run(async () => Promise.reject(new Error("own"))), /own/);
  await assert.rejects(run(() => { throw new Error("at once"); }), /at once/);
  assert.equal(current().pending.size, 0);
});

test("an error that a call throws by itself is the caller's, and the instance lives on", async (t) => {
  const { current } = await load(t);
  assert.throws(() => current().glue.broken(), (error) => error === "an error of the call's own");
  assert.equal(current().generation, 1);
});

test("a trap in a callback of the event loop rejects those who wait, and is no uncaught exception", async (t) => {
  const { current, run } = await load(t);
  const waiting = run(forever);
  const callback = current().glue.callback("e1");
  queueMicrotask(callback);
  await assert.rejects(waiting, runtimeError);
  assert.equal(current().generation, 2);
});

test("what the event loop calls of a dead instance reaches nothing", async (t) => {
  const { current } = await load(t);
  const late = ["e0", "__wbg_handle_free", "__wbindgen_destroy_closure"].map((name) => current().glue.callback(name));
  for (const callback of late) assert.equal(callback(), 42);
  assert.throws(() => current().glue.trap(), runtimeError);
  for (const callback of late) assert.equal(callback(), undefined);
  assert.equal(current().generation, 2);
});

test("below a call, what the event loop calls of a dead instance ends that call", async (t) => {
  const { current } = await load(t);
  const { glue } = current();
  const callback = glue.callback("e0");
  globalThis.outside = () => {
    assert.throws(() => glue.trap(), runtimeError);
    assert.throws(callback, runtimeError);
  };
  assert.throws(() => glue.through(), runtimeError);
});

test("a handle of a dead instance is refused, and does not reach the fresh one", async (t) => {
  const { current } = await load(t);
  const handle = new (current().glue.Handle)();
  assert.ok(handle instanceof current().glue.Handle);
  assert.equal(handle.answer, 42);
  assert.equal(current().glue.Handle.make().made, 42);
  assert.throws(() => handle.trap(), runtimeError);
  assert.throws(() => handle.answer, runtimeError);
  assert.equal(current().generation, 2);
});

test("an exception that passes through the module ends the instance, and shows nothing of itself", async (t) => {
  const { current } = await load(t);
  globalThis.outside = () => { throw new Error("secret"); };
  assert.throws(() => current().glue.through(), (error) => runtimeError(error) && error.cause === undefined);
  assert.equal(current().generation, 2);
});

test("a trap below an import that catches it fails the call above it all the same", async (t) => {
  const { current } = await load(t);
  const { glue } = current();
  globalThis.outside = () => assert.throws(() => glue.trap(), runtimeError);
  assert.throws(() => glue.through(), runtimeError);
  assert.equal(current().generation, 2);
});

test("an endless recursion through the module ends the instance with a runtime error", async (t) => {
  const { current } = await load(t);
  const { glue } = current();
  globalThis.outside = () => glue.through();
  assert.throws(() => glue.through(), runtimeError);
  globalThis.outside = () => {};
  assert.equal(current().glue.through(), 42);
});

test("where the module cannot be compiled, the error names the conditions that help", async (t) => {
  const { current, run } = await load(t, new Uint8Array([0, 1, 2, 3]));
  const helps = (error) => runtimeError(error) && ["workerd", "edge-light", "tokenwell/slim"]
    .every((word) => error.message.includes(word)) && error.recovery === "fix_configuration";
  assert.throws(() => current(), helps);
  await assert.rejects(run(forever), helps);
});

test("where there is no WebAssembly the error is the same, and it is tried again the next time", async (t) => {
  const { current } = await load(t);
  const { WebAssembly } = globalThis;
  try {
    delete globalThis.WebAssembly;
    assert.throws(() => current(), runtimeError);
  } finally {
    globalThis.WebAssembly = WebAssembly;
  }
  assert.equal(current().glue.answer(), 42);
});

test("where there is no Headers, the error says so, and it is tried again the next time", async (t) => {
  const { current } = await load(t);
  const { Headers } = globalThis;
  try {
    delete globalThis.Headers;
    assert.throws(() => current(), (error) => runtimeError(error) && error.recovery === "fix_configuration"
      && /this runtime does not run .*it has no fetch and Headers/.test(error.message));
  } finally {
    globalThis.Headers = Headers;
  }
  assert.equal(current().glue.answer(), 42);
});

test("a module that is not Tokenwell's is told as that", async (t) => {
  const empty = new Uint8Array([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0]);
  const others = ['(import "./glue" "other" (func))', '(import "env" "other" (func))', '(memory (export "memory") 1)'];
  const foreign = others.map((what) => binaryen.parseText(`(module ${what})`).emitBinary());
  for (const source of [empty, new WebAssembly.Module(empty), ...foreign, "tokenwell.wasm", { default: {} }]) {
    const { current } = await load(t, source);
    assert.throws(() => current(), (error) => runtimeError(error) && error.recovery === "fix_configuration"
      && /what it was given is not the WebAssembly module of its version: hand over/.test(error.message));
  }
});

test("without a module the error says what to do", async (t) => {
  const { current, provide } = await load(t);
  provide(undefined, "call init() first");
  assert.throws(() => current(), (error) => runtimeError(error) && error.message.includes("call init() first"));
});

test("of what the module exports, the event loop calls what is named so, and the package calls the rest", () => {
  const module = new WebAssembly.Module(readFileSync(join(root, "pkg", "tokenwell.wasm")));
  const names = WebAssembly.Module.exports(module).map(({ name }) => name);
  const known = /^(memory|e\d+|__wbg_\w+_free|(client|source)_\w+|__wbindgen_(malloc|realloc|free|exn_store|destroy_closure)|__abort_handler|__instance_terminated)$/;
  assert.deepEqual(names.filter((name) => !known.test(name)), []);
  assert.ok(names.some((name) => /^e\d+$/.test(name)), "callbacks of promises");
});
