// Whom a call charges, and how much of what: every account of every object it touches, with its
// limits, and the most it can use of each unit. The address's shard takes part in every call: it
// keeps the record and the slices of shared budgets.

import { cohortPrincipal, wideIpPrincipal } from '../core/address.ts';
import { type Call, primaryOf, upstreamOf } from '../core/call.ts';
import { continuedHash } from '../core/conversation.ts';
import type { LedgerAddress } from '../core/ledger/layout.ts';
import type { AccountAsk, ReserveMessage } from '../core/ledger/messages.ts';
import { limitsOf } from '../core/policy/limits.ts';
import {
  OUTPUT_TOKENS_PER_SECOND_MAX,
  producibleNanoUsdPerSecond,
} from '../core/pricing/actual.ts';
import { askedUnits } from '../core/pricing/counted-units.ts';
import { OUTPUT_TOKENS_MIN } from '../core/pricing/estimate.ts';
import { agentAmounts, agentLeast } from '../core/run/amounts.ts';
import { stepAsk } from '../core/run/account.ts';
import { BIND_SIGNATURE, issuedAtMs, OUTSTANDING_MAX } from '../core/proof/challenge.ts';
import { present } from '../core/result.ts';
import type { Asked } from './adapters/courier.ts';
import type { Deps } from './env.ts';
import { passAsk } from './human-pass.ts';

/** What the call asks for, whoever pays. */
export function ledgerAsk(call: Call, deps: Deps): Omit<ReserveMessage, 'accounts' | 'label'> {
  const estimate = present(call.estimate, 'estimate');
  const outputTokens = estimate.outputTokensFirst;
  return {
    key: call.key,
    attempt: call.attempt,
    amounts: {
      requests: 1,
      nanoUsd: estimate.firstNanoUsd,
      concurrentCalls: 1,
      inputTokens: estimate.inputTokensMax,
      outputTokens,
      ...askedUnits(present(call.ask, 'ask'), call.route.allow),
      ...agentAmounts(call),
    },
    least: {
      nanoUsd: estimate.totalNanoUsdMin,
      outputTokens: Math.min(outputTokens, OUTPUT_TOKENS_MIN * estimate.choices),
      ...agentLeast(call),
    },
    // A purse is no reason to cut an answer that has begun with a slice: there are other proofs.
    ...(call.pass === null ? {} : { whole: { nanoUsd: estimate.totalNanoUsd } }),
    metered: { nanoUsd: estimate.inputNanoUsd },
    produciblePerSecond: {
      // What steps of a run cost, nobody tells its lease: one that is lost costs all of it.
      nanoUsd:
        call.route.run === null ? producibleNanoUsdPerSecond(estimate) : estimate.totalNanoUsd,
      outputTokens: OUTPUT_TOKENS_PER_SECOND_MAX * estimate.choices,
    },
    leaseMs: deps.policy.leaseMs,
    nonceExpiresAtMs: null,
    apiKeyHash: null,
  };
}

/** The accounts of a call by the object that is asked for them, the primary principal's first. */
function accountsOf(call: Call, deps: Deps): Map<LedgerAddress, AccountAsk[]> {
  // A step is charged in its run's account; the call that opened the run pays in all the others.
  if (call.run !== null) return new Map([[call.run.home, [stepAsk(call.run)]]]);
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
  call.run?.home ?? deps.ledgers.addressOf(primaryOf(call));

/** The object that keeps the record of a call: a step's is its run's. */
export const recordHomeOf = (call: Call, deps: Deps): LedgerAddress =>
  call.run?.home ?? deps.ledgers.addressOf(call.ip);

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
  const shard = recordHomeOf(call, deps);
  const expiresAtMs = (call.challenge?.expiresAtSeconds ?? 0) * 1_000;
  return [...byAddress].map(([address, accounts]) => ({
    address,
    message: {
      ...ask,
      accounts,
      nonceExpiresAtMs: address === nonceHome ? expiresAtMs : null,
      apiKeyHash: address === home && call.apiKey !== null ? call.apiKey.hash : null,
      label:
        address === shard ? `${upstreamOf(call).id}/${present(call.price, 'price').model}` : null,
      ...(address === home ? boundsOf(call, call.route.conversation?.branchesMax ?? null) : {}),
    },
  }));
}
