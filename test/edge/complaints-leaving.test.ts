// Complaints about gateways whose callers leave and whose providers never hear of it, one test
// each, in four dialects, over real connections. What breaks if one fails: an abandoned call is
// generated to its end at the operator's cost, or its place stays taken. That a relay which does
// not watch its caller fails such tests is shown in `abort.test.ts`.

import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { settlementsOf } from '../support/chat.ts';
import { ABORT_MS_MAX, endedCall, expectSettledOnce } from '../support/leaving.ts';
import { poll } from '../support/poll.ts';
import { type MadeKey, startStack, type TestStack } from '../support/stack.ts';
import { STREAMED_DIALECTS } from '../support/streamed-dialects.ts';
import { openWire, requestBytes, type Wire } from '../support/wire.ts';

/** Three seconds of an answer. */
const LONG = { chunks: 600, chunkDelayMs: 5 };
const SETTLE_MS_MAX = 5_000;

let stack: TestStack;
let made: MadeKey;

beforeAll(async () => {
  stack = await startStack();
});

beforeEach(async () => {
  await stack.resetEmulator();
  made = await stack.makeKey();
});

afterAll(() => stack.close());

/** So much was generated of the only call. */
const generated = (tokens: number): Promise<unknown> =>
  poll(`${String(tokens)} tokens`, async () => {
    const [call] = (await stack.ledger()).calls;
    return (call?.outputTokens ?? 0) >= tokens;
  });

const arrived = (): Promise<unknown> =>
  poll('the provider has the call', async () => (await stack.ledger()).openStreams === 1);

describe.each(STREAMED_DIALECTS)('$name', (dialect) => {
  async function begin(stream: boolean): Promise<Wire> {
    const wire = await openWire(stack.gatewayUrl);
    const headers = { Authorization: `Bearer ${made.key}`, 'Content-Type': 'application/json' };
    const body = JSON.stringify(dialect.body(stream));
    wire.send(requestBytes(`POST ${dialect.path(stream)}`, headers, body));
    return wire;
  }

  describe.each([
    ['a stream', true],
    ['an answer in one piece', false],
  ] as const)('%s', (_, stream) => {
    test.each(['FIN', 'RST'] as const)(
      'stops at the provider when its caller leaves with a %s (litellm#13774, #22805, #37140, #36123, bifrost#3164, #3341, #7199)',
      async (how) => {
        await stack.script(LONG);
        const wire = await begin(stream);
        await generated(20);
        const leftAtMs = Date.now();
        wire.leave(how);
        const { call, afterMs } = await endedCall(stack.emulatorUrl, leftAtMs);
        expect(call.endedBy).toBe('client-abort');
        expect(afterMs).toBeLessThanOrEqual(ABORT_MS_MAX);
      },
    );
  });

  test('what was generated before its caller left is paid, once (litellm#33736)', async () => {
    await stack.script(LONG);
    const wire = await begin(true);
    await generated(100);
    wire.leave('RST');
    const { call } = await endedCall(stack.emulatorUrl, Date.now());
    expect(call.billedNanoUsd).toBeGreaterThan(0);
    await expectSettledOnce(stack, [made.principal], call.billedNanoUsd);
  });

  test('a call that is left before its first byte is not generated to its end (sub2api#4408)', async () => {
    await stack.script({ ...LONG, firstChunkDelayMs: 60_000 });
    const wire = await begin(true);
    await arrived();
    wire.leave('RST');
    const { call } = await endedCall(stack.emulatorUrl, Date.now());
    expect(call).toMatchObject({ endedBy: 'client-abort', chunksSent: 0 });
    await expectSettledOnce(stack, [made.principal], call.billedNanoUsd);
    const [settled] = await settlementsOf(stack, made.principal);
    const { ceilingNanoUsd } = dialect;
    if (ceilingNanoUsd !== null) expect(settled?.settledNanoUsd).toBeLessThan(ceilingNanoUsd);
  });

  test('its place is free again once its caller has left (litellm#27955, #20256, #16011, #40846)', async () => {
    await stack.setCap(made.principal, 'now', 'concurrentCalls', 1);
    const answer = async (): Promise<number> => {
      const response = await fetch(`${stack.gatewayUrl}${dialect.path(false)}`, {
        method: 'POST',
        headers: { Authorization: `Bearer ${made.key}`, 'Content-Type': 'application/json' },
        body: JSON.stringify(dialect.body(false)),
      });
      await response.text();
      return response.status;
    };
    for (const how of ['FIN', 'RST', 'CLOSE'] as const) {
      await stack.resetEmulator();
      await stack.script({ ...LONG, times: 1 });
      const wire = await begin(true);
      await generated(5);
      // The place is taken: the cap is one.
      expect([how, await answer()]).toEqual([how, 429]);
      const leftAtMs = Date.now();
      wire.leave(how);
      await stack.script({ chunks: 1, chunkDelayMs: 0 });
      await poll('the place is free', async () => (await answer()) === 200, SETTLE_MS_MAX);
      expect(Date.now() - leftAtMs).toBeLessThanOrEqual(SETTLE_MS_MAX);
    }
  });
});
