// A provider that answers faster than any model can has generated more than anybody has seen when
// the caller hangs up. If that were charged by what was seen, hanging up would be a discount.

import { request as httpRequest } from 'node:http';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { poll } from '../support/poll.ts';
import { startStack, type TestStack } from '../support/stack.ts';

let stack: TestStack;

beforeAll(async () => {
  stack = await startStack();
});

afterAll(() => stack.close());

/** Asks for a stream and hangs up at its first bytes. */
function leaveAtOnce(key: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const request = httpRequest(
      `${stack.gatewayUrl}/v1/chat/completions`,
      {
        method: 'POST',
        headers: { Authorization: `Bearer ${key}`, 'Content-Type': 'application/json' },
      },
      (response) => {
        response.once('data', () => {
          response.destroy();
          resolve();
        });
      },
    );
    request.on('error', reject);
    request.end(
      JSON.stringify({
        model: 'gpt-4o-mini',
        stream: true,
        messages: [{ role: 'user', content: 'Everything you know, at once.' }],
      }),
    );
  });
}

it.each([50, 751, 4_000])('charges a burst of %d tokens no less than the bill', async (chunks) => {
  await stack.resetEmulator();
  await stack.script({ chunks, chunkDelayMs: 0 });
  const { key, principal } = await stack.makeKey();
  await leaveAtOnce(key);
  const used = await poll('the call is settled', async () => {
    const counter = await stack.counter(principal, 'nanoUsd-day');
    return counter.held === 0 && counter.used > 0 ? counter.used : null;
  });
  const billed = await poll('the provider has ended', async () => {
    const { openStreams, billedNanoUsd } = await stack.ledger();
    return openStreams === 0 ? billedNanoUsd : null;
  });
  expect(used).toBeGreaterThanOrEqual(billed);
});
