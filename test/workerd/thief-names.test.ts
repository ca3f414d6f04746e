// A thief who goes by several names: each kind of caller shows the challenge of each other kind,
// with everything that either could show. What breaks if this fails: one nonce buys two calls, a
// call is charged to somebody else, or a caller chooses the class that is asked for less.

import { beforeAll, describe, expect, it } from 'vitest';
import { type Device, makeDevice } from '../support/anonymous.ts';
import { type Gateway, startGateway, wordOf } from './gateway-harness.ts';
import {
  type Callers,
  challengeAs,
  evidenceOf,
  makeCallers,
  makeKey,
  policyFor,
} from './thief-harness.ts';

type Name = 'address' | 'device' | 'user' | 'agent' | 'key';
const NAMES: readonly Name[] = ['address', 'device', 'user', 'agent', 'key'];

let callers: Callers;
let gateway: Gateway;
let device: Device;
let headersOf: Record<Name, (wire: string) => Promise<Record<string, string>>>;
let wishOf: Record<Name, () => Promise<string>>;

beforeAll(async () => {
  callers = await makeCallers();
  gateway = startGateway({ policy: policyFor(callers) });
  device = await makeDevice();
  const key = { Authorization: `Bearer ${await makeKey(gateway)}` };
  const user = { Authorization: `Bearer ${await callers.token('alice')}` };
  const { agentKeyId: keyid } = callers;
  const none = async (): Promise<Record<string, string>> => ({});
  headersOf = {
    address: none,
    device: none,
    user: async () => user,
    agent: (wire) => callers.agentHeaders(wire),
    key: async () => key,
  };
  wishOf = {
    address: () => challengeAs(gateway, {}),
    device: () => challengeAs(gateway, {}, { jkt: device.jkt }),
    user: () => challengeAs(gateway, user),
    agent: () => challengeAs(gateway, {}, { keyid }),
    key: () => challengeAs(gateway, key),
  };
});

const CASES = NAMES.flatMap((owner) => NAMES.map((shower) => [owner, shower] as const));

describe('a challenge', () => {
  it.each(CASES)('of the kind %s, shown by the kind %s', async (owner, shower) => {
    const wire = await wishOf[owner]();
    // Work and the device's signature are always there: nothing is refused for what is missing.
    const proof = await evidenceOf(wire, device);
    const asShower = { ...proof, ...(await headersOf[shower](wire)) };
    const forwarded = gateway.forwarded.length;
    const { objectCalls } = gateway.counts;
    const word = wordOf(await gateway.send({ headers: asShower }));
    // A device has no name but its challenge's: whoever shows that and signs is the device.
    const isOwner = owner === shower || (owner === 'device' && shower === 'address');
    const isHeaderless = owner === 'address' && shower === 'device';
    expect(word).toBe(isOwner || isHeaderless ? 'ok' : 'principal');
    if (word === 'principal') expect(gateway.counts.objectCalls).toBe(objectCalls);
    // Whoever else shows it afterwards, it buys one call in all.
    for (const next of NAMES) {
      await gateway.send({ headers: { ...proof, ...(await headersOf[next](wire)) } });
    }
    expect(gateway.forwarded.length - forwarded).toBe(1);
  });
});

describe('several names in one call', () => {
  it('are one principal, and the challenge of any other of them is refused', async () => {
    for (const owner of NAMES) {
      const wire = await wishOf[owner]();
      const all = {
        ...(await evidenceOf(wire, device)),
        ...(await headersOf.user(wire)),
        ...(await headersOf.agent(wire)),
      };
      const word = wordOf(await gateway.send({ headers: all }));
      expect([owner, word]).toEqual([owner, owner === 'agent' ? 'ok' : 'principal']);
    }
  });

  it('an agent that is named and did not sign is nobody, by any challenge', async () => {
    const forwarded = gateway.forwarded.length;
    for (const owner of NAMES) {
      const wire = await wishOf[owner]();
      const other = await wishOf.agent();
      const all = { ...(await evidenceOf(wire, device)), ...(await callers.agentHeaders(other)) };
      const word = wordOf(await gateway.send({ headers: all }));
      expect([owner, word]).toEqual([owner, owner === 'agent' ? 'signature-nonce' : 'principal']);
    }
    expect(gateway.forwarded).toHaveLength(forwarded);
  });
});
