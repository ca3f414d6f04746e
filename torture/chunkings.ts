// Recorded streams, cut into random chunks: whatever the cuts, usage, counts, tool calls, the
// ending and every byte are what they are when the stream comes whole and every event is read. A
// reader that loses what stands across a cut must be found out.

import { inPiecesOf } from '../test/support/recordings.ts';
import { type Case, casesOf, readThrough } from '../test/support/dialect-readings.ts';
import { dice, type Outcome, Problems, type Random, type Watch } from './scenario.ts';

export const CHUNKINGS_FULL = 100_000;
export const CHUNKINGS_SMALL = 2_000;

/** Longest pieces by turns: single bytes, parts of events, what networks send, and all of these. */
const PIECE_BYTES_MAX = [1, 5, 40, 331, 1_400, 16_384];

/** A long stream is cut less often than many short ones would be. */
const BYTES_MAX = 40_000;

function randomPieces(body: Uint8Array, random: Random): Uint8Array[] {
  const most = random.pick(PIECE_BYTES_MAX);
  const pieces: Uint8Array[] = [];
  let at = 0;
  while (at < body.length) {
    const size = random.whole(1, random.chance(0.1) ? random.pick(PIECE_BYTES_MAX) : most);
    pieces.push(body.slice(at, at + size));
    at += size;
  }
  return pieces;
}

const same = (one: object, other: object): boolean => JSON.stringify(one) === JSON.stringify(other);

const sameBytes = (one: Uint8Array, other: Uint8Array): boolean => Buffer.compare(one, other) === 0;

/** Reads every piece as if it were a stream of its own: what must be found out. */
const readsNaively = (one: Case, pieces: readonly Uint8Array[]): object =>
  readThrough(one, [pieces.at(-1) ?? new Uint8Array()]).seen;

export function randomChunkings(count: number, watch: Watch): Outcome {
  const problems = new Problems();
  const random = dice(watch.seed);
  const all = casesOf('stream');
  const cases = all.filter(({ body }) => body.length <= BYTES_MAX);
  const wholes = new Map(all.map((one) => [one, readThrough(one, [one.body], { isWhole: true })]));
  let bytes = 0;
  let pieces = 0;
  let naiveFound = 0;
  if (cases.length === 0) {
    return { figures: { chunkings: 0 }, problems: ['there are no recordings here'] };
  }
  for (let i = 0; i < count; i += 1) {
    const one = i % 100 === 99 ? random.pick(all) : random.pick(cases);
    const whole = wholes.get(one);
    const cut = randomPieces(one.body, random);
    const reading = readThrough(one, cut);
    problems.expect(
      whole !== undefined && same(reading.seen, whole.seen),
      () => `${one.file}, chunking ${String(i)}: something else is seen`,
    );
    problems.expect(
      sameBytes(reading.out, one.body),
      () => `${one.file}, chunking ${String(i)}: other bytes passed`,
    );
    if (i < cases.length && whole !== undefined) {
      if (!same(readsNaively(one, inPiecesOf(one.body, 97)), whole.seen)) naiveFound += 1;
    }
    bytes += one.body.length;
    pieces += cut.length;
    watch.progress(`${String(i + 1)} of ${String(count)} chunkings`);
  }
  problems.expect(naiveFound > 0, () => 'a reader that forgets between chunks was not found out');
  return {
    figures: { chunkings: count, streams: all.length, pieces, megabytes: Math.round(bytes / 1e6) },
    problems: problems.list(),
  };
}
