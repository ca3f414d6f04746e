// A thief where rules are only tried out. What breaks if this fails: a budget that is meant is
// passed by beside one that is not, or the text that the policy pins is left out.

import { describe, expect, it } from 'vitest';
import { present } from '../../core/result.ts';
import { chargesOf } from '../../worker/charges.ts';
import { tellAll } from '../../worker/reserve.ts';
import { ROUTE } from '../policy/base.ts';
import { WEATHER } from '../policy/tools.ts';
import { makeDevice, prove } from '../support/anonymous.ts';
import { kindsOf, openGateway, wordOf } from './admission-town.ts';
import { NOW_MS } from './gate-bench.ts';
import {
  ADDRESS,
  bodyOf,
  BUDGETS,
  type Changes,
  gatewayOf,
  policyFrom,
  upOf,
  wireFor,
} from './observed-bench.ts';

describe('a limit that is lifted', () => {
  const limitsFor = (more: Changes) => ({ limits: { ...BUDGETS, ...more } });

  it('is none of another kind', async () => {
    const tight = [
      { window: 'day', usd: '0.00001' },
      { window: 'day', requests: 1 },
    ];
    const { send } = gatewayOf({ rules: { 'over-requests': 'enforce' } }, limitsFor({ ip: tight }));
    const first = await send({ body: bodyOf() });
    expect([wordOf(first), kindsOf(first)]).toEqual([
      'forwarded',
      ['proof-required', 'over-budget'],
    ]);
    expect(wordOf(await send({ body: bodyOf() }))).toBe('over-requests');
  });

  it('never is the one of all calls together', async () => {
    const { send, town } = gatewayOf(
      {},
      limitsFor({ global: [{ window: 'day', usd: '0.00001' }] }),
    );
    expect(wordOf(await send({ body: bodyOf() }))).toBe('over-budget');
    expect(town.openHolds()).toBe(0);
  });

  it('of a caller leaves the shared budgets counting', async () => {
    const route = { limits: { route: [{ window: 'day', usd: '1' }] } };
    const { send, town } = gatewayOf(route, limitsFor({ ip: [{ window: 'day', usd: '0.00001' }] }));
    const { reservation } = await send({ body: bodyOf() });
    const held = present(reservation, 'reservation').heldNanoUsd;
    expect(town.sum(ADDRESS, 'nanoUsd').held).toBe(held);
    expect(town.sum('route:chat', 'nanoUsd').held).toBe(held);
  });

  it('of a shared budget counts up to its slices and no further', async () => {
    const cap = 60_000;
    const route = {
      limits: {
        route: [
          { window: 'day', usd: '0.00006' },
          { window: 'day', requests: 90 },
        ],
      },
    };
    const { send, town } = gatewayOf(route, limitsFor({}));
    for (let sent = 1; sent <= 8; sent += 1) {
      expect(wordOf(await send({ body: bodyOf() }))).toBe('forwarded');
      expect(town.sum('route:chat', 'nanoUsd').held).toBeLessThanOrEqual(cap);
      // What is not lifted is counted for every call.
      expect(town.sum('route:chat', 'requests').held).toBe(sent);
    }
    expect(town.sum('route:chat', 'nanoUsd').held).toBeGreaterThan(0);
    expect(town.sum(ADDRESS, 'nanoUsd').held).toBeGreaterThan(cap);
  });

  it('of a device leaves its cohort: many devices of one network are still one purse', async () => {
    const cohort = [
      { window: 'day', usd: '0.0001' },
      { window: 'day', requests: 2 },
    ];
    const { deps, send } = gatewayOf(
      { mode: 'enforce', rules: { 'over-requests': 'observe' } },
      limitsFor({
        cohort,
        device: [
          { window: 'day', usd: '1' },
          { window: 'day', requests: 1 },
        ],
      }),
    );
    const words: string[] = [];
    for (let sent = 0; sent < 6; sent += 1) {
      const one = await makeDevice();
      const mine = { principal: `device:${one.jkt}`, caller: 'device', jkt: one.jkt };
      const wire = wireFor(deps, mine);
      words.push(wordOf(await send({ headers: await prove(wire, bodyOf(), one), body: bodyOf() })));
    }
    // Its money is meant, though its count of requests is only tried out.
    expect(words.at(-1)).toBe('over-budget');
  });

  it('is never a purse that a human proof opened: that is another rule', async () => {
    const { deps, send } = gatewayOf({}, limitsFor({ ip: [{ window: 'day', usd: '0.00001' }] }));
    const { call } = await send({ body: bodyOf() });
    const terms = { id: 'p', capNanoUsd: 1, expiresAtSeconds: NOW_MS, isNew: false };
    const pass = { ...terms, sealed: null, leftNanoUsd: null };
    const asks = chargesOf({ ...call, pass }, deps).flatMap(({ message }) => message.accounts);
    expect(asks.find(({ principal }) => principal === ADDRESS)?.lifts).toEqual(['over-budget']);
    expect(asks.find(({ principal }) => principal === 'pass:p')).not.toHaveProperty('lifts');
  });
});

describe('a rewriting that was to refuse', () => {
  const system = { callers: 'refuse', text: 'Only about lorries.' };
  const tools = { callers: 'filter', names: ['weather'] };
  const toolOf = (name: string) => ({ type: 'function', function: { ...WEATHER, name } });

  it('leaves its refusal away and nothing else', async () => {
    const { send } = gatewayOf({
      system,
      tools,
      shape: {
        fields: {
          seed: 'refuse',
          temperature: { max: 1, otherwise: 'clamp' },
          top_p: { max: 0.5, otherwise: 'refuse' },
        },
      },
    });
    const outcome = await send({
      body: bodyOf({
        seed: 7,
        top_p: 0.9,
        temperature: 2,
        tools: [toolOf('weather'), toolOf('shell')],
        messages: [
          { role: 'system', content: 'About anything.' },
          { role: 'user', content: 'hi' },
        ],
      }),
    });
    expect(kindsOf(outcome)).toContain('shape-refused');
    const up = upOf(outcome);
    expect(up.messages[0]).toMatchObject({ content: 'Only about lorries.' });
    expect(up.messages[1]).toMatchObject({ content: 'About anything.' });
    expect(up['tools']).toEqual([toolOf('weather')]);
    expect(up).toMatchObject({ seed: 7, top_p: 0.9, temperature: 1 });
  });

  it('of an app’s own shape is always meant: what came is no request to a provider', async () => {
    const { send } = gatewayOf({
      defaultModel: 'gpt-5-nano',
      app: {
        system: 'You sell lorries.',
        messageCharsMax: 10,
        historyTurnsMax: 4,
        historyBytesMax: 4_096,
      },
    });
    const long = await send({ body: JSON.stringify({ message: 'a'.repeat(11) }) });
    expect(wordOf(long)).toBe('shape-refused');
    const raw = await send({ body: bodyOf() });
    expect(raw.reservation).toBeNull();
  });
});

describe('what enforcing would have refused', () => {
  it('is counted once, however often its end is told', async () => {
    const { deps, send, town } = gatewayOf();
    const { reservation } = await send({ body: bodyOf() });
    const held = present(reservation, 'reservation');
    const act = { kind: 'settle', amounts: { nanoUsd: 7 }, estimated: false } as const;
    for (let told = 0; told < 3; told += 1) await tellAll(held, act, () => '{}', deps);
    const shard = town.at(deps.ledgers.addressOf(ADDRESS));
    const { rows } = await shard.impacts('2000-01-01', '2100-01-01');
    expect(rows.map(({ rule, calls, nanoUsd }) => [rule, calls, nanoUsd])).toEqual([
      ['any', 1, 7],
      ['proof-required', 1, 7],
    ]);
  });

  it('is nothing of a call that was given back', async () => {
    const { deps, send, town, giveBack } = gatewayOf();
    await giveBack(await send({ body: bodyOf() }));
    const shard = town.at(deps.ledgers.addressOf(ADDRESS));
    expect((await shard.impacts('2000-01-01', '2100-01-01')).rows).toEqual([]);
  });
});

describe('a model that nobody offers', () => {
  it('costs what the operator says of it on another route, or the dearest of all', async () => {
    const row = { kind: 'openai', model: 'gpt-5', usdPerMillion: { input: '900', output: '5000' } };
    const more = {
      prices: [row],
      routes: [
        { ...ROUTE, models: ['gpt-5-nano'] },
        { ...ROUTE, id: 'other', path: '/api/other', models: ['gpt-5'] },
      ],
    };
    const { send } = openGateway(policyFrom({}, { routes: more.routes, prices: more.prices }));
    for (const model of ['gpt-5', 'gpt-99-of-nobody']) {
      const { reservation } = await send({ body: bodyOf({ model }) });
      // A hundred tokens at $5,000 a million.
      expect(present(reservation, 'reservation').call.estimate?.totalNanoUsd).toBeGreaterThan(
        500_000_000,
      );
    }
  });
});
