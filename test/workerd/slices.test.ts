// Streams whose hold is a slice that grows while they run. What breaks if this fails: a small
// budget pays for answers it cannot pay for, a long answer pins a whole budget, or an honest
// caller's answer ends in the middle although there is money.

import { describe, expect, it, vi } from 'vitest';
import type { Batch, LedgerPort } from '../../core/ledger/messages.ts';
import { OUTPUT_TOKENS_FIRST } from '../../core/pricing/estimate.ts';
import policySource from '../support/policy.ts';
import { policyWith } from './gateway-harness.ts';
import {
  EVENT_BYTES,
  EVENT_TOKENS,
  eventsOf,
  factsOf,
  INPUT_NANO_USD,
  neededTokens,
  OUTPUT_NANO_USD,
  passedBytes,
  startStreaming,
  type Streaming,
} from './stream-harness.ts';

const LONG = 40;
const costOf = (events: number): number =>
  9 * INPUT_NANO_USD + events * EVENT_TOKENS * OUTPUT_NANO_USD;

/** What the first slice of such a call puts on hold. */
const FIRST_OUTPUT = OUTPUT_TOKENS_FIRST * OUTPUT_NANO_USD;

describe('a stream that is longer than its slice', () => {
  it('extends its hold, ends as the provider ends it, and costs what the provider says', async () => {
    const streaming = await startStreaming();
    let held = 0;
    streaming.play({
      events: LONG,
      before: async (event) => {
        if (event === LONG - 1) held = (await streaming.counter()).held;
      },
    });
    const { status, text, requestId } = await streaming.chat();
    expect(status).toBe(200);
    expect(passedBytes(text)).toBe(LONG * EVENT_BYTES);
    expect(eventsOf(text).at(-1)).toBe('[DONE]');
    const facts = await factsOf(streaming, requestId);
    expect(facts).toMatchObject({
      ending: 'complete',
      usageSource: 'provider',
      settledNanoUsd: costOf(LONG),
    });
    const { hold, estimate } = facts;
    expect(hold.firstNanoUsd).toBe(estimate.inputNanoUsd + FIRST_OUTPUT);
    expect(hold.extensions).toBeGreaterThanOrEqual(2);
    // It never held the whole ceiling, and at its end all that had passed.
    expect(hold.lastNanoUsd).toBeLessThan(estimate.totalNanoUsd / 1.5);
    expect(held - estimate.inputNanoUsd).toBeGreaterThanOrEqual(
      neededTokens((LONG - 1) * EVENT_BYTES) * OUTPUT_NANO_USD,
    );
    for (const principal of [streaming.principal, 'ip:203.0.113.7']) {
      expect(await streaming.counter(principal)).toMatchObject({ used: costOf(LONG), held: 0 });
    }
  });

  it('asks no ledger twice where its slice is enough', async () => {
    const { gateway, ...streaming } = await startStreaming();
    const callsOf = async (stream: boolean): Promise<number> => {
      streaming.play({ events: 1 });
      const before = gateway.counts.objectCalls;
      await streaming.chat({ stream });
      return gateway.counts.objectCalls - before;
    };
    // Two objects, each asked once and told once.
    expect([await callsOf(true), await callsOf(true)]).toEqual([4, 4]);
  });

  it('is told a ceiling that its budget pays for, and stops there by itself', async () => {
    const streaming = await startStreaming();
    streaming.play({ events: 1_000 });
    await streaming.setCap(1_000_000);
    const { text, requestId } = await streaming.chat();
    expect(text).toContain('"finish_reason":"length"');
    const { ending, hold } = await factsOf(streaming, requestId);
    expect(ending).toBe('complete');
    expect(hold.lastNanoUsd).toBeLessThanOrEqual(1_000_000);
    expect((await streaming.counter()).used).toBeLessThanOrEqual(1_000_000);
  });
});

describe('a budget that runs out in the middle of an answer', () => {
  /** Somebody else spends all but this of the budget while the answer comes. */
  const LEFT = 100 * OUTPUT_NANO_USD;
  function cutShort(streaming: Streaming): { cap: number } {
    const lowered = { cap: 0 };
    streaming.play({
      events: 60,
      before: async (event) => {
        if (event !== 3) return;
        lowered.cap = (await streaming.counter()).held + LEFT;
        await streaming.setCap(lowered.cap);
      },
    });
    return lowered;
  }

  it('ends it validly, with usage, and nothing is passed on that is not paid for', async () => {
    const streaming = await startStreaming();
    const lowered = cutShort(streaming);
    const { text, requestId } = await streaming.chat();
    const facts = await factsOf(streaming, requestId);
    expect(facts).toMatchObject({ ending: 'cut-budget', usageSource: 'counted' });
    expect(facts.hold).toMatchObject({ refused: 'over-budget' });
    const paidTokens = (facts.hold.lastNanoUsd - facts.estimate.inputNanoUsd) / OUTPUT_NANO_USD;
    expect(passedBytes(text)).toBeGreaterThan(0);
    expect(neededTokens(passedBytes(text))).toBeLessThanOrEqual(paidTokens);
    // All but one small step of what was left was used.
    expect(paidTokens).toBeGreaterThan(OUTPUT_TOKENS_FIRST + 60);
    const events = eventsOf(text);
    expect(events.at(-1)).toBe('[DONE]');
    expect(events.at(-2)).toMatchObject({ choices: [], usage: { completion_tokens: paidTokens } });
    expect(events.at(-3)).toMatchObject({ choices: [{ finish_reason: 'length' }] });
    const { used, held } = await streaming.counter();
    expect({ used, held }).toEqual({ used: facts.hold.lastNanoUsd, held: 0 });
    expect(facts.settledNanoUsd).toBe(used);
    expect(used).toBeLessThanOrEqual(lowered.cap);
    expect(streaming.seen).toMatchObject({ open: 0, letGo: 1 });
  });

  it('negative control: a relay that does not wait for its ledgers passes the cap', async () => {
    const streaming = await startStreaming();
    vi.spyOn(streaming.gateway.deps.courier, 'extend').mockResolvedValue(['extended']);
    const lowered = cutShort(streaming);
    const { text } = await streaming.chat();
    expect(passedBytes(text)).toBe(60 * EVENT_BYTES);
    expect((await streaming.counter()).used).toBeGreaterThan(lowered.cap);
  });

  it('20 streams at once on one small budget never pass its cap, and all end validly', async () => {
    const streaming = await startStreaming();
    streaming.play({ events: LONG });
    // Each of them can begin, and about half of what they all want is there.
    const cap = 20 * Math.ceil(costOf(LONG) * 0.55);
    await streaming.setCap(cap);
    const sent = Array.from({ length: 20 }, () => streaming.chat());
    const answers = (await Promise.all(sent)).filter(({ status }) => status === 200);
    expect(answers.length).toBeGreaterThanOrEqual(5);
    for (const { text } of answers) expect(eventsOf(text).at(-1)).toBe('[DONE]');
    const endings = await Promise.all(
      answers.map(async ({ requestId }) => (await factsOf(streaming, requestId)).ending),
    );
    expect(endings.filter((ending) => ending === 'cut-budget').length).toBeGreaterThanOrEqual(1);
    const { used, held } = await streaming.counter();
    expect(held).toBe(0);
    expect(used).toBeLessThanOrEqual(cap);
    expect(used).toBeGreaterThan(cap / 3);
  });

  it('is the same where the budget is shared, and is spent from slices of its root', async () => {
    const cap = 2_000_000;
    const route = policySource.routes.find(({ path }) => path === '/v1/chat/completions');
    const usd = (cap / 1e9).toFixed(9);
    const routes = policySource.routes.map((one) =>
      one === route ? { ...one, limits: { ...one.limits, route: [{ window: 'day', usd }] } } : one,
    ) as typeof policySource.routes;
    const streaming = await startStreaming({ policy: policyWith({ routes }) });
    streaming.play({ events: LONG });
    const answers = [];
    for (let call = 0; call < 4; call += 1) answers.push(await streaming.chat());
    const facts = await Promise.all(
      answers
        .filter(({ status }) => status === 200)
        .map(({ requestId }) => factsOf(streaming, requestId)),
    );
    expect(facts[0]).toMatchObject({ ending: 'complete', settledNanoUsd: costOf(LONG) });
    expect(facts.some(({ ending }) => ending === 'cut-budget')).toBe(true);
    const total = facts.reduce((sum, { settledNanoUsd }) => sum + settledNanoUsd, 0);
    expect(total).toBeLessThanOrEqual(cap);
    expect((await streaming.counter(`route:${route?.id ?? ''}`)).used).toBe(total);
  });
});

describe('a ledger that does not answer an extension', () => {
  const deaf = (namespace: { getByName(name: string): LedgerPort }): object => ({
    getByName: (name: string) => {
      const ledger = namespace.getByName(name);
      return new Proxy(ledger, {
        get: (target, member) =>
          member === 'apply'
            ? (batch: Batch) =>
                batch.extends.length > 0 ? new Promise(() => undefined) : target.apply(batch)
            : (Reflect.get(target, member) as unknown),
      });
    },
  });

  it('ends the stream with an error once it was waited for, and no byte passes that is not paid for', async () => {
    const streaming = await startStreaming({
      objects: ({ PRINCIPAL_LEDGER }) => ({ PRINCIPAL_LEDGER: deaf(PRINCIPAL_LEDGER as never) }),
    });
    streaming.play({ events: LONG });
    const { text, requestId } = await streaming.chat();
    const facts = await factsOf(streaming, requestId);
    expect(facts).toMatchObject({ ending: 'lease-lost', hold: { refused: 'silent' } });
    expect(neededTokens(passedBytes(text))).toBeLessThanOrEqual(OUTPUT_TOKENS_FIRST);
    expect(eventsOf(text).at(-1)).toHaveProperty('error.message');
    expect(text).not.toContain('[DONE]');
    expect((await streaming.counter()).used).toBe(facts.hold.firstNanoUsd);
  });
});

describe('a call that a grace wallet pays for', () => {
  const away = (namespace: { getByName(name: string): LedgerPort }): object => ({
    getByName: (name: string) =>
      new Proxy(namespace.getByName(name), {
        get: (target, member) =>
          member === 'apply' && name.startsWith('key:')
            ? () => Promise.reject(new Error('away'))
            : (Reflect.get(target, member) as unknown),
      }),
  });

  it('extends its hold in the wallet, and is cut where the wallet ends', async () => {
    const when = { graceUsdPerHour: '0.0009', callUsdMax: '0.01' };
    const routes = policySource.routes.map((route) => ({
      ...route,
      whenLedgerUnreachable: when,
    })) as typeof policySource.routes;
    const streaming = await startStreaming({
      policy: policyWith({ routes }),
      objects: ({ PRINCIPAL_LEDGER }) => ({ PRINCIPAL_LEDGER: away(PRINCIPAL_LEDGER as never) }),
    });
    streaming.play({ events: LONG });
    const { status, text, requestId } = await streaming.chat();
    expect(status).toBe(200);
    const facts = await factsOf(streaming, requestId);
    expect(facts).toMatchObject({ ending: 'cut-budget', grace: true });
    expect(facts.hold.extensions).toBeGreaterThanOrEqual(1);
    expect(facts.settledNanoUsd).toBeLessThanOrEqual(900_000);
    expect(eventsOf(text).at(-1)).toBe('[DONE]');
  });
});
