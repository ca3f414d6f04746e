/**
 * What is billed when a caller leaves, stalls or never reads, and what the ledger remembers.
 * If one of these fails, every money test that trusts the emulator proves nothing.
 */
import type { IncomingMessage } from 'node:http';
import { describe, expect, it } from 'vitest';
import { billNanoUsd, findPrice } from '../../emulator/prices.ts';
import { RecentList } from '../../emulator/recent-list.ts';
import { RequestLog } from '../../emulator/request-log.ts';
import { contentOf, readEvents, useEmulator } from './emulator-harness.ts';
import type { EmulatorHarness } from './emulator-harness.ts';

function bill(model: string, inputTokens: number, cachedTokens: number, outputTokens: number) {
  const price = findPrice(model);
  if (price === undefined) throw new Error(`no price for ${model}`);
  return billNanoUsd(price, { inputTokens, cachedTokens, outputTokens });
}

describe('a bill', () => {
  it.each([
    ['gpt-4o-mini', 1_000_000, 0, 0, 150_000_000],
    ['gpt-4o-mini', 0, 0, 1_000_000, 600_000_000],
    ['gpt-4.1', 1_000_000, 1_000_000, 0, 500_000_000],
    ['gpt-5', 1_000_000, 500_000, 1_000_000, 10_687_500_000],
    ['o4-mini', 10, 0, 10, 55_000],
    ['gpt-5-nano', 1, 1, 0, 5],
  ])('of %s for %i/%i/%i tokens is exact', (model, input, cached, output, nanoUsd) => {
    expect(bill(model, input, cached, output)).toBe(nanoUsd);
  });
});

/** Reads a stream until `events` events have come, then breaks the connection. */
function leaveAfter(
  emulator: EmulatorHarness,
  events: number,
  members: Record<string, unknown>,
): Promise<string> {
  return new Promise((resolve) => {
    const request = emulator.begin({ stream: true, ...members });
    request.on('response', (response: IncomingMessage) => {
      let text = '';
      response.on('error', () => undefined);
      response.on('data', (piece: Buffer) => {
        text += piece.toString('utf8');
        if (text.split('\n\n').length <= events) return;
        request.destroy();
        resolve(text);
      });
    });
  });
}

describe('an aborted call', () => {
  const emulator = useEmulator();

  it('bills the input and every token that was written, and no more', async () => {
    await emulator.script({ chunks: 5_000, chunkDelayMs: 5 });
    const seen = (await leaveAfter(emulator, 10, {})).split('\n\n').length - 2;
    const call = await emulator.endedCall();
    expect(call.endedBy).toBe('client-abort');
    expect(call.outputTokens).toBeGreaterThanOrEqual(seen);
    expect(call.outputTokens).toBeLessThan(seen + 500);
    expect(call.chunksSent).toBe(call.outputTokens);
    expect(call.billedNanoUsd).toBe(bill('gpt-4o-mini', 14, 0, call.outputTokens));
    expect(call.endedAtMs).toBeGreaterThanOrEqual(call.startedAtMs);
  });

  it('stops billing when it has ended', async () => {
    await emulator.script({ chunks: 5_000, chunkDelayMs: 1 });
    await leaveAfter(emulator, 3, { n: 2 });
    const first = await emulator.endedCall();
    for (let poll = 0; poll < 20; poll += 1) expect(await emulator.endedCall()).toEqual(first);
  });

  it('bills a JSON answer by the tokens generated before the caller left', async () => {
    await emulator.script({ chunks: 5_000, chunkDelayMs: 5 });
    const request = emulator.begin();
    await emulator.callWhere((call) => call.outputTokens >= 10);
    request.destroy();
    const call = await emulator.endedCall();
    expect(call).toMatchObject({ endedBy: 'client-abort', chunksSent: 0 });
    expect(call.outputTokens).toBeGreaterThanOrEqual(10);
    expect(call.outputTokens).toBeLessThan(1_000);
  });

  it('bills hidden reasoning that was going on when the caller left', async () => {
    await emulator.script({ chunks: 5, chunkDelayMs: 5, reasoningTokens: 5_000 });
    const request = emulator.begin({ stream: true });
    await emulator.callWhere((call) => call.outputTokens >= 5);
    request.destroy();
    expect(await emulator.endedCall()).toMatchObject({ endedBy: 'client-abort', chunksSent: 0 });
  });

  it('bills only the input before the first chunk', async () => {
    await emulator.script({ firstChunkDelayMs: 60_000 });
    const request = emulator.begin({ stream: true });
    await emulator.callWhere((call) => call.inputTokens > 0);
    request.destroy();
    expect(await emulator.endedCall()).toMatchObject({ outputTokens: 0, inputTokens: 14 });
  });

  it('that is never read stops being generated when the buffers are full', async () => {
    await emulator.script({ chunks: 100_000, chunkDelayMs: 0 });
    const request = emulator.begin({ stream: true });
    const response = await new Promise<IncomingMessage>((resolve) => {
      request.on('response', resolve);
    });
    response.pause();
    let outputTokens = -1;
    const settled = await emulator.callWhere((call) => {
      const still = call.outputTokens === outputTokens;
      outputTokens = call.outputTokens;
      return still && outputTokens > 0;
    });
    expect(settled).toMatchObject({ endedBy: 'open' });
    expect(settled.outputTokens).toBeLessThan(100_000);
    request.destroy();
    expect((await emulator.endedCall()).endedBy).toBe('client-abort');
  });
});

describe('input tokens', () => {
  const emulator = useEmulator();

  it.each([
    ['a hostile number of empty messages', { messages: Array(500).fill({ role: 'u' }) }],
    ['unicode', { messages: [{ role: 'user', content: '天秤'.repeat(100) }] }],
    ['tools', { tools: [{ type: 'function', function: { name: 'weigh', parameters: {} } }] }],
  ])('are more than none and at most the bytes of the body: %s', async (_what, members) => {
    await emulator.script({ chunks: 1, chunkDelayMs: 0 });
    await emulator.chat(members);
    const call = await emulator.endedCall();
    const sent = (await emulator.requests()).at(-1)?.bodyText ?? '';
    expect(call.inputTokens).toBeGreaterThan(0);
    expect(call.inputTokens).toBeLessThanOrEqual(Buffer.byteLength(sent));
  });
});

describe('a reset', () => {
  const emulator = useEmulator();

  it('forgets everything, and a running stream finishes unrecorded', async () => {
    await emulator.script({ chunks: 30, chunkDelayMs: 5 });
    const running = emulator.chat({ stream: true });
    await emulator.callWhere((call) => call.chunksSent > 2);
    await emulator.control('POST', '/_emulator/reset');
    expect(contentOf(readEvents((await running).text)).length).toBeGreaterThan(100);
    expect(await emulator.ledger()).toEqual({ billedNanoUsd: 0, openStreams: 0, calls: [] });
    expect(await emulator.requests()).toEqual([]);
  });
});

describe('what is remembered', () => {
  it('is bounded: the newest items stay, in order', () => {
    const list = new RecentList<number>(3);
    for (let item = 1; item <= 5; item += 1) list.add(item);
    expect(list.values()).toEqual([3, 4, 5]);
  });

  it('is the last hundred requests', () => {
    const log = new RequestLog();
    const seen = { method: 'POST', query: '', auth: [], bodyKeys: [], headers: {}, bodyText: '' };
    for (let item = 0; item < 150; item += 1) {
      log.add({ ...seen, path: `/${item}` });
    }
    expect(log.values()).toHaveLength(100);
    expect(log.values()[0]?.path).toBe('/50');
  });
});
