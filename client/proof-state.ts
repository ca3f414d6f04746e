// What the client says about its work while it does it, for progress on a page or in a log. It
// tells paths and costs, never a challenge, a proof or a body.

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
