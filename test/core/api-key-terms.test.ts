// What a key is for, its plan, when it ends and what it may spend stand in its id, under its tag.
// Attack: a thief writes a later end, a higher cap, a better plan or another purpose into a stolen
// key; that must end in arithmetic. Keys from before there were terms stay what they were.

import { randomBytes } from 'node:crypto';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  hashOf,
  isExpired,
  keyUnder,
  makeApiKey,
  readApiKey,
  startOf,
} from '../../core/api-key.ts';
import { formatApiKeyId, type KeyTerms, PLAIN_TERMS, readApiKeyId } from '../../core/api-key-id.ts';
import type { Bytes } from '../../core/bytes.ts';
import { NANO_USD_MAX } from '../../core/money.ts';

const random = (length: number): Bytes => new Uint8Array(randomBytes(length));
const SECRET = random(32);
const NOW_SECONDS = 1_800_000_000;
const CI: KeyTerms = {
  ...PLAIN_TERMS,
  purpose: 'ci',
  expiresAtSeconds: NOW_SECONDS + 3_600,
  capNanoUsd: 5_000_000_000,
};
const own = makeApiKey(random(44), SECRET, null, CI);
const NAME = '1k97xotwas4n';

describe('the terms of a key', () => {
  it('stand in its id and are read with it', () => {
    expect(own.apiKey).toMatchObject({ ...CI, tenant: null });
    expect(own.apiKey.id).toMatch(/^ci-[0-9a-z]{6}-[0-9a-z]{1,11}-[0-9a-z]{12}$/);
    expect(readApiKey(own.key, SECRET)).toEqual(own.apiKey);
    const tenants = makeApiKey(random(44), SECRET, 'acme', CI);
    expect(readApiKey(tenants.key, SECRET)).toEqual(tenants.apiKey);
    expect(tenants.apiKey).toMatchObject({ ...CI, tenant: 'acme' });
  });

  it.each(['1k97xotwas4n', 'acme~1k97xotwas4n', 'ci~1k97xotwas4n', 'ci-1-1~1k97xotwas4n'])(
    'are the plain ones in an id from before there were any: %s',
    (id) => {
      expect(readApiKeyId(id)).toMatchObject(PLAIN_TERMS);
    },
  );

  it('read back as they were written, whatever they are', () => {
    const bounded = { purpose: fc.constant('ci' as const) };
    const seconds = fc.integer({ min: 1, max: 2 ** 32 - 1 });
    const cap = fc.integer({ min: 1, max: NANO_USD_MAX });
    const more = {
      plan: fc.option(fc.stringMatching(/^[a-z0-9][a-z0-9-]{0,62}$/)),
      isRestricted: fc.boolean(),
    };
    const terms = fc.oneof(
      fc.record({ ...bounded, ...more, expiresAtSeconds: seconds, capNanoUsd: cap }),
      fc.record({
        ...more,
        purpose: fc.constant('server' as const),
        expiresAtSeconds: fc.option(seconds),
        capNanoUsd: fc.option(cap),
      }),
    );
    const tenant = fc.option(fc.stringMatching(/^[a-z0-9-]{1,32}$/));
    fc.assert(
      fc.property(terms, tenant, (one, whose) => {
        const id = formatApiKeyId({ ...one, tenant: whose }, NAME);
        expect(readApiKeyId(id)).toEqual({ ...one, tenant: whose });
        expect(id.length).toBeLessThanOrEqual(138);
      }),
    );
  });

  it.each([
    ['a later end', (id: string) => id.replace(/^ci-\w+/, `ci-${(2 ** 32 - 1).toString(36)}`)],
    ['no end', (id: string) => id.replace(/^ci-\w+/, 'ci-0')],
    ['a higher cap', (id: string) => id.replace(/^(ci-\w+)-\w+/, '$1-zzzzzzzzzz')],
    ['no cap', (id: string) => id.replace(/^(ci-\w+)-\w+/, '$1-0')],
    ['the other purpose', (id: string) => id.replace('ci-', 'server-')],
    ['no terms at all', (id: string) => id.slice(-12)],
    ['a tenant', (id: string) => `acme~${id}`],
    ['a plan', (id: string) => `~pro~${id}`],
    ['a tenant and a plan', (id: string) => `acme~pro~${id}`],
    ['routes of its own', (id: string) => `${id.slice(0, -12)}r-${id.slice(-12)}`],
    ['another name', (id: string) => id.slice(0, -12) + NAME],
  ])('are refused with %s written into them (a thief’s edit)', (_name, edit) => {
    const [head = '', body = '', tag = ''] = own.key.split('.');
    const edited = `wb_${edit(head.slice(3))}.${body}.${tag}`;
    expect(edited).not.toBe(own.key);
    expect(readApiKey(edited, SECRET)).toBeNull();
  });

  it('cannot be given to a key from before there were any (a thief’s edit)', () => {
    const plain = makeApiKey(random(44), SECRET);
    const raised = plain.key.replace('wb_', 'wb_ci-zzzzzz-zzzzzzzzzz-');
    expect(readApiKey(raised, SECRET)).toBeNull();
  });

  it.each([
    'ci-t3k9x0-1ekg',
    'ci-t3k9x0-1k97xotwas4n',
    `ci-0-1ekg-${NAME}`,
    `ci-t3k9x0-0-${NAME}`,
    `ci-0t3k9x0-1ekg-${NAME}`,
    `ci-zzzzzzz-1ekg-${NAME}`,
    `ci-t3k9x0-zzzzzzzzzzz-${NAME}`,
    `Ci-t3k9x0-1ekg-${NAME}`,
    `admin-t3k9x0-1ekg-${NAME}`,
    `server-t3k9x0-${NAME}`,
    `~${NAME}`,
    `~~${NAME}`,
    `acme~~${NAME}`,
    `acme~pro~x~${NAME}`,
    `~-pro~${NAME}`,
    `~Pro~${NAME}`,
    `~${'p'.repeat(64)}~${NAME}`,
    `${'a'.repeat(33)}~pro~${NAME}`,
    `r-${NAME}`,
    `server-r-${NAME}`,
    `server-0-0-r-r-${NAME}`,
    `server-0-0-R-${NAME}`,
    `${NAME}x`,
    '',
  ])('are none where no id of ours is written like this: %j', (id) => {
    expect(readApiKeyId(id)).toBeNull();
  });

  it('are never made for ci without an end and a cap, nor out of range', () => {
    for (const terms of [
      { ...CI, expiresAtSeconds: null },
      { ...CI, capNanoUsd: null },
      { ...CI, expiresAtSeconds: 2 ** 32 },
      { ...CI, capNanoUsd: 2 ** 53 },
      { ...CI, capNanoUsd: -1 },
      { ...CI, capNanoUsd: 0.5 },
    ]) {
      expect(() => makeApiKey(random(44), SECRET, null, terms)).toThrow('terms');
    }
  });
});

describe('the id of a key', () => {
  const none = { tenant: null, ...PLAIN_TERMS };
  const bounds = { expiresAtSeconds: 1_759_809_492, capNanoUsd: 65_536 };
  const bounded = 't3qtp0-1ekg';

  it.each([
    // As keys were written before there were plans.
    [NAME, none],
    [`acme~${NAME}`, { ...none, tenant: 'acme' }],
    [`ci-1-1~${NAME}`, { ...none, tenant: 'ci-1-1' }],
    [`server-0-0-pro~${NAME}`, { ...none, tenant: 'server-0-0-pro' }],
    [`server-0-0-${NAME}`, none],
    [`ci-${bounded}-${NAME}`, { ...none, ...bounds, purpose: 'ci' }],
    [`acme~server-${bounded}-${NAME}`, { ...none, ...bounds, tenant: 'acme' }],
    // Since.
    [`~pro~${NAME}`, { ...none, plan: 'pro' }],
    [`acme~pro~${NAME}`, { ...none, tenant: 'acme', plan: 'pro' }],
    [`~pro~ci-${bounded}-${NAME}`, { ...none, ...bounds, plan: 'pro', purpose: 'ci' }],
    [`server-0-0-r-${NAME}`, { ...none, isRestricted: true }],
    [`acme~pro~server-0-0-r-${NAME}`, { ...none, tenant: 'acme', plan: 'pro', isRestricted: true }],
    [`~server-0-0-r~${NAME}`, { ...none, plan: 'server-0-0-r' }],
  ] as const)('%s says what it says', (id, said) => {
    expect(readApiKeyId(id)).toEqual(said);
    if (id !== `server-0-0-${NAME}`) expect(formatApiKeyId(said, NAME)).toBe(id);
  });

  it.each(['', 'Pro', '-pro', 'a~b', 'a b', 'p'.repeat(64), 'pro\n'])('has no plan %j', (plan) => {
    expect(() => makeApiKey(random(44), SECRET, null, { plan })).toThrow('plan');
  });
});

describe('the plan of a key', () => {
  const pro = makeApiKey(random(44), SECRET, 'acme', { plan: 'pro' });
  const plain = makeApiKey(random(44), SECRET, 'acme');

  it('is known by arithmetic alone', () => {
    expect(readApiKey(pro.key, SECRET)).toEqual(pro.apiKey);
    expect(pro.apiKey).toMatchObject({ plan: 'pro', tenant: 'acme' });
    expect(plain.apiKey.plan).toBeNull();
  });

  it.each([
    [pro.key, '~pro~', '~max~'],
    [pro.key, '~pro~', '~'],
    [pro.key, 'acme~pro~', '~pro~'],
    [pro.key, 'acme~pro~', 'pro~acme~'],
    [plain.key, 'acme~', 'acme~pro~'],
    [plain.key, 'acme~', '~acme~'],
  ])('cannot be edited (a thief’s edit): %s with %s made %s', (key, from, to) => {
    const edited = key.replace(from, to);
    expect(edited).not.toBe(key);
    expect(readApiKey(edited, SECRET)).toBeNull();
  });
});

describe('another secret under the same id', () => {
  const next = keyUnder(own.apiKey.id, random(32), SECRET);

  it('is a genuine key with the same terms and another hash', () => {
    const read = readApiKey(next, SECRET);
    expect(read).toEqual({ ...own.apiKey, hash: hashOf(next) });
    expect(read?.hash).not.toBe(own.apiKey.hash);
  });

  it('cannot be put together from the secrets of both (splicing)', () => {
    const [head, body] = own.key.split('.');
    const [, , tag] = next.split('.');
    expect(readApiKey([head, body, tag].join('.'), SECRET)).toBeNull();
  });

  it('is told apart by four characters, and no more of it is shown', () => {
    const shown = startOf(next);
    expect(next.startsWith(shown)).toBe(true);
    expect(shown).toBe(`wb_${own.apiKey.id}.${(next.split('.')[1] ?? '').slice(0, 4)}`);
  });
});

describe('the end of a key', () => {
  it('is the second that stands in it', () => {
    const endMs = (CI.expiresAtSeconds ?? 0) * 1_000;
    expect([endMs - 1, endMs, endMs + 1].map((nowMs) => isExpired(own.apiKey, nowMs))).toEqual([
      false,
      true,
      true,
    ]);
  });

  it('never comes for a key without one', () => {
    expect(isExpired(makeApiKey(random(44), SECRET).apiKey, 2 ** 52)).toBe(false);
  });
});
