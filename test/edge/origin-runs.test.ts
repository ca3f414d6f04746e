// What a call of an app's own server costs, whoever says it: its steps, its reports, its stream, or
// nobody. What breaks if this fails: an origin that keeps silent is free, or is charged twice.

import { expect, test } from 'vitest';
import { decisionOf, requestIdOf, spentOf } from '../support/chat.ts';
import { RUN_NANO_USD } from '../support/origin-policy.ts';
import {
  codeOf,
  type OwnOrigin,
  postTo,
  report,
  step,
  useOwnOrigin,
} from '../support/own-origin.ts';
import type { TestStack } from '../support/stack.ts';

let stack: TestStack;
let own: OwnOrigin;
let key: string;
let principal: string;

useOwnOrigin((its) => {
  ({ stack, own, key, principal } = its);
});

const ask = (options: RequestInit = {}): Promise<Response> =>
  postTo(stack, '/api/own', key, options);

const SSE = { 'Content-Type': 'text/event-stream', 'x-vercel-ai-ui-message-stream': 'v1' };
const sse = (...chunks: readonly object[]): string =>
  [...chunks.map((chunk) => JSON.stringify(chunk)), '[DONE]']
    .map((data) => `data: ${data}\n\n`)
    .join('');
const SAID = [
  { type: 'start' },
  { type: 'text-start', id: '0' },
  { type: 'text-delta', id: '0', delta: 'Eleven.' },
  { type: 'text-end', id: '0' },
];
const USAGE = { inputTokens: 1_000, outputTokens: 100, cachedInputTokens: 200 };
/** 800 × $0.15, 200 × $0.075 and 100 × $0.60 a million. */
const USAGE_NANO_USD = 800 * 150 + 200 * 75 + 100 * 600;

type Settled = { status: number; settledNanoUsd: number; usageSource?: string; text: string };

/** The answer, and what it was charged. */
async function settled(response: Response): Promise<Settled> {
  const text = await response.text();
  const { settledNanoUsd, usageSource } = await decisionOf(stack, requestIdOf(response));
  expect((await spentOf(stack, principal)).nanoUsd).toBe(settledNanoUsd);
  return { status: response.status, settledNanoUsd, usageSource: usageSource ?? '', text };
}

test('an origin that makes no step and says nothing is charged the whole hold', async () => {
  own.answer = (_asked, response) => void response.writeHead(200, SSE).end(sse(...SAID));
  expect(await settled(await ask())).toMatchObject({
    status: 200,
    settledNanoUsd: RUN_NANO_USD,
    usageSource: 'hold',
    text: sse(...SAID),
  });
});

test('its steps are the charge, to the nano-dollar, with what the emulator billed', async () => {
  let stepId = '';
  own.answer = async ({ grant }, response) => {
    for (let at = 0; at < 3; at += 1) await (await step(stack, grant)).text();
    const last = await step(stack, grant, { stream: true });
    await last.text();
    stepId = requestIdOf(last);
    // What it says beside them is not counted a second time.
    const finish = { type: 'finish', messageMetadata: { usage: USAGE } };
    response.writeHead(200, SSE).end(sse(...SAID, finish));
  };
  const { settledNanoUsd, usageSource } = await settled(await ask());
  const { billedNanoUsd, calls } = await stack.ledger();
  expect(calls).toHaveLength(4);
  expect([settledNanoUsd, usageSource]).toEqual([billedNanoUsd, 'steps']);
  // A step has a record of its own, in the object that keeps its run.
  const record = await decisionOf(stack, stepId);
  expect(record).toMatchObject({ route: 'own', model: 'gpt-4o-mini', ending: 'complete' });
  expect(record.principal).toMatch(/^run:/);
});

test('usage in the stream of the AI SDK is its report where it made no step', async () => {
  own.answer = (_asked, response) => {
    const finish = { type: 'finish', messageMetadata: { usage: USAGE } };
    response.writeHead(200, SSE).end(sse(...SAID, finish));
  };
  expect(await settled(await ask())).toMatchObject({
    settledNanoUsd: USAGE_NANO_USD,
    usageSource: 'origin',
  });
});

test('so is that of a stream of version 4', async () => {
  const usage = { promptTokens: 1_000, completionTokens: 100 };
  const text = `0:"Eleven."\nd:${JSON.stringify({ finishReason: 'stop', usage })}\n`;
  own.answer = (_asked, response) => {
    const type = { 'Content-Type': 'text/plain', 'x-vercel-ai-data-stream': 'v1' };
    response.writeHead(200, type).end(text);
  };
  const answered = await settled(await ask());
  expect(answered).toMatchObject({ text, settledNanoUsd: 1_000 * 150 + 100 * 600 });
});

test('a report is priced, counted once for each id, and added to others', async () => {
  const said: unknown[] = [];
  own.answer = async ({ grant }, response) => {
    const one = { id: 'one', model: 'gpt-4o-mini', usage: USAGE };
    for (const json of [one, one, { id: 'two', nanoUsd: 5 }]) {
      said.push(await (await report(stack, grant, json)).json());
    }
    const other = await report(stack, grant, { id: 'two', nanoUsd: 6 });
    said.push([other.status, await codeOf(other)]);
    const unknown = await report(stack, grant, { ...one, id: 'three', model: 'gpt-5' });
    said.push([unknown.status, await codeOf(unknown)]);
    response.end('{}');
  };
  expect(await settled(await ask())).toMatchObject({
    settledNanoUsd: USAGE_NANO_USD + 5,
    usageSource: 'origin',
  });
  expect(said).toMatchObject([
    { id: 'one', nanoUsd: USAGE_NANO_USD, status: 'adjusted' },
    { id: 'one', nanoUsd: USAGE_NANO_USD, status: 'exists' },
    { id: 'two', nanoUsd: 5, status: 'adjusted' },
    [400, 'request_invalid'],
    [403, 'model_not_offered'],
  ]);
});

test('a report of zero is a report', async () => {
  own.answer = async ({ grant }, response) => {
    await report(stack, grant, { id: 'none', nanoUsd: 0 });
    response.end('{}');
  };
  expect((await settled(await ask())).settledNanoUsd).toBe(0);
});

test('a report of more than the hold is charged as the truth', async () => {
  own.answer = async ({ grant }, response) => {
    await report(stack, grant, { id: 'dear', nanoUsd: RUN_NANO_USD + 7 });
    response.end('{}');
  };
  expect((await settled(await ask())).settledNanoUsd).toBe(RUN_NANO_USD + 7);
});

test('a report soon behind the answer counts, and one behind the settlement does not', async () => {
  own.answer = (_asked, response) => void response.end('{}');
  const response = await ask();
  await response.text();
  const grant = own.asked[0]?.grant ?? '';
  expect((await report(stack, grant, { id: 'soon', nanoUsd: 11 })).status).toBe(200);
  expect((await decisionOf(stack, requestIdOf(response))).settledNanoUsd).toBe(11);
  const late = await report(stack, grant, { id: 'late', nanoUsd: 11 });
  expect([late.status, await codeOf(late)]).toEqual([410, 'grant_over']);
  expect((await spentOf(stack, principal)).nanoUsd).toBe(11);
});

test('no step begins behind the answer, while a report is still waited for', async () => {
  own.answer = (_asked, response) => void response.end('{}');
  const response = await ask();
  await response.text();
  const grant = own.asked[0]?.grant ?? '';
  const late = await step(stack, grant);
  expect([late.status, await codeOf(late)]).toEqual([410, 'grant_over']);
  expect((await report(stack, grant, { id: 'none', nanoUsd: 0 })).status).toBe(200);
  expect((await decisionOf(stack, requestIdOf(response))).settledNanoUsd).toBe(0);
  expect((await stack.ledger()).calls).toHaveLength(0);
});

test('a run takes so many reports and no more', async () => {
  const statuses: number[] = [];
  own.answer = async ({ grant }, response) => {
    for (let at = 0; at < 65; at += 1) {
      statuses.push((await report(stack, grant, { id: String(at), nanoUsd: 1 })).status);
    }
    response.end('{}');
  };
  expect((await settled(await ask())).settledNanoUsd).toBe(64);
  expect(statuses.slice(-2)).toEqual([200, 400]);
});

test.each([
  [404, 0],
  [500, RUN_NANO_USD],
])('an origin that answers %i without a step costs %i', async (status, nanoUsd) => {
  own.answer = (_asked, response) => void response.writeHead(status).end('no');
  expect(await settled(await ask())).toMatchObject({ status, settledNanoUsd: nanoUsd, text: 'no' });
});

test('an origin that answers 500 behind a step costs the step', async () => {
  own.answer = async ({ grant }, response) => {
    await (await step(stack, grant)).text();
    response.writeHead(500).end('no');
  };
  const { settledNanoUsd } = await settled(await ask());
  expect(settledNanoUsd).toBe((await stack.ledger()).billedNanoUsd);
});

test('a step that is open when the answer ends is waited for, and charged as it was', async () => {
  await stack.script({ chunks: 30, chunkDelayMs: 30 });
  let open: Promise<string> = Promise.resolve('');
  own.answer = async ({ grant }, response) => {
    const answer = await step(stack, grant, { stream: true });
    open = answer.text();
    response.end('{}');
  };
  const response = await ask();
  await response.text();
  await open;
  const record = await decisionOf(stack, requestIdOf(response));
  expect(record.settledNanoUsd).toBe((await stack.ledger()).billedNanoUsd);
  expect(record).toMatchObject({ estimated: false, run: { steps: 1, openSteps: 0 } });
});
