// The gate `signer`: a signature names an agent only by a key that is an agent's. Naming one proves
// nothing, so it must win nothing either. What breaks if this fails: traffic that is signed for
// somebody else is refused, or a stranger spends what an agent may spend.

import { describe, expect, it } from 'vitest';
import { identify } from '../../worker/identify.ts';
import { signer } from '../../worker/gates/signer.ts';
import { makeAgent } from '../support/agents.ts';
import { prove } from '../support/anonymous.ts';
import { BODY, challengeFor, makeDeps, NOW_MS, pass, requestOf, routeOf } from './gate-bench.ts';
import { URL_OF_CHAT, wordOf } from './gate-bench.ts';
import { policyAsking } from './policy-asking.ts';

const ours = makeAgent();
const alsoOurs = makeAgent('ecdsa-p256-sha256');
const stranger = makeAgent();
const deps = makeDeps({
  policy: policyAsking(['signature'], {
    agents: [
      { id: 'nightly', publicKey: ours.jwk },
      { id: 'crawler', publicKey: alsoOurs.jwk },
    ],
  }),
});

const input = (label: string, keyId: string): string =>
  `${label}=("@method" "@authority");created=1;keyid="${keyId}"`;

async function named(field: string | null): Promise<unknown> {
  const headers = field === null ? {} : { 'Signature-Input': field };
  const call = identify(requestOf({ headers }), { route: routeOf('app-chat') }, deps);
  const verdict = await signer.check(call, deps);
  return verdict.ok ? (verdict.value.agent?.id ?? null) : verdict.error;
}

describe("the gate 'signer'", () => {
  it('names the agent whose key a signature names, under any label', async () => {
    expect(await named(input('sig1', ours.keyId))).toBe('nightly');
    expect(await named(input('weighbridge', alsoOurs.keyId))).toBe('crawler');
  });

  it('passes over signatures that are for somebody else', async () => {
    for (const field of [
      null,
      '',
      input('sig1', stranger.keyId),
      input('sig1', 'test-key-rsa-pss'),
      'sig1=("@method");created=1',
      `sig1=("@method");keyid=${ours.keyId}`,
      'cdn=:AAAA:, b=7, c',
      'not a dictionary at all (',
      `x=${'"'.repeat(4_000)}`,
    ]) {
      expect(await named(field)).toBeNull();
    }
  });

  it('finds ours among those of others', async () => {
    const field = `${input('cdn', 'their-key')}, ${input('mine', ours.keyId)}`;
    expect(await named(field)).toBe('nightly');
  });

  it('refuses a call that names two agents, or one twice: it has one purse', async () => {
    const two = `${input('a', ours.keyId)}, ${input('b', alsoOurs.keyId)}`;
    const twice = `${input('a', ours.keyId)}, ${input('b', ours.keyId)}`;
    const malformed = { kind: 'proof-rejected', failure: 'malformed' };
    expect(await named(two)).toEqual(malformed);
    expect(await named(twice)).toEqual(malformed);
  });

  it('reads no more signatures than anybody needs', async () => {
    const others = Array.from({ length: 16 }, (_, index) => input(`s${String(index)}`, 'theirs'));
    expect(await named([...others.slice(1), input('mine', ours.keyId)].join(', '))).toBe('nightly');
    expect(await named([...others, input('mine', ours.keyId)].join(', '))).toBeNull();
  });

  it('wins a stranger nothing: its own challenge is then not its own any more', async () => {
    const headers = await prove(challengeFor(deps), BODY);
    expect(wordOf(await pass({ headers }, deps))).toBe('passed');
    const claimed = { ...headers, 'Signature-Input': input('sig1', ours.keyId) };
    expect(wordOf(await pass({ headers: claimed }, deps))).toBe('principal');
  });

  it('wins a stranger nothing with a challenge for the agent either', async () => {
    const wire = challengeFor(deps, { principal: 'agent:nightly', caller: 'agent' });
    const signing = { url: URL_OF_CHAT, body: BODY, nowSeconds: NOW_MS / 1_000 };
    const forged = await stranger.sign(wire, { ...signing, terms: { keyid: ours.keyId } });
    expect(wordOf(await pass({ headers: forged }, deps))).toBe('invalid-signature');
    expect(wordOf(await pass({ headers: await prove(wire, BODY) }, deps))).toBe('principal');
  });

  it('asks an agent for its signature though the challenge does not', async () => {
    const wire = challengeFor(deps, { principal: 'agent:nightly', caller: 'address' });
    const proven = await prove(wire, BODY);
    const headers = { ...proven, 'Signature-Input': input('sig1', ours.keyId) };
    expect(wordOf(await pass({ headers }, deps))).toBe('too-easy');
  });
});
