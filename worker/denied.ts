// What a ledger's answer means for the call that it was asked about: nothing, or why it is refused.

import type { Denial } from '../core/denial.ts';
import type { ReserveReply } from '../core/ledger/messages.ts';
import { isOver, isRun } from '../core/run/account.ts';
import { isPass } from './human-pass.ts';

export function denialOf(reply: ReserveReply): Denial | null {
  switch (reply.status) {
    case 'held':
    case 'exists':
      return null;
    case 'proof-expired':
      return { kind: 'proof-rejected', failure: 'expired' };
    case 'replayed':
    case 'already-resolved':
    case 'exists-with-different-amount':
      return { kind: 'proof-rejected', failure: 'replayed' };
    case 'key-unknown':
      return { kind: 'api-key-invalid', reason: 'unknown' };
    case 'key-revoked':
      return { kind: 'api-key-invalid', reason: 'revoked' };
    case 'key-scope':
      return { kind: 'key-scope' };
    case 'too-many-outstanding':
      return { kind: 'proof-rejected', failure: reply.status };
    case 'conversation-unknown':
      return { kind: 'conversation-not-continued', reason: 'unknown' };
    case 'conversation-forked':
      return { kind: 'conversation-not-continued', reason: 'forked' };
    case 'switched': {
      const { principal, action, untilMs } = reply;
      return { kind: 'switched-off', principal, action, untilMs };
    }
    case 'run-unknown':
    case 'too-many-holds':
      return { kind: reply.status };
    case 'moved':
    case 'root-unreachable':
      return { kind: 'ledger-unreachable', cause: reply.status };
    case 'over-requests':
    case 'over-budget':
    case 'over-concurrency':
    case 'over-quota':
      if (isRun(reply.counter.principal) && isOver(reply.counter)) return { kind: 'grant-over' };
      // Not a budget that is spent: another human proof opens another purse.
      if (isPass(reply.counter.principal)) {
        return { kind: 'proof-required', bearerSeen: false, purse: reply.counter };
      }
      return { kind: reply.status, principal: reply.counter.principal, counter: reply.counter };
  }
}
