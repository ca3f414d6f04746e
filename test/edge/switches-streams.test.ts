// A switch and the calls that run: with `cut` they end within two beats of the lease, in a form
// that their reader understands, and the provider hears it; without it they go on to their end. If
// this breaks, a runaway agent spends on for as long as its stream lasts.

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { chatBody, decisionOf, requestIdOf, settlementsOf, spentOf } from '../support/chat.ts';
import { callByWire, endedCall, generatedEvents } from '../support/leaving.ts';
import { like } from '../support/like.ts';
import { poll } from '../support/poll.ts';
import { expectProblem } from '../support/problem.ts';
import { type MadeKey, startStack, type TestStack } from '../support/stack.ts';
import { liftSwitch, putSwitch } from '../support/switching.ts';
import type { Wire } from '../support/wire.ts';
import shipped from '../../weighbridge.config.ts';

/** A renewal comes after two fifths of the lease. */
const BEAT_MS = shipped.leaseSeconds * 400;
const CUT_MS_MAX = 2 * BEAT_MS;
const FROM = '127.0.72.1';

let stack: TestStack;
let key: MadeKey;

beforeAll(async () => {
  stack = await startStack();
});

beforeEach(async () => {
  await stack.resetEmulator();
  key = await stack.makeKey('running', 'acme');
});

afterEach(async () => {
  const { switches } = (await stack.admin('GET', '/switches')) as {
    switches: readonly { principal: string }[];
  };
  for (const { principal } of switches) await liftSwitch(stack, principal);
});

afterAll(() => stack.close());

const textOf = (wire: Wire): string => wire.view()?.body.toString() ?? '';

const isOver = (wire: Wire): boolean => wire.view()?.complete === true;

/** A stream that would last for half a minute, from its first words on. */
async function running(): Promise<Wire> {
  await stack.script({ chunks: 3_000, chunkDelayMs: 10 });
  const wire = await callByWire(stack.gatewayUrl, { key: key.key, from: FROM }, streamed());
  await poll('it has begun', () => generatedEvents(textOf(wire)) >= 5);
  return wire;
}

const streamed = (): string => chatBody({ stream: true });

describe.each(['key', 'ip', 'provider', 'global'])('a switch on the %s of a stream', (scope) => {
  const principal = (): string =>
    ({
      key: key.principal,
      ip: `ip:${FROM}`,
      provider: 'provider:openai',
      global: 'global',
    })[scope] ?? '';

  test('that cuts ends it within two beats, with an error that its reader understands', async () => {
    const wire = await running();
    await putSwitch(stack, principal(), { cut: true });
    const putAtMs = Date.now();
    await poll('the stream is over', () => isOver(wire), CUT_MS_MAX + 1_000);
    console.log(`ms until a stream is cut by ${scope}: ${String(Date.now() - putAtMs)}`);
    const { call, afterMs } = await endedCall(stack.emulatorUrl, putAtMs);
    expect(call.endedBy).toBe('client-abort');
    expect(afterMs).toBeLessThanOrEqual(CUT_MS_MAX);
    const events = textOf(wire).trimEnd().split('\n\n');
    const error = events
      .map((event) => event.replace(/^data: /, ''))
      .find((one) => /"error"/.test(one));
    expect(JSON.parse(error ?? '')).toMatchObject({
      error: { message: like(/operator of this service has switched it off/) },
    });
    expect(textOf(wire)).not.toContain('a test');
    // What had been generated is paid for.
    const spent = await spentOf(stack, key.principal);
    expect(spent.nanoUsd).toBeGreaterThanOrEqual(call.billedNanoUsd);
    expect(await settlementsOf(stack, key.principal)).toMatchObject([{ ending: 'switched-off' }]);
  });
});

test('a stream goes on under a switch that does not cut, while its caller can begin no other', async () => {
  const wire = await running();
  await putSwitch(stack, key.principal);
  const second = await callByWire(stack.gatewayUrl, { key: key.key, from: FROM }, streamed());
  expectProblem(await second.answer(), 503, 'switched_off');
  const before = generatedEvents(textOf(wire));
  // As many more as two beats and more bring.
  const more = Math.ceil(CUT_MS_MAX / 10) + 100;
  await poll('it goes on', () => generatedEvents(textOf(wire)) >= before + more, 15_000);
  expect(textOf(wire)).not.toContain('"error"');
  wire.leave('RST');
});

test('a switch that cuts one stream does not touch another', async () => {
  const wire = await running();
  const other = await stack.makeKey('another');
  const spared = await callByWire(
    stack.gatewayUrl,
    { key: other.key, from: '127.0.73.1' },
    streamed(),
  );
  await poll('it has begun', () => generatedEvents(textOf(spared)) >= 5);
  await putSwitch(stack, key.principal, { cut: true });
  await poll('the stream is over', () => isOver(wire), CUT_MS_MAX + 1_000);
  const before = generatedEvents(textOf(spared));
  await poll('the other goes on', () => generatedEvents(textOf(spared)) > before + 20);
  spared.leave('RST');
});

test('a call whose answer has not begun ends with a problem document', async () => {
  await stack.script({ firstChunkDelayMs: 60_000 });
  const wire = await callByWire(stack.gatewayUrl, { key: key.key, from: FROM }, chatBody());
  await poll('it is open', async () => (await stack.ledger()).openStreams === 1);
  await putSwitch(stack, key.principal, { cut: true });
  const answer = await wire.answer(CUT_MS_MAX + 1_000);
  expectProblem(answer, 503, 'switched_off');
  const record = await decisionOf(stack, requestIdOf(answer));
  expect(record).toMatchObject({ ending: 'switched-off' });
});
