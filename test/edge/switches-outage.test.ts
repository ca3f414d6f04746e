// Switches while parts of the gateway cannot be reached: a caller who is off is not served from
// the wallet for bad times, a stream that the wallet pays is cut like any other, and a `Control`
// that is away stops nobody and takes no switch back. If this breaks, whoever is switched off has
// only to hurt a ledger.

import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { shardOf } from '../../core/address.ts';
import { inRoot } from '../../local/paths.ts';
import { beginCall, call, type Caller } from '../support/callers.ts';
import { poll } from '../support/poll.ts';
import { expectProblem } from '../support/problem.ts';
import { type MadeKey, startStack, type TestStack } from '../support/stack.ts';
import { liftSwitch, putSwitch } from '../support/switching.ts';

const FROM = '127.0.74.1';
const SHARD = `edge:1:${String(shardOf(`ip:${FROM}`, 4))}`;
/** Two beats of a lease of 4 s, and what Control may take to answer. */
const CUT_MS_MAX = 5_000;

let stack: TestStack;
let key: MadeKey;

beforeAll(async () => {
  stack = await startStack({
    policyFile: inRoot('test/support/grace-policy.ts'),
    entryFile: inRoot('torture/naive/cut-off.ts'),
  });
});

beforeEach(async () => {
  await stack.resetEmulator();
  await stack.script({ chunks: 2, chunkDelayMs: 0 });
  key = await stack.makeKey('graced');
});

afterEach(() => cutOff({}));

afterAll(() => stack.close());

async function cutOff(cuts: Readonly<Record<string, string>>): Promise<void> {
  const url = `${stack.gatewayUrl}/_test/cut`;
  await fetch(url, { method: 'POST', body: JSON.stringify(cuts) });
}

const SHORT = { max_tokens: 16 };
const keyed = (more: Caller = {}): Caller => ({ key: key.key, from: FROM, body: SHORT, ...more });
const status = async (): Promise<number> => (await call(stack.gatewayUrl, keyed())).status;
const upstream = async (): Promise<number> => (await stack.ledger()).calls.length;

test('a wallet serves nobody who is off, though the shard that says so is away', async () => {
  await cutOff({ [SHARD]: 'throws' });
  expect(await status()).toBe(200);
  const answer = await putSwitch(stack, key.principal);
  expect([answer.shards, answer.heard]).toEqual([4, 3]);
  const before = await upstream();
  expectProblem(await call(stack.gatewayUrl, keyed()), 503, 'ledger_unreachable');
  expect(await upstream()).toBe(before);
  const other = await stack.makeKey('another');
  expect((await call(stack.gatewayUrl, keyed({ key: other.key }))).status).toBe(200);
  // The shard is told as soon as it is back, or asks.
  await cutOff({});
  await poll('it is refused', async () => (await status()) === 503);
  await liftSwitch(stack, key.principal);
  await poll('it is served', async () => (await status()) === 200);
});

test('a wallet serves nobody while nobody can say who is off', async () => {
  await cutOff({ [SHARD]: 'throws', control: 'throws' });
  expectProblem(await call(stack.gatewayUrl, keyed()), 503, 'ledger_unreachable');
  expect(await upstream()).toBe(0);
});

test('a stream that the wallet pays is cut too', async () => {
  await stack.script({ chunks: 16, chunkDelayMs: 1_000 });
  await cutOff({ [SHARD]: 'throws' });
  const wire = await beginCall(stack.gatewayUrl, keyed({ body: { ...SHORT, stream: true } }));
  await poll('the stream runs', async () => (await stack.ledger()).openStreams === 1);
  await putSwitch(stack, key.principal, { cut: true });
  await poll('it is over', async () => (await stack.ledger()).openStreams === 0, CUT_MS_MAX);
  expect((await stack.ledger()).calls[0]?.endedBy).toBe('client-abort');
  wire.leave('RST');
  await cutOff({});
  await liftSwitch(stack, key.principal);
});

test('a Control that is away stops nobody, and who was off stays off', async () => {
  const off = await stack.makeKey('off');
  expect(await status()).toBe(200);
  await putSwitch(stack, off.principal);
  await cutOff({ control: 'hangs' });
  for (let calls = 0; calls < 3; calls += 1) {
    expect(await status()).toBe(200);
    expect((await call(stack.gatewayUrl, keyed({ key: off.key }))).status).toBe(503);
  }
  await cutOff({});
  await liftSwitch(stack, off.principal);
});
