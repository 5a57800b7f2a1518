// The emulator for programs that are not written in JavaScript: `node serve.js`.
//
// Prints one line of JSON, `{"origin", "clients", "environment"}`, and stops when stdin closes. An https URL is reached
// by its prefix: https://accounts.world.luccasoftware.com/connect/token is
// {origin}/host/accounts.world.luccasoftware.com/connect/token.

import { createEmulator } from "./index.js";
import { sampleEnvironment } from "./samples.js";

const emulator = await createEmulator();
const { origin, clients } = emulator;
process.stdout.write(`${JSON.stringify({ origin, clients, environment: sampleEnvironment(clients) })}\n`);
process.stdin.resume();
process.stdin.once("close", () => emulator.close());
