// Schedules that a thief tries on slices: to leave where nothing shows, to have answers in one
// piece on a slice, many streams on the budget of a few. What breaks if this fails: he, or whoever
// griefs an operator with him, has more generated than anybody is charged.

import { describe, expect, it } from 'vitest';
import type { Batch, LedgerPort } from '../../core/ledger/messages.ts';
import type { PolicySource } from '../../core/policy/schema.ts';
import { OUTPUT_TOKENS_FIRST } from '../../core/pricing/estimate.ts';
import policySource from '../support/policy.ts';
import { policyWith } from './gateway-harness.ts';
import { leaveOnce, pushed } from './thief-money-harness.ts';
import { factsOf, INPUT_NANO_USD, OUTPUT_NANO_USD, startStreaming } from './stream-harness.ts';

const HI = [{ role: 'user', content: 'hi' }];
const ASKED = { model: 'gpt-4o-mini', messages: HI, stream: true };
const CHAT = '/v1/chat/completions';

describe('Claude, which keeps the argument of a call until it is whole', () => {
  /** Shows all that it generates, where there are no tools. */
  const MODEL = 'claude-3-5-haiku-20241022';
  const policy = policyWith({
    routes: policySource.routes.map((route) =>
      route.id === 'messages' ? { ...route, models: [MODEL] } : route,
    ) as PolicySource['routes'],
  });
  const TOOL = { name: 'write', input_schema: { type: 'object' } };
  const typed = (type: string, json: object): string =>
    `event: ${type}\ndata: ${JSON.stringify({ type, ...json })}\n\n`;
  const BEGUN = [
    typed('message_start', { message: { usage: { input_tokens: 9, output_tokens: 1 } } }),
    typed('content_block_start', {
      index: 0,
      content_block: { type: 'tool_use', id: 't', name: 'write', input: {} },
    }),
  ];

  async function leaveAfterSilence(silenceMs: number, tools: readonly object[]) {
    const streaming = await startStreaming({ policy });
    streaming.gateway.answerWith(() => pushed(BEGUN));
    const body = { model: MODEL, max_tokens: 1_000, messages: HI, stream: true, tools };
    const left = await leaveOnce(streaming, { path: '/v1/messages', body }, async (text) => {
      if (!text.includes('content_block_start')) return false;
      await scheduler.wait(silenceMs);
      return true;
    });
    return left.facts();
  }

  it('holds all of an answer that offers tools, and charges the time in which nothing showed', async () => {
    const { hold, estimate, settledNanoUsd } = await leaveAfterSilence(600, [TOOL]);
    expect(hold.firstNanoUsd).toBe(estimate.totalNanoUsd);
    // 600 ms at 2,000 tokens a second are more than the ceiling.
    expect(settledNanoUsd).toBe(estimate.totalNanoUsd);
  });

  it('holds a slice of an answer without tools (control: there silence is nothing)', async () => {
    const { hold, estimate, settledNanoUsd } = await leaveAfterSilence(600, []);
    expect(hold.firstNanoUsd).toBeLessThan(estimate.totalNanoUsd);
    expect(settledNanoUsd).toBeLessThan(estimate.totalNanoUsd);
  });
});

describe('a stream that was asked for and comes in one piece', () => {
  const piece = (usage: object | null) =>
    Response.json({
      id: 'c',
      object: 'chat.completion',
      choices: [{ index: 0, message: { role: 'assistant', content: 'x'.repeat(20_000) } }],
      ...(usage === null ? {} : { usage }),
    });

  it('is charged the hold of its ceiling, and not of its slice, where nobody says what it cost', async () => {
    const streaming = await startStreaming();
    streaming.gateway.answerWith(() => piece(null));
    const { status, requestId } = await streaming.chat();
    expect(status).toBe(200);
    const { settledNanoUsd, estimate, usageSource } = await factsOf(streaming, requestId);
    expect({ settledNanoUsd, usageSource }).toEqual({
      settledNanoUsd: estimate.totalNanoUsd,
      usageSource: 'hold',
    });
    expect(await streaming.counter()).toMatchObject({ used: settledNanoUsd, held: 0 });
  });

  it('is charged what it cost where somebody does, and asks no ledger for more', async () => {
    const streaming = await startStreaming();
    streaming.gateway.answerWith(() =>
      piece({ prompt_tokens: 9, completion_tokens: 4_000, total_tokens: 4_009 }),
    );
    const { requestId } = await streaming.chat();
    const { settledNanoUsd, hold } = await factsOf(streaming, requestId);
    expect(settledNanoUsd).toBe(9 * INPUT_NANO_USD + 4_000 * OUTPUT_NANO_USD);
    expect(hold.extensions).toBe(0);
  });
});

it('a provider that is silent for a beat has all of its ceiling on hold', async () => {
  const streaming = await startStreaming({ policy: policyWith({ leaseSeconds: 2 }) });
  let held = 0;
  streaming.gateway.answerWith(async () => {
    // Behind the first beat, at 40 % of the lease, and the two objects' answers.
    while (held < 1_000 * OUTPUT_NANO_USD) {
      await scheduler.wait(50);
      ({ held } = await streaming.counter());
    }
    return pushed(['data: [DONE]\n\n'], true);
  });
  const { requestId } = await streaming.chat();
  const { estimate } = await factsOf(streaming, requestId);
  expect(held).toBe(estimate.totalNanoUsd);
});

describe('200 streams on a budget for three slices', () => {
  it('are a handful; what they pass on is paid for, and the cap holds', async () => {
    const streaming = await startStreaming();
    streaming.play({ events: 40 });
    const { requestId } = await streaming.chat();
    const { firstNanoUsd: first } = (await factsOf(streaming, requestId)).hold;
    const { used: before } = await streaming.counter();
    const cap = before + 3 * first;
    await streaming.setCap(cap);
    const sent = Array.from({ length: 200 }, () => streaming.chat());
    const served = (await Promise.all(sent)).filter(({ status }) => status === 200);
    // Those that came when others had ended, on what these had left.
    expect(served.length).toBeLessThan(12);
    expect(streaming.seen.sentEvents).toBeLessThan(200);
    const { used, held } = await streaming.counter();
    expect(held).toBe(0);
    expect(used).toBeLessThanOrEqual(cap);
    expect(streaming.seen.open).toBe(0);
  });

  it('have more generated than they can pay for only while nobody has told the provider to stop', async () => {
    const streaming = await startStreaming();
    const chunk = `data: ${JSON.stringify({ choices: [{ index: 0, delta: { content: '~'.repeat(100) } }] })}\n\n`;
    let stopped = 0;
    streaming.gateway.answerWith(async (request) => {
      // Somebody else spends the rest.
      await streaming.setCap((await streaming.counter()).held + 20 * OUTPUT_NANO_USD);
      request.signal.addEventListener('abort', () => {
        stopped += 1;
      });
      return pushed(Array.from({ length: 60 }, () => chunk));
    });
    const { requestId, text } = await streaming.chat(ASKED);
    const { ending, hold, settledNanoUsd } = await factsOf(streaming, requestId);
    expect(ending).toMatch(/^cut-/);
    // All of the hold is charged, and the provider has heard of it.
    expect(settledNanoUsd).toBe(hold.lastNanoUsd);
    expect(stopped).toBe(1);
    expect(text).toContain('[DONE]');
  });
});

it('a storm of callers who leave at the first byte pays for each of them', async () => {
  const streaming = await startStreaming();
  const chunk = `data: ${JSON.stringify({ choices: [{ index: 0, delta: { content: 'a' } }] })}\n\n`;
  streaming.gateway.answerWith(() => pushed([chunk]));
  const body = { ...ASKED, max_tokens: 1_000 };
  const left = await Promise.all(
    Array.from({ length: 20 }, () =>
      leaveOnce(streaming, { path: CHAT, body }, (text) => text !== ''),
    ),
  );
  const all = await Promise.all(left.map(({ facts }) => facts()));
  for (const facts of all) {
    expect(facts.ending).toBe('caller-left');
    const output = facts.settledNanoUsd - facts.estimate.inputNanoUsd;
    expect(output).toBeGreaterThanOrEqual(160 * OUTPUT_NANO_USD);
    expect(output).toBeLessThanOrEqual(OUTPUT_TOKENS_FIRST * 4 * OUTPUT_NANO_USD);
  }
  const sum = all.reduce((total, { settledNanoUsd }) => total + settledNanoUsd, 0);
  expect(await streaming.counter()).toMatchObject({ used: sum, held: 0 });
});

/** Ledgers that take their time over an extension. */
const slowToExtend = (namespace: { getByName(name: string): LedgerPort }, ms: number): object => ({
  getByName: (name: string) =>
    new Proxy(namespace.getByName(name), {
      get: (target, member) =>
        member === 'apply'
          ? async (batch: Batch) => {
              if (batch.extends.length > 0) await scheduler.wait(ms);
              return target.apply(batch);
            }
          : (Reflect.get(target, member) as unknown),
    }),
});

it('who leaves while the ledgers are asked for more pays for what had come by then', async () => {
  const streaming = await startStreaming({
    objects: ({ PRINCIPAL_LEDGER }) => ({
      PRINCIPAL_LEDGER: slowToExtend(PRINCIPAL_LEDGER as never, 400),
    }),
  });
  const chunk = `data: ${JSON.stringify({ choices: [{ index: 0, delta: { content: '~'.repeat(100) } }] })}\n\n`;
  const SENT = 40;
  streaming.gateway.answerWith(() => pushed(Array.from({ length: SENT }, () => chunk)));
  const left = await leaveOnce(streaming, { path: CHAT, body: ASKED }, (text) => text !== '');
  const { ending, hold, estimate, settledNanoUsd } = await left.facts();
  expect(ending).toBe('caller-left');
  expect(hold.extensions).toBeGreaterThanOrEqual(1);
  const counted = (SENT * 100) / 2 + 160;
  expect(settledNanoUsd).toBeGreaterThanOrEqual(estimate.inputNanoUsd + counted * OUTPUT_NANO_USD);
  expect(await streaming.counter()).toMatchObject({ used: settledNanoUsd, held: 0 });
});
