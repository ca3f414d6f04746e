// A thief at the foot of a ladder: one proof, several tries to hold money. What breaks if this
// fails: a proof that was paid for once buys two calls, or a rung is served that the thief's plan
// does not have, or that its proof did not pay for.

import { describe, expect, it } from 'vitest';
import { primaryOf } from '../../core/call.ts';
import { Keyring } from '../../core/proof/keyring.ts';
import { present } from '../../core/result.ts';
import type { Deps } from '../../worker/env.ts';
import { policyWith, PROVIDER, ROUTE } from '../policy/base.ts';
import { makeDevice, prove } from '../support/anonymous.ts';
import { type Gateway, openGateway, policyOf, Town, wordOf } from './admission-town.ts';
import { ACTIVE_KEY, challengeFor, forwardedText, IP } from './gate-bench.ts';

const LADDER = ['gpt-5', 'gpt-5-mini', 'gpt-5-nano'];
const DEAR = JSON.stringify({
  model: 'gpt-5',
  max_tokens: 100,
  messages: [{ role: 'user', content: 'a'.repeat(400) }],
});
const device = await makeDevice();
const MINE = `device:${device.jkt}`;

/** Pays for the least answer of gpt-5-nano and of no other. */
const SMALL = '0.0001';

type Changes = Readonly<Record<string, unknown>>;

const ladderPolicy = (route: Changes = {}, more: Changes = {}) =>
  policyOf(
    policyWith({
      'routes.0': {
        ...ROUTE,
        models: LADDER,
        downgrade: { ladder: LADDER, on: ['money', 'plan', 'switch'] },
        ...route,
      },
      'limits.device': [{ window: 'day', usd: SMALL }],
      ...more,
    }),
  );

const wireFor = (deps: Deps, more: Changes = {}): string =>
  challengeFor(deps, {
    route: present(deps.policy.routes[0], 'route'),
    principal: MINE,
    caller: 'device',
    jkt: device.jkt,
    costNanoUsdMax: 50_000_000,
    ...more,
  });

async function proven(deps: Deps, body = DEAR): Promise<Record<string, string>> {
  return prove(wireFor(deps), body, device);
}

const servedModel = ({ call }: { call: Parameters<typeof forwardedText>[0] }): string =>
  (JSON.parse(forwardedText(call)) as { model: string }).model;

describe('one proof on a ladder', () => {
  it('buys one call, though the first rung is refused', async () => {
    const { deps, send } = openGateway(ladderPolicy());
    const headers = await proven(deps);
    const first = await send({ headers, body: DEAR });
    expect([wordOf(first), servedModel(first)]).toEqual(['forwarded', 'gpt-5-nano']);
    expect(first.call.downgraded).toMatchObject({ from: 'gpt-5', because: 'money' });
    expect(wordOf(await send({ headers, body: DEAR }))).toBe('replayed');
  });

  it('buys one call, though it is sent fifty times at once', async () => {
    const { deps, send, town } = openGateway(ladderPolicy());
    const headers = await proven(deps);
    const all = await Promise.all(Array.from({ length: 50 }, () => send({ headers, body: DEAR })));
    const words = all.map(wordOf);
    expect(words.filter((word) => word === 'forwarded')).toHaveLength(1);
    expect(words.filter((word) => word === 'replayed')).toHaveLength(49);
    expect(town.sum(MINE, 'nanoUsd').held).toBe(
      all.find(({ reservation }) => reservation !== null)?.reservation?.heldNanoUsd,
    );
  });

  it('buys one call, though the shards are laid out anew in between', async () => {
    const town = new Town();
    const keyring = new Keyring(ACTIVE_KEY, []);
    const before = openGateway(ladderPolicy({}, { edgeShards: 2 }), { keyring }, undefined, town);
    const headers = await proven(before.deps);
    const first = await before.send({ headers, body: DEAR });
    expect(wordOf(first)).toBe('forwarded');
    await before.giveBack(first);
    const edgeShards = { epoch: 2, count: 3, previous: { epoch: 1, count: 2 } };
    const after = openGateway(ladderPolicy({}, { edgeShards }), { keyring }, undefined, town);
    // The money says no to gpt-5 in the new set, and the nonce was spent in the old one.
    expect(wordOf(await after.send({ headers, body: DEAR }))).toBe('replayed');
  });

  it('leaves nothing on hold under the keys of the tries before', async () => {
    const { deps, send, town, giveBack } = openGateway(ladderPolicy());
    const served = await send({ headers: await proven(deps), body: DEAR });
    const held = town.sum(`ip:${IP}`, 'nanoUsd').held;
    expect(held).toBe(served.reservation?.heldNanoUsd);
    expect(town.sum(`ip:${IP}`, 'concurrentCalls').held).toBe(1);
    expect(town.at(deps.ledgers.addressOf(MINE)).store.hold(served.call.key)?.status).toBe('held');
    await giveBack(served);
    expect(town.openHolds()).toBe(0);
  });

  it('buys nothing where an object was silent: nobody knows whether it is spent', async () => {
    const { deps, send, town } = openGateway(ladderPolicy());
    town.silent.add(deps.ledgers.addressOf(`ip:${IP}`));
    const outcome = await send({ headers: await proven(deps), body: DEAR });
    expect(outcome.reservation).toBeNull();
  });
});

describe('a rung', () => {
  it('is passed over where the plan does not have it', async () => {
    const plans = { free: { models: ['gpt-5', 'gpt-5-mini'] } };
    const more = { plans: [{ id: 'free', callers: ['device'] }] };
    const { deps, send } = openGateway(ladderPolicy({ plans }, more));
    expect(wordOf(await send({ headers: await proven(deps), body: DEAR }))).toBe('over-budget');
  });

  it('is passed over where it asks for more than the caller has', async () => {
    const modelRequires = [{ models: ['gpt-5-nano'], needs: { paid: true } }];
    const more = { plans: [{ id: 'pro', isPaid: true }] };
    const { deps, send } = openGateway(ladderPolicy({ modelRequires }, more));
    expect(wordOf(await send({ headers: await proven(deps), body: DEAR }))).toBe('over-budget');
  });

  it('that comes to more for this very request is none: its proof paid for less', async () => {
    const priced = (model: string, input: string, output: string) => ({
      kind: 'openai',
      model,
      usdPerMillion: { input, output },
    });
    // Cheaper by the sum of both, and dearer for a long question with a short answer.
    const prices = [priced('gpt-5', '2', '100'), priced('gpt-5-mini', '90', '1')];
    const more = { prices, 'limits.device': [{ window: 'day', usd: '1' }] };
    const { deps, send, town } = openGateway(ladderPolicy({}, more));
    town.switched.set('model:gpt-5', 'downgrade');
    const body = JSON.stringify({ ...(JSON.parse(DEAR) as object), max_tokens: 16 });
    const outcome = await send({ headers: await proven(deps, body), body });
    expect([wordOf(outcome), servedModel(outcome)]).toEqual(['forwarded', 'gpt-5-nano']);
  });

  it('is paid by whoever has proven its name', async () => {
    const { deps, send } = openGateway(ladderPolicy());
    const outcome = await send({ headers: await proven(deps), body: DEAR });
    expect(primaryOf(outcome.call)).toBe(MINE);
  });

  it('says once what was narrowed on the way down', async () => {
    const { deps, send } = openGateway(ladderPolicy({ outputTokensMax: 50 }));
    const { call } = await send({ headers: await proven(deps), body: DEAR });
    const clamps = call.changes.filter(({ from }) => from === 100);
    expect(clamps).toEqual([{ field: 'output-tokens', from: 100, to: 50 }]);
  });
});

describe('a ladder in the words of other dialects', () => {
  const CLAUDE = ['claude-sonnet-4-5', 'claude-haiku-4-5'];
  const GEMINI = ['gemini-2.5-pro', 'gemini-2.5-flash', 'gemini-2.5-flash-lite'];

  const gateway = (route: Changes, kind: string, limits: readonly object[]): Gateway =>
    openGateway(
      policyOf(
        policyWith({
          providers: [{ ...PROVIDER, kind }],
          'routes.0': { ...ROUTE, ...route },
          plans: [{ id: 'free', callers: ['device'] }],
          'limits.device': limits,
        }),
      ),
    );

  it('counts the documents of a request for the dear model', async () => {
    const { deps, send } = gateway(
      {
        dialect: 'anthropic-messages',
        allow: { files: { most: 5, tokensEach: 5_000 } },
        models: CLAUDE,
        plans: { free: {} },
        modelRequires: [{ models: [CLAUDE[0]], needs: { verified: true } }],
        downgrade: { ladder: CLAUDE, on: ['plan'] },
      },
      'anthropic',
      [
        { window: 'day', usd: '1' },
        { window: 'day', retrievedDocuments: 2 },
      ],
    );
    const document = {
      type: 'document',
      source: { type: 'text', media_type: 'text/plain', data: 'a' },
    };
    const content = [document, document, document, { type: 'text', text: 'Which?' }];
    const asked = { model: CLAUDE[0], max_tokens: 20, messages: [{ role: 'user', content }] };
    const body = JSON.stringify(asked);
    const outcome = await send({ headers: await proven(deps, body), body });
    expect(outcome.call.downgraded).toMatchObject({ because: 'plan' });
    expect(wordOf(outcome)).toBe('over-quota');
  });

  it('goes on with the cheaper model in the path of Gemini', async () => {
    const { deps, send } = gateway(
      {
        dialect: 'gemini',
        path: '/v1beta/models',
        models: GEMINI,
        downgrade: { ladder: GEMINI, on: ['money'] },
      },
      'google',
      [{ window: 'day', usd: '0.0005' }],
    );
    const body = JSON.stringify({
      contents: [{ role: 'user', parts: [{ text: 'a'.repeat(400) }] }],
    });
    const target = '/gemini-2.5-pro:generateContent';
    const outcome = await send({ headers: await proven(deps, body), body, target });
    expect(wordOf(outcome)).toBe('forwarded');
    expect(outcome.call.downgraded).toMatchObject({ from: 'gemini-2.5-pro', because: 'money' });
    const served = outcome.call.downgraded?.to ?? '';
    expect(served).not.toBe('');
    expect(outcome.call.target).toBe(`/${served}:generateContent`);
    expect(outcome.call.price?.model).toBe(served);
  });

  it('goes on with the cheaper model of embeddings', async () => {
    const models = ['text-embedding-3-large', 'text-embedding-3-small'];
    const { deps, send } = gateway(
      { dialect: 'openai-embeddings', models, downgrade: { ladder: models, on: ['money'] } },
      'openai',
      [{ window: 'day', usd: '0.00018' }],
    );
    const body = JSON.stringify({ model: models[0], input: 'a'.repeat(3_000) });
    const outcome = await send({ headers: await proven(deps, body), body });
    expect([wordOf(outcome), servedModel(outcome)]).toEqual(['forwarded', models[1]]);
  });
});
