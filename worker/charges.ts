// Whom a call charges, and how much of what: every account of every object it touches, with its
// limits, and the most it can use of each unit. The address's shard takes part in every call: it
// keeps the record and the slices of shared budgets.

import { cohortPrincipal, wideIpPrincipal } from '../core/address.ts';
import { type Call, primaryOf } from '../core/call.ts';
import { continuedHash } from '../core/conversation.ts';
import type { LedgerAddress } from '../core/ledger/layout.ts';
import type { AccountAsk, ReserveMessage } from '../core/ledger/messages.ts';
import type { Amounts } from '../core/ledger/unit.ts';
import { limitsOf } from '../core/policy/limits.ts';
import {
  OUTPUT_TOKENS_PER_SECOND_MAX,
  producibleNanoUsdPerSecond,
} from '../core/pricing/actual.ts';
import { OUTPUT_TOKENS_MIN } from '../core/pricing/estimate.ts';
import { BIND_SIGNATURE, issuedAtMs, OUTSTANDING_MAX } from '../core/proof/challenge.ts';
import { present } from '../core/result.ts';
import type { Asked } from './adapters/courier.ts';
import type { Deps } from './env.ts';
import { passAsk } from './human-pass.ts';

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
  // An agent has proven its name by now: the operator knows it as it knows a key.
  const withKey = call.apiKey !== null || call.agent !== null;
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
  // Behind the caller's own: whose day is spent is not asked for a human first.
  if (call.pass !== null) {
    const { totalNanoUsd } = present(call.estimate, 'estimate');
    add(ledgers.addressOf(primary), passAsk(call.pass, totalNanoUsd));
  }
  return byAddress;
}

/** The object that keeps the primary principal's account, and what goes with it. */
export const homeOf = (call: Call, deps: Deps): LedgerAddress =>
  deps.ledgers.addressOf(primaryOf(call));

/** What only the home of the primary principal looks at. */
function boundsOf(
  call: Call,
  branchesMax: number | null,
): Pick<ReserveMessage, 'solvedAhead' | 'continues'> {
  const { challenge } = call;
  const hash = branchesMax === null ? null : continuedHash(call);
  return {
    ...(challenge?.bind === BIND_SIGNATURE
      ? {
          solvedAhead: {
            issuedAtMs: issuedAtMs(challenge),
            outstandingMax: OUTSTANDING_MAX,
          },
        }
      : {}),
    ...(hash === null || branchesMax === null
      ? {}
      : { continues: { hash, branchesMax, isFinal: false } }),
  };
}

/** One message for every object of the call. */
export function chargesOf(call: Call, deps: Deps): readonly Asked[] {
  const ask = ledgerAsk(call, deps);
  const byAddress = accountsOf(call, deps);
  const primary = primaryOf(call);
  const home = homeOf(call, deps);
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
      ...(address === home ? boundsOf(call, call.route.conversation?.branchesMax ?? null) : {}),
    },
  }));
}

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
