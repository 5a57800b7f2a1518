// What each address answers.

import { readFile } from "node:fs/promises";
import { answered, noted } from "./exchanges.js";
import { forward } from "./forward.js";
import { checkOrigin, readForm, Refused } from "./guard.js";
import { problemPage } from "./pages/problem.js";
import { runPage } from "./pages/run.js";
import { startPage } from "./pages/start.js";
import { findProvider, flowTitles } from "./providers.js";
import { Run } from "./run.js";
import { remember, Visits } from "./visits.js";

const assets = {
  "/style.css": ["text/css; charset=utf-8", "assets/style.css"],
  "/script.js": ["text/javascript; charset=utf-8", "assets/script.js"],
  "/icon.svg": ["image/svg+xml", "assets/icon.svg"],
};

/** What the forms of a run do. */
const actions = {
  refresh: (run) => run.refresh(),
  call: (run, form) => run.call(form.get("name")),
  revoke: (run) => run.revoke(),
  "revoke-at-provider": (run) => run.revokeAtProvider(),
  disconnect: (run) => run.disconnect(),
};

/** The pages, forms and files of the test server. An answer is `{ status, headers, body }`. */
export class Site {
  #emulator;
  #origin;
  #visits = new Visits();

  constructor(emulator, origin) {
    this.#emulator = emulator;
    this.#origin = origin;
  }

  /** Answers a request, also where it is refused. It rejects only where this server itself has failed. */
  async answer(request) {
    try {
      checkOrigin(request, this.#origin);
      return await this.#route(request);
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      return page(error.status, problemPage(error));
    }
  }

  async #route(request) {
    const url = new URL(request.url, this.#origin);
    if (Object.hasOwn(assets, url.pathname)) return asset(...assets[url.pathname]);
    if (url.pathname.startsWith("/host/")) return this.#providersAnswer(request);
    const { visit, cookie } = this.#visits.of(request);
    const answer = await this.#visitorsAnswer(request, url, visit);
    return cookie === null ? answer : { ...answer, headers: { ...answer.headers, "set-cookie": cookie } };
  }

  async #visitorsAnswer(request, url, visit) {
    const [, place, id, action] = url.pathname.split("/");
    const asks = `${request.method} /${place}`;
    if (asks === "GET /" && id === undefined) return page(200, startPage(visit, this.#clockAhead()));
    if (asks === "GET /callback" && id === undefined) return this.#callback(visit, url);
    if (asks === "POST /clock" && id === undefined) return this.#moveClock(await readForm(request, visit.formToken));
    if (asks === "POST /runs" && id === undefined) return this.#startRun(visit, await readForm(request, visit.formToken));
    if (place === "runs") {
      const run = visit.runs.get(id);
      if (!run) throw new Refused(404, "No such run", "This browser started no run of that name, or it was long ago.");
      if (request.method === "GET" && action === undefined) return page(200, runPage(run, visit, this.#clockAhead()));
      if (request.method === "POST") return this.#act(run, action, await readForm(request, visit.formToken), request);
    }
    throw new Refused(404, "Nothing here", "This server has no such page.");
  }

  async #startRun(visit, form) {
    const provider = findProvider(form.get("provider"));
    const flow = form.get("flow");
    if (!provider || !Object.hasOwn(flowTitles, flow) || !provider.flows[flow]) {
      throw new Refused(400, "No such flow", "Choose a provider and one of its flows.");
    }
    const scope = (form.get("scope") ?? provider.flows[flow].scope).trim();
    const run = new Run({ emulator: this.#emulator, provider, flow, scope, redirectUri: `${this.#origin}/callback` });
    remember(visit, run);
    await run.start();
    return seeOther(`/runs/${run.id}`);
  }

  /** The redirect URI. It answers with a redirect, so that the code does not stay in the browser's address bar. */
  async #callback(visit, url) {
    const started = [...visit.runs.values()].filter((run) => run.authorization !== null);
    // Without a match it is the latest that is spoiled: an application keeps one transaction for each browser.
    const run = started.find((one) => one.state === url.searchParams.get("state")) ?? started.at(-1);
    if (!run) throw new Refused(400, "Nobody was sent away", "This browser has no authorization under way, so there is nothing to compare the callback with.");
    const note = noted(run.exchanges, { by: "Browser", method: "GET", url: url.href });
    await run.callback(url);
    answered(note, 303, [["location", `${this.#origin}/runs/${run.id}`]], "");
    return seeOther(`/runs/${run.id}`);
  }

  async #act(run, name, form, request) {
    if (name === "reveal") return this.#reveal(run, form, request);
    if (!Object.hasOwn(actions, name ?? "")) throw new Refused(404, "Nothing here", "This server has no such page.");
    if (run.token === null) throw new Refused(409, "No token", "This run has no token (any more): start another one.");
    await actions[name](run, form);
    return seeOther(`/runs/${run.id}`);
  }

  /** To the script as text; to a browser without scripts in the page that it is sent to. */
  #reveal(run, form, request) {
    const name = form.get("token");
    const { secrets } = run;
    if (!Object.hasOwn(secrets, name)) throw new Refused(404, "No token", "This run has no such token (any more).");
    if (request.headers.accept === "text/plain") {
      return { status: 200, headers: { "content-type": "text/plain; charset=utf-8" }, body: secrets[name] };
    }
    run.revealed = name;
    return seeOther(`/runs/${run.id}#tokens`);
  }

  #moveClock(form) {
    const minutes = form.get("minutes");
    if (minutes === "0") this.#emulator.clock.reset();
    else if (/^[1-9]\d{0,4}$/.test(minutes)) this.#emulator.clock.advance(Number(minutes) * 60_000);
    else throw new Refused(400, "No such time", "Time passes in minutes.");
    const back = form.get("back") ?? "/";
    return seeOther(/^\/(runs\/[0-9a-f-]{36})?$/.test(back) ? back : "/");
  }

  /** Minutes that the emulator's clock is ahead of this machine's. */
  #clockAhead() {
    return Math.round((this.#emulator.clock.now() - Date.now()) / 60_000);
  }

  async #providersAnswer(request) {
    const answer = await forward(request, {
      emulatorOrigin: this.#emulator.origin,
      exchangesOf: (state) => state === null ? undefined : this.#visits.runs().find((run) => run.state === state)?.exchanges,
    });
    const isPage = (answer.headers["content-type"] ?? "").startsWith("text/html");
    if (!isPage || answer.status < 400) return answer;
    // The emulator's error pages are a bare sentence.
    const sentence = /<p>(.*?)<\/p>/.exec(answer.body)?.[1] ?? "The provider shows an error page.";
    return page(answer.status, problemPage({ title: "The provider refused", message: sentence }));
  }
}

/** An HTML page. */
export function page(status, markup) {
  return { status, headers: { "content-type": "text/html; charset=utf-8" }, body: String(markup) };
}

function seeOther(location) {
  return { status: 303, headers: { location }, body: "" };
}

async function asset(type, path) {
  return { status: 200, headers: { "content-type": type }, body: await readFile(new URL(path, import.meta.url)) };
}
