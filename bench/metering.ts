// What reading a stream costs beside passing it on: CPU over the same loop without a reader, the
// wait of the first chunk, a line that drips, what is held at most; and what it takes to estimate a
// long prompt. Streams are made here, in each provider's grammar.

import { PLAIN_ASK } from '../core/dialects/dialect.ts';
import { dialectById } from '../core/dialects/index.ts';
import { outgoing } from '../core/dialects/outgoing.ts';
import { priceOf } from '../core/pricing/catalog.ts';
import { estimateCall } from '../core/pricing/estimate.ts';
import { present } from '../core/result.ts';
import { STREAM_BYTES_MAX } from '../core/stream/limits.ts';
import { streamReader } from '../core/stream/stream-reader.ts';
import { median } from './load.ts';
import { chunksOf, type Grammar, GRAMMARS, streamOf } from './metering-streams.ts';
import type { Row } from './row.ts';
import { progress, type Size } from './subject.ts';

const CHUNK_BYTES = [256, 1_400, 16_384];
/** What networks and runtimes hand over; smaller chunks cost more to pass than to read. */
const JUDGED_CHUNK_BYTES_MIN = 1_400;
/** Gemini says its usage in every event: each has to be read. */
const UNJUDGED = new Set(['gemini']);
const CPU_MS_PER_100_KB_MAX = 0.15;
const FIRST_CHUNK_MS_MAX = 1;
const ESTIMATE_MS_MAX = 1;
const UNIT_BYTES = 102_400;
const MEGABYTE = 1_048_576;
const PAIRS = 7;
const DRIPS = 5;

const ASK = { ...PLAIN_ASK, stream: true, model: 'm', upstreamTarget: '?alt=sse', body: {} };
const OPTIONS = { hideUsage: false, collectAnswer: false };

function readerOf(dialectId: string) {
  const dialect = present(dialectById(dialectId), dialectId);
  const events = dialect.openStream(ASK, OPTIONS);
  return streamReader(events, dialect.framing(ASK, 'text/event-stream'));
}

/** The meter's own way: a reader of one stream fills another. Milliseconds of CPU. */
async function pipeCpuMs(
  chunks: readonly Uint8Array[],
  pass: (chunk: Uint8Array) => Uint8Array,
): Promise<number> {
  let at = 0;
  const source = new ReadableStream<Uint8Array>({
    pull(out) {
      const chunk = chunks[at];
      at += 1;
      if (chunk === undefined) out.close();
      else out.enqueue(chunk);
    },
  }).getReader();
  const passed = new ReadableStream<Uint8Array>({
    async pull(out) {
      for (;;) {
        const read = await source.read();
        if (read.done) {
          out.close();
          return;
        }
        const bytes = pass(read.value);
        if (bytes.length === 0) continue;
        out.enqueue(bytes);
        return;
      }
    },
  }).getReader();
  const before = process.cpuUsage();
  while (!(await passed.read()).done);
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1_000;
}

/** Metered and plain in turns, so that what disturbs the machine disturbs both. */
async function addedCpuMs(
  grammar: Grammar,
  bytes: Uint8Array,
  chunkBytes: number,
): Promise<number> {
  const chunks = chunksOf(bytes, chunkBytes);
  const added: number[] = [];
  for (let pair = 0; pair < PAIRS; pair += 1) {
    const reader = readerOf(grammar.dialect);
    const metered = await pipeCpuMs(chunks, (chunk) => reader.feed(chunk));
    const plain = await pipeCpuMs(chunks, (chunk) => chunk);
    added.push(((metered - plain) * UNIT_BYTES) / bytes.length);
  }
  return median(added);
}

function firstChunkMs(samples: number): number {
  const chunk = streamOf(present(GRAMMARS[0], 'grammar'), 1_400);
  const waits: number[] = [];
  for (let i = 0; i < samples; i += 1) {
    const startedAtMs = performance.now();
    readerOf('openai-chat').feed(chunk);
    waits.push(performance.now() - startedAtMs);
  }
  return median(waits);
}

function dripOnceMs(bytes: number): number {
  const reader = readerOf('openai-chat');
  const one = new TextEncoder().encode('x');
  reader.feed(new TextEncoder().encode('data: '));
  const startedAtMs = performance.now();
  for (let i = 0; i < bytes; i += 1) reader.feed(one);
  return performance.now() - startedAtMs;
}

/** What disturbs the machine only ever adds to it. */
const dripMs = (bytes: number): number =>
  Math.min(...Array.from({ length: DRIPS }, () => dripOnceMs(bytes)));

/** The most that is held of a stream that drips, of large events, and of ordinary ones. */
function peakHeldBytes(bytes: number): number {
  let peak = 0;
  const large = `data: ${'x'.repeat(65_000)}\n\ndata: ${'y'.repeat(100_000)}\n\n`;
  const texts = GRAMMARS.map((grammar) => streamOf(grammar, bytes));
  for (const stream of [new TextEncoder().encode(large), ...texts]) {
    const reader = readerOf('openai-chat');
    for (const chunk of chunksOf(stream, 1_000)) {
      reader.feed(chunk);
      peak = Math.max(peak, reader.upkeep().heldBytes);
    }
  }
  return peak;
}

function estimateMs(samples: number): number {
  const dialect = present(dialectById('openai-chat'), 'dialect');
  const model = 'gpt-4o-mini';
  const price = present(priceOf('openai', model), model);
  const messages = [{ role: 'user', content: 'Wörter und words '.repeat(5_700) }];
  const ask = { ...ASK, model, body: { model, messages, stream: true } };
  const waits: number[] = [];
  for (let i = 0; i < samples; i += 1) {
    const startedAtMs = performance.now();
    const narrowing = { outputTokensMax: 500, safetyIdentifier: 's', provider: 'openai' } as const;
    const { body } = outgoing(dialect.narrow(ask, narrowing), 'application/json', 'k');
    estimateCall(price, {
      ask,
      forwardedBytes: body.length,
      outputTokensMax: 500,
      allowance: { inputTokens: 0, nanoUsd: 0 },
    });
    waits.push(performance.now() - startedAtMs);
  }
  return median(waits);
}

const eachRound = async (rounds: number, value: () => number | Promise<number>) => {
  const values: number[] = [];
  for (let round = 0; round < rounds; round += 1) values.push(await value());
  return values;
};

export async function meteringRows(rounds: number, size: Size): Promise<Row[]> {
  const rows: Row[] = [];
  for (const grammar of GRAMMARS) {
    progress(`metering: ${grammar.dialect}`);
    const bytes = streamOf(grammar, size.meteredBytes);
    for (const chunkBytes of CHUNK_BYTES) {
      const isJudged = chunkBytes >= JUDGED_CHUNK_BYTES_MIN && !UNJUDGED.has(grammar.dialect);
      rows.push({
        name: `metering: ${grammar.dialect}, chunks of ${String(chunkBytes)}, CPU ms per 100 KB`,
        goal: isJudged ? { most: CPU_MS_PER_100_KB_MAX } : null,
        values: await eachRound(rounds, () => addedCpuMs(grammar, bytes, chunkBytes)),
      });
    }
  }
  const row = async (name: string, most: number, value: () => number): Promise<void> => {
    rows.push({ name, goal: { most }, values: await eachRound(rounds, value) });
  };
  await row('metering: first chunk added, ms', FIRST_CHUNK_MS_MAX, () => firstChunkMs(size.single));
  const drip = Math.min(MEGABYTE, size.meteredBytes);
  await row('metering: a line of 2 MB in single bytes, × one of 1 MB', 2.5, () => {
    dripMs(drip / 4);
    return dripMs(2 * drip) / dripMs(drip);
  });
  await row('metering: bytes held of a stream at most', STREAM_BYTES_MAX, () =>
    peakHeldBytes(size.meteredBytes / 10),
  );
  await row('metering: estimate of a 100 KB prompt, ms', ESTIMATE_MS_MAX, () =>
    estimateMs(Math.ceil(size.single / 10)),
  );
  return rows;
}
