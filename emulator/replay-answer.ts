/**
 * Sends a recorded transcript again: its bytes exactly, its status, its content type.
 * It refuses to edit, complete or re-frame a recording; the expected usage of the recording is
 * spread over its pieces, so that an abort part-way bills the part that was sent.
 */
import type { Answer, AnswerFrame } from './answer-frame.ts';
import type { Fixture } from './fixture-library.ts';

export function replayAnswer(fixture: Fixture, chunkBytes: number | undefined): Answer {
  const pieces = chunkBytes === undefined ? fixture.pieces : cutEvery(fixture.body, chunkBytes);
  return {
    status: fixture.status,
    contentType: fixture.contentType,
    frames: replayFrames(pieces, replayedOutputTokens(fixture)),
    chunkCount: pieces.length,
  };
}

const REFUSAL_STATUS_MIN = 400;

/** An error is not billed; a recording without usage is billed a token an event. */
function replayedOutputTokens(fixture: Fixture): number {
  if (fixture.status >= REFUSAL_STATUS_MIN) return 0;
  return fixture.usage?.outputTokens ?? fixture.pieces.length;
}

function* replayFrames(
  pieces: readonly Uint8Array[],
  outputTokens: number,
): Generator<AnswerFrame> {
  let billedTokens = 0;
  for (const [index, bytes] of pieces.entries()) {
    const dueTokens = Math.ceil((outputTokens * (index + 1)) / pieces.length);
    const frame = { bytes, outputTokens: dueTokens - billedTokens, isChunk: true, isPaced: true };
    billedTokens = dueTokens;
    yield frame;
  }
}

function cutEvery(body: Uint8Array, chunkBytes: number): Uint8Array[] {
  const pieces: Uint8Array[] = [];
  for (let start = 0; start < body.length; start += chunkBytes) {
    pieces.push(body.subarray(start, start + chunkBytes));
  }
  return pieces;
}

/** The input a replay bills: what the recording says, else what this call was counted at. */
export function replayedInput(
  fixture: Fixture,
  countedInputTokens: number,
): { inputTokens: number; cachedTokens: number } {
  if (fixture.status >= REFUSAL_STATUS_MIN) return { inputTokens: 0, cachedTokens: 0 };
  if (fixture.usage === undefined) return { inputTokens: countedInputTokens, cachedTokens: 0 };
  return { inputTokens: fixture.usage.inputTokens, cachedTokens: fixture.usage.cachedTokens };
}
