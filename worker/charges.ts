// Whom a call charges, and how much of what: every account of every object it touches, with its
// limits, and the most it can use of each unit. The address's shard takes part in every call: it
// keeps the record and the slices of shared budgets.

import { cohortPrincipal, wideIpPrincipal } from '../core/address.ts';
import { type Call, primaryOf } from '../core/call.ts';
import type { LedgerAddress } from '../core/ledger/layout.ts';
import type { AccountAsk, ReserveMessage } from '../core/ledger/messages.ts';
import type { Amounts } from '../core/ledger/unit.ts';
import { limitsOf } from '../core/policy/limits.ts';
import {
  OUTPUT_TOKENS_PER_SECOND_MAX,
  producibleNanoUsdPerSecond,
} from '../core/pricing/actual.ts';
import { OUTPUT_TOKENS_MIN } from '../core/pricing/estimate.ts';
import { present } from '../core/result.ts';
import type { Asked } from './adapters/courier.ts';
import type { Deps } from './env.ts';

/** What the call asks for, whoever pays. */
export function ledgerAsk(call: Call, deps: Deps): Omit<ReserveMessage, 'accounts' | 'label'> {
  const estimate = present(call.estimate, 'estimate');
  const outputTokens = estimate.outputTokensMax * estimate.choices;
  return {
    key: call.key,
    attempt: call.attempt,
    amounts: {
      requests: 1,
      nanoUsd: estimate.totalNanoUsd,
      concurrentCalls: 1,
      inputTokens: estimate.inputTokensMax,
      outputTokens,
    },
    least: {
      nanoUsd: estimate.totalNanoUsdMin,
      outputTokens: Math.min(outputTokens, OUTPUT_TOKENS_MIN * estimate.choices),
    },
    metered: { nanoUsd: estimate.inputNanoUsd },
    produciblePerSecond: {
      nanoUsd: producibleNanoUsdPerSecond(present(call.price, 'price'), estimate.choices),
      outputTokens: OUTPUT_TOKENS_PER_SECOND_MAX * estimate.choices,
    },
    leaseMs: deps.policy.leaseMs,
    nonceExpiresAtMs: null,
    apiKeyHash: null,
  };
}

/** The accounts of a call by the object that is asked for them, the primary principal's first. */
function accountsOf(call: Call, deps: Deps): Map<LedgerAddress, AccountAsk[]> {
  const { policy, ledgers } = deps;
  const withKey = call.apiKey !== null;
  const byAddress = new Map<LedgerAddress, AccountAsk[]>();
  const add = (address: LedgerAddress, ask: AccountAsk): void => {
    const asks = byAddress.get(address);
    if (asks === undefined) byAddress.set(address, [ask]);
    else asks.push(ask);
  };
  const limits = (principal: string) => limitsOf(policy, call.route, principal, withKey);

  const primary = primaryOf(call);
  const cohort = primary.startsWith('device:') ? cohortPrincipal(call.ip, call.receivedAtMs) : null;
  const birth = cohort === null ? [] : limits(cohort);
  add(ledgers.addressOf(primary), {
    principal: primary,
    limits: limits(primary),
    root: null,
    ...(cohort === null || birth.length === 0 ? {} : { birth: { cohort, limits: birth } }),
  });

  const shard = ledgers.addressOf(call.ip);
  const own = [...(primary === call.ip ? [] : [call.ip]), wideIpPrincipal(call.ip)];
  for (const principal of own) {
    const mine = limits(principal);
    if (mine.length > 0) add(shard, { principal, limits: mine, root: null });
  }
  const tenant = call.apiKey?.tenant ?? null;
  const shared = [
    ...(tenant === null ? [] : [`tenant:${tenant}`]),
    `route:${call.route.id}`,
    `model:${present(call.price, 'price').model}`,
    'global',
  ];
  for (const principal of shared) {
    const mine = limits(principal);
    if (mine.length === 0) continue;
    add(shard, { principal, limits: mine, root: ledgers.addressOf(principal) });
  }
  if (!byAddress.has(shard)) byAddress.set(shard, []);
  return byAddress;
}

/** One message for every object of the call. */
export function chargesOf(call: Call, deps: Deps): readonly Asked[] {
  const ask = ledgerAsk(call, deps);
  const byAddress = accountsOf(call, deps);
  const primary = primaryOf(call);
  const home = deps.ledgers.addressOf(primary);
  const nonceHome =
    call.challenge === null ? null : deps.ledgers.homeOfNonce(primary, call.challenge.nonce);
  // A nonce of the set before this one is spent there, the money is here.
  if (nonceHome !== null && !byAddress.has(nonceHome)) byAddress.set(nonceHome, []);
  const shard = deps.ledgers.addressOf(call.ip);
  const expiresAtMs = (call.challenge?.expiresAtSeconds ?? 0) * 1_000;
  return [...byAddress].map(([address, accounts]) => ({
    address,
    message: {
      ...ask,
      accounts,
      nonceExpiresAtMs: address === nonceHome ? expiresAtMs : null,
      apiKeyHash: address === home && call.apiKey !== null ? call.apiKey.hash : null,
      label:
        address === shard
          ? `${call.route.provider.id}/${present(call.price, 'price').model}`
          : null,
    },
  }));
}

/** The grace wallet in place of the ledgers that cannot be reached. */
export const graceOf = (call: Call, deps: Deps): Asked => {
  const principal = `grace:${call.route.id}`;
  const limits = limitsOf(deps.policy, call.route, principal, true);
  return {
    address: deps.ledgers.addressOf(principal),
    message: {
      ...ledgerAsk(call, deps),
      accounts: [{ principal, limits, root: null }],
      label: null,
    },
  };
};

/** What the call used of each unit, for its settlement. */
export function usedAmounts(
  nanoUsd: number,
  tokens: {
    readonly inputTokens: number;
    readonly outputTokens: number;
    readonly cachedInputTokens: number;
    readonly cacheWriteTokens: number;
  } | null,
): Amounts {
  if (tokens === null) {
    return nanoUsd === 0 ? { nanoUsd, inputTokens: 0, outputTokens: 0 } : { nanoUsd };
  }
  const { inputTokens, outputTokens } = tokens;
  // Parts of the input, whatever a provider says.
  const cachedInputTokens = Math.min(tokens.cachedInputTokens, inputTokens);
  const cacheWriteTokens = Math.min(tokens.cacheWriteTokens, inputTokens - cachedInputTokens);
  return { nanoUsd, inputTokens, outputTokens, cachedInputTokens, cacheWriteTokens };
}
