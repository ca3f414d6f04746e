// A call that is running when its ledger goes out of reach. Its lease cannot be renewed, and when
// it is over the ledger charges what it knows; whatever the provider generated after that would be
// free. So the call ends when its lease does, for the caller and at the provider.

import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { inRoot } from '../../local/paths.ts';
import { beginCall } from '../support/callers.ts';
import { poll } from '../support/poll.ts';
import { SECOND_PATH } from '../support/scopes-policy.ts';
import { startStack, type TestStack } from '../support/stack.ts';

const LEASE_AND_MORE_MS = 9_000;
/** Far longer than a lease, if nobody ends it. */
const LONG = { chunks: 600, chunkDelayMs: 50 };

let stack: TestStack;

beforeAll(async () => {
  stack = await startStack({
    policyFile: inRoot('test/support/grace-policy.ts'),
    entryFile: inRoot('torture/naive/cut-off.ts'),
  });
});

beforeEach(async () => {
  await stack.resetEmulator();
  await stack.script(LONG);
});

afterEach(() => cutOff({}));

afterAll(() => stack.close());

async function cutOff(cuts: Readonly<Record<string, string>>): Promise<void> {
  const url = `${stack.gatewayUrl}/_test/cut`;
  await fetch(url, { method: 'POST', body: JSON.stringify(cuts) });
}

const openStreams = async (): Promise<number> => (await stack.ledger()).openStreams;

test.each(['throws', 'hangs', 'mute'])(
  'whose ledger %s is ended with its lease, and charged no less than the bill',
  async (cut) => {
    const { key, principal } = await stack.makeKey('leased');
    const body = { stream: true, max_tokens: 800 };
    const wire = await beginCall(stack.gatewayUrl, { key, path: SECOND_PATH, body });
    await poll('the stream runs', async () => (await openStreams()) === 1);
    await cutOff({ [principal]: cut });
    await poll(
      'the provider is let go',
      async () => (await openStreams()) === 0,
      LEASE_AND_MORE_MS,
    );
    const { calls, billedNanoUsd } = await stack.ledger();
    expect(calls.map(({ endedBy }) => endedBy)).toEqual(['client-abort']);
    await cutOff({});
    const charged = await poll(
      'the hold is over',
      async () => {
        const { used, held } = await stack.counter(principal, 'nanoUsd-day');
        return held === 0 && used > 0 ? used : null;
      },
      LEASE_AND_MORE_MS,
    );
    expect(charged).toBeGreaterThanOrEqual(billedNanoUsd);
    // Its reader is told so: nobody takes it for a whole answer.
    const answer = await wire.answer();
    expect(answer.body.toString()).toMatch(/"message":"The answer was stopped/);
    expect(answer.body.toString()).not.toContain('[DONE]');
  },
);

test('whose ledgers all answer outlives its first lease', async () => {
  await stack.script({ chunks: 120, chunkDelayMs: 50 });
  const { key } = await stack.makeKey('patient');
  const body = { stream: true, max_tokens: 800 };
  const wire = await beginCall(stack.gatewayUrl, { key, path: SECOND_PATH, body });
  const answer = await wire.answer(20_000);
  expect(answer.status).toBe(200);
  expect(answer.body.toString()).toContain('[DONE]');
  expect((await stack.ledger()).calls.map(({ endedBy }) => endedBy)).toEqual(['complete']);
});
