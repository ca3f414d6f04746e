// Attacks 18, 19, 20 and 21: wearing the gateway out. What breaks if this fails: junk costs us more
// than it costs its sender.

import { env } from 'cloudflare:workers';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { equalBytes, toBase64, utf8 } from '../../core/bytes.ts';
import { prove } from '../support/anonymous.ts';
import {
  BODY,
  codeOf,
  type Counts,
  IP,
  policyWith,
  requestOf,
  type Sent,
  startGateway,
  wordOf,
} from './gateway-harness.ts';
import { heldRows } from './rows-harness.ts';

afterEach(() => {
  vi.useRealTimers();
});

/** Requests of one flood: a tenth of the protocol page's unless the long proofs ask for all. */
const FLOOD = Number(env.FLOOD_REQUESTS);
const NOTHING: Counts = { objectCalls: 0, subrequests: 0 };

describe('attack 18: asking for challenges all day', () => {
  const ask = (count: number) => ({
    path: '/.well-known/inference-proof/challenge',
    body: JSON.stringify({ method: 'POST', path: '/api/chat', count }),
  });

  it('reaches no ledger and makes no subrequest', async () => {
    const gateway = startGateway();
    for (let i = 0; i < FLOOD; i += 3) {
      expect((await gateway.send(ask(3))).status).toBe(200);
    }
    expect(gateway.counts).toEqual(NOTHING);
  });

  it('meets a limit for its address, and for no other', async () => {
    const gateway = startGateway({
      policy: policyWith({
        proof: { floorHashes: 256, capHashes: 4_096, asks: { atOnce: 30, perSecond: 1 } },
      }),
    });
    const asked = (ip: string): Promise<Response> => gateway.send({ ...ask(3), ip });
    const words: string[] = [];
    for (let i = 0; i < 12; i += 1) words.push(await codeOf(await asked(IP)));
    expect(words).toEqual([
      ...Array<string>(10).fill('ok'),
      ...Array<string>(2).fill('too_many_challenges'),
    ]);
    const refused = await asked(IP);
    expect([refused.status, Number(refused.headers.get('Retry-After')) > 0]).toEqual([429, true]);
    expect((await asked('198.51.100.1')).status).toBe(200);
  });
});

/** A request that knows whether anybody has begun to read its body. */
function watched(sent: Sent): { readonly request: Request; readonly isRead: () => boolean } {
  let isRead = false;
  const body = new ReadableStream(
    {
      pull(controller) {
        isRead = true;
        controller.enqueue(utf8(BODY));
        controller.close();
      },
    },
    { highWaterMark: 0 },
  );
  return { request: new Request(requestOf(sent), { method: 'POST', body }), isRead: () => isRead };
}

describe('attack 19: making the gateway check junk', () => {
  it('costs no ledger call, no subrequest and no body read for a bad seal', async () => {
    const gateway = startGateway();
    const headers = await prove(await gateway.challenge(), BODY);
    const proof = headers['Inference-Proof'] ?? '';
    const forged = proof.replace(/\.(.)/, (_, letter: string) => (letter === 'A' ? '.B' : '.A'));
    for (let i = 0; i < FLOOD; i += 1) {
      const response = await gateway.send({ headers: { ...headers, 'Inference-Proof': forged } });
      if (wordOf(response) !== 'bad-mac') throw new Error(wordOf(response));
    }
    const { request, isRead } = watched({ headers: { ...headers, 'Inference-Proof': forged } });
    expect([wordOf(await gateway.handle(request)), isRead()]).toEqual(['bad-mac', false]);
    expect(gateway.counts).toEqual(NOTHING);
  });

  it('costs no ledger call and no subrequest for work that was not done', async () => {
    const gateway = startGateway();
    const headers = await prove(await gateway.challenge(), BODY);
    const junk = `w=:${toBase64(crypto.getRandomValues(new Uint8Array(256)))}:`;
    const proof = (headers['Inference-Proof'] ?? '').replace(/w=:[^:]*:/, junk);
    for (let i = 0; i < FLOOD; i += 1) {
      const response = await gateway.send({ headers: { ...headers, 'Inference-Proof': proof } });
      // A network that sends junk is asked for more work, before the work is looked at.
      if (!/^(invalid-work|too-easy)$/.test(wordOf(response))) throw new Error(wordOf(response));
    }
    expect(gateway.counts).toEqual(NOTHING);
  });

  it('ends at 4 kB, before anything is decoded', async () => {
    const gateway = startGateway();
    const long = `c="${'A'.repeat(4_090)}", w=::`;
    const response = await gateway.send({ headers: { 'Inference-Proof': long } });
    expect(wordOf(response)).toBe('malformed');
  });

  it('negative control: a proof that is good is counted, and its body is read', async () => {
    const gateway = startGateway();
    const headers = await prove(await gateway.challenge(), BODY);
    const { request, isRead } = watched({ headers });
    expect([wordOf(await gateway.handle(request)), isRead()]).toEqual(['ok', true]);
    expect(gateway.counts.objectCalls).toBeGreaterThan(0);
    expect(gateway.counts.subrequests).toBe(1);
  });
});

describe('attack 20: filling the store of nonces', () => {
  const ip = '192.0.2.77';
  const rowsOf = async (gateway: ReturnType<typeof startGateway>): Promise<number> => {
    const home = gateway.deps.ledgers.addressOf(`ip:${ip}`);
    return (await heldRows(env.EDGE_SHARD.getByName(home))).rows;
  };

  it('needs work for every row, and rows are gone when nonces could not live any more', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    vi.setSystemTime(Date.UTC(2101, 2, 1));
    const gateway = startGateway();
    const first = await rowsOf(gateway);
    for (let i = 0; i < 100; i += 1) await gateway.send({ ip, headers: {} });
    expect(await rowsOf(gateway)).toBe(first);

    const spent: Record<string, string>[] = [];
    const perHour = Math.max(4, FLOOD / 500);
    for (let hour = 0; hour < 32; hour += 1) {
      for (let call = 0; call < perHour; call += 1) {
        const headers = await prove(await gateway.challenge({}, ip), BODY);
        expect(wordOf(await gateway.send({ headers, ip }))).toBe('ok');
        if (call === 0) spent.push(headers);
      }
      // What has been spent stays spent all the while.
      const last = spent.at(-1) ?? {};
      expect(wordOf(await gateway.send({ headers: last, ip }))).toBe('replayed');
      vi.setSystemTime(Date.now() + 3_600_000);
    }
    // A nonce's row is the call's record as well, which is kept for a day; then a bite at a time.
    expect(await rowsOf(gateway)).toBeLessThanOrEqual(first + 28 * perHour);
    for (const headers of spent) {
      expect(wordOf(await gateway.send({ headers, ip }))).toMatch(/^(expired|replayed)$/);
    }
  });
});

describe('attack 21: learning from how long a refusal takes', () => {
  /** How many bytes of a tag are read, for each place at which it may be wrong. */
  function reads(isEqual: (a: Uint8Array, b: Uint8Array) => boolean): readonly number[] {
    const right = crypto.getRandomValues(new Uint8Array(32));
    return Array.from(right, (byte, wrongAt) => {
      const wrong = right.with(wrongAt, byte ^ 1);
      let count = 0;
      const watched = new Proxy(wrong, {
        get(bytes, name) {
          if (typeof name === 'string' && /^\d+$/.test(name)) count += 1;
          return Reflect.get(bytes, name, bytes) as unknown;
        },
      });
      expect(isEqual(right, watched)).toBe(false);
      return count;
    });
  }

  it('finds the tag compared to its last byte, wherever it is wrong', () => {
    expect(new Set(reads(equalBytes))).toEqual(new Set([32]));
  });

  it('negative control: a comparison that stops early reads fewer bytes', () => {
    const counts = reads((a, b) => a.every((byte, at) => byte === b[at]));
    expect(counts).toEqual(Array.from({ length: 32 }, (_, at) => at + 1));
  });

  it('sees no difference between a caller nobody knows and work that was not done', async () => {
    const gateway = startGateway();
    const wire = await gateway.challenge();
    const headers = await prove(wire, BODY);
    const bad = (headers['Inference-Proof'] ?? '').replace(
      /w=:[^:]*:/,
      `w=:${toBase64(new Uint8Array(256))}:`,
    );
    const sent: readonly Sent[] = [
      { headers, ip: '198.51.100.99' },
      { headers: { ...headers, 'Inference-Proof': bad } },
    ];
    const answers = await Promise.all(
      sent.map(async (one) => {
        const response = await gateway.send(one);
        const {
          request_id: _id,
          error: _error,
          ...said
        } = (await response.json()) as Record<string, unknown>;
        return { status: response.status, said };
      }),
    );
    expect(answers[1]).toEqual(answers[0]);
    expect(gateway.counts).toEqual(NOTHING);
  });
});
