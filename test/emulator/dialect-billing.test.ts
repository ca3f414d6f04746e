/**
 * Bills by hand in every class: cached, written, long contexts, audio, pieces and searches, and
 * what the script says of the input. If one of these fails, the witness of money is wrong.
 */
import { describe, expect, it } from 'vitest';
import { billNanoUsd, findPrice } from '../../emulator/prices.ts';
import type { BilledUnits, ProviderName } from '../../emulator/prices.ts';
import { dialectCase } from './dialect-cases.ts';
import { useEmulator } from './emulator-harness.ts';

const emulator = useEmulator();

function bill(provider: ProviderName, model: string, units: Partial<BilledUnits>): number {
  const price = findPrice(model, provider);
  if (price === undefined) throw new Error(`no price for ${model}`);
  return billNanoUsd(price, units);
}

describe('a bill', () => {
  // Worked by hand; the same three are worked with another library in the design's notes.
  it.each([
    [
      'openai',
      'gpt-5.6-sol',
      {
        inputTokens: 100_000,
        cachedTokens: 80_000,
        writtenTokens: 5_000,
        outputTokens: 6_000,
        // Two searches at $10 a thousand.
        feesPicoUsd: 20_000_000_000,
      },
      257_000_000,
    ],
    [
      'anthropic',
      'claude-sonnet-4-5',
      { inputTokens: 250_000, cachedTokens: 200_000, writtenTokens: 10_000, outputTokens: 3_000 },
      502_500_000,
    ],
    [
      'google',
      'gemini-3.1-pro-preview',
      { inputTokens: 250_000, cachedTokens: 100_000, outputTokens: 9_000 },
      802_000_000,
    ],
    ['anthropic', 'claude-sonnet-4-5', { inputTokens: 200_000 }, 600_000_000],
    ['anthropic', 'claude-sonnet-4-5', { inputTokens: 200_001 }, 1_200_006_000],
    ['anthropic', 'claude-opus-4-6', { inputTokens: 10, writtenHourTokens: 10 }, 100_000],
    ['google', 'gemini-2.5-pro', { inputTokens: 200_001, outputTokens: 1 }, 500_017_500],
    ['google', 'gemini-3-flash-preview', { inputTokens: 1_000, outputTokens: 1_000 }, 3_500_000],
    ['openai', 'gpt-5.6-sol', { inputTokens: 272_001, outputTokens: 1 }, 2_176_038_000],
    ['openai', 'gpt-5-mini', { inputTokens: 3, cachedTokens: 3 }, 75],
    ['openai', 'gpt-5-nano', { inputTokens: 1, cachedTokens: 1, feesPicoUsd: 1 }, 6],
    ['deepseek', 'deepseek-reasoner', { inputTokens: 10, outputTokens: 10 }, 27_400],
  ] as const)('of %s %s for %o is %i', (provider, model, units, nanoUsd) => {
    expect(bill(provider, model, units)).toBe(nanoUsd);
  });

  it('knows exact names and listed aliases only', () => {
    expect(findPrice('claude-haiku-4-5-20251001', 'anthropic')).toBeDefined();
    expect(findPrice('claude-haiku-4-5-5', 'anthropic')).toBeUndefined();
    expect(findPrice('gpt-5', 'openai', 'embeddings')).toBeUndefined();
    expect(findPrice('gpt-5', 'anthropic')).toBeUndefined();
  });
});

describe('a script', () => {
  const send = (name: string, members: object = {}) => {
    const { path, body, headers } = dialectCase(name);
    return emulator.call(path, { ...body, ...members }, headers);
  };

  it('may make the input large, as a server tool would, into the dearer tier', async () => {
    await emulator.script({ text: 'Yes.', inputTokens: 404_500, searches: 10, chunkDelayMs: 0 });
    await send('anthropic-messages', { model: 'claude-sonnet-4-5' });
    const call = await emulator.endedCall();
    expect(call).toMatchObject({ inputTokens: 404_500, outputTokens: 1 });
    expect(call.billedNanoUsd).toBe(404_500 * 6_000 + 22_500 + 10 * 10_000_000);
  });

  it('never makes more cached and written than there is input', async () => {
    const huge = { cachedTokens: 1e9, cacheWriteTokens: 1e9, inputTokens: 100 };
    await emulator.script({ text: 'Yes.', ...huge, chunkDelayMs: 0 });
    await send('anthropic-messages');
    expect(await emulator.endedCall()).toMatchObject({ cachedTokens: 100, writtenTokens: 0 });
  });

  it('bills each search at its provider’s price', async () => {
    await emulator.script({ text: 'Yes.', inputTokens: 0, searches: 1, chunkDelayMs: 0 });
    for (const name of ['openai-responses', 'gemini', 'xai']) await send(name);
    const bills = (await emulator.ledger()).calls.map((call) => call.billedNanoUsd);
    expect(bills).toEqual([10_000_000 + 10_000, 35_000_000 + 2_500, 25_000_000 + 15_000]);
  });

  it('cannot hide what the call asked for: tiers, fast mode and geography cost', async () => {
    await emulator.script({ text: 'Yes.', inputTokens: 100, chunkDelayMs: 0 });
    await send('openai-chat', { service_tier: 'priority' });
    await send('openai-responses', { service_tier: 'flex' });
    await send('anthropic-messages', { inference_geo: 'us' });
    await send('anthropic-messages', { model: 'claude-opus-4-6', speed: 'fast' });
    await send('gemini', { service_tier: 'SERVICE_TIER_PRIORITY' });
    const bills = (await emulator.ledger()).calls.map((call) => call.billedNanoUsd);
    expect(bills).toEqual([
      2 * (100 * 150 + 600),
      (100 * 1_250 + 10_000) / 2,
      (11 * (100 * 1_000 + 5_000)) / 10,
      6 * (100 * 5_000 + 25_000),
      2 * (100 * 300 + 2_500),
    ]);
  });

  it('may say how many tokens come a second', async () => {
    await emulator.script({ chunks: 20, rate: 200 });
    const startedAtMs = performance.now();
    await send('anthropic-messages');
    expect(performance.now() - startedAtMs).toBeGreaterThanOrEqual(99);
  });
});

describe('what went up', () => {
  it('is on record: kinds of credentials, never one itself, and the body’s members', async () => {
    const { path, body, headers } = dialectCase('anthropic-messages');
    await emulator.call(path, body, { ...headers, 'x-goog-api-key': 'test-key' });
    const call = await emulator.endedCall();
    expect(call.auth).toEqual(['bearer', 'x-api-key', 'x-goog-api-key']);
    expect(call.bodyKeys).toEqual(['model', 'messages', 'max_tokens', 'stream']);
    expect(call.dialect).toBe('anthropic-messages');
    expect(JSON.stringify(await emulator.ledger())).not.toContain('test-key');
    expect(await emulator.requests()).toMatchObject([{ auth: call.auth, bodyKeys: call.bodyKeys }]);
  });

  it('tells a key in the query from one in a header', async () => {
    const { path, body } = dialectCase('gemini');
    const url = `${emulator.url}${path}&key=test-key`;
    await fetch(url, { method: 'POST', body: JSON.stringify(body) });
    const [request] = await emulator.requests();
    expect(request).toMatchObject({ auth: ['query-key'], query: '?alt=sse&key=test-key' });
  });
});
