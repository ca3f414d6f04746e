// The contract that every dialect keeps, over every recorded transcript: usage is what an
// independent reader took from it, not a byte is changed, and nothing of that depends on how the
// bytes are cut or on which events were read whole. A new dialect is in it by its registration.
// What breaks if this fails: calls are settled wrongly, or a caller's stream is damaged.

import { createParser } from 'eventsource-parser';
import { describe, expect, it } from 'vitest';
import { streamReader } from '../../core/stream/stream-reader.ts';
import {
  type Case,
  casesOf,
  CUT,
  countsOf,
  eventsRead,
  expectedCounts,
  readThrough,
} from '../support/dialect-readings.ts';
import { askForRecordings, inPiecesOf, joined } from '../support/recordings.ts';
import { through } from '../support/seen-events.ts';
import { CHUNKINGS_SMALL, randomChunkings } from '../../torture/chunkings.ts';

askForRecordings('the contract of dialects');

const streams = casesOf('stream');
const answers = casesOf('json');
const SIZES = [1, 2, 3, 97];

describe.skipIf(streams.length === 0)('a recorded stream', () => {
  it.each(streams)('$file says its usage, whole', (one) => {
    const { counts, out } = readThrough(one, [one.body]);
    expect(counts).toEqual(expectedCounts(one));
    expect(out).toEqual(one.body);
  });

  it.each(streams)('$file reads the same however it is cut, and passes byte for byte', (one) => {
    const whole = readThrough(one, [one.body]);
    expect(readThrough(one, [one.body], { isWhole: true })).toEqual(whole);
    for (const size of SIZES) {
      expect(readThrough(one, inPiecesOf(one.body, size)), String(size)).toEqual(whole);
    }
    for (const at of one.boundaries) {
      const pieces = [one.body.slice(0, at), one.body.slice(at)];
      expect(readThrough(one, pieces), String(at)).toEqual(whole);
    }
  });

  it.each(streams)('$file gives the same answer and withholds the same, cut anyhow', (one) => {
    const way = { hideUsage: true, collectAnswer: true };
    const whole = readThrough(one, [one.body], way);
    for (const size of SIZES) {
      expect(readThrough(one, inPiecesOf(one.body, size), way), String(size)).toEqual(whole);
    }
  });

  it.each([
    'openai-chat/unicode-degree.sse',
    'openai-chat/deepseek-reasoning-content.sse',
    'openai-responses/code-interpreter-cached.sse',
    'anthropic/cache-read.sse',
    'ui-message-stream/v7-text-no-usage.sse',
  ])('%s is counted for the most part without being read', (file) => {
    const one = streams.find((each) => each.file === file);
    const events = one?.boundaries.length ?? 0;
    expect(one === undefined ? 0 : eventsRead(one)).toBeLessThan(events / 4);
  });

  it('is every one of the folder, and of every dialect that streams text', () => {
    expect(streams.length).toBeGreaterThanOrEqual(65);
    const ids = new Set(streams.map(({ dialect }) => dialect.id));
    expect(ids.size).toBeGreaterThanOrEqual(6);
  });
});

/** It had ended, well or with an error of its own: nothing has to be finished any more. */
const isOver = (one: Case, ending: string): boolean =>
  ending === '' || ending === ']' || /"type":"error"|\n3:/.test(new TextDecoder().decode(one.body));

function isAccepted(one: Case, bytes: Uint8Array): boolean {
  const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  if (one.contentType === 'application/json') return Array.isArray(JSON.parse(text));
  if (one.file.endsWith('.txt')) {
    return text.split('\n').every((line) => line === '' || /^[0-9a-z]:./.test(line));
  }
  let events = 0;
  const parser = createParser({ onEvent: () => (events += 1) });
  parser.feed(text);
  // Nothing is left open: one event more is seen as that one event.
  const before = events;
  parser.feed('data: {}\n\n');
  return events === before + 1 && through('sse', [bytes]).events.length === before;
}

describe.skipIf(streams.length === 0)('a cut behind an event', () => {
  it.each(streams)('of $file leaves a stream that is finished and whole', (one) => {
    for (const at of one.boundaries) {
      const options = { hideUsage: false, collectAnswer: false };
      const { dialect, ask, contentType } = one;
      const framing = dialect.framing(ask, contentType);
      const reader = streamReader(dialect.openStream(ask, options), framing);
      const passed = reader.feed(one.body.slice(0, at));
      const ending = reader.cut(CUT);
      const whole = joined([passed, ending ?? new Uint8Array()]);
      expect(isAccepted(one, whole), `cut at ${String(at)}`).toBe(true);
      const failure = reader.cut({ ...CUT, as: 'error' }) ?? new Uint8Array();
      expect(isAccepted(one, joined([passed, failure])), `error at ${String(at)}`).toBe(true);
      const text = new TextDecoder().decode(ending ?? new Uint8Array());
      if (isOver(one, text)) continue;
      const again = readThrough(one, [whole]);
      expect(again.finished, `cut at ${String(at)}: ${text}`).toBe(true);
    }
  });
});

describe.skipIf(answers.length === 0)('a recorded answer in one piece', () => {
  it.each(answers)('$file says its usage', (one) => {
    const body = JSON.parse(new TextDecoder().decode(one.body)) as unknown;
    expect(countsOf(one.dialect.readUsage(body, one.ask), one.dialect)).toEqual(
      expectedCounts(one),
    );
  });
});

describe.skipIf(streams.length === 0)('random chunkings', () => {
  it('of all streams together agree in everything that is seen', () => {
    const watch = { seed: 1, progress: () => undefined };
    const { figures, problems } = randomChunkings(CHUNKINGS_SMALL, watch);
    expect(problems).toEqual([]);
    expect(figures['chunkings']).toBe(CHUNKINGS_SMALL);
  });
});
