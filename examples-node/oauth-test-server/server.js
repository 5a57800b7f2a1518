// An OAuth test server for development: `npm run dev`, or `cargo xtask test-server`. Ctrl-C ends it.
//
//   node server.js [--port 3000]

import { parseArgs } from "node:util";
import { createTestServer } from "./app.js";

function readPort() {
  const { port = "3000" } = parseArgs({ options: { port: { type: "string" } } }).values;
  if (!/^\d{1,5}$/.test(port) || Number(port) > 65_535) throw new Error(`--port takes a number up to 65535, not "${port}".`);
  return Number(port);
}

try {
  const { origin, close } = await createTestServer({ port: readPort() });
  console.log(`OAuth test server, for development: ${origin}/`);
  console.log("It has four emulated providers with sample clients and people, and answers on this machine only.");
  console.log("Ctrl-C ends it.");
  for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, close);
} catch (error) {
  const busy = error.code === "EADDRINUSE" ? `Port ${error.port} is in use: name another one with --port.` : error.message;
  console.error(busy);
  process.exitCode = 1;
}
