// Test proofs among the gates: what they stand for, and that only the very object the gateway made
// for one is one. What breaks if this fails: a challenge that came over the wire passes unanswered.

import { describe, expect, it } from 'vitest';
import type { Call } from '../../core/call.ts';
import { readAgentKey } from '../../core/proof/agent-key.ts';
import type { Challenge } from '../../core/proof/challenge.ts';
import { present } from '../../core/result.ts';
import type { Deps } from '../../worker/env.ts';
import { GATES } from '../../worker/gates/index.ts';
import { identify } from '../../worker/identify.ts';
import { openTestProof, testOutcomeOf } from '../../worker/test-proofs.ts';
import { makeAgent } from '../support/agents.ts';
import { BODY, makeDeps, POLICY, routeOf, URL_OF_CHAT } from './gate-bench.ts';

type From = { readonly clientIp?: string; readonly headers?: Readonly<Record<string, string>> };

function callOf(word: string, deps: Deps, { clientIp = '127.0.0.1:5', headers }: From = {}): Call {
  const request = new Request(URL_OF_CHAT, {
    method: 'POST',
    headers: {
      'Content-Type': 'application/json',
      'Inference-Proof': `c="${word}"`,
      ...headers,
    },
    body: BODY,
  });
  Object.defineProperty(request, 'cf', { value: { clientIp } });
  return identify(request, { route: routeOf('app-chat') }, deps);
}

type Change = (call: Call) => Call;

async function outcome(first: Call, deps: Deps, afterEach: Change = (call) => call) {
  let call = first;
  for (const gate of GATES) {
    const verdict = await gate.check(call, deps);
    if (!verdict.ok) return { gate: gate.name, denial: verdict.error };
    call = afterEach(verdict.value);
  }
  return { gate: 'passed', call };
}

const LOCAL = makeDeps({ isLocal: true });
const refused = (failure: string) => ({ denial: { kind: 'proof-rejected', failure } });

describe('test.pass', () => {
  it('stands for every proof that a route asks for', async () => {
    const rules = [{ require: ['work', 'device', 'human', 'private-token'] as const }];
    const deps = makeDeps({ isLocal: true, policy: { ...POLICY, proofRules: rules } });
    expect(await outcome(callOf('test.pass', deps), deps)).toMatchObject({ gate: 'passed' });
  });

  it('names no agent: whoever sends it is charged, whatever signature it points to', async () => {
    const agent = makeAgent();
    const { keyId, jwk } = agent;
    const key = present(readAgentKey(jwk), 'key');
    const agents = new Map([[keyId, { ...key, id: 'robot' }]]);
    const deps = makeDeps({ isLocal: true, policy: { ...POLICY, agents } });
    const headers = { 'Signature-Input': `sig=("@method");keyid="${keyId}"` };
    const ended = await outcome(callOf('test.pass', deps, { headers }), deps);
    expect(ended).toMatchObject({ gate: 'passed', call: { agent: null } });
  });

  it('has a nonce of its own each time', async () => {
    const [one, two] = await Promise.all(
      [1, 2].map(() => outcome(callOf('test.pass', LOCAL), LOCAL)),
    );
    expect(one?.call?.key).toMatch(/^[0-9a-z]{7}_[A-Za-z0-9_-]{22}$/);
    expect(two?.call?.key).not.toBe(one?.call?.key);
  });

  it('is nothing where the gateway is not local', async () => {
    const deps = makeDeps();
    // Even from an address that looks like home, with nothing else that speaks against it.
    const call = { ...callOf('test.pass', deps), ip: 'ip:127.0.0.1' };
    expect(await outcome(call, deps)).toMatchObject({ gate: 'envelope', ...refused('malformed') });
  });

  it.each<From>([
    { clientIp: '192.0.2.7:5' },
    { clientIp: '[::ffff:192.0.2.7]:5' },
    { clientIp: '' },
    { clientIp: 'unix' },
    { headers: { 'CF-Connecting-IP': '127.0.0.1' } },
    { headers: { 'cf-connecting-ip': '' } },
  ])('is nothing from %j, local or not', async (from) => {
    const call = callOf('test.pass', LOCAL, from);
    expect(await outcome(call, LOCAL)).toMatchObject(refused('malformed'));
  });

  it('is one object: the same fields in another are a challenge that nobody answered', async () => {
    const opened = openTestProof('test.pass', callOf('test.pass', LOCAL), LOCAL);
    const challenge: Challenge = present(opened?.ok === true ? opened.value : null, 'challenge');
    expect(testOutcomeOf(challenge)).toBe('passes');
    expect(testOutcomeOf({ ...challenge })).toBeNull();
    const copied: Change = (call) =>
      call.challenge === null ? call : { ...call, challenge: { ...call.challenge } };
    const ended = await outcome(callOf('test.pass', LOCAL), LOCAL, copied);
    expect(ended).toMatchObject(refused('principal'));
  });
});
