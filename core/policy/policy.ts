// The policy as the gateway uses it: amounts as NanoUsd, limits as counters, names resolved. Total
// and frozen; nothing writes to it while it is in force. Which limits a principal is under is asked
// of `limits.ts`.

import type { Dialect } from '../dialects/dialect.ts';
import type { ShardLayout } from '../ledger/layout.ts';
import type { ModelPrice } from '../pricing/catalog.ts';
import type { WorkLimits } from '../proof/work.ts';
import type { LimitTable } from './limits.ts';
import type { PolicySource, RouteSource } from './schema.ts';
import type { Scope } from './scope.ts';

export type PolicyError = { readonly path: string; readonly sentence: string };

export type Provider = PolicySource['providers'][number];

type Resolved = 'dialect' | 'provider' | 'models' | 'scopes' | 'limits' | 'whenLedgerUnreachable';

export type Route = Omit<RouteSource, Resolved> & {
  readonly dialect: Dialect;
  readonly provider: Provider;
  readonly models: ReadonlyMap<string, ModelPrice>;
  /** What a call here is charged in. */
  readonly scopes: ReadonlySet<Scope>;
  /** The principal of the grace is `grace:<id>`. */
  readonly whenLedgerUnreachable: 'refuse' | { readonly graceNanoUsdPerHour: number };
};

export type Policy = {
  /** Short hash of the source; every decision names it. */
  readonly version: string;
  readonly realm: string;
  readonly routes: readonly Route[];
  readonly limits: LimitTable;
  readonly work: WorkLimits;
  readonly layout: ShardLayout;
  readonly leaseMs: number;
  readonly unprotected: 'pass' | 'refuse';
  readonly corsOrigins: ReadonlySet<string>;
  readonly docsUrl: string;
};

/** `weighbridge.config.ts` exports what this returns; it is checked when it is loaded. */
export const definePolicy = (source: PolicySource): PolicySource => source;
