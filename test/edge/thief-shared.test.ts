// A thief looks at budgets that many share. Device keys are free, so he mints them; addresses are
// cheap, so he moves; and the names of budgets look as if one could choose them. If any of these
// breaks, a budget for a crowd becomes a budget for each of his throwaway identities.

import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { shardOf } from '../../core/address.ts';
import { inRoot } from '../../local/paths.ts';
import { type Device, makeDevice } from '../support/anonymous.ts';
import { call, statusOf } from '../support/callers.ts';
import { poll } from '../support/poll.ts';
import { expectProblem, heard } from '../support/problem.ts';
import { startStack, type TestStack } from '../support/stack.ts';

const today = (): string => new Date().toISOString().slice(0, 10);
const SHARDS = 4;

let stack: TestStack;
let networks = 0;
let home: string;

beforeAll(async () => {
  stack = await startStack({ policyFile: inRoot('test/support/scopes-policy.ts') });
});

beforeEach(async () => {
  await stack.resetEmulator();
  await stack.script({ chunks: 3, chunkDelayMs: 0 });
  networks += 1;
  home = `127.0.${String(150 + networks)}`;
});

afterAll(() => stack.close());

const cohort = (): string => `cohort:${home}.0/24@${today()}`;

const firstSeen = async (from: string): Promise<Device> => {
  const device = await makeDevice();
  expect(await statusOf(stack.gatewayUrl, { device, from })).toBe(200);
  return device;
};

const settled = (principal: string): Promise<number> =>
  poll(`${principal} holds nothing`, async () => {
    const { used, held } = await stack.counter(principal, 'requests-day');
    return held === 0 ? { used } : null;
  }).then(({ used }) => used);

describe('device keys minted in one network', () => {
  test('share one purse, however many there are and whichever ledgers keep them', async () => {
    const minted = await Promise.all(Array.from({ length: 40 }, () => makeDevice()));
    const homes = new Set(minted.map(({ jkt }) => shardOf(`device:${jkt}`, SHARDS)));
    expect(homes.size).toBe(SHARDS);
    await stack.setCap(cohort(), 'day', 'requests', 10);
    const statuses = await Promise.all(
      minted.map((device, index) =>
        statusOf(stack.gatewayUrl, { device, from: `${home}.${String(1 + index)}` }),
      ),
    );
    expect(statuses.filter((status) => status === 200)).toHaveLength(10);
    expect(statuses.filter((status) => status === 402)).toHaveLength(30);
    expect((await stack.ledger()).calls).toHaveLength(10);
    expect(await settled(cohort())).toBe(10);
  });

  test('stay in it wherever they call from', async () => {
    const devices = [await firstSeen(`${home}.1`), await firstSeen(`${home}.2`)];
    await stack.setCap(cohort(), 'day', 'requests', 3);
    const [first, second] = devices as [Device, Device];
    expect(await statusOf(stack.gatewayUrl, { device: first, from: '127.0.200.1' })).toBe(200);
    for (const device of [first, second]) {
      for (const from of ['127.0.201.1', '127.0.202.1', `${home}.9`]) {
        const problem = expectProblem(
          await call(stack.gatewayUrl, { device, from }),
          402,
          'over_requests',
        );
        expect(problem.scope).toBe('cohort');
      }
    }
    expect(await settled(cohort())).toBe(3);
    // Where they went nobody pays for them: a native of that network is served.
    await firstSeen('127.0.201.7');
  });

  test('neither join the purse of a network they visit, nor use it up', async () => {
    const visitor = await firstSeen('127.0.203.1');
    await firstSeen(`${home}.1`);
    await stack.setCap(cohort(), 'day', 'requests', 1);
    expect(await statusOf(stack.gatewayUrl, { device: visitor, from: `${home}.2` })).toBe(200);
    expect(await settled(cohort())).toBe(1);
  });

  test('that were refused at first have no purse yet, and pay none', async () => {
    await stack.setCap(cohort(), 'day', 'requests', 0);
    const device = await makeDevice();
    expect(await statusOf(stack.gatewayUrl, { device, from: `${home}.1` })).toBe(402);
    expect(await settled(cohort())).toBe(0);
    expect(await settled(`device:${device.jkt}`)).toBe(0);
    expect((await stack.ledger()).calls).toEqual([]);
  });
});

describe('names of budgets', () => {
  test('a key cannot change its tenant, nor leave it', async () => {
    const { key, id } = await stack.makeKey('mine', 'poor');
    await stack.setCap('tenant:poor', 'day', 'requests', 0);
    const bare = id.replace('poor~', '');
    const bent = ['rich', 'poo', 'poorr', 'poor~poor', ''].map((tenant) =>
      key.replace(id, tenant === '' ? bare : `${tenant}~${bare}`),
    );
    for (const one of bent) {
      const answer = await call(stack.gatewayUrl, { key: one });
      expectProblem(answer, 401, 'api_key_invalid');
    }
    expect(expectProblem(await call(stack.gatewayUrl, { key }), 402, 'over_requests').scope).toBe(
      'tenant',
    );
    expect((await stack.ledger()).calls).toEqual([]);
  });

  test.each(['a~b', 'A', '', 'a b', 'a/b', 'x'.repeat(33), 'ü', '../a'])(
    'a tenant is not called %j',
    async (tenant) => {
      const answer = await fetch(`${stack.gatewayUrl}/_weighbridge/admin/keys`, {
        method: 'POST',
        headers: { Authorization: `Bearer ${stack.adminToken}` },
        body: JSON.stringify({ name: 'n', tenant }),
      });
      expectProblem(await heard(answer), 422, 'request_invalid');
    },
  );

  test.each([
    ['Weighbridge-Tenant', 'rich'],
    ['X-Tenant', 'rich'],
    ['X-Cohort', 'cohort:203.0.113.0/24@2026-01-01'],
    ['Weighbridge-Principal', 'global'],
  ])('%s does not choose a budget', async (name, value) => {
    const { key } = await stack.makeKey('named', 'plain');
    const before = await settled('tenant:rich');
    const answer = await fetch(`${stack.gatewayUrl}/v1/second`, {
      method: 'POST',
      headers: {
        Authorization: `Bearer ${key}`,
        'Content-Type': 'application/json',
        [name]: value,
      },
      body: JSON.stringify({ model: 'gpt-4o-mini', messages: [{ role: 'user', content: 'x' }] }),
    });
    expect(answer.status).toBe(200);
    expect(await settled('tenant:rich')).toBe(before);
  });

  test('one network’s callers cannot use up what is left for another’s: only what all share', async () => {
    await settled('ip:127.0.0.1');
    const { used } = await stack.counter('global', 'requests-day');
    await stack.setCap(`ip:${home}.0/24`, 'day', 'requests', 2);
    const thieves = await Promise.all(Array.from({ length: 12 }, () => makeDevice()));
    await Promise.all(
      thieves.map((device, index) =>
        statusOf(stack.gatewayUrl, { device, from: `${home}.${String(1 + index)}` }),
      ),
    );
    expect(await settled(`ip:${home}.0/24`)).toBe(2);
    await poll('all is told', async () => {
      return (await stack.counter('global', 'requests-day')).used === used + 2;
    });
    await firstSeen('127.0.204.1');
  });
});
