// Callers who leave, and what has to be true once they have: the provider stopped, the money
// settled once, the budget free again. Used on the gateway, and on the naive relay that must fail
// it.

import { expect } from 'vitest';
import { CHAT, settlementsOf, spentOf } from './chat.ts';
import { poll } from './poll.ts';
import type { EmulatorCall, Ledger, TestStack } from './stack.ts';
import { openWire, requestBytes, type Wire } from './wire.ts';

/** How soon the provider's side has to be closed, and the money settled. */
export const ABORT_MS_MAX = 1_000;
export const SETTLE_MS_MAX = 5_000;

export const readLedger = async (emulatorUrl: string): Promise<Ledger> =>
  (await (await fetch(`${emulatorUrl}/_emulator/ledger`)).json()) as Ledger;

export async function callByWire(
  gatewayUrl: string,
  caller: { readonly key: string; readonly from?: string },
  body: string,
): Promise<Wire> {
  const { key, from = '127.0.0.1' } = caller;
  const wire = await openWire(gatewayUrl, { from });
  const headers = { Authorization: `Bearer ${key}`, 'Content-Type': 'application/json' };
  wire.send(requestBytes(`POST ${CHAT}`, headers, body));
  return wire;
}

/** Events of a stream that carry generated text or arguments. */
export const generatedEvents = (body: string): number =>
  body.split(/"delta":\{"(?:content":"[^"]|tool_calls)/).length - 1;

/** The provider's only call, once it is over; how it ended and how long after `leftAtMs`. */
export async function endedCall(
  emulatorUrl: string,
  leftAtMs: number,
): Promise<{ call: EmulatorCall; afterMs: number }> {
  const call = await poll('the provider has ended its call', async () => {
    const { openStreams, calls } = await readLedger(emulatorUrl);
    return openStreams === 0 && calls.length === 1 ? (calls[0] ?? null) : null;
  });
  return { call, afterMs: (call.endedAtMs ?? Number.POSITIVE_INFINITY) - leftAtMs };
}

/** One settlement, between the provider's bill and the hold, on every account the call touched. */
export async function expectSettledOnce(
  stack: TestStack,
  principals: readonly [string, ...string[]],
  billedNanoUsd: number,
): Promise<void> {
  const [primary] = principals;
  for (const principal of principals) await spentOf(stack, principal, SETTLE_MS_MAX);
  const settlements = await poll('a settlement in the log', async () => {
    const found = await settlementsOf(stack, primary);
    return found.length > 0 ? found : null;
  });
  expect(settlements).toHaveLength(1);
  const { settledNanoUsd = Number.NaN, heldNanoUsd = Number.NaN } = settlements[0] ?? {};
  expect(settledNanoUsd).toBeGreaterThanOrEqual(billedNanoUsd);
  expect(settledNanoUsd).toBeLessThanOrEqual(heldNanoUsd);
  for (const principal of principals) {
    const spent = await spentOf(stack, principal, SETTLE_MS_MAX);
    expect({ principal, ...spent }).toEqual({ principal, nanoUsd: settledNanoUsd, requests: 1 });
  }
}
