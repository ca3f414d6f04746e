// Names that are stored in rows and sent between versions. A name that changes is a counter that
// nobody finds again; an order that changes is another answer to the same mistake.

import { describe, expect, it } from 'vitest';
import { OVER_STATUSES } from '../../../core/ledger/ledger.ts';
import {
  ADJUST_STATUSES,
  EXTEND_STATUSES,
  RESERVE_STATUSES,
  RESOLVE_STATUSES,
} from '../../../core/ledger/status.ts';
import { combine, UNITS, unitsOf } from '../../../core/ledger/unit.ts';
import { WINDOWS } from '../../../core/ledger/window.ts';

describe('the words of the ledger', () => {
  it.each([
    [
      'units, in order of precedence',
      UNITS,
      `requests nanoUsd concurrentCalls inputTokens outputTokens cachedInputTokens
       cacheWriteTokens toolCalls agentSteps runs retrievedDocuments files fileBytes images
       audioSeconds`,
    ],
    [
      'windows',
      WINDOWS,
      `now minute hour day week month lifetime run rolling-minute rolling-hour rolling-day
       rolling-week`,
    ],
    [
      'refusals, in order of precedence',
      OVER_STATUSES,
      'over-requests over-budget over-concurrency over-quota',
    ],
    [
      'answers to a reserve',
      RESERVE_STATUSES,
      `proof-expired key-unknown key-revoked key-scope moved replayed already-resolved
       exists-with-different-amount exists switched too-many-outstanding conversation-unknown
       conversation-forked run-unknown over-requests over-budget over-concurrency over-quota
       root-unreachable too-many-holds held`,
    ],
    [
      'answers to a resolution',
      RESOLVE_STATUSES,
      `unknown not-yours already-settled already-released already-expired already-refused
       settled-over-hold settled released renewed stopped expired`,
    ],
    [
      'answers to an extension',
      EXTEND_STATUSES,
      `unknown not-yours already-settled already-released already-expired already-refused moved
       over-requests over-budget over-concurrency over-quota too-many-windows extended`,
    ],
    [
      'answers to a correction',
      ADJUST_STATUSES,
      `exists-with-different-amount exists unknown still-held exceeds-charge exceeds-used
       adjusted`,
    ],
  ])('for %s stay as they are', (_, list, words) => {
    expect(list).toEqual(words.split(/\s+/));
  });
});

describe('a set of amounts', () => {
  it('names units in the order of precedence, zero included and undefined not', () => {
    const odd: Record<string, number | undefined> = { nanoUsd: 0, requests: 2, files: undefined };
    expect(unitsOf(odd)).toEqual(['requests', 'nanoUsd']);
    expect(unitsOf({})).toEqual([]);
  });

  it('is combined unit by unit, a missing one counting as nothing', () => {
    const left = { requests: 3, nanoUsd: 5 };
    const right = { nanoUsd: 2, images: 7 };
    expect(combine(left, right, (a, b) => a - b)).toEqual({ requests: 3, nanoUsd: 3, images: -7 });
    expect(combine(left, right, Math.min)).toEqual({ requests: 0, nanoUsd: 2, images: 0 });
    expect(combine({}, {}, () => 1)).toEqual({});
  });
});
