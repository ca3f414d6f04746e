// Who needs a proof, what a route's shape allows, which models it offers, and what is priced. What
// breaks if this fails: a caller is let in unproven, or is sold something the operator never
// offered.

import { describe, expect, it } from 'vitest';
import { INPUT_TOKENS_CONSTANT_PLAIN } from '../../core/pricing/estimate.ts';
import { makeApiKey } from '../../core/api-key.ts';
import { makeDevice, prove } from '../support/anonymous.ts';
import {
  BODY,
  challengeFor,
  makeDeps,
  pass,
  random,
  routeOf,
  type Sent,
  wordOf,
  forwardedText,
} from './gate-bench.ts';

const deps = makeDeps();
const { key, apiKey } = makeApiKey(random(44), deps.apiKeySecret);
const bearer = { Authorization: `Bearer ${key}` };
const OPEN = 'chat-completions';

describe('who needs a proof', () => {
  it.each<readonly [string, Sent, string]>([
    ['nobody with a key on an open route', { routeId: OPEN, headers: bearer }, 'passed'],
    ['a stranger on an open route', { routeId: OPEN }, 'proof-required'],
    ['a stranger on a proven route', {}, 'proof-required'],
    ['even a key on a proven route', { headers: bearer }, 'proof-required'],
    [
      "somebody with another gateway's token",
      { routeId: OPEN, headers: { Authorization: 'Bearer sk-proj-1' } },
      'proof-required',
    ],
    [
      'somebody who only looks like a key',
      { routeId: OPEN, headers: { Authorization: 'Basic wb_x' } },
      'proof-required',
    ],
  ])('%s', async (_, sent, word) => {
    expect(wordOf(await pass(sent, deps))).toBe(word);
  });

  it('a forged key is refused as a key, and buys no second try as a stranger', async () => {
    const forged = makeApiKey(random(44), random(32)).key;
    const headers = {
      ...(await prove(challengeFor(deps), BODY)),
      Authorization: `Bearer ${forged}`,
    };
    const outcome = await pass({ headers }, deps);
    expect([outcome.gate, wordOf(outcome)]).toEqual(['api-key', 'api-key-invalid']);
  });

  it('a stranger is told when a token was sent that is not ours', async () => {
    const headers = { Authorization: 'Bearer sk-proj-1' };
    expect((await pass({ headers }, deps)).denial).toEqual({
      kind: 'proof-required',
      bearerSeen: true,
    });
  });

  it('a key on a proven route answers challenges in its own name and in no other', async () => {
    const own = challengeFor(deps, { principal: `key:${apiKey.id}` });
    const headers = { ...(await prove(own, BODY)), ...bearer };
    expect(wordOf(await pass({ headers }, deps))).toBe('passed');
    const strange = { ...(await prove(challengeFor(deps), BODY)), ...bearer };
    expect(wordOf(await pass({ headers: strange }, deps))).toBe('principal');
  });

  it('a device that is named twice over is charged as the device, wherever it is', async () => {
    const device = await makeDevice();
    const wire = challengeFor(deps, { principal: `device:${device.jkt}`, jkt: device.jkt });
    for (const ip of ['203.0.113.7', '2001:db8::1']) {
      const outcome = await pass({ headers: await prove(wire, BODY, device), ip }, deps);
      expect(outcome.gate).toBe('passed');
    }
  });

  it('headers one byte past their limit are refused before anything in them is read', async () => {
    // name + value + 4 for each: the two that every request here has, then the padding.
    const others =
      'content-type'.length + 'application/json'.length + 4 + 16 + '203.0.113.7'.length + 4;
    const padding = (bytes: number) => ({ 'X-Padding': 'x'.repeat(bytes - others - 9 - 4) });
    const at = await pass({ headers: padding(16_384) }, deps);
    const past = await pass({ headers: padding(16_385) }, deps);
    expect(wordOf(at)).toBe('proof-required');
    expect([past.gate, wordOf(past)]).toEqual(['envelope', 'headers-too-large']);
  });
});

const ask = (parts: object, routeId = OPEN): ReturnType<typeof pass> =>
  pass({ routeId, headers: bearer, body: JSON.stringify({ ...JSON.parse(BODY), ...parts }) }, deps);

describe("a route's shape", () => {
  const route = routeOf(OPEN);
  const text = (length: number): object => ({
    messages: [{ role: 'user', content: 'x'.repeat(length) }],
  });
  const tools = (count: number): object => ({
    tools: Array.from({ length: count }, (_, i) => ({
      type: 'function',
      function: { name: `f${String(i)}` },
    })),
  });

  it.each([
    ['messages', text(route.promptCharsMax), text(route.promptCharsMax + 1)],
    ['n', { n: route.choicesMax }, { n: route.choicesMax + 1 }],
    ['tools', tools(route.toolsMax), tools(route.toolsMax + 1)],
  ])('allows %s up to its limit and not one past it', async (field, within, beyond) => {
    expect(wordOf(await ask(within))).toBe('passed');
    expect((await ask(beyond)).denial).toMatchObject({ kind: 'shape-refused', field });
  });

  it.each([
    [{ max_tokens: route.outputTokensMax + 1 }, route.outputTokensMax],
    [{ max_tokens: 1_000_000 }, route.outputTokensMax],
    [{ max_tokens: 7 }, 7],
    [{ max_tokens: null }, route.outputTokensMax],
    [{ max_tokens: 900, max_completion_tokens: 20 }, 20],
  ])('clamps the ceiling of %j to %d instead of refusing it', async (parts, ceiling) => {
    const { call } = await ask(parts);
    expect(call.outputTokensMax).toBe(ceiling);
    const sent = JSON.parse(forwardedText(call)) as Record<string, unknown>;
    expect(sent['max_tokens'] ?? sent['max_completion_tokens']).toBe(ceiling);
  });
});

describe('a model', () => {
  it.each([
    'gpt-4o-mini-2099-01-01',
    'gpt-4o-min',
    'GPT-4o-mini',
    ' gpt-4o-mini',
    'gpt-4o-mini ',
    'ft:gpt-4o-mini',
    '../gpt-4o',
    '__proto__',
    'gpt-99',
  ])('that the route does not offer by exactly this name is refused: %j', async (model) => {
    expect((await ask({ model })).denial).toMatchObject({ kind: 'model-not-offered', model });
  });

  it('is priced as itself', async () => {
    const [mini, big] = [await ask({ model: 'gpt-4o-mini' }), await ask({ model: 'gpt-4o' })];
    expect(mini.call.price?.model).toBe('gpt-4o-mini');
    expect(big.call.estimate?.totalNanoUsd).toBeGreaterThan(mini.call.estimate?.totalNanoUsd ?? 0);
  });
});

describe('the price', () => {
  it('counts every choice and every byte that goes up', async () => {
    const [one, four] = [await ask({ n: 1 }), await ask({ n: 4 })];
    const output = (outcome: typeof one): number =>
      (outcome.call.estimate?.totalNanoUsd ?? 0) - (outcome.call.estimate?.inputNanoUsd ?? 0);
    expect(output(four)).toBeGreaterThanOrEqual(4 * output(one) - 4);
    for (const { call } of [one, four]) {
      const bytes = Buffer.byteLength(forwardedText(call));
      expect(call.estimate?.inputTokensMax).toBe(bytes + INPUT_TOKENS_CONSTANT_PLAIN);
    }
  });

  it('sends a pseudonym: one for each caller, and no address or key in it', async () => {
    const { call } = await ask({ user: 'mail@example.org' });
    const again = await ask({});
    const stranger = await pass(
      { headers: await prove(challengeFor(deps), BODY), body: BODY },
      deps,
    );
    const names = [call, again.call, stranger.call].map(
      (one) => (JSON.parse(forwardedText(one)) as Record<string, unknown>)['safety_identifier'],
    );
    expect(names[0]).toBe(names[1]);
    expect(names[2]).not.toBe(names[0]);
    expect(names[0]).toMatch(/^[A-Za-z0-9_-]{24}$/);
    expect(forwardedText(call)).not.toContain('mail@example.org');
    expect(forwardedText(call)).not.toContain(apiKey.id);
  });
});
