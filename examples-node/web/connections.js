// Which user is connected. The tokens lie encrypted in a file; a database would take its place.

import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { seal, unseal } from "./seal.js";

export class Connections {
  #api;
  #file;
  #key;
  #live = new Map();

  /**
   * @param {import("tokenwell").LumanuClient} api
   * @param {{ file: string, key: Uint8Array }} store the key has 32 bytes
   */
  constructor(api, { file, key }) {
    if (key.length !== 32) throw new Error("The key for the tokens must have 32 bytes.");
    this.#api = api;
    this.#file = file;
    this.#key = key;
  }

  /**
   * Ends an authorization that the user came back from.
   *
   * @param {string} user
   * @param {string} url the callback's, with its query
   * @param {string} transaction from the user's cookie
   */
  async connect(user, url, transaction) {
    this.#live.set(user, await this.#api.callback(url, transaction, this.#options(user)));
  }

  /**
   * The user's session, or null. One for each user in a process: callers at the same time share a refresh.
   *
   * @param {string} user
   * @returns {import("tokenwell").LumanuSession | null}
   */
  session(user) {
    const sealed = this.#read()[user];
    if (!this.#live.has(user) && sealed !== undefined) {
      this.#live.set(user, this.#api.session(unseal(this.#key, sealed, user), this.#options(user)));
    }
    return this.#live.get(user) ?? null;
  }

  /** Forgets here too if the provider cannot be reached. @param {string} user */
  async disconnect(user) {
    const session = this.session(user);
    this.#live.delete(user);
    this.#forget(user);
    try {
      await session?.disconnect();
    } finally {
      // A refresh that was on its way may have stored its tokens meanwhile.
      this.#forget(user);
    }
  }

  #forget(user) {
    this.#write(({ [user]: _, ...others }) => others);
  }

  /** `onTokens` is awaited before new tokens are used: a refresh token that replaced another exists nowhere else. */
  #options(user) {
    return { onTokens: (tokens) => this.#write((all) => ({ ...all, [user]: seal(this.#key, tokens, user) })) };
  }

  #read() {
    try {
      return JSON.parse(readFileSync(this.#file, "utf8"));
    } catch (error) {
      if (error.code === "ENOENT") return {};
      throw error;
    }
  }

  /** Never half written. */
  #write(change) {
    writeFileSync(`${this.#file}.new`, JSON.stringify(change(this.#read())), { mode: 0o600 });
    renameSync(`${this.#file}.new`, this.#file);
  }
}
