// A thief at the endpoint that issues challenges, which anybody may ask for anything. What breaks
// if this fails: asking crashes the gateway or reaches a ledger, or a challenge can be wished
// easier, cheaper or for less proof than its caller would have been asked for.

import { beforeAll, describe, expect, it } from 'vitest';
import { utf8 } from '../../core/bytes.ts';
import { type Device, makeDevice, prove, readChallenge } from '../support/anonymous.ts';
import { BODY, type Gateway, startGateway, wordOf } from './gateway-harness.ts';
import { type Callers, challengeAs, makeCallers, makeKey, policyFor } from './thief-harness.ts';

let callers: Callers;
let device: Device;
let gateway: Gateway;

beforeAll(async () => {
  callers = await makeCallers();
  device = await makeDevice();
  gateway = startGateway({
    policy: policyFor(callers, [{ routes: ['app-chat'], require: ['work'] }]),
  });
});

const PATH = '/.well-known/inference-proof/challenge';
const WISH = { method: 'POST', path: '/api/chat' };

const NASTY: readonly unknown[] = [
  null,
  true,
  '',
  'x'.repeat(3_000),
  '__proto__',
  '/api/chat?x',
  '/API/CHAT',
  '/api/chat/',
  '%2fapi%2fchat',
  'po\u017ft',
  '\ud800',
  'A'.repeat(43),
  `${'A'.repeat(42)}B`,
  `${'A'.repeat(43)}\n`,
  'A.A',
  '.'.repeat(500),
  -1,
  0,
  1.5,
  1e15,
  Number.MAX_SAFE_INTEGER,
  [],
  {},
  ['POST'],
];
const MEMBERS = [
  'method',
  'path',
  'jkt',
  'bodyBytes',
  'model',
  'count',
  'bind',
  'keyid',
  'conversation',
  'pass',
  'require',
  'costNanoUsdMax',
  '__proto__',
];

describe('a wish', () => {
  it.each(MEMBERS)(
    'with anything as its %s crashes nothing and reaches no ledger',
    async (member) => {
      const before = { ...gateway.counts };
      for (const value of NASTY) {
        const entries = Object.entries(WISH).filter(([name]) => name !== member);
        const members = [...entries, [member, value] as const].map(
          ([name, one]) => `${JSON.stringify(name)}:${JSON.stringify(one)}`,
        );
        const response = await gateway.send({ path: PATH, body: `{${members.join(',')}}` });
        expect([value, response.status < 500]).toEqual([value, true]);
        if (!response.ok) continue;
        const { challenges } = (await response.json()) as { challenges: string[] };
        for (const wire of challenges) {
          const { require, k, bits, costNanoUsdMax } = readChallenge(wire);
          // Never less than work for at least the floor, and a price.
          expect([value, require & 1, costNanoUsdMax > 0]).toEqual([value, 1, true]);
          expect(k * 2 ** bits).toBeGreaterThanOrEqual(gateway.deps.policy.work.floorHashes);
        }
      }
      expect(gateway.counts).toEqual(before);
    },
  );

  it('that is no wish crashes nothing', async () => {
    const bodies = ['', '{', '[]', 'null', '{"a":1,"a":2}', '\ufeff{}', '{"method":1e999}'];
    const junk = [...bodies.map(utf8), new Uint8Array(4_096).fill(255), new Uint8Array(9_999)];
    for (const body of junk) {
      const response = await gateway.send({ path: PATH, body });
      expect([body.length, response.status < 500, response.ok]).toEqual([body.length, true, false]);
    }
  });

  it('for a body of one byte buys no call that is dearer', async () => {
    const wire = await gateway.challenge({ bodyBytes: 0, model: 'gpt-4.1-nano' });
    const dear = JSON.stringify({
      model: 'gpt-4.1-mini',
      messages: [{ role: 'user', content: 'x'.repeat(7_000) }],
    });
    const response = await gateway.send({ headers: await prove(wire, dear), body: dear });
    expect(wordOf(response)).toBe('underpriced');
  });

  it('for an agent, a user or a key gives a stranger nothing that works without their proof', async () => {
    const forwarded = gateway.forwarded.length;
    const { agentKeyId: keyid } = callers;
    const bound = { Authorization: `DPoP ${await callers.token('alice', device.jkt)}` };
    const key = { Authorization: `Bearer ${await makeKey(gateway)}` };
    const thief = await makeDevice();
    const wires = [
      await challengeAs(gateway, {}, { keyid, jkt: device.jkt }),
      await challengeAs(gateway, bound),
      await challengeAs(gateway, key, { jkt: device.jkt, keyid }),
    ];
    const jkts = wires.map((wire) => readChallenge(wire).jkt);
    expect(jkts).toEqual(['', device.jkt, '']);
    for (const wire of wires) {
      for (const headers of [{}, bound, { 'Signature-Input': `s=("@path");keyid="${keyid}"` }]) {
        const shown = { ...(await prove(wire, BODY, thief)), ...headers };
        expect((await gateway.send({ headers: shown })).status).toBe(403);
      }
    }
    expect(gateway.forwarded).toHaveLength(forwarded);
  });
});

describe('a rule for one kind of caller', () => {
  it('cannot be left by leaving out what names the caller, where it is for all of them', async () => {
    const policy = policyFor(callers, [
      { callers: ['address', 'device', 'user'], require: ['work', 'device'] },
    ]);
    const strict = startGateway({ policy });
    const response = await strict.send({ path: PATH, body: JSON.stringify(WISH) });
    expect(response.status).toBe(400);
    // A refusal hands out no challenge either that would do without a device.
    const refused = await strict.send({ headers: {} });
    expect([refused.status, refused.headers.get('Inference-Proof-Next')]).toEqual([401, null]);
  });

  it('is judged again when the challenge is shown, by the rules of that moment', async () => {
    const wire = await gateway.challenge();
    const policy = policyFor(callers, [{ require: ['work', 'private-token'] }]);
    const lax = gateway.deps.keyring.open(wire);
    expect(lax.ok).toBe(true);
    const strict = startGateway({ policy });
    const headers = await prove(wire, BODY);
    expect(wordOf(await strict.send({ headers }))).toBe('too-easy');
    expect(strict.counts).toEqual({ objectCalls: 0, subrequests: 0 });
  });
});
