// What an operator gives back or corrects: once, however often it is sent; never more than there
// was; and in every budget the call was charged in, down to the statement that is compared with the
// provider's bill. If this breaks, a repeated click pays twice, or a customer is told one figure
// and billed another.

import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { inRoot } from '../../local/paths.ts';
import type { Device } from '../support/anonymous.ts';
import { decisionOf, requestIdOf } from '../support/chat.ts';
import { beginCall, call, type Caller, deviceAwayFrom } from '../support/callers.ts';
import { poll } from '../support/poll.ts';
import { expectProblem, heard } from '../support/problem.ts';
import { type MadeKey, startStack, type TestStack } from '../support/stack.ts';

const FROM = '127.0.71.3';
const BORN = '127.0.72.3';
const today = (): string => new Date().toISOString().slice(0, 10);

let stack: TestStack;
let key: MadeKey;
let device: Device;

beforeAll(async () => {
  stack = await startStack({ policyFile: inRoot('test/support/scopes-policy.ts') });
});

beforeEach(async () => {
  await stack.resetEmulator();
  await stack.script({ chunks: 40, chunkDelayMs: 0 });
  key = await stack.makeKey('refunds', 'acme');
  // The purse of its cohort is kept by another ledger than its own.
  device = await deviceAwayFrom(BORN, 4);
});

afterAll(() => stack.close());

const post = (path: string, body: unknown, token = stack.adminToken): Promise<Response> =>
  fetch(`${stack.gatewayUrl}/_weighbridge/admin${path}`, {
    method: 'POST',
    headers: { Authorization: `Bearer ${token}` },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });

const refundsOf = (id: string): string => `/requests/${id}/refunds`;
const adjustmentsOf = (principal: string): string =>
  `/principals/${encodeURIComponent(principal)}/adjustments`;

/** Every budget that a call of this caller is charged in. */
const chargedBy = (caller: Caller): readonly string[] => [
  ...(caller.key === undefined
    ? [`device:${device.jkt}`, `cohort:127.0.72.0/24@${today()}`]
    : [key.principal, 'tenant:acme']),
  `ip:${FROM}`,
  'ip:127.0.71.0/24',
  'route:chat-completions',
  'model:gpt-4o-mini',
  'global',
];

const usedOf = async (principals: readonly string[]): Promise<Readonly<Record<string, number>>> => {
  const used: Record<string, number> = {};
  for (const principal of principals) {
    used[principal] = (await stack.counter(principal, 'nanoUsd-day')).used;
  }
  return used;
};

/** A call that is over and charged. */
async function charged(caller: Caller): Promise<{ id: string; cost: number }> {
  const answer = await call(stack.gatewayUrl, caller);
  expect(answer.status).toBe(200);
  const id = requestIdOf(answer);
  const { settledNanoUsd } = await decisionOf(stack, id);
  await poll('it is settled everywhere', async () => {
    for (const principal of chargedBy(caller).slice(0, 1)) {
      if ((await stack.principal(principal)).holds.length > 0) return false;
    }
    return true;
  });
  return { id, cost: settledNanoUsd };
}

const adjustmentsStated = async (): Promise<number> => {
  const day = today();
  const { statements } = (await stack.admin('GET', `/statements?from=${day}&to=${day}`)) as {
    statements: { adjustmentsNanoUsd: number }[];
  };
  return statements.reduce((sum, one) => sum + one.adjustmentsNanoUsd, 0);
};

const CALLERS: readonly (readonly [string, () => Caller])[] = [
  ['a server', () => ({ key: key.key, from: FROM })],
  ['a device that is at home elsewhere', () => ({ device, from: FROM })],
];

describe('a refund', () => {
  test.each(CALLERS)('to %s is given once, in every budget it was charged in', async (who, of) => {
    const caller = of();
    if (who !== 'a server') await charged({ device, from: BORN });
    const { id, cost } = await charged(caller);
    const principals = chargedBy(caller);
    const before = await usedOf(principals);
    const stated = await adjustmentsStated();
    const body = { id: `ticket-${who.slice(2, 6)}`, nanoUsd: cost - 1, reason: 'a broken answer' };
    const first = await post(refundsOf(id), body);
    expect([first.status, await first.json()]).toEqual([
      200,
      { requestId: id, id: body.id, nanoUsd: body.nanoUsd, status: 'adjusted' },
    ]);
    const again = await Promise.all([1, 2, 3].map(() => post(refundsOf(id), body)));
    for (const one of again) expect(await one.json()).toMatchObject({ status: 'exists' });
    const after = await usedOf(principals);
    for (const principal of principals) {
      const given = (before[principal] ?? Number.NaN) - (after[principal] ?? Number.NaN);
      expect([principal, given]).toEqual([principal, cost - 1]);
    }
    expect(await adjustmentsStated()).toBe(stated - (cost - 1));
  });

  test('of the same id and another amount is refused, and so is more than is left', async () => {
    const caller: Caller = { key: key.key, from: FROM };
    const { id, cost } = await charged(caller);
    const given = { id: 'a', nanoUsd: cost - 10, reason: 'r' };
    expect((await post(refundsOf(id), given)).status).toBe(200);
    const principals = chargedBy(caller);
    const before = [await usedOf(principals), await adjustmentsStated()];
    for (const wrong of [
      { ...given, nanoUsd: 5 },
      { id: 'b', nanoUsd: 11, reason: 'r' },
      { id: 'c', nanoUsd: cost, reason: 'r' },
      { id: 'd', nanoUsd: Number.MAX_SAFE_INTEGER, reason: 'r' },
    ]) {
      expectProblem(await heard(await post(refundsOf(id), wrong)), 400, 'request_invalid');
    }
    expect([await usedOf(principals), await adjustmentsStated()]).toEqual(before);
    expect((await post(refundsOf(id), { id: 'e', nanoUsd: 10, reason: 'r' })).status).toBe(200);
    expect((await usedOf([key.principal]))[key.principal]).toBe(0);
  });

  test('of a call that is not over is refused, and changes nothing', async () => {
    await stack.script({ firstChunkDelayMs: 60_000 });
    const wire = await beginCall(stack.gatewayUrl, { key: key.key, from: FROM });
    const [hold] = await poll('the call is open', async () => {
      const { holds } = await stack.principal(key.principal);
      return holds.length > 0 && (await stack.ledger()).openStreams > 0 ? holds : null;
    });
    const id = `${hold?.id ?? ''}.1-0`;
    const before = await usedOf(['global']);
    const refused = await post(refundsOf(id), { id: 'early', nanoUsd: 1, reason: 'r' });
    expect([400, 404]).toContain(refused.status);
    expect(await usedOf(['global'])).toEqual(before);
    wire.leave('CLOSE');
    await poll('it is over', async () => (await stack.principal(key.principal)).holds.length === 0);
  });

  test('of a call that was never made is a 404', async () => {
    const { id } = await charged({ key: key.key, from: FROM });
    const body = { id: 'x', nanoUsd: 1, reason: 'r' };
    for (const wrong of ['nothing', id.replace(/.\./, '_.'), id.replace(/-\d+$/, '-999')]) {
      const refused = await post(refundsOf(wrong), body);
      expectProblem(await heard(refused), 404, 'not_found');
    }
  });
});

describe('an adjustment', () => {
  test.each([
    ['a key', () => key.principal],
    ['an address', () => 'ip:127.0.73.9'],
    ['a wide network', () => 'ip:127.0.74.0/24'],
    ['a tenant', () => 'tenant:adjusted'],
    ['everything', () => 'global'],
  ])('of %s counts once, both ways, and never below nothing', async (_name, of) => {
    const principal = of();
    const { used } = await stack.counter(principal, 'nanoUsd-day');
    const add = { id: `add-${String(used)}`, nanoUsd: 700, reason: 'an invoice of another day' };
    expect(await (await post(adjustmentsOf(principal), add)).json()).toEqual({
      principal,
      id: add.id,
      nanoUsd: 700,
      status: 'adjusted',
    });
    expect(await (await post(adjustmentsOf(principal), add)).json()).toMatchObject({
      status: 'exists',
    });
    expect((await stack.counter(principal, 'nanoUsd-day')).used).toBe(used + 700);
    const other = await post(adjustmentsOf(principal), { ...add, nanoUsd: 701 });
    expectProblem(await heard(other), 400, 'request_invalid');
    const below = { id: 'below', nanoUsd: -(used + 701), reason: 'too much' };
    const refused = await post(adjustmentsOf(principal), below);
    expectProblem(await heard(refused), 400, 'request_invalid');
    const back = { id: `back-${String(used)}`, nanoUsd: -700, reason: 'taken back' };
    expect((await post(adjustmentsOf(principal), back)).status).toBe(200);
    expect((await stack.counter(principal, 'nanoUsd-day')).used).toBe(used);
  });

  test('moves what a shared budget still admits', async () => {
    const { key: other } = await stack.makeKey('prepaid', 'prepaid');
    const { cap } = await stack.counter('tenant:prepaid', 'nanoUsd-day');
    const full = { id: 'full', nanoUsd: cap, reason: 'paid in advance' };
    expect((await post(adjustmentsOf('tenant:prepaid'), full)).status).toBe(200);
    const answer = await call(stack.gatewayUrl, { key: other, from: FROM });
    expect(expectProblem(answer, 402, 'over_budget').scope).toBe('tenant');
  });
});

const BAD: readonly (readonly [string, unknown, number, string])[] = [
  ['no JSON', 'id=1', 400, 'body_not_json'],
  ['nothing', '', 422, 'request_invalid'],
  ['no id', { nanoUsd: 1, reason: 'r' }, 422, 'request_invalid'],
  ['an id with a blank', { id: 'a b', nanoUsd: 1, reason: 'r' }, 422, 'request_invalid'],
  ['a long id', { id: 'x'.repeat(65), nanoUsd: 1, reason: 'r' }, 422, 'request_invalid'],
  ['no amount', { id: 'a', reason: 'r' }, 422, 'request_invalid'],
  ['nothing to move', { id: 'a', nanoUsd: 0, reason: 'r' }, 422, 'request_invalid'],
  ['a fraction', { id: 'a', nanoUsd: 0.5, reason: 'r' }, 422, 'request_invalid'],
  ['a text', { id: 'a', nanoUsd: '5', reason: 'r' }, 422, 'request_invalid'],
  ['2^53', '{"id":"a","nanoUsd":9007199254740992,"reason":"r"}', 400, 'body_not_json'],
  ['no reason', { id: 'a', nanoUsd: 1 }, 422, 'request_invalid'],
  ['another member', { id: 'a', nanoUsd: 1, reason: 'r', key: 'k' }, 422, 'request_invalid'],
];

describe.each(['a refund', 'an adjustment'])('%s', (what) => {
  test.each(BAD)('with %s is refused', async (_name, body, status, code) => {
    const { id } = await charged({ key: key.key, from: FROM });
    const path = what === 'a refund' ? refundsOf(id) : adjustmentsOf(key.principal);
    const before = await usedOf([key.principal, 'global']);
    expectProblem(await heard(await post(path, body)), status, code);
    expect(await usedOf([key.principal, 'global'])).toEqual(before);
  });

  test('without the operator’s token is refused: a thief would print budgets', async () => {
    const { id } = await charged({ key: key.key, from: FROM });
    const path = what === 'a refund' ? refundsOf(id) : adjustmentsOf(key.principal);
    const before = await usedOf([key.principal, 'global']);
    for (const token of ['', 'x', key.key, `${stack.adminToken}x`]) {
      const refused = await post(path, { id: 'a', nanoUsd: 1, reason: 'r' }, token);
      expectProblem(await heard(refused), 401, 'admin_token_invalid');
    }
    expect(await usedOf([key.principal, 'global'])).toEqual(before);
  });
});
