// The order of the gates is the request path: cheap before dear, and nothing unsigned or unsolved
// touches a ledger. What breaks if this fails: a flood of junk costs us more than it costs its
// sender.

import { describe, expect, it } from 'vitest';
import { makeApiKey } from '../../core/api-key.ts';
import { GATES } from '../../worker/gates/index.ts';
import { prove } from '../support/anonymous.ts';
import {
  BODY,
  challengeFor,
  IP,
  makeDeps,
  pass,
  random,
  reached,
  wordOf,
  forwardedText,
} from './gate-bench.ts';

const deps = makeDeps();

describe('the gates', () => {
  it('stand in the order of the design', () => {
    expect(GATES.map((gate) => gate.name)).toEqual([
      'api-key',
      'envelope',
      'token',
      'signer',
      'subject',
      'plan',
      'read',
      'edit',
      'shape',
      'models',
      'price',
      'proof',
    ]);
  });

  it('let an honest call pass, priced and narrowed, known by the nonce it will spend', async () => {
    const wire = challengeFor(deps);
    const outcome = await pass({ headers: await prove(wire, BODY), body: BODY }, deps);
    expect(outcome).toMatchObject({ gate: 'passed', bodyReads: 1 });
    const { call } = outcome;
    expect(call.challenge?.route).toBe('app-chat');
    expect(call.key).toMatch(/^[0-9a-z]{7}_[A-Za-z0-9_-]{22}$/);
    expect(call.estimate?.totalNanoUsd).toBeLessThanOrEqual(call.challenge?.costNanoUsdMax ?? 0);
    expect(JSON.parse(forwardedText(call))).toMatchObject({
      model: 'gpt-4o-mini',
      max_tokens: 16,
      store: false,
      service_tier: 'default',
    });
  });

  it('give two attempts with one proof one key and two names', async () => {
    const headers = await prove(challengeFor(deps), BODY);
    const [one, two] = [await pass({ headers }, deps), await pass({ headers }, deps)];
    expect(two.call.key).toBe(one.call.key);
    expect(two.call.attempt).not.toBe(one.call.attempt);
  });

  it('touch no ledger, whatever is sent: 3,000 pieces of junk (attacks 19, 20)', async () => {
    const before = reached.objects;
    const honest = await prove(challengeFor(deps), BODY);
    const junk = [
      {},
      { 'Inference-Proof': 'c="x", w=:AAAA:' },
      { 'Inference-Proof': `c="${'A'.repeat(300)}.${'A'.repeat(43)}", w=:AAAA:` },
      { ...honest, 'Inference-Proof': (honest['Inference-Proof'] ?? '').replace('c="A', 'c="B') },
      { Authorization: 'Bearer wb_000000000000.AAAA.BBBB' },
      { Authorization: `Bearer ${makeApiKey(random(44), random(32)).key}` },
    ];
    for (let i = 0; i < 500; i += 1) {
      for (const headers of junk) {
        const outcome = await pass({ headers, ip: i % 2 === 0 ? IP : '198.51.100.1' }, deps);
        expect(outcome.gate).not.toBe('passed');
        expect(outcome.bodyReads).toBe(0);
      }
    }
    expect(reached.objects).toBe(before);
  });

  it('read no body before the challenge is known to be ours, in time and in place', async () => {
    const other = makeDeps();
    const wire = challengeFor(other);
    for (const [sent, word, gate] of [
      [{ headers: {} }, 'proof-required', 'envelope'],
      [{ headers: await prove(wire, BODY), ip: '198.51.100.1' }, 'principal', 'subject'],
      [{ headers: await prove(wire, BODY), routeId: 'chat-completions' }, 'route', 'envelope'],
    ] as const) {
      const outcome = await pass(sent, deps);
      expect([wordOf(outcome), outcome.gate, outcome.bodyReads]).toEqual([word, gate, 0]);
    }
  });
});
