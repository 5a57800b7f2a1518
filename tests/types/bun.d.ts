// What Bun's types add to those of Node: another signature of `fetch`, and `Bun`, by which they are told.

interface BunFetchRequestInit extends RequestInit {
  tls?: { rejectUnauthorized?: boolean };
  proxy?: string | false;
  unix?: string;
  verbose?: boolean;
  decompress?: boolean;
}
declare function fetch(input: string | URL | Request, init?: BunFetchRequestInit): Promise<Response>;
declare namespace fetch {
  function preconnect(url: string | URL): void;
}
declare namespace Bun {
  const version: string;
}
