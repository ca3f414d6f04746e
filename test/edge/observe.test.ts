// A rule that is only tried out, and a ladder, through the real gateway. If this breaks, trying a
// policy out refuses customers, or what passes is not paid for.

import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { inRoot } from '../../local/paths.ts';
import { chatBody, decisionOf, requestIdOf, spentOf, upstreamRequests } from '../support/chat.ts';
import { HALF_PATH, LADDER_PATH, OBSERVED_PATH } from '../support/observe-policy.ts';
import { type MadeKey, startStack, type TestStack } from '../support/stack.ts';

let stack: TestStack;
let key: MadeKey;

beforeAll(async () => {
  stack = await startStack({ policyFile: inRoot('test/support/observe-policy.ts') });
});

beforeEach(async () => {
  await stack.resetEmulator();
  await stack.script({ chunks: 3, chunkDelayMs: 0 });
  key = await stack.makeKey('observed');
});

afterAll(() => stack.close());

const post = (
  path: string,
  body: Readonly<Record<string, unknown>> = {},
  headers: Readonly<Record<string, string>> = { Authorization: `Bearer ${key.key}` },
): Promise<Response> =>
  fetch(`${stack.gatewayUrl}${path}`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', ...headers },
    body: chatBody(body),
  });

const setCap = async (cap: number, unit = 'nanoUsd'): Promise<void> => {
  const path = `/_weighbridge/admin/principals/${key.principal}/budgets`;
  const set = await fetch(`${stack.gatewayUrl}${path}`, {
    method: 'PUT',
    headers: { Authorization: `Bearer ${stack.adminToken}`, 'Content-Type': 'application/json' },
    body: JSON.stringify({ window: 'day', unit, cap }),
  });
  expect(set.status).toBe(200);
};

const kindsOf = async (answer: Response): Promise<unknown> => {
  const record = await decisionOf(stack, requestIdOf(answer));
  return (record as unknown as { observed: { denial: { kind: string } }[] }).observed.map(
    ({ denial }) => denial.kind,
  );
};

describe('a route whose rules are only tried out', () => {
  it('lets a call pass without a proof, without a plan, too long, over its budget: counted', async () => {
    await setCap(0);
    const long = { messages: [{ role: 'user', content: 'a'.repeat(500) }] };
    const answer = await post(OBSERVED_PATH, { ...long, model: 'gpt-4o' });
    expect([answer.status, await answer.text()]).toMatchObject([200, expect.any(String)]);
    expect(answer.headers.get('Weighbridge-Decision')).toBe('allow');
    expect(await kindsOf(answer)).toEqual([
      'proof-required',
      'plan-required',
      'shape-refused',
      'model-not-offered',
      'over-budget',
    ]);
    const spent = await spentOf(stack, key.principal);
    expect(spent.requests).toBe(1);
    const { billedNanoUsd } = await stack.ledger();
    expect(spent.nanoUsd).toBeGreaterThanOrEqual(billedNanoUsd);
    expect(billedNanoUsd).toBeGreaterThan(0);
  });

  it('refuses what a rule of its own enforces', async () => {
    const answer = await post(HALF_PATH, { model: 'gpt-99' });
    expect(answer.status).toBe(403);
    expect((await stack.ledger()).calls).toHaveLength(0);
  });

  it.each([
    ['a body that nobody can weigh', '{"model":', 400],
    ['a field that nobody knows', chatBody({ costs: 'a lot' }), 400],
  ])('refuses %s all the same', async (_, body) => {
    const answer = await fetch(`${stack.gatewayUrl}${OBSERVED_PATH}`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', Authorization: `Bearer ${key.key}` },
      body,
    });
    expect(answer.status).toBeGreaterThanOrEqual(400);
    expect((await stack.ledger()).calls).toHaveLength(0);
  });

  it('refuses a forged key all the same', async () => {
    const forged = `${key.key.slice(0, -1)}${key.key.endsWith('A') ? 'B' : 'A'}`;
    const answer = await post(OBSERVED_PATH, {}, { Authorization: `Bearer ${forged}` });
    expect(answer.status).toBe(401);
  });

  it('lifts nothing of what a key was given for life', async () => {
    const made = await fetch(`${stack.gatewayUrl}/_weighbridge/admin/keys`, {
      method: 'POST',
      headers: { Authorization: `Bearer ${stack.adminToken}`, 'Content-Type': 'application/json' },
      body: JSON.stringify({ name: 'capped', capUsd: '0.000001' }),
    });
    const { key: capped } = (await made.json()) as { key: string };
    const answer = await post(OBSERVED_PATH, {}, { Authorization: `Bearer ${capped}` });
    expect(answer.status).toBe(402);
    expect((await stack.ledger()).calls).toHaveLength(0);
  });

  it('lifts no rule that another route enforces', async () => {
    await setCap(0);
    const answer = await post('/v1/chat/completions');
    expect(answer.status).toBe(402);
    expect((await stack.ledger()).calls).toHaveLength(0);
  });
});

describe('what enforcing would have done', () => {
  type Told = {
    requests: number;
    wouldRefuse: { requests: number; nanoUsd: number; users: number };
    rules: { rule: string; route: string; requests: number }[];
    sentence: string;
  };
  const impact = async (query = ''): Promise<Told> => {
    const told = await fetch(`${stack.gatewayUrl}/_weighbridge/admin/impact${query}`, {
      headers: { Authorization: `Bearer ${stack.adminToken}` },
    });
    expect(told.status).toBe(200);
    return (await told.json()) as Told;
  };

  it('is told in requests and dollars, rule by rule, and only of calls that were served', async () => {
    const before = await impact();
    const answers = [
      await post(OBSERVED_PATH),
      await post(OBSERVED_PATH, { model: 'gpt-4o' }),
      await post('/v1/chat/completions', { model: 'gpt-99' }),
      await post('/v1/chat/completions'),
    ];
    for (const answer of answers) await answer.text();
    const { nanoUsd } = await spentOf(stack, key.principal);
    const after = await impact();
    expect(after.wouldRefuse.requests - before.wouldRefuse.requests).toBe(2);
    expect(after.requests - before.requests).toBe(3);
    const dollars = after.wouldRefuse.nanoUsd - before.wouldRefuse.nanoUsd;
    expect(dollars).toBeGreaterThan(0);
    expect(dollars).toBeLessThan(nanoUsd);
    const of = ({ rules }: Told, rule: string): number =>
      rules.find((one) => one.rule === rule && one.route === 'observed')?.requests ?? 0;
    expect(of(after, 'proof-required') - of(before, 'proof-required')).toBe(2);
    expect(of(after, 'model-not-offered') - of(before, 'model-not-offered')).toBe(1);
    expect(after.sentence).toMatch(/^enforcing would have refused \d+ of \d+ requests \(/);
  });

  it('is told of the days that are asked for', async () => {
    expect(await impact('?from=2020-01-01&to=2020-01-02')).toMatchObject({ requests: 0 });
    const wrong = await fetch(
      `${stack.gatewayUrl}/_weighbridge/admin/impact?from=2021-01-01&to=2020-01-01`,
      { headers: { Authorization: `Bearer ${stack.adminToken}` } },
    );
    expect(wrong.status).toBe(422);
  });
});

describe('a ladder', () => {
  const PRICES = { 'gpt-4o': 10_000, 'gpt-4o-mini': 600 } as const;
  const asked = { model: 'gpt-4o', max_tokens: 400, stream: false };

  it('is not taken while the money pays for what was asked', async () => {
    const answer = await post(LADDER_PATH, asked);
    expect(answer.headers.get('Weighbridge-Decision')).toBe('allow');
    expect(answer.headers.get('Weighbridge-Model-Served')).toBeNull();
  });

  it('turns what is left into a lower ceiling first, and says so', async () => {
    // More than the least answer of gpt-4o, less than all of 400 tokens.
    await setCap(PRICES['gpt-4o'] * 200 + 1_500_000);
    const answer = await post(LADDER_PATH, asked);
    expect(answer.status).toBe(200);
    expect(answer.headers.get('Weighbridge-Decision')).toBe('allow');
    expect(answer.headers.get('Weighbridge-Narrowed')).toMatch(/^output-tokens;from=400;to=\d+$/);
  });

  it('is taken where nothing else is left, and says so', async () => {
    await setCap(300_000);
    const answer = await post(LADDER_PATH, asked);
    expect(answer.status).toBe(200);
    expect(answer.headers.get('Weighbridge-Decision')).toBe('downgrade');
    expect(answer.headers.get('Weighbridge-Model-Served')).toBe('gpt-4o-mini');
    const [up] = await upstreamRequests(stack);
    expect(JSON.parse(up?.bodyText ?? '')).toMatchObject({ model: 'gpt-4o-mini' });
    const record = await decisionOf(stack, requestIdOf(answer));
    expect(record).toMatchObject({
      decision: 'downgrade',
      downgraded: { from: 'gpt-4o', to: 'gpt-4o-mini', because: 'money' },
    });
    const { billedNanoUsd, calls } = await stack.ledger();
    expect(calls).toHaveLength(1);
    expect((await spentOf(stack, key.principal)).nanoUsd).toBe(billedNanoUsd);
  });

  it('ends: whoever has nothing gets nothing', async () => {
    await setCap(10);
    const answer = await post(LADDER_PATH, asked);
    expect(answer.status).toBe(402);
    expect((await stack.ledger()).calls).toHaveLength(0);
    expect((await spentOf(stack, key.principal)).nanoUsd).toBe(0);
  });

  it('is no way round a count of requests', async () => {
    await setCap(0, 'requests');
    expect((await post(LADDER_PATH, asked)).status).toBe(402);
  });
});
