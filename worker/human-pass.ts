// The purse that a human proof opens, as the gateway handles it: reads the pass a caller shows,
// makes the one a call opens, and tells what is left in it. That a purse is not overspent is the
// ledger's doing: it is one more account of the call, in the home of the principal it belongs to.

import { toBase64Url } from '../core/bytes.ts';
import { type Call, type HumanPass, primaryOf } from '../core/call.ts';
import type { Limit } from '../core/ledger/account.ts';
import type { AccountAsk, PrincipalCounter } from '../core/ledger/messages.ts';
import { CHALLENGE_TTL_SECONDS } from '../core/proof/index.ts';
import {
  decodePass,
  encodePass,
  judgePass,
  PASS_TTL_SECONDS,
  passIssuedAtSeconds,
  passSubject,
} from '../core/proof/human-pass.ts';
import { present } from '../core/result.ts';
import type { Deps } from './env.ts';

const PREFIX = 'pass:';

const passPrincipal = ({ id }: HumanPass): string => `${PREFIX}${id}`;
export const isPass = (principal: string): boolean => principal.startsWith(PREFIX);

const nowSecondsOf = (deps: Deps): number => Math.floor(deps.nowMs() / 1_000);
const sealerOf = (deps: Deps) => deps.keyring.sealer('human-pass', passIssuedAtSeconds);

/**
 * The pass of this text, if it is one of ours, this principal's, and good for a while. When the
 * shards have been laid out anew since it was given, its purse is where nobody asks any more: then
 * it counts for nothing, rather than a second time.
 */
export function readPass(text: string, principal: string, deps: Deps): HumanPass | null {
  const everyNanoUsd = deps.policy.human?.everyNanoUsd ?? null;
  if (everyNanoUsd === null) return null;
  const opened = sealerOf(deps).open(text);
  const terms = opened.ok ? decodePass(opened.value) : null;
  if (terms === null) return null;
  const subject = passSubject(deps.policy.realm, principal);
  if (!judgePass(terms, subject, nowSecondsOf(deps))) return null;
  const { nonce, capNanoUsd, expiresAtSeconds } = terms;
  if (deps.ledgers.homeOfNonce(principal, nonce) !== deps.ledgers.addressOf(principal)) return null;
  return {
    id: toBase64Url(nonce),
    // What the operator has lowered since is lower at once.
    capNanoUsd: Math.min(capNanoUsd, everyNanoUsd),
    expiresAtSeconds,
    isNew: false,
    sealed: null,
    leftNanoUsd: null,
  };
}

/** The purse that this call opens if its human proof holds; null where each call needs its own. */
export function newPass(call: Call, deps: Deps): HumanPass | null {
  const everyNanoUsd = deps.policy.human?.everyNanoUsd ?? null;
  if (everyNanoUsd === null) return null;
  const { nonce } = present(call.challenge, 'challenge');
  return {
    id: toBase64Url(nonce),
    capNanoUsd: everyNanoUsd,
    expiresAtSeconds: nowSecondsOf(deps) + PASS_TTL_SECONDS,
    isNew: true,
    sealed: null,
    leftNanoUsd: null,
  };
}

/** The call whose human proof held, with the pass to hand out. */
export function withSealedPass(call: Call, deps: Deps): Call {
  const { pass } = call;
  if (pass === null || !pass.isNew) return call;
  const body = encodePass({
    issuedAtSeconds: pass.expiresAtSeconds - PASS_TTL_SECONDS,
    expiresAtSeconds: pass.expiresAtSeconds,
    capNanoUsd: pass.capNanoUsd,
    nonce: present(call.challenge, 'challenge').nonce,
    subject: passSubject(deps.policy.realm, primaryOf(call)),
  });
  return { ...call, pass: { ...pass, sealed: sealerOf(deps).seal(body) } };
}

/**
 * One counter that neither drains nor turns over, so that no edge of a window doubles it, and whose
 * row is forgotten two days after the last call, when no pass can name it any more. Taken whole: a
 * caller who can show another proof is asked for one rather than given a shorter answer. The proof
 * pays for the call that shows it, however dear; that call's estimate makes the purse no larger for
 * those behind it.
 */
export function passAsk(pass: HumanPass, estimateNanoUsd: number): AccountAsk {
  const cap = pass.isNew ? Math.max(pass.capNanoUsd, estimateNanoUsd) : pass.capNanoUsd;
  const limit: Limit = { window: 'run', unit: 'nanoUsd', cap };
  return { principal: passPrincipal(pass), limits: [limit], root: null, isWhole: true };
}

/** The call with what its purse has left after the hold; as it is where there is no purse. */
export function withLeft(call: Call, counters: readonly PrincipalCounter[]): Call {
  const { pass } = call;
  const counter = counters.find(({ principal }) => isPass(principal));
  if (pass === null || counter === undefined) return call;
  const { used, held } = counter;
  // Below nothing while the call that opened it is dearer than the purse.
  return { ...call, pass: { ...pass, leftNanoUsd: pass.capNanoUsd - used - held } };
}

/** What was held and not used is back in the purse. */
export const withGivenBack = (call: Call, givenBackNanoUsd: number): Call =>
  call.pass === null || call.pass.leftNanoUsd === null
    ? call
    : {
        ...call,
        pass: { ...call.pass, leftNanoUsd: call.pass.leftNanoUsd + Math.max(0, givenBackNanoUsd) },
      };

/**
 * Will this pass do for a next call of this price, as far as one can tell? One that would die
 * before the next challenge does not; nor does one that a human proof has still to open.
 */
export function isGoodForNext(pass: HumanPass | null, priceNanoUsd: number, deps: Deps): boolean {
  if (pass === null || (pass.isNew && pass.sealed === null)) return false;
  if (pass.expiresAtSeconds < nowSecondsOf(deps) + CHALLENGE_TTL_SECONDS) return false;
  return pass.leftNanoUsd === null || pass.leftNanoUsd >= priceNanoUsd;
}
