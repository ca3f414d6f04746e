// What the courier makes of an object that fails: the platform's own flags decide whether it tries
// again, on a new stub, with the same message, so that a call that got through twice is held once.
// If this fails, an overloaded object is stormed, or a lost reply costs a caller twice.

import { beforeEach, describe, expect, it } from 'vitest';
import type { Batch, BatchReply } from '../../core/ledger/messages.ts';
import type { Answer } from '../../worker/adapters/courier.ts';
import { Courier } from '../../worker/adapters/courier.ts';
import type { Ledgers } from '../../worker/adapters/ledgers.ts';
import { ask, freshPrincipal, LAYOUT, ledgerOf, money, NOON_MS } from './ledger-harness.ts';
import { reserve, setClock, settling, type Stub } from './ledger-harness.ts';
import { heldRows, inObject } from './rows-harness.ts';

beforeEach(() => {
  setClock(NOON_MS);
});

type Flags = { readonly overloaded?: boolean; readonly retryable?: boolean };
const flagged = (flags: Flags): Error => Object.assign(new Error('not today'), flags);

/** Ledgers that count stubs and messages, before real objects that fail as told. */
function ledgersOf(failures: readonly (Flags | null)[], answersFirst = false) {
  const seen = { stubs: 0, batches: [] as Batch[] };
  const apply = (stub: Stub) => {
    seen.stubs += 1;
    return async (batch: Batch): Promise<BatchReply> => {
      const failure = failures[seen.batches.length] ?? null;
      seen.batches.push(batch);
      if (failure !== null && answersFirst) await stub.apply(batch);
      if (failure !== null) throw flagged(failure);
      return (await stub.apply(batch)) as BatchReply;
    };
  };
  const ledgers = {
    layout: LAYOUT,
    placeOf: (self: string) => ({ self, layout: LAYOUT }),
    at: (address: string) => ({ apply: apply(ledgerOf(address)) }),
  } as unknown as Ledgers;
  return { ledgers, seen };
}

/** Asks one object for one call, and waits for whatever is left to do. */
async function asks(courier: Courier, principal: string, message = ask(principal)) {
  const later: Promise<unknown>[] = [];
  const [answer] = await courier.reserve([{ address: principal, message }], (work) => {
    later.push(work);
  });
  await Promise.all(later);
  return { answer, message };
}

const statusOf = (answer: Answer | undefined): string | null => answer?.reply?.status ?? null;

describe('a reservation', () => {
  it('is tried again once, on a new stub, when the platform says that may help', async () => {
    const principal = freshPrincipal();
    const { ledgers, seen } = ledgersOf([{ retryable: true }]);
    const { answer } = await asks(new Courier(ledgers), principal);
    expect(statusOf(answer)).toBe('held');
    expect(seen.stubs).toBe(2);
    expect(seen.batches[1]).toEqual(seen.batches[0]);
  });

  it('holds once when the first try had got through and only its reply was lost', async () => {
    const principal = freshPrincipal();
    const { ledgers } = ledgersOf([{ retryable: true }], true);
    const { answer } = await asks(new Courier(ledgers), principal);
    expect(statusOf(answer)).toBe('exists');
    expect(await money(ledgerOf(principal), principal)).toEqual({ used: 0, held: 100, open: 1 });
  });

  it('is given up after the second failure', async () => {
    const principal = freshPrincipal();
    const { ledgers, seen } = ledgersOf([{ retryable: true }, { retryable: true }]);
    const { answer } = await asks(new Courier(ledgers), principal);
    expect(answer?.reply).toBeNull();
    expect(seen.stubs).toBe(2);
  });

  it.each([
    ['overloaded', { overloaded: true }],
    ['overloaded, whatever else it says', { overloaded: true, retryable: true }],
    ['of its own', {}],
  ] as const)('is not tried again after a failure that is %s', async (_name, flags) => {
    const principal = freshPrincipal();
    const { ledgers, seen } = ledgersOf([flags]);
    const { answer } = await asks(new Courier(ledgers), principal);
    expect(answer?.reply).toBeNull();
    expect(seen.stubs).toBe(1);
    expect(await heldRows(ledgerOf(principal))).toEqual({ rows: 0, held: 0 });
  });

  it('that fails leaves the settlements that rode with it to be carried', async () => {
    const principal = freshPrincipal();
    const earlier = ask(principal);
    await reserve(ledgerOf(principal), earlier);
    const { ledgers } = ledgersOf([{}]);
    const courier = new Courier(ledgers);
    const sent = courier.send(principal, settling(earlier, 10));
    const { answer } = await asks(courier, principal);
    await sent;
    expect(answer?.reply).toBeNull();
    expect(await money(ledgerOf(principal), principal)).toEqual({ used: 10, held: 0, open: 0 });
  });
});

describe('a settlement', () => {
  const settled = async (failures: readonly Flags[]): Promise<number> => {
    const principal = freshPrincipal();
    const message = ask(principal);
    await reserve(ledgerOf(principal), message);
    const { ledgers } = ledgersOf(failures);
    await new Courier(ledgers).send(principal, settling(message, 10));
    return (await money(ledgerOf(principal), principal)).used;
  };

  it('is tried again once after any failure but an overload', async () => {
    expect(await settled([{}])).toBe(10);
    expect(await settled([{}, {}])).toBe(0);
    expect(await settled([{ overloaded: true }])).toBe(0);
  });
});

describe('an error thrown inside a real object', () => {
  type Applying = { apply(batch: Batch): Promise<BatchReply> };

  /** The next messages fail in the object itself, before or after they were done. */
  const spoil = (stub: Stub, flags: Flags, answersFirst: boolean): Promise<{ tries: number }> =>
    inObject(stub, (instance) => {
      const count = { tries: 0 };
      const ledger = Reflect.get(instance, 'ledger') as Applying;
      const apply = ledger.apply.bind(ledger);
      ledger.apply = async (batch) => {
        count.tries += 1;
        if (count.tries > 1) return apply(batch);
        if (answersFirst) await apply(batch);
        throw flagged(flags);
      };
      return count;
    });

  const real = {
    layout: LAYOUT,
    placeOf: (self: string) => ({ self, layout: LAYOUT }),
    at: (address: string) => ledgerOf(address),
  } as unknown as Ledgers;

  it('keeps its flags on the way: overloaded is left alone, retryable is held once', async () => {
    const [busy, shaky] = [freshPrincipal(), freshPrincipal()];
    const overload = await spoil(ledgerOf(busy), { overloaded: true }, false);
    expect((await asks(new Courier(real), busy)).answer?.reply).toBeNull();
    expect(overload.tries).toBe(1);
    const retry = await spoil(ledgerOf(shaky), { retryable: true }, true);
    const { answer } = await asks(new Courier(real), shaky);
    expect(statusOf(answer)).toBe('exists');
    expect(retry.tries).toBe(2);
    expect(await heldRows(ledgerOf(shaky))).toEqual({ rows: 1, held: 1 });
  });

  it('of an aborted object is a silence, and the next call finds the object again', async () => {
    const principal = freshPrincipal();
    await inObject(ledgerOf(principal), (instance, state) => {
      const ledger = Reflect.get(instance, 'ledger') as Applying;
      ledger.apply = () => {
        state.abort('the machine is gone');
        return Promise.reject(new Error('the machine is gone'));
      };
    });
    expect((await asks(new Courier(real), principal)).answer?.reply).toBeNull();
    expect(statusOf((await asks(new Courier(real), principal)).answer)).toBe('held');
  });
});
