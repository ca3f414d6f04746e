// A thief who plays for time: begins a call while something is still good and ends it when it is
// not. What breaks if this fails: an open connection keeps a key, a token or a pass alive for as
// long as its owner likes.

import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { utf8 } from '../../core/bytes.ts';
import { prove } from '../support/anonymous.ts';
import { BODY, type Gateway, HOST, IP, startGateway, wordOf } from './gateway-harness.ts';
import { alsoShowing, humanPolicy, openSite } from './human-harness.ts';
import { makeKey } from './thief-harness.ts';

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'] });
  vi.setSystemTime(Date.UTC(2101, 5, 1));
});
afterEach(() => {
  vi.useRealTimers();
});

const later = (seconds: number): void => {
  vi.setSystemTime(Date.now() + 1_000 * seconds);
};

/** Sends a body of which the second half comes so many seconds after the first. */
function sendSlowly(gateway: Gateway, headers: Record<string, string>, seconds: number) {
  const bytes = utf8(BODY);
  let sent = 0;
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      if (sent === 1) later(seconds);
      if (sent === 2) controller.close();
      else controller.enqueue(sent === 0 ? bytes.slice(0, 9) : bytes.slice(9));
      sent += 1;
    },
  });
  const url = `${HOST}/api/chat`;
  const plain = { 'Content-Type': 'application/json', 'CF-Connecting-IP': IP };
  return gateway.handle(
    new Request(url, { method: 'POST', headers: { ...plain, ...headers }, body }),
  );
}

describe('a call whose body drips in until', () => {
  const CI = { purpose: 'ci', expiresInSeconds: 60, capUsd: '1' };

  it('its key is over is refused', async () => {
    const gateway = startGateway();
    const headers = { Authorization: `Bearer ${await makeKey(gateway, CI)}` };
    expect(wordOf(await sendSlowly(gateway, headers, 30))).toBe('ok');
    // One second is left.
    later(29);
    const { objectCalls } = gateway.counts;
    expect(wordOf(await sendSlowly(gateway, headers, 1))).toBe('api-key-invalid');
    expect(gateway.counts.objectCalls).toBe(objectCalls);
    expect(gateway.forwarded).toHaveLength(1);
  });

  it('its challenge is over is refused, by the clock of the ledger', async () => {
    const gateway = startGateway();
    const wires = [await gateway.challenge(), await gateway.challenge()];
    const [first = '', second = ''] = wires;
    expect(wordOf(await sendSlowly(gateway, await prove(first, BODY), 10))).toBe('ok');
    expect(wordOf(await sendSlowly(gateway, await prove(second, BODY), 90))).toBe('expired');
    expect(gateway.forwarded).toHaveLength(1);
  });
});

describe('a pass', () => {
  it('is worth nothing an hour later, by whichever challenge it is shown', async () => {
    const gateway = startGateway({ policy: humanPolicy({ usd: '0.002' }) });
    const site = openSite(gateway);
    const wire = await gateway.challenge();
    const shown = alsoShowing(await prove(wire, BODY), 'h', site.buy(wire));
    const pass = (await gateway.send({ headers: shown })).headers.get('Inference-Proof-Pass') ?? '';
    const use = async (waitSeconds: number): Promise<string> => {
      const next = await gateway.challenge({ pass });
      later(waitSeconds);
      return wordOf(
        await gateway.send({ headers: alsoShowing(await prove(next, BODY), 'p', pass) }),
      );
    };
    later(3_500);
    expect(await use(0)).toBe('ok');
    // It could end before the challenge does: a human is asked for in time.
    later(11);
    expect(await use(0)).toBe('invalid-human-token');
    later(89);
    expect(await use(0)).toBe('invalid-human-token');
    expect(gateway.siteTokens).toHaveLength(1);
  });
});
