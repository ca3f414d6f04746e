// What a caller is told of its money: RateLimit fields on every answer, a cost header or a receipt
// for whoever asks, the usage chunk for whoever asked the provider's way. None of it names anybody,
// and a stream nobody asked about is passed on untouched.

import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { chatBody, decisionOf, postChat, requestIdOf, spentOf } from '../support/chat.ts';
import { startStack, type TestStack } from '../support/stack.ts';

let stack: TestStack;
let key: string;
let principal: string;

beforeAll(async () => {
  stack = await startStack();
});

beforeEach(async () => {
  await stack.resetEmulator();
  await stack.script({ chunks: 5, chunkDelayMs: 0 });
  ({ key, principal } = await stack.makeKey());
});

afterAll(() => stack.close());

type Receipt = {
  readonly requestId: string;
  readonly costNanoUsd: number;
  readonly heldNanoUsd: number;
  readonly usageSource: string;
  readonly usage: { readonly inputTokens: number; readonly outputTokens: number } | null;
  readonly budget: { readonly name: string; readonly capNanoUsd: number; leftNanoUsd: number };
};

const WANTED = { 'Weighbridge-Receipt': '1' };

/** `"key-day";r=5;t=6` → { 'key-day': { r: 5, t: 6 } } */
function parseField(field: string | null): Record<string, Record<string, string>> {
  const parsed: Record<string, Record<string, string>> = {};
  for (const item of (field ?? '').split(', ')) {
    const [name = '', ...params] = item.split(';');
    expect(name).toMatch(/^"[a-z]+-(day|month)"$/);
    parsed[name.slice(1, -1)] = Object.fromEntries(
      params.map((param) => param.split('=') as [string, string]),
    );
  }
  return parsed;
}

describe('RateLimit', () => {
  test('says what is left after a call in one piece, exactly, without naming anybody', async () => {
    await stack.setCap(principal, 'day', 'nanoUsd', 50_000_000);
    const response = await postChat(stack, key);
    const { nanoUsd } = await spentOf(stack, principal);
    const fields = [response.headers.get('RateLimit-Policy'), response.headers.get('RateLimit')];
    const [policy, limit] = fields.map(parseField);
    expect(policy?.['key-day']).toEqual({ q: '50000000', qu: '"nanousd"', w: '86400' });
    expect(Number(limit?.['key-day']?.['r'])).toBe(50_000_000 - nanoUsd);
    const resets = Number(limit?.['key-day']?.['t']);
    expect(resets).toBeGreaterThan(0);
    expect(resets).toBeLessThanOrEqual(86_400);
    expect(Object.keys(limit ?? {})).toEqual(['key-day', 'key-month']);
    const text = fields.join(' ');
    for (const name of [principal.slice('key:'.length), '127.0.0.1']) {
      expect(text).not.toContain(name);
    }
  });

  test('says of a stream what is left while its hold stands', async () => {
    await stack.setCap(principal, 'day', 'nanoUsd', 50_000_000);
    const response = await postChat(stack, key, chatBody({ stream: true }));
    await response.text();
    const { heldNanoUsd } = await decisionOf(stack, requestIdOf(response));
    const limit = parseField(response.headers.get('RateLimit'));
    expect(Number(limit['key-day']?.['r'])).toBe(50_000_000 - heldNanoUsd);
  });
});

describe('receipts', () => {
  test('an answer in one piece carries its cost, and its receipt if it was wanted', async () => {
    const plain = await postChat(stack, key);
    expect(plain.headers.get('Weighbridge-Receipt')).toBeNull();
    const { nanoUsd } = await spentOf(stack, principal);
    expect(plain.headers.get('Weighbridge-Cost-NanoUsd')).toBe(String(nanoUsd));

    const response = await postChat(stack, key, chatBody(), WANTED);
    const receipt = JSON.parse(response.headers.get('Weighbridge-Receipt') ?? '') as Receipt;
    await expectHonest(receipt, response);
  });

  test('a stream carries its receipt as one more event behind the last one', async () => {
    const response = await postChat(stack, key, chatBody({ stream: true }), WANTED);
    const body = await response.text();
    const match = /data: \[DONE\]\n\nevent: weighbridge-receipt\ndata: (\{.*\})\n\n$/.exec(body);
    expect(match).not.toBeNull();
    await expectHonest(JSON.parse(match?.[1] ?? '{}') as Receipt, response);
  });

  test.each(['0', 'yes', ''])('the wish "%s" is none', async (wish) => {
    const headers = { 'Weighbridge-Receipt': wish };
    const stream = await postChat(stack, key, chatBody({ stream: true }), headers);
    expect(await stream.text()).toMatch(/data: \[DONE\]\n\n$/);
    const whole = await postChat(stack, key, chatBody(), headers);
    expect(whole.headers.get('Weighbridge-Receipt')).toBeNull();
  });

  /** The receipt says what the ledger, the record and the provider's bill say. */
  async function expectHonest(receipt: Receipt, response: Response): Promise<void> {
    const record = await decisionOf(stack, requestIdOf(response));
    const call = (await stack.ledger()).calls.at(-1);
    const { nanoUsd } = await spentOf(stack, principal);
    const day = await stack.counter(principal, 'nanoUsd-day');
    expect(receipt).toMatchObject({
      requestId: record.requestId,
      costNanoUsd: call?.billedNanoUsd,
      heldNanoUsd: record.heldNanoUsd,
      usageSource: 'provider',
      usage: { inputTokens: call?.inputTokens, outputTokens: call?.outputTokens },
      budget: { name: 'key-day', capNanoUsd: day.cap, leftNanoUsd: day.cap - nanoUsd },
    });
    expect(record.settledNanoUsd).toBe(receipt.costNanoUsd);
    expect(JSON.stringify(receipt)).not.toContain(principal.slice('key:'.length));
  }
});

describe('the usage chunk', () => {
  const options = (include_usage: boolean): object => ({ stream_options: { include_usage } });

  test.each([
    ['comes to a caller who asks for it', options(true), true],
    ['is withheld from a caller who says no', options(false), false],
    ['is withheld from a caller who says nothing', {}, false],
  ])('%s, and the call is priced by it all the same', async (_name, more, expected) => {
    const response = await postChat(stack, key, chatBody({ stream: true, ...more }));
    const body = await response.text();
    expect(body.includes('"choices":[],"usage":{')).toBe(expected);
    expect(body.endsWith('data: [DONE]\n\n')).toBe(true);
    const record = await decisionOf(stack, requestIdOf(response));
    expect(record).toMatchObject({ usageSource: 'provider', estimated: false });
    expect(record.settledNanoUsd).toBe((await stack.ledger()).billedNanoUsd);
  });
});
