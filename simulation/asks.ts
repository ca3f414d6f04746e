// Which objects a call asks, and for what: the object of its primary, the shard of the address it
// came from with the budgets of all, and the shard of its device. A proof is spent in the set of
// shards it was made for, the money always comes from the newest set the Worker knows.

import { cohortPrincipal, wideIpPrincipal } from '../core/address.ts';
import {
  addressOf,
  isMintable,
  type LedgerAddress,
  setsOf,
  type ShardLayout,
} from '../core/ledger/layout.ts';
import type { AccountAsk, ReserveMessage } from '../core/ledger/messages.ts';
import type { Amounts } from '../core/ledger/unit.ts';
import { kindOf, type Policy } from './policy.ts';

/** The first byte of its nonce is the epoch of the set it was made for. */
export type Proof = {
  readonly nonce: Uint8Array;
  readonly expiresAtMs: number;
  /** Of a challenge that was fetched ahead: when, to the second. */
  readonly issuedAtMs?: number;
};

/** Of challenges fetched ahead, so many may be outstanding at a time. */
export const OUTSTANDING_MAX = 3;

export type Errand = {
  readonly key: string;
  readonly attempt: string;
  readonly primary: string;
  readonly ip: string;
  /** The most it can cost, and what it costs before the first token. */
  readonly worst: number;
  readonly input: number;
  readonly least: number;
  readonly perSecond: number;
  readonly proof: Proof | null;
  readonly model: string;
};

export type Ask = { readonly address: LedgerAddress; readonly message: ReserveMessage };

/** Spends the proof of a call that is paid elsewhere. */
export const onlySpends = ({ message }: Ask): boolean => message.accounts.length === 0;

export const amountsOf = (errand: Errand, nanoUsd: number): Amounts => ({
  requests: 1,
  concurrentCalls: 1,
  nanoUsd,
  outputTokens: Math.max(0, nanoUsd - errand.input),
});

export const meteredOf = (errand: Errand, nanoUsd: number): Amounts => ({
  nanoUsd,
  outputTokens: Math.max(0, nanoUsd - errand.input),
});

/** Where the proof is spent, or null if the layout names no set that it was made for. */
function homeOfProof(primary: string, proof: Proof, layout: ShardLayout): LedgerAddress | null {
  if (!isMintable(primary)) return addressOf(primary, layout);
  const set = setsOf(layout).find(({ epoch }) => proof.nonce[0] === epoch);
  return set === undefined ? null : addressOf(primary, set);
}

/** Nobody is asked about a proof of a set that the Worker does not know. */
export function asksOf(
  errand: Errand,
  layout: ShardLayout,
  policy: Policy,
  workerNowMs: number,
): readonly Ask[] | null {
  const { primary, ip, proof } = errand;
  const proofHome = proof === null ? null : homeOfProof(primary, proof, layout);
  if (proof !== null && proofHome === null) return null;
  const limits = policy.limits;
  const byAddress = new Map<LedgerAddress, AccountAsk[]>();
  const add = (address: LedgerAddress, ask: AccountAsk): void => {
    byAddress.set(address, [...(byAddress.get(address) ?? []), ask]);
  };
  const kind = kindOf(primary);
  const home = addressOf(primary, layout);
  if (kind === 'key') add(home, { principal: primary, limits: limits.key, root: null });
  if (kind === 'device') {
    const birth = { cohort: cohortPrincipal(ip, workerNowMs), limits: limits.cohort };
    add(home, { principal: primary, limits: limits.device, root: null, birth });
  }
  const edge = addressOf(ip, layout);
  add(edge, { principal: ip, limits: limits.ip, root: null });
  add(edge, { principal: wideIpPrincipal(ip), limits: limits.wide, root: null });
  for (const [principal, list] of [
    ['global', limits.global],
    ['route:chat', limits.route],
    [`model:${errand.model}`, limits.model],
  ] as const) {
    add(edge, { principal, limits: list, root: principal });
  }
  if (proofHome !== null && !byAddress.has(proofHome)) byAddress.set(proofHome, []);
  return [...byAddress].map(([address, accounts]) => ({
    address,
    message: {
      key: errand.key,
      attempt: errand.attempt,
      amounts: amountsOf(errand, errand.worst),
      least: { nanoUsd: errand.least, outputTokens: errand.least - errand.input },
      metered: meteredOf(errand, errand.input),
      produciblePerSecond: { nanoUsd: errand.perSecond, outputTokens: errand.perSecond },
      leaseMs: policy.leaseMs,
      label: address === edge ? `sim/${errand.model}` : null,
      accounts,
      nonceExpiresAtMs: address === proofHome ? (proof?.expiresAtMs ?? null) : null,
      apiKeyHash: null,
      ...(address === home && proof?.issuedAtMs !== undefined
        ? {
            solvedAhead: {
              issuedAtMs: proof.issuedAtMs,
              outstandingMax: OUTSTANDING_MAX,
            },
          }
        : {}),
    },
  }));
}
