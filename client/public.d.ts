// What `dist/client/index.js` exports, for people who install it. The build copies this file; a
// test holds it equal to the code.

export type Fetch = (input: RequestInfo | URL, init?: RequestInit) => Promise<Response>;

export type ProvingFetch = Fetch & {
  /**
   * Fetches a challenge and does its work, so that the next call to this path only has to be
   * signed. Without a path: the one called last, or the first of `protect`. Call it when the user
   * shows that a call is coming; it asks for no more than it needs, and it never rejects.
   */
  readonly prepare: (path?: string) => Promise<void>;
};

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
  /** Is told what the client does. */
  readonly onProof?: OnProof;
  /** Shows that a human is there. In a page, Turnstile by default; elsewhere nothing does. */
  readonly solveHuman?: SolveHuman;
  readonly turnstile?: TurnstileOptions;
};

export type TurnstileOptions = {
  /** Another address of Turnstile's `api.js`. */
  readonly src?: string;
  /** A selector of the element to show it in. By default one is made when it is needed. */
  readonly container?: string;
};

export type HumanChallenge = {
  readonly siteKey: string;
  readonly action: string;
  /** `cData` of Turnstile: base64url(SHA-256(challenge)). */
  readonly cData: string;
  /** No answer counts after so long. */
  readonly secondsMax: number;
  readonly signal: AbortSignal | null;
};

/** Resolves to the token that proves it, or rejects. */
export type SolveHuman = (challenge: HumanChallenge) => Promise<string>;

export type ProofState = {
  readonly state:
    | 'challenge'
    /** Work was done ahead: the next call on this path only has to be signed. */
    | 'prepared'
    | 'solving'
    /** A visitor is being asked to show that they are human. */
    | 'human'
    | 'sent'
    | 'retry'
    /** The call was not let through, or was one that cannot carry a proof. */
    | 'refused';
  readonly path: string;
  /** With `solving`: the share of the work that is done, 0 to 1. */
  readonly progress?: number;
  /** With `prepared` and `sent`: what the proof cost. */
  readonly hashes?: number;
  readonly milliseconds?: number;
  /** With `sent`: the work was done before the call was made. */
  readonly ahead?: boolean;
  /** With `refused`: by the gateway, or by this client because of what was used to send. */
  readonly by?: 'gateway' | 'beacon' | 'synchronous';
};

export type OnProof = (state: ProofState) => void;

/** A `fetch` that answers the gateway's challenges. */
export declare const createFetch: (options: FetchOptions) => ProvingFetch;
