// Whom a call charges, and how much of what: every account of every object it touches, with its
// limits, and the most it can use of each unit. The address's shard takes part in every call: it
// keeps the record and the slices of shared budgets.

import { cohortPrincipal, wideIpPrincipal } from '../core/address.ts';
import { type Call, primaryOf, upstreamOf } from '../core/call.ts';
import { namesOf } from '../core/control/names.ts';
import { continuedHash } from '../core/conversation.ts';
import type { Limit } from '../core/ledger/account.ts';
import { isShared, type LedgerAddress } from '../core/ledger/layout.ts';
import { overStatusOf } from '../core/ledger/ledger.ts';
import type { AccountAsk, ReserveMessage } from '../core/ledger/messages.ts';
import { limitsOf } from '../core/policy/limits.ts';
import { scopeOf } from '../core/policy/scope.ts';
import { previewOf } from '../core/policy/previews.ts';
import {
  OUTPUT_TOKENS_PER_SECOND_MAX,
  producibleNanoUsdPerSecond,
} from '../core/pricing/actual.ts';
import { askedUnits } from '../core/pricing/counted-units.ts';
import { OUTPUT_TOKENS_MIN } from '../core/pricing/estimate.ts';
import { agentAmounts, agentLeast } from '../core/run/amounts.ts';
import { stepAsk } from '../core/run/account.ts';
import { loopAsk } from '../core/run/loop.ts';
import { BIND_SIGNATURE, issuedAtMs, OUTSTANDING_MAX } from '../core/proof/challenge.ts';
import { present } from '../core/result.ts';
import type { Asked } from './adapters/courier.ts';
import type { Deps } from './env.ts';
import { isPass, passAsk } from './human-pass.ts';

const isCohort = (principal: string): boolean => scopeOf(principal) === 'cohort';

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
  const loop = loopAsk(call, primary);
  if (loop !== null) add(ledgers.addressOf(primary), loop);

  const shard = ledgers.addressOf(call.ip);
  const own = [...(primary === call.ip ? [] : [call.ip]), wideIpPrincipal(call.ip)];
  for (const principal of own) {
    const mine = limits(principal);
    if (mine.length > 0) add(shard, { principal, limits: mine, root: null });
  }
  const tenant = call.apiKey?.tenant ?? null;
  const origin = call.headers.get('Origin') ?? '';
  const preview = policy.corsOrigins.has(origin) ? null : previewOf(policy.previews, origin);
  const shared = [
    ...(tenant === null ? [] : [`tenant:${tenant}`]),
    // Whoever makes this header up is charged once more, and by leaving it out gains no page.
    ...(preview === null ? [] : [`preview:${preview.id}`]),
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

/**
 * Limits that are only tried out. The caller's own are counted past their caps. A shared budget
 * that has refused loses those that did; any other is counted as ever, within its slices. What
 * all calls together may spend, what a human proof pays for, and all of a key that was given a cap
 * for life, is always meant.
 */
function liftedOf(
  asks: readonly AccountAsk[],
  { lifts, apiKey }: Pick<Call, 'lifts' | 'apiKey'>,
): readonly AccountAsk[] {
  if (lifts.length === 0) return asks;
  const capped = (apiKey?.capNanoUsd ?? null) === null ? null : `key:${String(apiKey?.id)}`;
  const own = [
    ...new Set(lifts.flatMap(({ status, principal }) => (isShared(principal) ? [] : [status]))),
  ];
  const meantOf = (limits: readonly Limit[], isIt: (principal: string) => boolean) =>
    limits.filter(
      ({ unit }) =>
        !lifts.some((lift) => lift.status === overStatusOf(unit) && isIt(lift.principal)),
    );
  return asks.map((ask) => {
    const { principal, limits, root, birth } = ask;
    if (root !== null) return { ...ask, limits: meantOf(limits, (name) => name === principal) };
    // A device has one cohort, and who refused knows which.
    const born = birth && { ...birth, limits: meantOf(birth.limits, isCohort) };
    return {
      ...ask,
      ...(born && { birth: born }),
      ...(own.length === 0 || isPass(principal) || principal === capped ? {} : { lifts: own }),
    };
  });
}

/** What only the home of the primary principal looks at. */
function boundsOf(
  call: Call,
  branchesMax: number | null,
): Pick<ReserveMessage, 'solvedAhead' | 'continues'> {
  const { challenge } = call;
  const hash = branchesMax === null ? null : continuedHash(call);
  return {
    ...(challenge?.bind === BIND_SIGNATURE && !call.isNonceSpent
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
    call.challenge === null || call.isNonceSpent
      ? null
      : deps.ledgers.homeOfNonce(primary, call.challenge.nonce);
  // A nonce of the set before this one is spent there, the money is here.
  if (nonceHome !== null && !byAddress.has(nonceHome)) byAddress.set(nonceHome, []);
  const shard = recordHomeOf(call, deps);
  const expiresAtMs = (call.challenge?.expiresAtSeconds ?? 0) * 1_000;
  return [...byAddress].map(([address, accounts]) => ({
    address,
    message: {
      ...ask,
      accounts: liftedOf(accounts, call),
      nonceExpiresAtMs: address === nonceHome ? expiresAtMs : null,
      apiKeyHash: address === home && call.apiKey !== null ? call.apiKey.hash : null,
      ...(address === home && call.apiKey !== null ? { routeId: call.route.id } : {}),
      label:
        address === shard ? `${upstreamOf(call).id}/${present(call.price, 'price').model}` : null,
      // One object holds a call against the switches: the one that every call passes.
      ...(address === shard
        ? { names: namesOf(call), isDowngraded: call.downgraded !== null }
        : {}),
      ...(address === home ? boundsOf(call, call.route.conversation?.branchesMax ?? null) : {}),
    },
  }));
}
