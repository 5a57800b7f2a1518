/** A `WebAssembly.Module`, where the bundler compiles it; for `init()` of `tokenwell/slim`. */
declare const module: object;
export default module;
