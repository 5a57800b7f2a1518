// Vercel's and Next.js' edge runtime: `?module` is their way to ask for a compiled module.

import module from "./tokenwell.wasm?module";
import { provide } from "./instance.js";

provide(module);

export * from "./client.js";
