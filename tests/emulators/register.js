// For `node --import ./register.js program.js`: the program runs unchanged, and every provider it talks to is the
// emulator in its own process. Other hosts cannot be reached, apart from loopback.

import { createEmulator } from "./index.js";
import { sampleEnvironment } from "./samples.js";

/** The emulator behind this process, for tests that run in it. */
export const emulator = await createEmulator({ loopback: true });

emulator.unref();
globalThis.fetch = emulator.fetch;
Object.assign(process.env, sampleEnvironment(emulator.clients));
