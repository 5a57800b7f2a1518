// What the cases share, in whichever runtime they run: the servers, clients of them, and how a case says what is wrong.

/**
 * Runs cases, one after the other.
 *
 * @param {Record<string, (surroundings: object) => unknown>} cases by their names
 * @param {object} tokenwell the package, as the runtime loads it
 * @param {string} address where the servers are told, see `world.js`
 * @param {object} [runtime]
 * @param {(value: unknown) => string} [runtime.inspect] what its `console.log` prints of a value
 * @param {boolean} [runtime.tellsRefusals] whether its `fetch` tells a refused connection from a broken one; true
 * @param {boolean} [runtime.isolatesRequests] whether what a request began ends with it; false
 * @returns {Promise<{ name: string, problem: string | null }[]>} in the order of the cases
 */
export async function runCases(cases, tokenwell, address, runtime = {}) {
  const ask = async (action, given) => {
    const init = given === undefined ? undefined : { method: "POST", body: JSON.stringify(given) };
    return (await fetch(`${address}/${action}`, init)).json();
  };
  const surroundings = { tokenwell, address, ask, ...DEFAULTS, ...runtime, world: await ask("world"), shown: listen() };
  const results = [];
  for (const [name, run] of Object.entries(cases)) {
    await ask("reset", {});
    try {
      await run(surroundings);
      results.push({ name, problem: null });
    } catch (error) {
      results.push({ name, problem: String(error.stack ?? error) });
    }
  }
  return results;
}

const DEFAULTS = { inspect: undefined, tellsRefusals: true, isolatesRequests: false };

/** Everything that the cases made or that was written to the console, for the search for secrets in the end. */
function listen() {
  const shown = [];
  for (const name of ["debug", "error", "info", "log", "warn"]) {
    const write = console[name];
    console[name] = (...given) => {
      shown.push(...given);
      write.apply(console, given);
    };
  }
  return shown;
}

/** Each provider: its own options, and an API call. */
export const PROVIDERS = {
  luminary: { options: { subdomain: "acme" }, call: (client) => client.households({ limit: 1 }) },
  lumanu: {
    options: { environment: "sandbox" },
    call: (client) =>
      client.createPayable({
        workspaceId: "workspace-of-the-platform",
        payeeEmail: "payee@people.example",
        amount: 12500,
        description: "A drawing",
      }),
  },
  lumoauth: { options: { tenant: "acme" }, call: (client) => client.check("document.view") },
  lucca: {
    options: { account: "example" },
    call: async (client) => {
      const response = await client.fetch("employees?limit=1");
      equal(response.status, 200, "the status of the API");
      return response.json();
    },
  },
};

/** A client of an emulated provider. Only the address is replaced: it is the runtime's own fetch that sends. */
export function connect({ tokenwell, world, shown }, provider, options = {}) {
  const { clientId, clientSecret } = world.clients[provider];
  const client = tokenwell[provider]({
    ...PROVIDERS[provider].options,
    clientId,
    clientSecret,
    fetch: emulated(world),
    onEvent: (event) => shown.push(event),
    ...options,
  });
  shown.push(client);
  return client;
}

export function emulated(world) {
  return (url, init) => fetch(url.replace(/^https:\//, `${world.emulator}/host`), init);
}

/** A call rejects with a TokenwellError that has these members. */
export async function fails({ shown, tokenwell }, call, members) {
  const outcome = await call().then((value) => ({ value }), (error) => ({ error }));
  check("error" in outcome, "an error");
  const { error } = outcome;
  shown.push(error);
  check(error instanceof tokenwell.TokenwellError, `a TokenwellError, not ${error?.stack ?? error}`);
  const found = Object.fromEntries(Object.keys(members).map((name) => [name, error[name]]));
  equal(found, members, `the error "${error.message}"`);
}

export function check(holds, what) {
  if (!holds) throw new Error(`Expected ${what}.`);
}

export function equal(got, expected, what) {
  const [left, right] = [JSON.stringify(got), JSON.stringify(expected)];
  if (left !== right) throw new Error(`${what}: expected ${right}, got ${left}`);
}
