// What `dist/client/index.js` exports, for people who install it. The build copies this file; a
// test holds it equal to the code.

export type Fetch = (input: RequestInfo | URL, init?: RequestInit) => Promise<Response>;

export type FetchOptions = {
  /** Where the gateway is, e.g. `https://ai.example.com`. */
  readonly gateway: string | URL;
  /**
   * Path prefixes whose calls carry a proof from the first try. Without it: every request with a
   * body to the gateway's origin, or, with a `key`, none.
   */
  readonly protect?: readonly string[];
  /** An API key, sent as `Authorization: Bearer`. */
  readonly key?: string;
  /** What sends the requests. The platform's `fetch` by default. */
  readonly fetch?: Fetch;
};

/** A `fetch` that answers the gateway's challenges. */
export declare const createFetch: (options: FetchOptions) => Fetch;
