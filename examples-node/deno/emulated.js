// For tests: leads what is meant for the providers to the emulator that EMULATOR names.

const send = globalThis.fetch;

globalThis.fetch = (input, init) => {
  const { protocol, host, pathname, search } = new URL(input);
  if (protocol !== "https:") throw new TypeError("The providers answer over https only.");
  return send(`${Deno.env.get("EMULATOR")}/host/${host}${pathname}${search}`, init);
};
