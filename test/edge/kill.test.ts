// A gateway that dies in the middle of a call loses no money fact: the hold was written before the
// provider was called, so the lease runs out on it and it is charged, as an estimate, for no less
// than the provider bills. If this breaks, whoever can make the gateway crash is served free.

import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import {
  CHAT,
  chatBody,
  decisionOf,
  postChat,
  requestIdOf,
  settlementsOf,
  spentOf,
} from '../support/chat.ts';
import { ABORT_MS_MAX, callByWire, generatedEvents } from '../support/leaving.ts';
import { poll } from '../support/poll.ts';
import { type EmulatorCall, startStack, type TestStack } from '../support/stack.ts';
import { openWire, requestBytes, type Wire } from '../support/wire.ts';
import shipped from '../../weighbridge.config.ts';

/** A hold is resolved this long after its lease at the latest. */
const RESOLVED_MS_MAX = shipped.leaseSeconds * 1_000 + 5_000;

let stack: TestStack;

beforeAll(async () => {
  stack = await startStack();
});

beforeEach(() => stack.resetEmulator());

afterAll(() => stack.close());

const KINDS = [
  {
    name: 'a stream in the middle',
    more: { stream: true },
    script: { chunks: 1_000, chunkDelayMs: 10 },
    begun: (call: EmulatorCall, wire: Wire) =>
      call.outputTokens >= 20 && generatedEvents(wire.view()?.body.toString() ?? '') >= 20,
  },
  {
    name: 'a stream before its first byte',
    more: { stream: true },
    script: { firstChunkDelayMs: 60_000 },
    begun: () => true,
  },
  {
    name: 'an answer while it is made',
    more: {},
    script: { chunks: 1_000, chunkDelayMs: 10 },
    begun: (call: EmulatorCall) => call.outputTokens >= 20,
  },
];

type Victim = {
  readonly name: string;
  readonly key: string;
  readonly principal: string;
  readonly address: string;
  readonly wire: Wire;
  readonly hold: { readonly id: string; readonly amountNanoUsd: number };
  /** Its place in the provider's ledger. */
  readonly index: number;
};

/** One call of each kind, from an address of its own, up to the moment the gateway will die. */
async function startCalls(): Promise<Victim[]> {
  const victims: Victim[] = [];
  for (const [index, { name, more, script, begun }] of KINDS.entries()) {
    const { key, principal } = await stack.makeKey();
    const from = `127.0.2.${String(index + 1)}`;
    await stack.script({ ...script, times: 1 });
    const wire = await callByWire(stack.gatewayUrl, { key, from }, chatBody(more));
    await poll(`${name} has begun`, async () => {
      const call = (await stack.ledger()).calls[index];
      return call !== undefined && begun(call, wire);
    });
    const { holds } = await stack.principal(principal);
    expect(holds).toHaveLength(1);
    const hold = holds[0] ?? { id: '', amountNanoUsd: 0 };
    victims.push({ name, key, principal, address: `ip:${from}`, wire, hold, index });
  }
  return victims;
}

/** A hold's id is a request id without its shard, which every answer to that address names. */
async function requestIdOfHold({ hold, address }: Victim): Promise<string> {
  const wire = await openWire(stack.gatewayUrl, { from: address.slice('ip:'.length) });
  wire.send(requestBytes(`POST ${CHAT}`, {}, ''));
  const shard =
    requestIdOf(await wire.answer())
      .split('.')
      .at(-1) ?? '';
  return `${hold.id}.${shard}`;
}

describe('kill -9 in mid-call', () => {
  let victims: Victim[];
  let killedAtMs: number;
  let calls: readonly EmulatorCall[];

  beforeAll(async () => {
    await stack.resetEmulator();
    victims = await startCalls();
    killedAtMs = Date.now();
    await stack.kill();
    calls = await poll('the provider has ended every call', async () => {
      const ledger = await stack.ledger();
      return ledger.openStreams === 0 ? ledger.calls : null;
    });
    for (const { wire } of victims) await poll('the caller is cut off', () => wire.closed());
    await stack.restart();
  });

  test('closes the provider within a second', () => {
    expect(calls).toHaveLength(KINDS.length);
    for (const { endedBy, endedAtMs } of calls) {
      expect(endedBy).toBe('client-abort');
      expect((endedAtMs ?? Infinity) - killedAtMs).toBeLessThanOrEqual(ABORT_MS_MAX);
    }
  });

  test.each(KINDS.map(({ name }, index) => [name, index] as const))(
    'of %s leaves no hold after the lease, and an estimated charge of at least the bill',
    async (_name, index) => {
      const victim = victims[index];
      if (victim === undefined) throw new Error('no such call');
      const spent = await spentOf(stack, victim.principal, RESOLVED_MS_MAX);
      expect(Date.now() - killedAtMs).toBeLessThanOrEqual(RESOLVED_MS_MAX);
      expect(spent.nanoUsd).toBeGreaterThanOrEqual(calls[index]?.billedNanoUsd ?? Infinity);
      expect(spent.requests).toBe(1);
      expect(await spentOf(stack, victim.address, RESOLVED_MS_MAX)).toEqual(spent);
      // No settlement came from the dead Worker: the ledgers did it, and can still say so.
      expect(await settlementsOf(stack, victim.principal)).toEqual([]);
      const requestId = await requestIdOfHold(victim);
      const record = await decisionOf(stack, requestId);
      expect(record).toMatchObject({
        requestId,
        ending: 'lease-expired',
        settledNanoUsd: spent.nanoUsd,
        estimated: true,
      });
      // It may have grown since it was looked at.
      expect(record.heldNanoUsd).toBeGreaterThanOrEqual(victim.hold.amountNanoUsd);
      expect(spent.nanoUsd).toBeLessThanOrEqual(record.heldNanoUsd);
      await stack.script({ chunks: 1, chunkDelayMs: 0 });
      expect((await postChat(stack, victim.key)).status).toBe(200);
    },
  );
});

test('what was settled before a kill stays settled after it', async () => {
  const { key, principal } = await stack.makeKey();
  await stack.script({ chunks: 5, chunkDelayMs: 0 });
  const response = await postChat(stack, key);
  await response.text();
  const before = await spentOf(stack, principal);
  const record = await decisionOf(stack, requestIdOf(response));
  await stack.restart();
  expect(await spentOf(stack, principal)).toEqual(before);
  expect(await decisionOf(stack, requestIdOf(response))).toEqual(record);
});
