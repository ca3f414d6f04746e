/**
 * Every way the emulator misbehaves, seen from the caller's socket and from the ledger.
 */
import { describe, expect, it } from 'vitest';
import { contentOf, readEvents, useEmulator } from './emulator-harness.ts';

const INPUT_NANO_USD = 14 * 150;
const OUTPUT_NANO_USD = 600;

describe('a fault', () => {
  const emulator = useEmulator();

  it('refuse breaks the connection unanswered and bills nothing', async () => {
    await emulator.script({ fault: 'refuse' });
    await expect(emulator.chat()).rejects.toThrow(/socket hang up|ECONNRESET/);
    expect(await emulator.endedCall()).toMatchObject({ endedBy: 'fault', billedNanoUsd: 0 });
  });

  it('hang bills the input, answers nothing, and ends when the caller leaves', async () => {
    await emulator.script({ fault: 'hang' });
    const request = emulator.begin({ stream: true });
    const open = await emulator.callWhere((call) => call.endedBy === 'open');
    expect(open).toMatchObject({ billedNanoUsd: INPUT_NANO_USD, endedAtMs: null });
    expect((await emulator.ledger()).openStreams).toBe(1);
    request.destroy();
    expect(await emulator.endedCall()).toMatchObject({
      endedBy: 'client-abort',
      outputTokens: 0,
      billedNanoUsd: INPUT_NANO_USD,
    });
    expect((await emulator.ledger()).openStreams).toBe(0);
  });

  it('drip sends the whole answer a byte at a time', async () => {
    await emulator.script({ fault: 'drip', text: '🚀 up', chunkDelayMs: 0 });
    const exchange = await emulator.chat({ stream: true });
    expect(contentOf(readEvents(exchange.text))).toBe('🚀 up');
    expect(exchange.pieces.length).toBeGreaterThan(exchange.body.length / 4);
    expect(await emulator.endedCall()).toMatchObject({ endedBy: 'complete', outputTokens: 1 });
  });

  it.each([
    ['cut', true],
    ['reset', false],
  ])('%s stops inside an event after half of the chunks', async (fault, whole) => {
    await emulator.script({ fault, chunks: 10, chunkDelayMs: 0 });
    const exchange = await emulator.chat({ stream: true });
    expect(exchange.whole).toBe(whole);
    expect(exchange.text).not.toContain('[DONE]');
    expect(exchange.text.endsWith('\n\n')).toBe(false);
    expect(exchange.text.split('\n\n')).toHaveLength(1 + 5 + 1);
    expect(await emulator.endedCall()).toMatchObject({
      endedBy: 'fault',
      outputTokens: 5,
      chunksSent: 5,
      billedNanoUsd: INPUT_NANO_USD + 5 * OUTPUT_NANO_USD,
    });
  });

  it.each(['cut', 'reset'])('%s leaves a JSON answer half sent', async (fault) => {
    await emulator.script({ fault, chunks: 10, chunkDelayMs: 1 });
    const exchange = await emulator.chat();
    expect(exchange.whole).toBe(fault === 'cut');
    expect(() => JSON.parse(exchange.text) as unknown).toThrow();
    expect(exchange.body.length).toBeGreaterThan(50);
    expect(await emulator.endedCall()).toMatchObject({ endedBy: 'fault', outputTokens: 5 });
  });

  it('html answers 200 with a page and bills nothing', async () => {
    await emulator.script({ fault: 'html' });
    const exchange = await emulator.chat({ stream: true });
    expect(exchange).toMatchObject({ status: 200, contentType: 'text/html; charset=utf-8' });
    expect(exchange.text).toMatch(/^<!DOCTYPE html>/);
    expect(await emulator.endedCall()).toMatchObject({ endedBy: 'fault', billedNanoUsd: 0 });
  });

  it.each([
    ['429', 'rate_limit_exceeded'],
    ['500', 'server_error'],
  ])('%s is an error in OpenAI’s shape and bills nothing', async (fault, word) => {
    await emulator.script({ fault });
    const exchange = await emulator.chat();
    expect(exchange.status).toBe(Number(fault));
    expect(exchange.text).toContain(word);
    expect(await emulator.endedCall()).toMatchObject({ endedBy: 'fault', billedNanoUsd: 0 });
  });

  it.each([true, false])('no-usage never sends usage (stream: %s)', async (stream) => {
    await emulator.script({ fault: 'no-usage', chunks: 4, chunkDelayMs: 0 });
    const options = stream ? { stream_options: { include_usage: true } } : {};
    const exchange = await emulator.chat({ stream, ...options });
    expect(exchange.text).not.toContain('usage');
    expect(await emulator.endedCall()).toMatchObject({ endedBy: 'complete', outputTokens: 4 });
  });

  it('wrong-usage lies negative, as strings and in fractions, and bills the truth', async () => {
    await emulator.script({ fault: 'wrong-usage', chunks: 4, chunkDelayMs: 0 });
    const lies: unknown[] = [];
    for (let call = 0; call < 3; call += 1) {
      const answer = JSON.parse((await emulator.chat()).text) as { usage: Record<string, unknown> };
      lies.push(answer.usage['completion_tokens']);
    }
    expect(lies).toEqual([-5, '4', 4.5]);
    const oneCallNanoUsd = INPUT_NANO_USD + 4 * OUTPUT_NANO_USD;
    expect((await emulator.ledger()).billedNanoUsd).toBe(3 * oneCallNanoUsd);
  });
});
