// A thief with somebody's name and no proof of it, where that is only tried out. What breaks if
// this fails: the name has the terms of its owner's plan, or its owner's nonce is spent.

import { describe, expect, it } from 'vitest';
import { primaryOf } from '../../core/call.ts';
import { makeDevice, prove } from '../support/anonymous.ts';
import { idp } from './admission-callers.ts';
import { kindsOf, wordOf } from './admission-town.ts';
import { NOW_MS, URL_OF_CHAT } from './gate-bench.ts';
import { ADDRESS, agent, bodyOf, gatewayOf, upOf, wireFor } from './observed-bench.ts';

const device = await makeDevice();

describe('a name whose proof did not hold', () => {
  const TERMS = { plans: { free: { models: ['gpt-5-nano'], outputTokensMax: 20 }, pro: {} } };
  const asked = bodyOf({ max_tokens: 400 });

  it('has the terms of a stranger: an agent with a bad signature', async () => {
    const { deps, send } = gatewayOf({ ...TERMS, rules: { 'shape-refused': 'enforce' } });
    const wire = wireFor(deps, { principal: 'agent:robot', caller: 'agent' });
    const signed = await agent.sign(wire, {
      url: URL_OF_CHAT,
      body: asked,
      nowSeconds: NOW_MS / 1_000,
    });
    const good = await send({ headers: signed, body: asked });
    expect(good.call).toMatchObject({ plan: { id: 'pro' }, outputTokensMax: 400 });
    const bad = await send({ headers: { ...signed, Signature: 'sig1=:AAAA:' }, body: asked });
    expect(wordOf(bad)).toBe('forwarded');
    expect(kindsOf(bad)).toEqual(['proof-rejected']);
    expect(bad.call).toMatchObject({ plan: { id: 'free' }, outputTokensMax: 20, agent: null });
    expect(primaryOf(bad.call)).toBe(ADDRESS);
    expect(upOf(bad)['max_tokens']).toBe(20);
  });

  it('is refused what a stranger is, where that is meant', async () => {
    const route = { ...TERMS, rules: { 'model-not-offered': 'enforce' } };
    const { deps, send, town } = gatewayOf(route);
    const body = bodyOf({ model: 'gpt-5' });
    const wire = wireFor(deps, { principal: 'agent:robot', caller: 'agent' });
    const signed = await agent.sign(wire, { url: URL_OF_CHAT, body, nowSeconds: NOW_MS / 1_000 });
    const bad = await send({ headers: { ...signed, Signature: 'sig1=:AAAA:' }, body });
    expect([bad.gate, wordOf(bad)]).toEqual(['models', 'model-not-offered']);
    expect(town.openHolds()).toBe(0);
  });

  it('has them as well where its proof was used before, and pays from its address', async () => {
    const { deps, send } = gatewayOf(TERMS);
    const wire = wireFor(deps, { principal: 'agent:robot', caller: 'agent' });
    const sent = { url: URL_OF_CHAT, body: asked, nowSeconds: NOW_MS / 1_000 };
    const headers = await agent.sign(wire, sent);
    expect(wordOf(await send({ headers, body: asked }))).toBe('forwarded');
    const again = await send({ headers, body: asked });
    expect(kindsOf(again)).toEqual(['proof-rejected']);
    expect(again.call).toMatchObject({ plan: { id: 'free' }, outputTokensMax: 20 });
    expect(primaryOf(again.call)).toBe(ADDRESS);
  });

  it('is no key in the ledger: a proof that fails twice is served twice, by itself each time', async () => {
    const { deps, send, town } = gatewayOf();
    const wire = wireFor(deps, {
      principal: `device:${device.jkt}`,
      caller: 'device',
      jkt: device.jkt,
    });
    const good = await prove(wire, bodyOf(), device);
    const stranger = await makeDevice();
    const bad = await prove(wire, bodyOf(), stranger);
    const [first, second] = [
      await send({ headers: bad, body: bodyOf() }),
      await send({ headers: bad, body: bodyOf() }),
    ];
    expect([wordOf(first), wordOf(second)]).toEqual(['forwarded', 'forwarded']);
    expect(town.sum(ADDRESS, 'requests').held).toBe(2);
    // And it has not spent the nonce of whoever the challenge belongs to.
    const honest = await send({ headers: good, body: bodyOf() });
    expect([wordOf(honest), kindsOf(honest)]).toEqual(['forwarded', []]);
  });

  it('keeps a token that needs no proof, and not the terms of one that does', async () => {
    const { send } = gatewayOf({ plans: { free: {}, pro: { outputTokensMax: 2_000 } } });
    const bearer = `Bearer ${idp.token({ plan: 'pro' })}`;
    const free = await send({ headers: { Authorization: bearer }, body: bodyOf() });
    expect(primaryOf(free.call)).toBe('user:alice');
    expect(free.call.plan?.id).toBe('pro');
    const bound = idp.token({ plan: 'pro', cnf: { jkt: device.jkt } });
    const theirs = await send({ headers: { Authorization: `DPoP ${bound}` }, body: bodyOf() });
    expect([primaryOf(theirs.call), theirs.call.plan?.id]).toEqual([ADDRESS, 'free']);
  });
});
