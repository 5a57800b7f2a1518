// The globals of a worker as its library declares them: with classes, which `typeof globalThis` does not have, and a
// generic Request.

declare abstract class AbortSignal {
  readonly aborted: boolean;
  readonly reason: any;
  throwIfAborted(): void;
}
declare class URL {
  constructor(url: string);
  readonly href: string;
  readonly origin: string;
}
declare class Response {
  constructor(body?: string | null, init?: { status?: number });
  readonly ok: boolean;
  readonly status: number;
  readonly webSocket: object | null;
}
interface RequestInit<Cf = unknown> {
  method?: string;
  signal?: AbortSignal | null;
  cf?: Cf;
}
interface Request<Cf = unknown> {
  readonly url: string;
  readonly signal: AbortSignal;
  readonly cf?: Cf;
}
declare function fetch(input: Request | string | URL, init?: RequestInit<{ cacheTtl?: number }>): Promise<Response>;

interface ExecutionContext {
  waitUntil(promise: Promise<any>): void;
}
interface KVNamespace {
  get(key: string): Promise<string | null>;
}
