/**
 * Every recorded transcript of every provider is replayed byte for byte at its dialect's path and
 * billed as recorded. Skipped with one line where the recordings are not there; in CI their
 * absence is a failure.
 */
import { describe, expect, it } from 'vitest';
import { billNanoUsd, findPrice } from '../../emulator/prices.ts';
import type { BilledUnits } from '../../emulator/prices.ts';
import { askForRecordings, fixturesDirectory, hasRecordings } from '../support/recordings.ts';
import { recordedBody, recordings } from '../support/recordings.ts';
import type { Recording } from '../support/recordings.ts';
import { dialectCase } from './dialect-cases.ts';
import { useEmulator } from './emulator-harness.ts';
import type { Exchange } from './emulator-harness.ts';

askForRecordings('replays of the emulator');

const emulator = useEmulator(hasRecordings ? fixturesDirectory : undefined);
const DIALECTS = ['openai-chat', 'openai-completions', 'openai-responses', 'anthropic', 'gemini'];

async function replay(recording: Recording, script: object = {}): Promise<Exchange> {
  await emulator.script({ replay: recording.file, ...script });
  const { dialect } = recording;
  const { path, body, headers } = dialectCase(
    dialect === 'anthropic' ? `${dialect}-messages` : dialect,
  );
  return emulator.call(path, body, headers);
}

function expectExact(exchange: Exchange, recording: Recording): void {
  expect(exchange.body.equals(Buffer.from(recordedBody(recording)))).toBe(true);
  expect(exchange.status).toBe(recording.status);
  if (recording.content_type === null) return;
  expect(exchange.contentType).toBe(recording.content_type);
}

type Usage = Readonly<Record<string, number | null>>;

/** The classes of the recorded usage, by what each provider means by input and output. */
function unitsOf({ dialect, expected }: Recording): Partial<BilledUnits> | null {
  const usage = expected.usage as unknown as Usage | null;
  if (usage === null) return null;
  const of = (name: string): number => usage[name] ?? 0;
  if (dialect === 'anthropic') {
    return {
      inputTokens: of('input') + of('cache_read') + of('cache_write'),
      cachedTokens: of('cache_read'),
      writtenTokens: of('cache_write'),
      outputTokens: of('output'),
    };
  }
  if (dialect === 'gemini') {
    return {
      inputTokens: of('prompt') + of('tool_prompt'),
      cachedTokens: of('cached'),
      outputTokens: of('candidates') + of('thoughts'),
    };
  }
  return { inputTokens: of('input'), cachedTokens: of('cached'), outputTokens: of('output') };
}

describe.skipIf(!hasRecordings)('a replay', () => {
  const entries = recordings(...DIALECTS);

  it('covers every recording of a language model', () => {
    expect(entries.length).toBeGreaterThanOrEqual(82);
  });

  it.each(entries)('of $file is exact in bytes, status and type', async (recording) => {
    expectExact(await replay(recording), recording);
    const call = await emulator.endedCall();
    expect(call.endedBy).toBe('complete');
    const units = unitsOf(recording);
    if (units === null) return expect(call.billedNanoUsd > 0).toBe(recording.status === 200);
    if ('iterations' in recording.expected) return;
    expect(call).toMatchObject({
      inputTokens: units.inputTokens,
      outputTokens: units.outputTokens,
    });
  });

  /** Those whose tokens are all there is to the bill. */
  const plain = entries.filter(({ expected, tags }) => {
    const extra = ['web-search', 'iterations', 'image-generation'];
    return expected.usage !== null && !extra.some((tag) => tags.includes(tag));
  });

  it.each(plain)('of $file bills its tokens', async (recording) => {
    const units = unitsOf(recording) ?? {};
    await replay(recording);
    const { billedNanoUsd, model, dialect } = await emulator.endedCall();
    const provider = { 'anthropic-messages': 'anthropic', gemini: 'google' } as const;
    const isLegacy = dialect === 'openai-completions';
    const price = findPrice(
      model,
      dialect === 'anthropic-messages' || dialect === 'gemini' ? provider[dialect] : 'openai',
      isLegacy ? 'completions' : 'chat',
    );
    expect(billedNanoUsd).toBe(price === undefined ? NaN : billNanoUsd(price, units));
  });

  const named = (file: string): Recording => {
    const found = entries.find((recording) => recording.file === file);
    if (found === undefined) throw new Error(`no recording ${file}`);
    return found;
  };

  // claude-haiku-4-5: $1 in, $0.10 read, $5 out; claude-opus-4-8: $5 in, $25 out.
  it.each([
    ['anthropic/compaction-iterations.sse', 281_000 + 5_509_600 + 91 * 5_000],
    ['anthropic/compaction-iterations-json.json', 55_416_000 + 133 * 5_000],
    ['anthropic/advisor-other-model.sse', 2_411_000 + 145 * 5_000 + 2_543 * 5_000 + 18 * 25_000],
    ['anthropic/web-search.sse', 10_423_000 + 341 * 5_000 + 10_000_000],
    ['anthropic/pause-turn-404k-input.sse', 404_500_000 + 943 * 5_000 + 10 * 10_000_000],
    // gpt-5: 1,143 × $1.25 + 8,320 × $0.125 + 582 × $10 a million, and one search.
    ['openai-responses/web-search-cached.sse', 1_428_750 + 1_040_000 + 5_820_000 + 10_000_000],
  ])('of %s bills what its top level leaves out', async (file, nanoUsd) => {
    await replay(named(file));
    expect((await emulator.endedCall()).billedNanoUsd).toBe(nanoUsd);
  });

  it.each([1, 3, 97])('in pieces of %i bytes is still exact', async (chunkBytes) => {
    const recording = named('openai-chat/text-usage-reasoning.sse');
    const exchange = await replay(recording, { chunkBytes });
    expectExact(exchange, recording);
    expect(exchange.pieces.length).toBeGreaterThan(1);
    expect(await emulator.endedCall()).toMatchObject({ inputTokens: 12, outputTokens: 100 });
  });

  it.each(['openai-chat/n2-choices.sse', 'anthropic/thinking.sse'])(
    'of %s that is cut sends a strict prefix and bills that share',
    async (file) => {
      const recording = named(file);
      const whole = Buffer.from(recordedBody(recording));
      const exchange = await replay(recording, { fault: 'cut' });
      const sent = exchange.body.length;
      expect(whole.subarray(0, sent).equals(exchange.body)).toBe(true);
      expect(sent).toBeLessThan(whole.length);
      const call = await emulator.endedCall();
      expect(call.endedBy).toBe('fault');
      expect(call.outputTokens).toBeGreaterThan(0);
      expect(call.outputTokens).toBeLessThan(unitsOf(recording)?.outputTokens ?? 0);
    },
  );

  it('of what is not text goes to its own path: embeddings, images, transcriptions', async () => {
    const others = recordings('openai-other');
    expect(others).toHaveLength(7);
    for (const recording of others) {
      await emulator.script({ replay: recording.file });
      expectExact(await otherCall(recording.file), recording);
    }
    // 3 × 7 tokens at $0.02 a million, 44 seconds at $0.0001, and an image without usage: the
    // counted token of its prompt at $5 and a token at $40 a million.
    const { billedNanoUsd } = await emulator.ledger();
    expect(billedNanoUsd).toBe(3 * 140 + 44 * 100_000 + 5_000 + 40_000);
  });

  it('of an app’s own stream comes at any path', async () => {
    const streams = recordings('ui-message-stream');
    expect(streams.length).toBeGreaterThanOrEqual(6);
    for (const recording of streams) {
      await emulator.script({ replay: recording.file });
      expectExact(await emulator.chat(), recording);
    }
  });

  it('of something that is not in the manifest is 404, traversal included', async () => {
    for (const file of ['no/such.sse', '../contracts.md', 'manifest.json']) {
      const script = JSON.stringify({ replay: file });
      expect((await emulator.control('POST', '/_emulator/script', script)).status).toBe(404);
    }
  });
});

function otherCall(file: string): Promise<Exchange> {
  if (file.includes('embeddings')) {
    const body = { model: 'text-embedding-3-small', input: 'x' };
    return emulator.call('/v1/embeddings', body);
  }
  if (file.includes('image')) {
    return emulator.call('/v1/images/generations', { model: 'gpt-image-1', prompt: 'x' });
  }
  const parts = [
    ['name="model"', 'whisper-1'],
    ['name="file"; filename="a.mp3"', 'audio'],
  ];
  const text = parts
    .map(([head, value]) => `--b\r\nContent-Disposition: form-data; ${head}\r\n\r\n${value}\r\n`)
    .join('');
  const headers = { 'content-type': 'multipart/form-data; boundary=b' };
  return emulator.send(`${text}--b--\r\n`, '/v1/audio/transcriptions', headers);
}
