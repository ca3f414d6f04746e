// Recorded answers as the dialects read them, and as the manifest says they read: which recording
// is of which dialect, what a reader has seen after these pieces, and what it should have seen.

import {
  type Ask,
  type Cut,
  type Dialect,
  type EventReader,
  PLAIN_ASK,
} from '../../core/dialects/dialect.ts';
import { DIALECTS } from '../../core/dialects/index.ts';
import type { Usage } from '../../core/pricing/usage.ts';
import { streamReader } from '../../core/stream/stream-reader.ts';
import { joined, recordedBody, type Recording, recordings } from './recordings.ts';

type Pass = Readonly<Record<string, number | string | null>>;

/** What the manifest expects, whatever the dialect; counts mean what they mean to the provider. */
type Expected = {
  readonly model?: string | null;
  readonly usage: Readonly<Record<string, number | null>> | null;
  readonly iterations?: readonly Pass[];
};

export type Case = {
  readonly file: string;
  readonly dialect: Dialect;
  readonly ask: Ask;
  readonly contentType: string;
  readonly body: Uint8Array;
  /** Behind each event. */
  readonly boundaries: readonly number[];
  readonly recording: Recording;
};

const IDS: Readonly<Record<string, string>> = {
  'openai-chat': 'openai-chat',
  'openai-completions': 'openai-completions',
  'openai-responses': 'openai-responses',
  anthropic: 'anthropic-messages',
  'anthropic-messages': 'anthropic-messages',
  gemini: 'gemini',
  'ui-message-stream': 'ai-sdk-ui',
};

/** By the place they come from, or by what they are called. */
const OTHERS: readonly (readonly [RegExp, string])[] = [
  [/embeddings/, 'openai-embeddings'],
  [/transcription/, 'openai-transcription'],
  [/image/, 'openai-images'],
  [/speech/, 'openai-speech'],
];

function idOf({ dialect, file }: Recording): string {
  const other = OTHERS.find(([pattern]) => pattern.test(file));
  return IDS[dialect] ?? other?.[1] ?? '';
}

/** Where each event ends, as an independent reader of the same bytes would cut them. */
function boundariesOf(body: Uint8Array, pattern: RegExp): number[] {
  const text = Buffer.from(body).toString('latin1');
  return [...text.matchAll(pattern)].map((match) => match.index + match[0].length);
}

/** The same events as Gemini writes them without `alt=sse`. */
function asArray(one: Case): Case {
  const datas = new TextDecoder()
    .decode(one.body)
    .split(/(?:\r?\n){2}/)
    .filter((event) => event.startsWith('data: '))
    .map((event) => event.slice('data: '.length));
  const parts = datas.map((data, i) => Buffer.from(`${i === 0 ? '[' : ',\r\n'}${data}`));
  let at = 0;
  const boundaries = parts.map((part) => (at += part.length));
  return {
    ...one,
    file: `${one.file} as an array`,
    ask: { ...one.ask, upstreamTarget: ':streamGenerateContent' },
    contentType: 'application/json',
    body: joined([...parts, Buffer.from('\n]\n')]),
    boundaries,
  };
}

const isJson = ({ file }: Recording): boolean => file.endsWith('.json');

export function casesOf(kind: 'stream' | 'json'): Case[] {
  const found = recordings(...Object.keys(IDS), 'openai-other').filter(
    (one) => one.status === 200 && isJson(one) === (kind === 'json'),
  );
  return found.flatMap((recording) => {
    const dialect: Dialect | undefined = DIALECTS.find(({ id }) => id === idOf(recording));
    if (dialect === undefined) return [];
    const { model } = recording.expected as unknown as Expected;
    const upstreamTarget = dialect.id === 'gemini' ? ':streamGenerateContent?alt=sse' : '';
    const ask: Ask = { ...PLAIN_ASK, stream: true, model: model ?? 'm', upstreamTarget, body: {} };
    const isLines = recording.file.endsWith('.txt');
    const contentType = isLines ? 'text/plain; x-vercel-ai-data-stream=v1' : 'text/event-stream';
    const body = recordedBody(recording);
    const boundaries = boundariesOf(body, isLines ? /\n/g : /\r?\n\r?\n/g);
    const { file } = recording;
    const one: Case = { file, dialect, ask, contentType, body, boundaries, recording };
    return dialect.id === 'gemini' && kind === 'stream' ? [one, asArray(one)] : [one];
  });
}

/** Input, output, cached input, cache writes. */
export type Counts = readonly [number, number, number, number];

const sum = (all: readonly Counts[]): Counts =>
  all.reduce<Counts>(
    (total, one) => [total[0] + one[0], total[1] + one[1], total[2] + one[2], total[3] + one[3]],
    [0, 0, 0, 0],
  );

const NOTHING: Counts = [0, 0, 0, 0];

/**
 * Anthropic's passes are summed whatever their model; elsewhere another model's part (the pictures
 * of a tool) may be our own bound, of which no manifest knows.
 */
export function countsOf(usage: Usage | null, { id }: Dialect): Counts | null {
  if (usage === null) return null;
  const others = id === 'anthropic-messages' ? (usage.others ?? []) : [];
  return sum(
    [usage, ...others].map((one) => [
      one.inputTokens,
      one.outputTokens,
      one.cachedInputTokens,
      one.cacheWriteTokens,
    ]),
  );
}

const number = (value: unknown): number => (typeof value === 'number' ? value : 0);

/** The manifest in our words: all input, all output, a part at most its whole. */
export function expectedCounts({ dialect, recording }: Case): Counts | null {
  const { usage, iterations } = recording.expected as unknown as Expected;
  if (usage === null) return null;
  const of = (name: string): number => number(usage[name]);
  if (dialect.id === 'anthropic-messages') {
    if (iterations !== undefined) {
      return sum(
        iterations.map((pass): Counts => {
          const cached = number(pass['cache_read_input_tokens']);
          const written = number(pass['cache_creation_input_tokens']);
          const plain = number(pass['input_tokens']);
          return [plain + cached + written, number(pass['output_tokens']), cached, written];
        }),
      );
    }
    const [cached, written] = [of('cache_read'), of('cache_write')];
    return [of('input') + cached + written, of('output'), cached, written];
  }
  if (dialect.id === 'gemini') {
    return [of('prompt') + of('tool_prompt'), of('candidates') + of('thoughts'), of('cached'), 0];
  }
  if (dialect.id === 'openai-embeddings') return [of('prompt_tokens'), 0, 0, 0];
  if (dialect.id === 'openai-transcription') return NOTHING;
  const input = of('input');
  return [input, of('output'), Math.min(of('cached'), input), Math.min(of('cache_write'), input)];
}

export type Reading = {
  readonly seen: object;
  readonly counts: Counts | null;
  readonly finished: boolean;
  readonly out: Uint8Array;
};

export const CUT: Cut = { as: 'length', sentence: 'the end', inputTokens: 11, outputTokens: 22 };

/** The same reader, which does not say that any event need not be read. */
const readingWhole = (events: EventReader): EventReader => ({
  take: (event) => events.take(event),
  takeLarge(event, head, tail, bytes) {
    events.takeLarge(event, head, tail, bytes);
  },
  cut: (cut) => events.cut(cut),
  usage: () => events.usage(),
  usageSoFar: () => events.usageSoFar?.() ?? null,
  visibleBytes: () => events.visibleBytes(),
  events: () => events.events(),
  toolCalls: () => events.toolCalls(),
  finished: () => events.finished(),
  answer: () => events.answer(),
});

const asText = (bytes: Uint8Array | null): string | null =>
  bytes === null ? null : new TextDecoder().decode(bytes);

export type Way = {
  readonly hideUsage?: boolean;
  readonly collectAnswer?: boolean;
  /** Every event is read whole. */
  readonly isWhole?: boolean;
};

/** Everything that is known after these pieces, and everything that passed. */
export function readThrough(
  { dialect, ask, contentType }: Pick<Case, 'dialect' | 'ask' | 'contentType'>,
  pieces: readonly Uint8Array[],
  { hideUsage = false, collectAnswer = false, isWhole = false }: Way = {},
): Reading {
  const events = dialect.openStream(ask, { hideUsage, collectAnswer });
  const framing = dialect.framing(ask, contentType);
  const stream = streamReader(isWhole ? readingWhole(events) : events, framing);
  const out = pieces.map((piece) => stream.feed(piece));
  const before = asText(stream.cut(CUT));
  out.push(stream.end());
  const usage = stream.usage();
  const soFar = stream.usageSoFar?.() ?? null;
  return {
    seen: {
      usage,
      soFar,
      visibleBytes: stream.visibleBytes(),
      events: stream.events(),
      toolCalls: stream.toolCalls(),
      finished: stream.finished(),
      answer: stream.answer(),
      cut: [before, asText(stream.cut(CUT)), asText(stream.cut({ ...CUT, as: 'error' }))],
    },
    counts: countsOf(usage ?? soFar, dialect),
    finished: stream.finished(),
    out: joined(out),
  };
}

/** How many events of a stream are read, and not only counted. */
export function eventsRead({ dialect, ask, contentType, body }: Case): number {
  const events = dialect.openStream(ask, { hideUsage: false, collectAnswer: false });
  let read = 0;
  const counting: EventReader = {
    ...readingWhole(events),
    take(event) {
      read += 1;
      return events.take(event);
    },
    ...(events.plain === undefined ? {} : { plain: events.plain }),
  };
  streamReader(counting, dialect.framing(ask, contentType)).feed(body);
  return read;
}
