// What really happened at the provider, which no ledger knows and every ledger has to cover.

import type { LedgerAddress } from '../core/ledger/layout.ts';
import type { Errand } from './asks.ts';

/** What really happened at the provider. */
export type Truth = {
  readonly errand: Errand;
  readonly addresses: readonly LedgerAddress[];
  forwardedAtMs: number | null;
  cost: number;
  /** The Worker got as far as telling everybody. */
  isTold: boolean;
  /** Made more in a second than its hold was told anybody can. */
  isFast: boolean;
};
