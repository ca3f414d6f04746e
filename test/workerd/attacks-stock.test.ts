// Attack 16: a stock of challenges, solved ahead and spent in one burst. What breaks if this fails:
// a night's challenges are worth a minute's calls, or honest callers are kept waiting.

import { afterEach, describe, expect, it, vi } from 'vitest';
import type { Batch } from '../../core/ledger/messages.ts';
import { OUTSTANDING_MAX } from '../../core/proof/challenge.ts';
import type { Env } from '../../worker/env.ts';
import { makeDevice, prove } from '../support/anonymous.ts';
import { BODY, startGateway, wordOf } from './gateway-harness.ts';

afterEach(() => {
  vi.useRealTimers();
});

type Shards = Env['EDGE_SHARD'];

/** Ledgers that are not told which work was solved ahead. */
const uncounted = (shards: Shards): Shards =>
  ({
    getByName: (name: string) => {
      const stub = shards.getByName(name);
      return {
        apply: (batch: Batch) =>
          stub.apply({
            ...batch,
            reserves: batch.reserves.map(({ solvedAhead: _uncounted, ...rest }) => rest),
          }),
      };
    },
  }) as unknown as Shards;

describe('attack 16: a stock of challenges that were solved ahead', () => {
  const STOCK = 60;

  /** A gateway, a device, and its stock of proofs, solved and waiting. */
  async function stocked() {
    vi.useFakeTimers({ toFake: ['Date'] });
    vi.setSystemTime(Date.UTC(2101, 1, 1));
    const gateway = startGateway();
    const device = await makeDevice();
    const wish = { jkt: device.jkt, bind: 'signature' };
    const wires = await Promise.all(Array.from({ length: STOCK }, () => gateway.challenge(wish)));
    return { gateway, device, wish, wires };
  }

  it(`of ${String(STOCK)} fetched at once, ${String(OUTSTANDING_MAX)} are worth something`, async () => {
    const { gateway, device, wires } = await stocked();
    const words: string[] = [];
    for (const wire of wires) {
      vi.setSystemTime(Date.now() + 1_000);
      const headers = await prove(wire, BODY, device);
      words.push(wordOf(await gateway.send({ headers })));
    }
    expect(words.filter((word) => word === 'ok')).toHaveLength(OUTSTANDING_MAX);
    expect(new Set(words)).toEqual(new Set(['ok', 'too-many-outstanding']));
    expect(gateway.forwarded).toHaveLength(OUTSTANDING_MAX);
  });

  it('one after another, as answers carry them, there is no limit', async () => {
    const { gateway, device, wish } = await stocked();
    let wire = await gateway.challenge(wish);
    for (let call = 0; call < STOCK; call += 1) {
      const response = await gateway.send({ headers: await prove(wire, BODY, device) });
      expect(wordOf(response)).toBe('ok');
      wire = response.headers.get('Inference-Proof-Next') ?? '';
      vi.setSystemTime(Date.now() + 20);
    }
  });

  it('negative control: by a ledger that does not count them every one is redeemed', async () => {
    const { device, wires } = await stocked();
    const forgetful = startGateway({
      objects: ({ EDGE_SHARD }) => ({ EDGE_SHARD: uncounted(EDGE_SHARD) }),
    });
    for (const wire of wires) {
      const headers = await prove(wire, BODY, device);
      expect(wordOf(await forgetful.send({ headers }))).toBe('ok');
      vi.setSystemTime(Date.now() + 1_000);
    }
  });
});
