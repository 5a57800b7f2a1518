/**
 * A store for `oidc-provider` that belongs to one server. The package's own one is shared by all servers of a process,
 * so that a token of one would be good at another.
 */
export function memoryAdapter() {
  const records = new Map();

  return class MemoryAdapter {
    constructor(model) {
      this.model = model;
    }

    async upsert(id, payload, expiresIn) {
      const expiresAt = expiresIn ? Date.now() + expiresIn * 1000 : Infinity;
      records.set(`${this.model}:${id}`, { model: this.model, payload, expiresAt });
    }

    async find(id) {
      return live(records.get(`${this.model}:${id}`));
    }

    async findByUid(uid) {
      return this.#findBy((payload) => payload.uid === uid);
    }

    async findByUserCode(userCode) {
      return this.#findBy((payload) => payload.userCode === userCode);
    }

    #findBy(matches) {
      return live([...records.values()].find((record) => record.model === this.model && matches(record.payload)));
    }

    async consume(id) {
      const record = records.get(`${this.model}:${id}`);
      if (record) record.payload.consumed = Math.floor(Date.now() / 1000);
    }

    async destroy(id) {
      records.delete(`${this.model}:${id}`);
    }

    async revokeByGrantId(grantId) {
      for (const [key, record] of records) if (record.payload.grantId === grantId) records.delete(key);
    }
  };
}

function live(record) {
  return record && record.expiresAt > Date.now() ? record.payload : undefined;
}
