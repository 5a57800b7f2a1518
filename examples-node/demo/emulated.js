// The four providers, as the emulators in tests/emulators stand in for them.

import { luminary, lumanu, lumoauth, lucca } from "tokenwell";
import { sampleEnvironment } from "../../tests/emulators/samples.js";
import { calls } from "./calls.js";
import { playScene } from "./scene.js";

/** @param {Awaited<ReturnType<typeof import("../../tests/emulators/index.js").createEmulator>>} emulator */
export function emulated(emulator) {
  const common = { fetch: emulator.fetch, env: sampleEnvironment(emulator.clients) };
  const providers = [
    ["Luminary", "luminary", () => luminary(common)],
    ["Lumanu, sandbox", "lumanu", () => lumanu({ ...common, environment: "sandbox" })],
    ["LumoAuth", "lumoauth", () => lumoauth({ ...common, scope: "read:users" })],
    ["Lucca", "lucca", () => lucca({ ...common, account: "example", scope: "employees.readonly" })],
  ];
  return providers.map(([title, name, open]) => ({
    title,
    run: () =>
      playScene({
        api: open(),
        call: calls[name],
        client: emulator.clients[name],
        sent: () => emulator.requests.filter(({ provider }) => provider === name).map(received),
      }),
  }));
}

function received({ method, protocol, host, path, query, headers, rawBody, status }) {
  const search = new URLSearchParams(query).toString();
  return { method, url: `${protocol}://${host}${path}${search && `?${search}`}`, headers, body: rawBody, status };
}
