// Attacks 1 to 5 of the protocol page: spending one proof twice, in every way it could be tried.
// What breaks if this fails: one solved puzzle buys calls without end.

import { evictDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { makeDevice, prove, readChallenge } from '../support/anonymous.ts';
import { BODY, codeOf, IP, startGateway } from './gateway-harness.ts';

afterEach(() => {
  vi.useRealTimers();
});

const tally = (words: readonly string[]): Record<string, number> => {
  const counts: Record<string, number> = {};
  for (const word of words) counts[word] = (counts[word] ?? 0) + 1;
  return counts;
};

describe('attack 1: the same proof again', () => {
  it('is refused, and the provider hears of it once', async () => {
    const gateway = startGateway();
    const headers = await prove(await gateway.challenge(), BODY);
    expect(await codeOf(await gateway.send({ headers }))).toBe('ok');
    expect(await codeOf(await gateway.send({ headers }))).toBe('proof_rejected');
    expect(gateway.forwarded).toHaveLength(1);
  });
});

const ROUNDS = 20;
const AT_ONCE = 200;

/** What a naive gateway does: looks, waits for its store, writes. */
function naiveNonces() {
  const spent = new Set<string>();
  const store = {
    get: async (nonce: string): Promise<boolean> => {
      await Promise.resolve();
      return spent.has(nonce);
    },
    put: async (nonce: string): Promise<void> => {
      await Promise.resolve();
      spent.add(nonce);
    },
  };
  return async (nonce: string): Promise<string> => {
    if (await store.get(nonce)) return 'replayed';
    await store.put(nonce);
    return 'ok';
  };
}

describe('attack 2: the same proof 200 times at once', () => {
  it(`is accepted once in each of ${String(ROUNDS)} rounds`, async () => {
    const gateway = startGateway();
    for (let round = 1; round <= ROUNDS; round += 1) {
      const device = await makeDevice();
      const wire = await gateway.challenge({ jkt: device.jkt });
      const headers = await prove(wire, BODY, device);
      const words = await Promise.all(
        Array.from({ length: AT_ONCE }, async () => codeOf(await gateway.send({ headers }))),
      );
      expect(tally(words)).toEqual({ ok: 1, proof_rejected: AT_ONCE - 1 });
      expect(gateway.forwarded).toHaveLength(round);
    }
  });

  it('negative control: get, await, put accepts many of them', async () => {
    const redeem = naiveNonces();
    const words = await Promise.all(Array.from({ length: AT_ONCE }, () => redeem('nonce')));
    expect(tally(words)['ok']).toBeGreaterThan(1);
  });
});

describe('attack 3: the same proof after the ledger lost its memory', () => {
  it('is refused, because the nonce was written before it was answered', async () => {
    const gateway = startGateway();
    const headers = await prove(await gateway.challenge(), BODY);
    expect(await codeOf(await gateway.send({ headers }))).toBe('ok');
    const home = gateway.deps.ledgers.addressOf(`ip:${IP}`);
    await evictDurableObject(env.EDGE_SHARD.getByName(home.replace(/^shard:/, '')));
    expect(await codeOf(await gateway.send({ headers }))).toBe('proof_rejected');
    expect(gateway.forwarded).toHaveLength(1);
  });

  it('negative control: a set in memory accepts it again', () => {
    const instance = (): ((nonce: string) => boolean) => {
      const spent = new Set<string>();
      return (nonce) => !spent.has(nonce) && spent.add(nonce).has(nonce);
    };
    const [before, after] = [instance(), instance()];
    expect([before('n'), before('n'), after('n')]).toEqual([true, false, true]);
  });
});

describe('attack 4: the same proof through another shard', () => {
  it('is refused from other addresses, regions and names', async () => {
    const gateway = startGateway();
    const headers = await prove(await gateway.challenge(), BODY);
    expect(await codeOf(await gateway.send({ headers }))).toBe('ok');
    const disguises: readonly Record<string, string>[] = [
      { 'X-Forwarded-For': '198.51.100.1' },
      { 'CF-IPCountry': 'XX', 'CF-Ray': '0-SIN' },
      { 'X-Weighbridge-Principal': 'key:000000000000' },
      { Forwarded: 'for=198.51.100.1' },
    ];
    for (const disguise of disguises) {
      for (const ip of [IP, '198.51.100.1', '2001:db8::1', '']) {
        const sent = { headers: { ...headers, ...disguise }, ip };
        expect(await codeOf(await gateway.send(sent))).toBe('proof_rejected');
      }
    }
    expect(gateway.forwarded).toHaveLength(1);
  });

  it('is refused for a device from anywhere, because its home is in what was sealed', async () => {
    const gateway = startGateway();
    const device = await makeDevice();
    const wire = await gateway.challenge({ jkt: device.jkt });
    const headers = await prove(wire, BODY, device);
    expect(await codeOf(await gateway.send({ headers, ip: '198.51.100.1' }))).toBe('ok');
    for (let i = 1; i < 40; i += 1) {
      const sent = { headers, ip: `198.51.${String(i)}.9` };
      expect(await codeOf(await gateway.send(sent))).toBe('proof_rejected');
    }
    expect(gateway.forwarded).toHaveLength(1);
  });
});

describe('attack 5: waiting for the clean-up of spent nonces', () => {
  it('gains nothing: at every second round its end the proof is refused', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    vi.setSystemTime(Date.UTC(2101, 0, 1));
    const gateway = startGateway();
    const wire = await gateway.challenge();
    const expiresAtMs = 1_000 * readChallenge(wire).expiresAtSeconds;
    const headers = await prove(wire, BODY);
    vi.setSystemTime(expiresAtMs - 1_000);
    expect(await codeOf(await gateway.send({ headers }))).toBe('ok');
    for (let later = 1; later <= 15; later += 1) {
      vi.setSystemTime(expiresAtMs + 1_000 * later);
      // Other calls come by, and with them the clean-up.
      const other = await prove(await gateway.challenge(), BODY);
      expect(await codeOf(await gateway.send({ headers: other }))).toBe('ok');
      expect(await codeOf(await gateway.send({ headers }))).toBe('proof_rejected');
    }
  });
});
