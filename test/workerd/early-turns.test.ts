// The next turn of a conversation that is faster than the settlement of the last one, which is
// still in another isolate, or in this one, on its way. If these fail, the quicker an honest caller
// is, the more often its conversation is dead.

import { beforeEach, describe, expect, it } from 'vitest';
import type { Batch, BatchReply, ReserveMessage } from '../../core/ledger/messages.ts';
import { Courier } from '../../worker/adapters/courier.ts';
import type { Ledgers } from '../../worker/adapters/ledgers.ts';
import { call, ending, freshHash, given, going } from './answers-harness.ts';
import { freshPrincipal, LAYOUT, ledgerOf, NOON_MS, reserve } from './ledger-harness.ts';
import { setClock } from './ledger-harness.ts';

beforeEach(() => {
  setClock(NOON_MS);
});

/** An isolate with a courier of its own, and the questions it asked. */
function isolate() {
  const batches: Batch[] = [];
  const ledgers = {
    layout: LAYOUT,
    placeOf: (self: string) => ({ self, layout: LAYOUT }),
    at: (address: string) => ({
      apply: async (batch: Batch): Promise<BatchReply> => {
        batches.push(batch);
        return (await ledgerOf(address).apply(batch)) as BatchReply;
      },
    }),
  } as unknown as Ledgers;
  return { courier: new Courier(ledgers), batches };
}

const ask = async (courier: Courier, principal: string, message: ReserveMessage) => {
  const [answer] = await courier.reserve([{ address: principal, message }], () => undefined);
  return answer?.reply?.status;
};

const proof = { nonceExpiresAtMs: NOON_MS + 90_000 };

/** A call that is open, and the turn that will go on from its answer. */
async function openCall() {
  const [principal, hash] = [freshPrincipal(), freshHash()];
  const first = call(principal);
  await reserve(ledgerOf(principal), first);
  const next = call(principal, { ...going(hash, 2, false), ...proof });
  return { principal, hash, first, next };
}

describe('a turn that comes before the answer was told of', () => {
  it('through another isolate is held as soon as it is', async () => {
    const { principal, hash, first, next } = await openCall();
    const [here, there] = [isolate(), isolate()];
    const asked = ask(there.courier, principal, next);
    await expect.poll(() => there.batches.length).toBeGreaterThan(1);
    await here.courier.send(principal, ending(first, given(hash)));
    expect(await asked).toBe('held');
  });

  it('through the same isolate is held with the settlement that rides along', async () => {
    const { principal, hash, first, next } = await openCall();
    const { courier, batches } = isolate();
    const asked = ask(courier, principal, next);
    const told = courier.send(principal, ending(first, given(hash)));
    expect(await asked).toBe('held');
    await told;
    expect(batches.length).toBeLessThanOrEqual(3);
  });

  // The naive way, as the control: one question, and the honest caller's proof is spent on a
  // refusal.
  it('is refused where the first word is the last', async () => {
    const { principal, hash, next } = await openCall();
    const { courier } = isolate();
    const once = { ...next, ...going(hash) };
    expect(await ask(courier, principal, once)).toBe('conversation-unknown');
    const again = { ...next, attempt: 'attempt2' };
    expect((await reserve(ledgerOf(principal), again)).status).toBe('replayed');
  });

  it('is refused in the end if no call on its way gives this answer', async () => {
    const { principal, next } = await openCall();
    const { courier, batches } = isolate();
    expect(await ask(courier, principal, next)).toBe('conversation-unknown');
    expect(batches.length).toBeLessThanOrEqual(8);
    const again = { ...next, attempt: 'attempt2' };
    expect((await reserve(ledgerOf(principal), again)).status).toBe('replayed');
  });

  it('is refused at once, with one question, if no call is on its way', async () => {
    const principal = freshPrincipal();
    const { courier, batches } = isolate();
    const invented = call(principal, going(freshHash(), 2, false));
    expect(await ask(courier, principal, invented)).toBe('conversation-unknown');
    expect(batches).toHaveLength(1);
  });
});
