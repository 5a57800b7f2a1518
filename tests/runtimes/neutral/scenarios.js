// Runs the scenarios through the package: the token lifecycle in virtual time. Works in every runtime.

import { client, forPackage, issuedFor, merged } from "./clients.js";
import { Differences } from "./differences.js";
import { VirtualTime, settled } from "./time.js";
import { response, wire } from "./wire.js";

/** When a scenario begins that does not say; its times count from here. */
const START = 1_800_000_000_000;

/** What `Math.random` gives: jitter may not change what is expected, so every scenario runs with its ends and middle. */
const RANDOM = [0, 0.5, 1 - Number.EPSILON];

/** Where a promise must not leave its request, as in workers, those who wait look for the answer about this often. */
const LOOK_MS = 50;

/** What an injected `fetch` throws where a connection fails. */
const FAILURES = { not_sent: "ECONNREFUSED", interrupted: "ECONNRESET", untrusted: "CERT_HAS_EXPIRED" };

/**
 * The scenarios for the package. They cannot run at the same time, since each takes `globalThis.setTimeout`.
 *
 * @param {object} tokenwell the package
 * @param {{ name: string, content: object }[]} files
 * @param {{ inspect?: (value: unknown) => string }} [options] what the runtime's `console.log` prints of a value
 * @returns {{ file: string, id: string, run: () => Promise<string[]> }[]} `run` gives what differs
 */
export function scenarios(tokenwell, files, { inspect } = {}) {
  return [...forPackage(files, "scenarios")].map(({ file, content, one }) => ({
    file,
    id: one.id,
    async run() {
      const given = merged(content.given, one.given);
      for (const random of RANDOM) {
        const scenario = new Scenario(given, new Differences(inspect));
        const list = await scenario.run(tokenwell, one, random);
        if (list.length > 0) return list.map((problem) => `${problem} (random: ${random})`);
      }
      return [];
    },
  }));
}

/** A flight whose every attempt is refused is over after this. */
const LAST_ATTEMPTS_MS = 2_000;

const unreachable = (code) => new TypeError("fetch failed", { cause: Object.assign(new Error("failed"), { code }) });

/** A call that waits for a token. */
class Call {
  token;
  error;

  constructor(promise) {
    promise.then((token) => (this.token = token), (error) => (this.error = error));
  }

  get pending() {
    return this.token === undefined && this.error === undefined;
  }
}

/** One scenario under way. */
class Scenario {
  #waiting = [];
  #unanswered = [];
  #expectedRequests = 0;
  #isOver = false;
  #secretsAsked = 0;
  #events = [];

  constructor(given, differences) {
    this.given = given;
    this.differences = differences;
    this.start = given.startsAt ?? START;
    this.time = new VirtualTime(this.start);
    this.network = wire(() => {
      if (this.#isOver) throw unreachable("ECONNREFUSED");
      return new Promise((resolve, reject) => this.#unanswered.push({ resolve, reject }));
    });
  }

  async run(tokenwell, { steps, requests, secretsAsked }, random) {
    const mathRandom = Math.random;
    const source = await this.source(tokenwell);
    Math.random = () => random;
    this.time.install();
    try {
      for (const [index, step] of steps.entries()) {
        await this.step(source, step);
        // The first that is wrong says it all; what follows is only its consequence.
        if (this.differences.list.length > 0) {
          return this.differences.list.map((problem) => `step ${index + 1} (at ${step.at}): ${problem}`);
        }
      }
      this.differences.compare("requests", requests, this.network.sent.length);
      this.differences.compare("secretsAsked", secretsAsked, this.#secretsAsked);
      this.differences.scan("an event", this.#events);
      return this.differences.list;
    } finally {
      await this.end();
      this.time.uninstall();
      Math.random = mathRandom;
    }
  }

  /** Lets what is still out come to its end: requests of a whole process share a limit. */
  async end() {
    this.#isOver = true;
    for (const { reject } of this.#unanswered) reject(unreachable("ECONNREFUSED"));
    await settled();
    await this.time.moveTo(this.time.now + LAST_ATTEMPTS_MS);
  }

  /** What has `token()`: a client, or a session of stored tokens. */
  async source(tokenwell) {
    const { client: options, session, scope } = this.given;
    const secrets = options.clientSecret;
    const made = client(tokenwell, merged(options, { clientSecret: Array.isArray(secrets) ? null : secrets }), {
      ...(Array.isArray(secrets) && { clientSecret: () => secrets[Math.min(this.#secretsAsked++, secrets.length - 1)] }),
      fetch: this.network.fetch,
      now: () => this.time.now,
      onEvent: (event) => this.#events.push(event),
    });
    if (session === undefined) {
      return { token: (given) => made.token(scope === undefined ? given : { ...given, scope }) };
    }
    const { expiresAt = null } = session;
    return made.session({
      scope: [],
      tokenType: "Bearer",
      issuedFor: await issuedFor(tokenwell, options),
      ...session,
      expiresAt: expiresAt === null ? null : this.start + expiresAt,
    });
  }

  async step(source, step) {
    await this.time.moveTo(this.start + step.at);
    const kind = ["ready", "send", "wait", "failed"].find((one) => one in step.expect);
    if (step.do === "poll") await this.poll(source, step, kind);
    else if (step.do === "answer") await this.answer(step, kind);
    else throw new Error(`unknown step ${step.do}`);
    const early = kind === "wait" && step.do === "answer" ? this.early(step.expect.wait) : 0;
    if (kind !== "send") this.differences.compare("requests so far", this.#expectedRequests + early, this.network.sent.length);
  }

  async poll(source, { fresh = false, times = 1, expect }, kind) {
    const calls = Array.from({ length: times }, () => new Call(source.token(fresh ? { fresh } : undefined)));
    this.#waiting.push(...calls);
    if (kind === "send") return this.sends(calls, expect.send);
    if (kind === "wait") return this.wait();
    await this.all(calls, expect, kind);
    this.#waiting = this.#waiting.filter((call) => call.pending);
  }

  /** A request, which a timer may have sent before this poll. */
  async sends(calls, { form = {}, attempt, timeout, background, meanwhile }) {
    const { differences, network } = this;
    this.#expectedRequests += 1;
    await settled(() => network.sent.length === this.#expectedRequests);
    differences.compare("requests so far", this.#expectedRequests, network.sent.length);
    const sent = network.sent.at(-1);
    const event = this.#events.findLast(({ type }) => type === "request");
    if (sent === undefined || event === undefined) return;
    const parameters = new URLSearchParams(sent.body);
    for (const [name, value] of Object.entries(form)) differences.compare(name, value, parameters.get(name));
    differences.compare("attempt", attempt, event.attempt);
    differences.compare("background", background, event.background);
    const lengths = this.time.timers.map(({ ms }) => ms);
    if (timeout !== undefined && !lengths.includes(timeout)) {
      differences.add(`timeout: expected ${timeout}, got ${lengths}`);
    }
    if (event.background) {
      await this.all(calls, { ready: meanwhile }, "ready");
      this.#waiting = this.#waiting.filter((call) => call.pending);
    } else {
      this.still();
    }
  }

  /** Settles the request that is out. */
  async answer({ token, failure, response: given, expect }, kind) {
    const { resolve, reject } = this.#unanswered.pop();
    if (token !== undefined) resolve(response({ body: JSON.stringify({ token_type: "Bearer", ...token }) }));
    else if (failure === undefined) resolve(response(given));
    else reject(unreachable(FAILURES[failure]));
    if (kind === "wait") return this.wait(expect.wait);
    // Where nobody waits, in the background, the next poll sees what came of it.
    await this.all(this.#waiting, expect, kind);
    this.#waiting = [];
  }

  /** Those who wait go on waiting. Where another attempt follows, it is in time. */
  async wait({ from, to } = {}) {
    await settled();
    this.still();
    if (from === undefined || this.#unanswered.length > 0) return;
    const rings = this.time.timers.map(({ due }) => due - this.start);
    if (!rings.some((at) => at >= from && at <= to)) {
      this.differences.add(`wait: expected ${from} to ${to}, the timers ring at ${rings.join(" and ") || "no time"}`);
    }
  }

  /** Where an attempt may follow at once, it may be out already when the next poll asks for it. */
  early({ from = -Infinity, to = Infinity } = {}) {
    const now = this.time.now - this.start;
    return this.#unanswered.length > 0 && from <= now && now <= to ? 1 : 0;
  }

  still() {
    const settledCall = this.#waiting.find((call) => !call.pending);
    if (settledCall === undefined) return;
    const { token, error } = settledCall;
    this.differences.add(`expected to wait, got ${error?.stack ?? token.accessToken}`);
  }

  /** Every one of these calls has the token, or the error. */
  async all(calls, { ready, expiresAt, failed }, kind) {
    const { differences } = this;
    const answered = () => calls.every((call) => !call.pending);
    await settled(answered);
    await this.time.ring(LOOK_MS, answered);
    for (const { token, error, pending } of calls) {
      if (pending) differences.add(`expected ${kind}, got nothing so far`);
      else if (kind === "failed" && error === undefined) differences.add(`expected failed, got ${token.accessToken}`);
      else if (kind === "failed") differences.error(failed, error);
      else if (error !== undefined) differences.add(`expected ready ${ready}, got ${error.stack}`);
      else {
        differences.compare("ready", ready, token.accessToken);
        differences.compare("expiresAt", expiresAt, token.expiresAt === null ? null : token.expiresAt - this.start);
        differences.scan("the token", token);
      }
      if (differences.list.length > 0) return;
    }
  }
}
