// The four providers, as the emulators in tests/emulators stand in for them.

import { luminary, lumanu, lumoauth, lucca } from "tokenwell";
import { sampleEnvironment } from "../../tests/emulators/samples.js";
import { calls } from "./calls.js";
import { playScene } from "./scene.js";

/** Registered for the sample clients. Nobody listens there: the demo plays the browser itself. */
const redirectUri = "https://app.example/callback";

/** @param {Awaited<ReturnType<typeof import("../../tests/emulators/index.js").createEmulator>>} emulator */
export function emulated(emulator) {
  const common = { fetch: emulator.fetch, env: sampleEnvironment(emulator.clients) };

  /** Sends Ada to the provider and back. */
  async function forUser(api, scope) {
    const { url, transaction } = api.authorize({ redirectUri, scope });
    return api.callback(await emulator.approve(url, { user: "ada" }), transaction);
  }

  const scenes = [
    ["Luminary", "luminary", calls.luminary, () => luminary(common)],
    ["Lumanu's sandbox", "lumanu", calls.lumanu, () => lumanu({ ...common, environment: "sandbox" })],
    [
      "Lumanu's sandbox, for a user",
      "lumanu",
      calls.lumanuUser,
      () => forUser(lumanu({ ...common, environment: "sandbox" }), "openid profile email"),
    ],
    ["LumoAuth", "lumoauth", calls.lumoauth, () => lumoauth({ ...common, scope: "read:users" })],
    ["Lucca", "lucca", calls.lucca, () => lucca({ ...common, account: "example", scope: "employees.readonly" })],
  ];
  return scenes.map(([title, name, call, open]) => ({
    title,
    async run() {
      const before = emulator.requests.length;
      return playScene({
        api: await open(),
        call,
        client: emulator.clients[name],
        sent: () => emulator.requests.slice(before).filter(isOurs).map(received),
      });
    },
  }));
}

/** Not the browser's. */
const isOurs = ({ endpoint }) => endpoint === "token" || endpoint === "api";

function received({ endpoint: to, method, protocol, host, path, query, headers, rawBody, status }) {
  const search = new URLSearchParams(query).toString();
  return { to, method, url: `${protocol}://${host}${path}${search && `?${search}`}`, headers, body: rawBody, status };
}
