// A thief who lives next door, and one who breaks what the gateway asks. What breaks if this fails:
// whoever shares a network with an attacker is locked out, or a fault in the middle of a call
// leaves its caller's money on hold until it is charged.

import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { RISK_MAX } from '../../core/proof/requirement.ts';
import { makeDevice, prove, readChallenge } from '../support/anonymous.ts';
import { BODY, type Gateway, startGateway, wordOf } from './gateway-harness.ts';
import { alsoShowing, humanPolicy, openSite } from './human-harness.ts';
import { challengeAs, makeKey } from './thief-harness.ts';

/** Of one /24. */
const THIEF = '192.0.2.66';
const NEIGHBOUR = '192.0.2.7';
const STRANGER = '192.0.3.7';

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'] });
  vi.setSystemTime(Date.UTC(2102, 2, 1));
});
afterEach(() => {
  vi.useRealTimers();
});

/** All that is held against a network, short of calls that were paid for. */
async function misbehave(gateway: Gateway): Promise<void> {
  const headers = { 'Content-Type': 'application/json', 'Inference-Proof': 'c="junk"' };
  for (let i = 0; i < 600; i += 1) await gateway.send({ headers, ip: THIEF });
  for (let i = 0; i < 101; i += 1) await gateway.challenge({ count: 3 }, THIEF);
}

describe('the neighbour of a thief', () => {
  it('is asked for more work and some patience, and is served', async () => {
    const gateway = startGateway();
    const before = await gateway.challenge({}, NEIGHBOUR);
    await misbehave(gateway);
    expect(gateway.deps.risk.levelOf(`ip:${NEIGHBOUR}`, Date.now())).toBeGreaterThan(2);
    // What it had been given is too easy by now: refused once, with what will do.
    const refused = await gateway.send({ headers: await prove(before, BODY), ip: NEIGHBOUR });
    expect(wordOf(refused)).toBe('too-easy');
    let wire = refused.headers.get('Inference-Proof-Next') ?? '';
    for (let call = 0; call < 3; call += 1) {
      const { k, bits, issuedAtSeconds, notBeforeSeconds } = readChallenge(wire);
      expect(k * 2 ** bits).toBeLessThanOrEqual(gateway.deps.policy.work.capHashes);
      expect(notBeforeSeconds - issuedAtSeconds).toBeLessThanOrEqual(3);
      vi.setSystemTime(1_000 * notBeforeSeconds);
      const response = await gateway.send({ headers: await prove(wire, BODY), ip: NEIGHBOUR });
      expect(wordOf(response)).toBe('ok');
      wire = response.headers.get('Inference-Proof-Next') ?? '';
    }
  });

  it('is looked at as before five minutes later, and the next network all the time', async () => {
    const gateway = startGateway();
    await misbehave(gateway);
    const level = (ip: string): number => gateway.deps.risk.levelOf(`ip:${ip}`, Date.now());
    expect([level(NEIGHBOUR) <= RISK_MAX, level(STRANGER)]).toEqual([true, 0]);
    vi.setSystemTime(Date.now() + 301_000);
    expect(level(NEIGHBOUR)).toBe(0);
  });

  it('with a key of its own is not looked at for its network at all', async () => {
    const gateway = startGateway();
    const key = { Authorization: `Bearer ${await makeKey(gateway)}` };
    const calm = readChallenge(await challengeAs(gateway, key));
    await misbehave(gateway);
    const { bits, notBeforeSeconds, issuedAtSeconds } = readChallenge(
      await challengeAs(gateway, key),
    );
    expect([bits, notBeforeSeconds - issuedAtSeconds]).toEqual([calm.bits, 0]);
  });
});

describe('a fault while somebody else is asked', () => {
  it('gives back what was on hold, forwards nothing and leaves the nonce spent', async () => {
    const gateway = startGateway({ policy: humanPolicy('call') });
    const device = await makeDevice();
    const site = openSite(gateway);
    const call = async () => {
      const wire = await gateway.challenge({ jkt: device.jkt }, STRANGER);
      return alsoShowing(await prove(wire, BODY, device), 'h', site.buy(wire));
    };
    const { ledgers, turnstile } = gateway.deps;
    const broken = vi.spyOn(turnstile ?? { ask: () => undefined }, 'ask').mockImplementation(() => {
      throw new Error('a fault of ours');
    });
    const headers = await call();
    const response = await gateway.send({ headers, ip: STRANGER });
    expect([response.status, response.headers.get('x-should-retry')]).toEqual([500, 'false']);
    broken.mockRestore();
    const principal = `device:${device.jkt}`;
    const address = ledgers.addressOf(principal);
    const ledger = ledgers.at(address);
    const { holds } = await ledger.view(ledgers.placeOf(address), principal, []);
    expect(holds).toEqual([]);
    expect(wordOf(await gateway.send({ headers, ip: STRANGER }))).toBe('replayed');
    expect(wordOf(await gateway.send({ headers: await call(), ip: STRANGER }))).toBe('ok');
    expect(gateway.forwarded).toHaveLength(1);
  });
});
