// The policy as the gateway uses it: amounts as NanoUsd, limits as counters, names resolved. Total
// and frozen; nothing writes to it while it is in force.

import type { Dialect } from '../dialects/dialect.ts';
import type { Limit } from '../ledger/account.ts';
import type { ModelPrice } from '../pricing/catalog.ts';
import type { WorkLimits } from '../proof/work.ts';
import type { PolicySource } from './schema.ts';

/** What is charged: an API key, a device key, a network address. */
export type Scope = 'key' | 'device' | 'ip';

export type Provider = PolicySource['providers'][number];

export type Route = Omit<PolicySource['routes'][number], 'dialect' | 'provider' | 'models'> & {
  readonly dialect: Dialect;
  readonly provider: Provider;
  readonly models: ReadonlyMap<string, ModelPrice>;
};

export type Policy = {
  /** Short hash of the source; every decision names it. */
  readonly version: string;
  readonly realm: string;
  readonly routes: readonly Route[];
  readonly limits: Readonly<Record<Scope | 'ipWithKey', readonly Limit[]>>;
  readonly work: WorkLimits;
  readonly edgeShards: number;
  readonly leaseMs: number;
  readonly unprotected: 'pass' | 'refuse';
  readonly corsOrigins: ReadonlySet<string>;
  readonly docsUrl: string;
};

/** `weighbridge.config.ts` exports what this returns; it is checked when it is loaded. */
export const definePolicy = (source: PolicySource): PolicySource => source;
