// Attacks 24, 25 and 27: more calls than the budget has room for, money that is lost on the way,
// and parts of the gateway that are taken away. What breaks if this fails: the budget is a
// suggestion, or the surest way to a free call is to break something.

import { runDurableObjectAlarm } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { Batch, BatchReply, LedgerPort } from '../../core/ledger/messages.ts';
import { compose, type Env } from '../../worker/env.ts';
import { prove } from '../support/anonymous.ts';
import {
  answerJson,
  BODY,
  codeOf,
  type Gateway,
  policyWith,
  requestOf,
  SECRETS,
  startGateway,
  wordOf,
} from './gateway-harness.ts';
import { heldRows } from './rows-harness.ts';
import policySource from '../support/policy.ts';

afterEach(() => {
  vi.useRealTimers();
});

/** What one call of the usual body puts on hold, in NanoUsd. */
const HOLD = 44_550;

async function viewOf(gateway: Gateway, ip: string): Promise<{ used: number; held: number }> {
  const response = await gateway.send({
    method: 'GET',
    path: `/_weighbridge/admin/principals/${encodeURIComponent(`ip:${ip}`)}`,
    headers: { Authorization: `Bearer ${SECRETS.WEIGHBRIDGE_ADMIN_TOKEN}` },
  });
  const { counters } = (await response.json()) as {
    counters: { name: string; used: number; held: number }[];
  };
  const day = counters.find(({ name }) => name === 'nanoUsd-day');
  return { used: day?.used ?? -1, held: day?.held ?? -1 };
}

/** A provider that keeps everybody waiting until it is told otherwise. */
function waitingProvider(gateway: Gateway): () => void {
  let open: () => void = () => undefined;
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  gateway.answerWith(async (request) => {
    await opened;
    return answerJson(request);
  });
  return open;
}

describe('attack 24: 50 proofs at once on a budget for ten', () => {
  it('ten calls are forwarded, exactly', async () => {
    const ip = '192.0.2.24';
    const usd = ((10 * HOLD) / 1e9).toFixed(9);
    const day = policySource.limits.ip.map((limit) =>
      limit.window === 'day' && 'usd' in limit ? { ...limit, usd } : limit,
    );
    const gateway = startGateway({
      policy: policyWith({ limits: { ...policySource.limits, ip: day } }),
    });
    const proofs = await Promise.all(
      Array.from({ length: 50 }, async () => prove(await gateway.challenge({}, ip), BODY)),
    );
    const open = waitingProvider(gateway);
    const sent = proofs.map((headers) => gateway.send({ headers, ip }));
    const refused = new Promise<void>((resolve) => {
      let left = 40;
      for (const one of sent) {
        void one.then((response) => {
          left -= response.ok ? 0 : 1;
          if (left === 0) resolve();
        });
      }
    });
    await refused;
    expect(gateway.forwarded).toHaveLength(10);
    open();
    const words = (await Promise.all(sent)).map(wordOf);
    expect(words.filter((word) => word === 'ok')).toHaveLength(10);
    expect(words.filter((word) => word === 'over-budget')).toHaveLength(40);
  });

  it('negative control: read, await, write lets more through', async () => {
    let reserved = 0;
    const naive = async (): Promise<boolean> => {
      const before = reserved;
      await Promise.resolve();
      if (before + HOLD > 10 * HOLD) return false;
      reserved = before + HOLD;
      return true;
    };
    const words = await Promise.all(Array.from({ length: 50 }, naive));
    expect(words.filter(Boolean).length).toBeGreaterThan(10);
  });
});

describe('attack 25: a call that ends badly', () => {
  it('is settled at nothing where the provider failed, and nothing stays held', async () => {
    const ip = '192.0.2.25';
    const gateway = startGateway();
    gateway.answerWith(() => new Response('{"error":{}}', { status: 500 }));
    const headers = await prove(await gateway.challenge({}, ip), BODY);
    expect((await gateway.send({ headers, ip })).status).toBe(500);
    expect(await viewOf(gateway, ip)).toEqual({ used: 0, held: 0 });
    expect(wordOf(await gateway.send({ headers, ip }))).toBe('replayed');
  });

  it('is charged, not given back, where nobody was left to settle it', async () => {
    const ip = '192.0.2.26';
    vi.useFakeTimers({ toFake: ['Date'] });
    vi.setSystemTime(Date.UTC(2102, 3, 1));
    const gateway = startGateway();
    waitingProvider(gateway);
    const headers = await prove(await gateway.challenge({}, ip), BODY);
    // The Worker dies here: what it sent to the ledger is all there is.
    const killed = gateway.handle(requestOf({ headers, ip }));
    void killed.catch(() => undefined);
    const home = env.EDGE_SHARD.getByName(gateway.deps.ledgers.addressOf(`ip:${ip}`));
    await vi.waitUntil(async () => (await heldRows(home)).held === 1);
    vi.setSystemTime(Date.now() + 2 * gateway.deps.policy.leaseMs);
    await runDurableObjectAlarm(home);
    expect((await heldRows(home)).held).toBe(0);
    const { used, held } = await viewOf(gateway, ip);
    expect(held).toBe(0);
    expect(used).toBeGreaterThan(0);
    expect(used).toBeLessThanOrEqual(HOLD);
    const other = startGateway();
    expect(wordOf(await other.send({ headers, ip }))).toBe('replayed');
  });
});

/** Yes, to whatever a call asks of its ledgers. */
const yesTo = ({ reserves, resolves }: Batch): BatchReply => ({
  reserves: reserves.map(({ amounts }) => ({ status: 'held', granted: amounts, counters: [] })),
  resolves: resolves.map(({ key }) => ({ key, status: 'settled' })),
  extends: [],
});

describe('attack 27: taking a part of the gateway away', () => {
  const broken = {
    getByName: () =>
      new Proxy(
        {},
        {
          get: () => () => Promise.reject(new Error('Durable Object reset')),
        },
      ),
  };

  it('closes it where a ledger throws, and nothing is forwarded', async () => {
    const gateway = startGateway({ objects: () => ({ EDGE_SHARD: broken }) });
    const headers = await prove(await gateway.challenge(), BODY);
    const response = await gateway.send({ headers });
    expect([response.status, await codeOf(response)]).toEqual([503, 'ledger_unreachable']);
    expect(gateway.forwarded).toEqual([]);
  });

  it('negative control: with ledgers that fail open the same call is forwarded', async () => {
    const naive = {
      getByName: () => {
        const ledger = broken.getByName() as Pick<LedgerPort, 'apply'>;
        return { apply: (batch: Batch) => ledger.apply(batch).catch(() => yesTo(batch)) };
      },
    };
    const gateway = startGateway({ objects: () => ({ EDGE_SHARD: naive }) });
    const headers = await prove(await gateway.challenge(), BODY);
    expect(wordOf(await gateway.send({ headers }))).toBe('ok');
    expect(gateway.forwarded).toHaveLength(1);
  });

  it.each(['WEIGHBRIDGE_PROOF_KEY_ACTIVE', 'WEIGHBRIDGE_API_KEY_SECRET', 'OPENAI_API_KEY'])(
    'without %s it does not boot, and says which is missing',
    (name) => {
      for (const value of [undefined, '', '7:short']) {
        if (name === 'OPENAI_API_KEY' && value === '7:short') continue;
        const bindings = { ...env, ...SECRETS, [name]: value } as unknown as Env;
        const composed = compose(bindings);
        expect(composed.ok).toBe(false);
        expect(composed.ok ? '' : composed.error.join(' ')).toContain(name);
      }
    },
  );
});
