// A caller who leaves, at any moment and in either way, ends the call: the provider is told within
// a second, the money is settled once, for no less than the provider bills and no more than was
// held, and the budget is free for the next call. A relay that does not watch its caller fails the
// same check. If this breaks, leaving early is a way to be served free, or to lock somebody's
// budget.

import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { buildWorker } from '../../local/build.ts';
import { startFront } from '../../local/front.ts';
import { inRoot } from '../../local/paths.ts';
import { startWorkerd } from '../../local/workerd.ts';
import { chatBody, postChat, spentOf, upstreamRequests } from '../support/chat.ts';
import {
  ABORT_MS_MAX,
  callByWire,
  endedCall,
  expectSettledOnce,
  generatedEvents,
  SETTLE_MS_MAX,
} from '../support/leaving.ts';
import { poll } from '../support/poll.ts';
import { startStack, type TestStack } from '../support/stack.ts';
import type { Leaving, Wire } from '../support/wire.ts';

let stack: TestStack;
let callers = 1;

/** An address of its own for every case, so that its counters are its own too. */
const nextAddress = (): string => {
  callers += 1;
  return `127.0.1.${String(callers)}`;
};

beforeAll(async () => {
  stack = await startStack();
});

beforeEach(() => stack.resetEmulator());

afterAll(() => stack.close());

type Moment = {
  readonly name: string;
  readonly script: object;
  readonly body: Readonly<Record<string, unknown>>;
  /** Resolves when it is time to leave. */
  readonly comes: (wire: Wire) => Promise<void>;
  readonly mayBeComplete?: boolean;
};

const callArrived = async (): Promise<void> => {
  await poll('the provider has the call', async () => (await stack.ledger()).openStreams === 1);
};
const events =
  (count: number) =>
  (wire: Wire): Promise<void> =>
    wire.sees(`${String(count)} events`, (body) => generatedEvents(body) >= count);
const tokens = (count: number) => async (): Promise<void> => {
  await poll(`${String(count)} tokens`, async () => {
    const [call] = (await stack.ledger()).calls;
    return (call?.outputTokens ?? 0) >= count;
  });
};

const STREAM = { stream: true };
const PACED = { chunks: 60, chunkDelayMs: 8 };
const TOOL = { toolCalls: [{ name: 'find', arguments: { q: 'x'.repeat(400) } }], chunkDelayMs: 5 };
const SILENT = { firstChunkDelayMs: 60_000 };

const MOMENTS: readonly Moment[] = [
  { name: 'a stream before its first byte', script: SILENT, body: STREAM, comes: callArrived },
  { name: 'a stream after its first chunk', script: PACED, body: STREAM, comes: events(1) },
  { name: 'a stream in the middle', script: PACED, body: STREAM, comes: events(30) },
  {
    name: 'a stream at its last chunk',
    script: PACED,
    body: STREAM,
    comes: events(60),
    mayBeComplete: true,
  },
  { name: 'a stream during a tool call', script: TOOL, body: STREAM, comes: events(30) },
  {
    name: 'a stream of two choices',
    script: PACED,
    body: { ...STREAM, n: 2 },
    comes: events(40),
  },
  {
    name: 'a stream while the model thinks unseen',
    script: { ...PACED, reasoningTokens: 500 },
    body: { ...STREAM, model: 'gpt-5-mini' },
    comes: tokens(50),
  },
  { name: 'an answer before it is begun', script: SILENT, body: {}, comes: callArrived },
  {
    name: 'an answer while it is made',
    script: { chunks: 1_000, chunkDelayMs: 8 },
    body: {},
    comes: tokens(30),
  },
  {
    name: 'an answer as it arrives',
    script: { chunks: 5, chunkDelayMs: 0 },
    body: {},
    comes: async (wire) => {
      await poll('the answer begins', () => wire.view());
    },
    mayBeComplete: true,
  },
];

describe.each(['FIN', 'RST'] as const)('leaving with a %s', (how) => {
  test.each(MOMENTS)('ends $name: stopped, settled once, free again', async (moment) => {
    const { key, principal } = await stack.makeKey();
    const from = nextAddress();
    await stack.setCap(principal, 'now', 'concurrentCalls', 1);
    await stack.script({ ...moment.script, times: 1 });
    const wire = await callByWire(stack.gatewayUrl, { key, from }, chatBody(moment.body));
    await moment.comes(wire);

    const leftAtMs = Date.now();
    wire.leave(how);
    const { call, afterMs } = await endedCall(stack.emulatorUrl, leftAtMs);
    const endings = moment.mayBeComplete === true ? ['client-abort', 'complete'] : ['client-abort'];
    expect(endings).toContain(call.endedBy);
    expect(afterMs).toBeLessThanOrEqual(ABORT_MS_MAX);
    await expectSettledOnce(stack, [principal, `ip:${from}`], call.billedNanoUsd);

    await stack.script({ chunks: 1, chunkDelayMs: 0 });
    expect((await postChat(stack, key)).status).toBe(200);
  });
});

describe('straight into the runtime, without the front', () => {
  // What the front does is a courtesy to calls that have not begun; a running stream needs none.
  test.each(['CLOSE', 'RST'] as const)('a %s in mid-stream ends it all the same', async (how) => {
    const { key, principal } = await stack.makeKey();
    await stack.script({ ...PACED, chunks: 400, times: 1 });
    const direct = `http://127.0.0.1:${String(stack.directPort())}`;
    const from = nextAddress();
    const wire = await callByWire(direct, { key, from }, chatBody(STREAM));
    await events(20)(wire);
    const leftAtMs = Date.now();
    wire.leave(how);
    const { call, afterMs } = await endedCall(stack.emulatorUrl, leftAtMs);
    expect(call.endedBy).toBe('client-abort');
    expect(afterMs).toBeLessThanOrEqual(ABORT_MS_MAX);
    await expectSettledOnce(stack, [principal, `ip:${from}`], call.billedNanoUsd);
  });
});

describe('many who leave', () => {
  test('ten streams of 1,000 chunks end within a second of losing their callers', async () => {
    const { key, principal } = await stack.makeKey();
    await stack.script({ chunks: 1_000, chunkDelayMs: 10 });
    const wires = await Promise.all(
      Array.from({ length: 10 }, () => callByWire(stack.gatewayUrl, { key }, chatBody(STREAM))),
    );
    await Promise.all(wires.map(events(3)));
    const leftAtMs = Date.now();
    wires.forEach((wire, index) => {
      wire.leave(index % 2 === 0 ? 'FIN' : 'RST');
    });
    const calls = await poll('ten aborts', async () => {
      const ledger = await stack.ledger();
      return ledger.openStreams === 0 ? ledger.calls : null;
    });
    expect(calls.map(({ endedBy }) => endedBy)).toEqual(wires.map(() => 'client-abort'));
    const latest = Math.max(...calls.map(({ endedAtMs }) => endedAtMs ?? Infinity));
    expect(latest - leftAtMs).toBeLessThanOrEqual(ABORT_MS_MAX);
    const spent = await spentOf(stack, principal, SETTLE_MS_MAX);
    expect(spent.requests).toBe(10);
    expect(spent.nanoUsd).toBeGreaterThanOrEqual((await stack.ledger()).billedNanoUsd);
  });

  test('five streams later the same small budget pays for a sixth within five seconds', async () => {
    const { key, principal } = await stack.makeKey();
    const body = chatBody({ ...STREAM, max_tokens: 4_000 });
    await stack.script({ chunks: 1_000, chunkDelayMs: 5 });
    // Twice one hold ($0.0026): a hold that stayed behind would leave too little for the next.
    await stack.setCap(principal, 'day', 'nanoUsd', 5_200_000);
    for (let round = 0; round < 5; round += 1) {
      const wire = await callByWire(stack.gatewayUrl, { key }, body);
      await events(3)(wire);
      wire.leave(round % 2 === 0 ? 'FIN' : 'RST');
    }
    const leftAtMs = Date.now();
    await stack.script({ chunks: 1, chunkDelayMs: 0 });
    await poll('a call that gets its whole ceiling', async () => {
      const response = await postChat(stack, key, chatBody({ max_tokens: 4_000 }));
      if (response.status !== 200) return false;
      await response.text();
      const last = (await upstreamRequests(stack)).at(-1)?.bodyText ?? '{}';
      return (JSON.parse(last) as { max_tokens?: number }).max_tokens === 4_000;
    });
    expect(Date.now() - leftAtMs).toBeLessThanOrEqual(SETTLE_MS_MAX);
    const { nanoUsd } = await spentOf(stack, principal, SETTLE_MS_MAX);
    expect(nanoUsd).toBeGreaterThanOrEqual((await stack.ledger()).billedNanoUsd);
    expect(nanoUsd).toBeLessThanOrEqual(5_200_000);
  });
});

describe('a relay that does not watch its caller', () => {
  /** The same first half of the check as above. */
  async function stopsFor(how: Leaving, gatewayUrl: string): Promise<boolean> {
    await stack.resetEmulator();
    await stack.script({ chunks: 250, chunkDelayMs: 8 });
    const wire = await callByWire(gatewayUrl, { key: 'none' }, chatBody(STREAM));
    await events(3)(wire);
    const leftAtMs = Date.now();
    wire.leave(how);
    const { call, afterMs } = await endedCall(stack.emulatorUrl, leftAtMs);
    return call.endedBy === 'client-abort' && afterMs <= ABORT_MS_MAX;
  }

  test.each(['FIN', 'RST'] as const)(
    'fails this check on a %s: it pays to the end',
    async (how) => {
      const outputFile = join(stack.stateDirectory, 'naive', 'index.js');
      await buildWorker({ outputFile, entryFile: inRoot('test/support/naive-relay.ts') });
      const workerd = await startWorkerd({
        workerFile: outputFile,
        port: 0,
        stateDirectory: join(stack.stateDirectory, 'naive'),
        bindings: { UPSTREAM: stack.emulatorUrl },
        objects: {},
      });
      const front = await startFront(0, workerd.port);
      try {
        expect(await stopsFor(how, `http://127.0.0.1:${String(front.port)}`)).toBe(false);
        const [call] = (await stack.ledger()).calls;
        expect(call).toMatchObject({ endedBy: 'complete', chunksSent: 250 });
      } finally {
        await front.close();
        await workerd.stop();
      }
    },
  );
});
