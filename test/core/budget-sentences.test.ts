// What is said of a budget that is used up: figures to whoever they belong to, none of a purse that
// many share, and "wait" only to a caller whom waiting helps. Attack: reading how far one has got
// in emptying a purse of everybody.

import { describe, expect, it } from 'vitest';
import type { Denial } from '../../core/denial.ts';
import type { CounterView } from '../../core/ledger/account.ts';
import { WINDOWS } from '../../core/ledger/window.ts';
import { problemFor } from '../../core/problem.ts';

const SECRET = 's3cr3t-name-of-somebody';
const DOCS = 'https://docs.example/problems';

const counter: CounterView = {
  name: 'nanoUsd-day',
  window: 'day',
  unit: 'nanoUsd',
  used: 400_000_000,
  held: 1_000_000,
  cap: 400_500_000,
  resetsAtMs: Date.UTC(2028, 1, 29),
};

const requests = { name: 'requests-day', unit: 'requests', used: 9, held: 1, cap: 10 } as const;
const tokens = {
  name: 'inputTokens-day',
  unit: 'inputTokens',
  used: 90,
  held: 5,
  cap: 100,
} as const;

type Counted = 'over-budget' | 'over-requests' | 'over-quota';

const SAMPLES: { readonly [Kind in Counted]: Extract<Denial, { kind: Kind }> } = {
  'over-budget': { kind: 'over-budget', principal: `device:${SECRET}`, counter },
  'over-requests': {
    kind: 'over-requests',
    principal: `ip:${SECRET}`,
    counter: { ...counter, ...requests },
  },
  'over-quota': {
    kind: 'over-quota',
    principal: `user:${SECRET}`,
    counter: { ...counter, ...tokens },
  },
};

describe('what a caller is told of its own', () => {
  it('names the unit of any other quota', () => {
    const { body, status } = problemFor(SAMPLES['over-quota'], 'r', DOCS);
    expect(status).toBe(402);
    expect(body['detail']).toBe(
      'This user has used 90 of 100 input tokens today; calls in progress hold 5 of the rest, ' +
        'which is too little left for this call. It resets at 2028-02-29 00:00 UTC.',
    );
  });

  it.each(WINDOWS)('has words for the window "%s"', (window) => {
    const { body } = problemFor(
      { ...SAMPLES['over-budget'], counter: { ...counter, window } },
      'r',
      DOCS,
    );
    expect(body['detail']).toMatch(/of \$0\.4005 (now|today|this \w+|in [a-z ]+); calls/);
  });

  it('says of a rolling window when it is whole again, not when it resets', () => {
    const rolling = { ...counter, window: 'rolling-day', resetsAtMs: 61_000 } as const;
    const { body } = problemFor({ ...SAMPLES['over-budget'], counter: rolling }, 'r', DOCS);
    expect(body['detail']).toContain('bit by bit, in full by 1970-01-01 00:02 UTC');
  });

  it.each([
    ['user', 'This user has'],
    ['key', 'This API key has'],
    ['device', 'This browser or device has'],
    ['ip', 'This network address has'],
  ])('%s begins with whose it is, and never with who', (scope, words) => {
    const denial = { ...SAMPLES['over-requests'], principal: `${scope}:${SECRET}` };
    const { body } = problemFor(denial, 'r', DOCS);
    expect(body['detail']).toContain(`${words} made 10 of 10 requests today.`);
    expect(body['violated-policies']).toEqual([`${scope}-requests-day`]);
    expect(JSON.stringify(body)).not.toContain(SECRET);
  });

  it('network is told apart from its address', () => {
    const denial = { ...SAMPLES['over-requests'], principal: 'ip:203.0.113.0/24' };
    const { body } = problemFor(denial, 'r', DOCS);
    expect(body['detail']).toContain('This network has made 10 of 10');
    expect(body).toMatchObject({ scope: 'ipWide', 'violated-policies': ['ipWide-requests-day'] });
    expect(JSON.stringify(body)).not.toContain('203.0');
  });
});

describe('what a shared budget tells', () => {
  const OVER = ['over-budget', 'over-requests', 'over-quota'] as const;
  const told = (principal: string, kind: (typeof OVER)[number]) =>
    problemFor({ ...SAMPLES[kind], principal }, 'r', DOCS);
  const CLOSED = [`route:${SECRET}`, `model:${SECRET}`, 'global', `grace:${SECRET}`];
  const each = (principals: readonly string[]) =>
    principals.flatMap((principal) => OVER.map((kind) => [kind, principal] as const));

  it.each(each(CLOSED))('as %s of %s: that it is used up, and nothing else', (kind, principal) => {
    const { status, body } = told(principal, kind);
    expect(status).toBe(402);
    expect(body['detail']).toMatch(/^All c[a-z, ]+ have used up what they share here\.$/);
    const text = JSON.stringify({ ...body, status: 0, error: 0 });
    expect(text).not.toMatch(/\$|\d{2}|UTC|today|day|nanoUsd/);
    expect(body['violated-policies']).toEqual([principal.split(':')[0]]);
  });

  it.each(each([`cohort:${SECRET}@2026-11-21`, `tenant:${SECRET}`]))(
    'as %s of %s: until when, never how much',
    (kind, principal) => {
      const { status, body } = told(principal, kind);
      expect(status).toBe(402);
      expect(body['detail']).toMatch(/used up (its|their) [a-z ]+ today\. It resets at 2028-02-29/);
      expect(body['detail']).not.toMatch(/\$|\d of /);
      expect(JSON.stringify(body)).not.toContain(SECRET);
    },
  );
});

describe('a caller for whom waiting a minute helps', () => {
  const NOW_MS = Date.UTC(2026, 10, 21, 12, 0, 43);
  const minute: Partial<CounterView> = { window: 'minute', resetsAtMs: NOW_MS + 17_000 };
  const told = (kind: Counted, changes: Partial<CounterView>, nowMs: number | null = NOW_MS) => {
    const full = { ...SAMPLES[kind].counter, used: 10, held: 0, cap: 10, ...changes };
    const { status, retryAfterSeconds } = problemFor(
      { ...SAMPLES[kind], counter: full },
      'r',
      DOCS,
      nowMs,
    );
    return [status, retryAfterSeconds];
  };
  const over = (window: CounterView['window'], changes: Partial<CounterView> = {}) =>
    ({ window, resetsAtMs: NOW_MS + 30_000, ...changes }) as const;

  it.each<[string, Counted, Partial<CounterView>, readonly [number, number | null]]>([
    ['the rest of the minute', 'over-requests', minute, [429, 17]],
    ['the rest of the minute', 'over-quota', minute, [429, 17]],
    ['one request of ten a minute', 'over-requests', over('rolling-minute'), [429, 6]],
    ['one of 60 an hour', 'over-requests', over('rolling-hour', { used: 60, cap: 60 }), [429, 60]],
    ['two of 120', 'over-requests', over('rolling-hour', { used: 121, cap: 120 }), [429, 60]],
    ['until all has run off', 'over-quota', over('rolling-minute', { used: 9 }), [429, 54]],
    ['too long', 'over-requests', over('rolling-hour', { used: 59, cap: 59 }), [402, null]],
    ['too long', 'over-quota', over('rolling-hour'), [402, null]],
    ['in vain, of an hour', 'over-requests', over('hour'), [402, null]],
    ['in vain, of a day', 'over-quota', over('day'), [402, null]],
    ['in vain, of a lifetime', 'over-requests', over('lifetime'), [402, null]],
    ['in vain, shut off', 'over-requests', { ...minute, used: 0, cap: 0 }, [402, null]],
    ['in vain, shut off', 'over-requests', over('rolling-minute', { cap: 0 }), [402, null]],
    ['in vain, larger than all', 'over-quota', { ...minute, used: 0 }, [402, null]],
    ['in vain: money', 'over-budget', minute, [402, null]],
    [
      'past a clock ahead of ours',
      'over-requests',
      over('minute', { resetsAtMs: NOW_MS + 61_000 }),
      [402, null],
    ],
    [
      'past a clock behind ours',
      'over-requests',
      over('minute', { resetsAtMs: NOW_MS - 1 }),
      [429, 1],
    ],
  ])('waits %s (%s)', (_, kind, changes, expected) => {
    expect(told(kind, changes)).toEqual(expected);
  });

  it('is told the longest wait where there is no clock', () => {
    expect(told('over-requests', minute, null)).toEqual([429, 60]);
  });

  it('reads the word that SDKs know, and how long', () => {
    const counted = { ...SAMPLES['over-requests'].counter, ...minute };
    const denial = { ...SAMPLES['over-requests'], counter: counted };
    const { body, retryable } = problemFor(denial, 'r', DOCS, NOW_MS);
    expect(retryable).toBe(true);
    expect(body['detail']).toContain('requests this minute');
    expect(body['detail']).toMatch(/Waiting 17 seconds helps\.$/);
    expect(body['error']).toMatchObject({ code: 'rate_limit_exceeded' });
  });
});
