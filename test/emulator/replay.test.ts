/**
 * Every recorded Chat Completions transcript is replayed byte for byte and billed as recorded.
 * Skipped with one line where the recordings are not there; in CI their absence is a failure.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { billNanoUsd, findPrice } from '../../emulator/prices.ts';
import { useEmulator } from './emulator-harness.ts';

type ManifestEntry = {
  file: string;
  dialect: string;
  status: number;
  content_type: string | null;
  expected: { usage: { input: number; cached: number; output: number } | null };
};

const directory =
  process.env['WEIGHBRIDGE_FIXTURES'] ??
  fileURLToPath(new URL('../../../shared/fixtures', import.meta.url));
const manifestPath = join(directory, 'manifest.json');
const present = existsSync(manifestPath);

function readEntries(): ManifestEntry[] {
  if (!present) return [];
  const manifest = JSON.parse(readFileSync(manifestPath, 'utf8')) as { fixtures: ManifestEntry[] };
  return manifest.fixtures.filter((entry) => entry.dialect === 'openai-chat');
}

function recordedBody(file: string): Buffer {
  const recorded = readFileSync(join(directory, file));
  if (!file.endsWith('.chunks.jsonl')) return recorded;
  const lines = recorded.toString('utf8').split('\n');
  const framed = lines.filter((line) => line !== '').map((line) => `data: ${line}\n\n`);
  return Buffer.from(framed.join(''));
}

if (!present && process.env['CI'] !== 'true') {
  console.warn('replay tests skipped: no recorded transcripts beside the project');
}

it('the recordings are there when CI asks for proof', () => {
  expect(present || process.env['CI'] !== 'true').toBe(true);
});

describe.skipIf(!present)('a replay', () => {
  const emulator = useEmulator(directory);
  const entries = readEntries();
  const price = findPrice('gpt-4o-mini');

  it('covers every openai-chat recording', () => {
    expect(entries.length).toBeGreaterThanOrEqual(26);
  });

  it.each(entries)('of $file is exact in bytes, status, type and bill', async (entry) => {
    await emulator.script({ replay: entry.file });
    const exchange = await emulator.chat({ stream: true });
    expect(exchange.body.equals(recordedBody(entry.file))).toBe(true);
    expect(exchange.status).toBe(entry.status);
    if (entry.content_type !== null) expect(exchange.contentType).toBe(entry.content_type);
    const call = await emulator.endedCall();
    expect(call.endedBy).toBe('complete');
    const usage = entry.expected.usage;
    if (usage === null) return expect(call.billedNanoUsd > 0).toBe(entry.status === 200);
    expect(call).toMatchObject({ inputTokens: usage.input, outputTokens: usage.output });
    const tokens = {
      inputTokens: usage.input,
      cachedTokens: usage.cached,
      outputTokens: usage.output,
    };
    expect(call.billedNanoUsd).toBe(price === undefined ? NaN : billNanoUsd(price, tokens));
  });

  it.each([1, 3, 97])('in pieces of %i bytes is still exact', async (chunkBytes) => {
    const file = 'openai-chat/text-usage-reasoning.sse';
    await emulator.script({ replay: file, chunkBytes });
    const exchange = await emulator.chat({ stream: true });
    expect(exchange.body.equals(recordedBody(file))).toBe(true);
    expect(exchange.pieces.length).toBeGreaterThan(1);
    expect(await emulator.endedCall()).toMatchObject({ inputTokens: 12, outputTokens: 100 });
  });

  it('that is cut or reset sends a strict prefix and bills that share', async () => {
    const file = 'openai-chat/n2-choices.sse';
    await emulator.script({ replay: file, fault: 'cut' });
    const exchange = await emulator.chat({ stream: true });
    const sent = exchange.body.length;
    expect(recordedBody(file).subarray(0, sent).equals(exchange.body)).toBe(true);
    expect(sent).toBeLessThan(recordedBody(file).length);
    const call = await emulator.endedCall();
    expect(call.endedBy).toBe('fault');
    expect(call.outputTokens).toBeGreaterThan(0);
    expect(call.outputTokens).toBeLessThan(104);
  });

  it('of something that is not in the manifest is 404, traversal included', async () => {
    for (const replay of ['no/such.sse', '../contracts.md', 'manifest.json']) {
      const script = JSON.stringify({ replay });
      expect((await emulator.control('POST', '/_emulator/script', script)).status).toBe(404);
    }
  });
});
