// Every way in which the gateway itself ends a stream, and what its reader gets of it. What breaks
// if this fails: a broken answer is taken for a whole one, an official client throws over an honest
// end, a provider that ignores its ceiling is paid for it, or a stolen key spends on after it was
// revoked.

import { describe, expect, it } from 'vitest';
import { policyWith } from './gateway-harness.ts';
import { EVENT_BYTES_MAX } from '../../core/stream/limits.ts';
import policySource from '../support/policy.ts';
import {
  EVENT_BYTES,
  eventsOf,
  factsOf,
  neededTokens,
  OUTPUT_NANO_USD,
  passedBytes,
  startStreaming,
  type Streaming,
} from './stream-harness.ts';

const routesWith = (changes: object): typeof policySource.routes =>
  policySource.routes.map((route) => ({ ...route, ...changes })) as typeof policySource.routes;

/** Ends as if the ceiling had been reached, with usage. */
function expectCut(text: string): void {
  const events = eventsOf(text);
  expect(events.at(-1)).toBe('[DONE]');
  expect(events.at(-2)).toHaveProperty('usage.prompt_tokens');
  expect(events.at(-3)).toMatchObject({ choices: [{ finish_reason: 'length' }] });
}

/** Ends so that no client takes it for whole. */
function expectBroken(text: string, sentence: RegExp): void {
  const events = eventsOf(text);
  expect(text).not.toContain('[DONE]');
  expect(text).not.toContain('"finish_reason":"');
  const { error } = events.at(-1) as { error: { message: string } };
  expect(error.message).toMatch(sentence);
}

async function expectSettled(streaming: Streaming, requestId: string, ending: string) {
  const facts = await factsOf(streaming, requestId);
  expect(facts.ending).toBe(ending);
  const { used, held } = await streaming.counter();
  expect({ used, held }).toEqual({ used: facts.settledNanoUsd, held: 0 });
  expect(streaming.seen.open).toBe(0);
  return facts;
}

describe('a stream is ended as if its ceiling had been reached', () => {
  it('when the time of the call is up', async () => {
    const policy = policyWith({ routes: routesWith({ callSecondsMax: 1 }) });
    const streaming = await startStreaming({ policy });
    streaming.play({ events: 10_000, gapMs: 50 });
    const { text, requestId } = await streaming.chat();
    expectCut(text);
    const { settledNanoUsd } = await expectSettled(streaming, requestId, 'cut-time');
    const paid = neededTokens(passedBytes(text)) * OUTPUT_NANO_USD;
    expect(settledNanoUsd).toBeGreaterThanOrEqual(paid);
    // One second of silence, and no more than that, on top of what had passed.
    expect(streaming.seen.sentEvents).toBeLessThan(30);
  });

  it('when the provider does not keep to the ceiling it was given', async () => {
    const streaming = await startStreaming();
    streaming.play({ events: 1_000, ignoresCeiling: true });
    const { text, requestId } = await streaming.chat({ max_tokens: 16 });
    expectCut(text);
    const facts = await expectSettled(streaming, requestId, 'cut-ceiling');
    expect(passedBytes(text)).toBeLessThanOrEqual(16 * 16 + 4_096 + EVENT_BYTES);
    expect(facts.settledNanoUsd).toBe(facts.estimate.totalNanoUsd);
    expect(streaming.seen.letGo).toBe(1);
  });

  it('and not where the provider keeps to it', async () => {
    const streaming = await startStreaming();
    streaming.play({ events: 1_000 });
    const { text, requestId } = await streaming.chat({ max_tokens: 100 });
    expect(text).toContain('"finish_reason":"length"');
    await expectSettled(streaming, requestId, 'complete');
  });
});

describe('a stream is ended with an error', () => {
  it.each(['broken', 'silent'] as const)('when the provider dies (%s)', async (ends) => {
    const streaming = await startStreaming();
    streaming.play({ events: 5, ends });
    const { status, text, requestId } = await streaming.chat();
    expect(status).toBe(200);
    expect(passedBytes(text)).toBe(5 * EVENT_BYTES);
    expectBroken(text, /connection to the provider was lost/);
    const { settledNanoUsd, estimate, usageSource } = await expectSettled(
      streaming,
      requestId,
      'origin-failed',
    );
    expect(usageSource).toBe('counted');
    const least = estimate.inputNanoUsd + neededTokens(5 * EVENT_BYTES) * OUTPUT_NANO_USD;
    expect(settledNanoUsd).toBeGreaterThanOrEqual(least);
  });

  it('when its key is revoked, within two beats of its lease', async () => {
    const policy = policyWith({ leaseSeconds: 2 });
    const streaming = await startStreaming({ policy });
    let revokedAtMs = 0;
    streaming.play({
      events: 10_000,
      gapMs: 20,
      before: async (event) => {
        if (event !== 3) return;
        await streaming.admin('DELETE', `/keys/${streaming.principal.slice('key:'.length)}`);
        revokedAtMs = Date.now();
      },
    });
    const { text, requestId } = await streaming.chat();
    expect(Date.now() - revokedAtMs).toBeLessThan(2_500);
    expectBroken(text, /the API key it was asked for with has been revoked/);
    await expectSettled(streaming, requestId, 'stopped');
    expect(streaming.seen.letGo).toBe(1);
  });

  it('and one of another key runs on', async () => {
    const policy = policyWith({ leaseSeconds: 2 });
    const [one, other] = [await startStreaming({ policy }), await startStreaming({ policy })];
    one.play({
      events: 60,
      gapMs: 25,
      before: async (event) => {
        if (event !== 3) return;
        await other.admin('DELETE', `/keys/${other.principal.slice('key:'.length)}`);
      },
    });
    const { text, requestId } = await one.chat();
    expect(eventsOf(text).at(-1)).toBe('[DONE]');
    await expectSettled(one, requestId, 'complete');
  });
});

describe('in the middle of an event that is too large to be kept', () => {
  /** One event that is still coming when the time of the call is up. */
  async function largeEvent(endsAfterMs: number | null) {
    const policy = policyWith({ routes: routesWith({ callSecondsMax: 1 }) });
    const streaming = await startStreaming({ policy });
    const encode = (text: string): Uint8Array => new TextEncoder().encode(text);
    const body = new ReadableStream<Uint8Array>({
      async start(out) {
        out.enqueue(encode('data: {"choices":[{"index":0,"delta":{"content":"'));
        for (let sent = 0; sent < EVENT_BYTES_MAX + 4_096; sent += 4_096) {
          out.enqueue(encode('~'.repeat(4_096)));
        }
        if (endsAfterMs === null) return;
        await scheduler.wait(endsAfterMs);
        out.enqueue(encode('"}}]}\n\n'));
      },
    });
    const headers = { 'Content-Type': 'text/event-stream' };
    streaming.gateway.answerWith(() => new Response(body, { headers }));
    const answer = await streaming.chat({ model: 'gpt-5-mini' });
    return { ...answer, facts: await factsOf(streaming, answer.requestId) };
  }

  it('the stream ends validly behind it, if it ends soon', async () => {
    const { text, facts } = await largeEvent(1_300);
    expectCut(text);
    expect(facts.ending).toBe('cut-time');
  });

  it('else it breaks, so that nobody takes half an event for an end', async () => {
    const { text, facts } = await largeEvent(null);
    // The harness gives no body where reading it threw.
    expect(text).toBe('');
    expect(facts.ending).toBe('cut-time');
  });
});
