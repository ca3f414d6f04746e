// Callers who leave a route that reads on: the provider generates to its end and the call costs
// what the provider bills, to the nano-dollar. Where a route stops such calls the provider is told
// at once. If this breaks, a provider that bills abandoned calls in full is paid for by nobody, or
// an abandoned call is paid for although it could have been stopped.

import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { inRoot } from '../../local/paths.ts';
import { beginCall } from '../support/callers.ts';
import { CHAT, settlementsOf, spentOf } from '../support/chat.ts';
import { DRAINED_PATH } from '../support/drain-policy.ts';
import { poll } from '../support/poll.ts';
import { startStack, type TestStack } from '../support/stack.ts';

let stack: TestStack;
let key: string;
let principal: string;

beforeAll(async () => {
  stack = await startStack({ policyFile: inRoot('test/support/drain-policy.ts') });
});

beforeEach(async () => {
  await stack.resetEmulator();
  ({ key, principal } = await stack.makeKey());
});

afterAll(() => stack.close());

const CHUNKS = 90;
const PACED = { chunks: CHUNKS, chunkDelayMs: 12, times: 1 };

/** Leaves once the provider is at work, and waits for what becomes of the call there. */
async function leave(
  path: string,
  how: 'FIN' | 'RST',
  body: object,
): Promise<{ endedBy: string; outputTokens: number; billedNanoUsd: number }> {
  await stack.script(PACED);
  const wire = await beginCall(stack.gatewayUrl, { key, path, body: { ...body } });
  await poll('some of it is generated', async () => {
    const [call] = (await stack.ledger()).calls;
    return (call?.outputTokens ?? 0) >= 10;
  });
  wire.leave(how);
  return poll('the provider has ended its call', async () => {
    const { openStreams, calls } = await stack.ledger();
    return openStreams === 0 ? (calls[0] ?? null) : null;
  });
}

const KINDS = [
  ['a stream', { stream: true }],
  ['an answer in one piece', {}],
] as const;
const WAYS = ['FIN', 'RST'] as const;

describe.each(WAYS)('leaving with a %s', (how) => {
  test.each(KINDS)('%s that is drained is settled by the bill of the whole', async (_, body) => {
    const call = await leave(DRAINED_PATH, how, body);
    expect(call).toMatchObject({ endedBy: 'complete', outputTokens: CHUNKS });
    expect(await spentOf(stack, principal)).toEqual({ nanoUsd: call.billedNanoUsd, requests: 1 });
    expect(await settlementsOf(stack, principal)).toMatchObject([
      { ending: 'caller-left-drained', usageSource: 'provider', estimated: false },
    ]);
  });

  test.each(KINDS)(
    '%s that is not is stopped, and costs no less than its bill',
    async (_, body) => {
      const call = await leave(CHAT, how, body);
      expect(call.endedBy).toBe('client-abort');
      expect(call.outputTokens).toBeLessThan(CHUNKS);
      const { nanoUsd } = await spentOf(stack, principal);
      expect(nanoUsd).toBeGreaterThanOrEqual(call.billedNanoUsd);
      expect(await settlementsOf(stack, principal)).toMatchObject([
        { ending: 'caller-left', estimated: true },
      ]);
    },
  );
});

test('a drained stream is still paid for step by step, and is cut where its budget ends', async () => {
  const chunks = 2_000;
  await stack.script({ chunks, chunkDelayMs: 4, times: 1 });
  const wire = await beginCall(stack.gatewayUrl, {
    key,
    path: DRAINED_PATH,
    body: { stream: true },
  });
  await poll('some of it is generated', async () => {
    const [call] = (await stack.ledger()).calls;
    return (call?.outputTokens ?? 0) >= 10;
  });
  wire.leave('RST');
  const { held } = await stack.counter(principal, 'nanoUsd-day');
  const cap = held + 200_000;
  await stack.setCap(principal, 'day', 'nanoUsd', cap);
  const { nanoUsd } = await spentOf(stack, principal, 20_000);
  expect(nanoUsd).toBeLessThanOrEqual(cap);
  const [call] = (await stack.ledger()).calls;
  expect(call).toMatchObject({ endedBy: 'client-abort' });
  expect(nanoUsd).toBeGreaterThanOrEqual(call?.billedNanoUsd ?? Infinity);
  expect(await settlementsOf(stack, principal)).toMatchObject([{ ending: 'cut-budget' }]);
});
