/**
 * Sends a recorded transcript again: its bytes exactly, its status, its content type.
 * It refuses to edit, complete or re-frame a recording; the expected usage of the recording is
 * spread over its pieces, so that an abort part-way bills the part that was sent.
 */
import type { Answer, Frames } from './answer-frame.ts';
import type { Fixture } from './fixture-library.ts';
import { billNanoUsd, findPrice, NOTHING } from './prices.ts';
import type { BilledInput, ModelPrice } from './prices.ts';

export function replayAnswer(fixture: Fixture, chunkBytes: number | undefined): Answer {
  const pieces = chunkBytes === undefined ? fixture.pieces : cutEvery(fixture.body, chunkBytes);
  const outputTokens = replayedOutputTokens(fixture);
  return {
    status: fixture.status,
    contentType: fixture.contentType,
    isStream: fixture.contentType.startsWith('text/event-stream'),
    frames: replayFrames(pieces, outputTokens),
    chunkCount: pieces.length,
    outputTokens,
  };
}

const REFUSAL_STATUS_MIN = 400;
const PICO_PER_NANO = 1_000;

/** An error is not billed; a recording without usage is billed a token an event. */
function replayedOutputTokens(fixture: Fixture): number {
  if (fixture.status >= REFUSAL_STATUS_MIN) return 0;
  return fixture.usage?.outputTokens ?? fixture.pieces.length;
}

function* replayFrames(pieces: readonly Uint8Array[], outputTokens: number): Frames {
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
  counted: BilledInput,
  price: ModelPrice | undefined,
): BilledInput {
  if (fixture.status >= REFUSAL_STATUS_MIN) return { ...NOTHING };
  const { usage } = fixture;
  if (usage === undefined) return counted;
  const feesPicoUsd =
    usage.searches * (price?.searchPicoUsd ?? 0) + usage.seconds * (price?.secondPicoUsd ?? 0);
  const { inputTokens, cachedTokens, writtenTokens, writtenHourTokens } = usage;
  return { ...NOTHING, inputTokens, cachedTokens, writtenTokens, writtenHourTokens, feesPicoUsd };
}

/** What another model generated within the call, billed at its own price. */
export function replayedOthersPicoUsd({ usage }: Fixture): number {
  let picoUsd = 0;
  for (const { model, ...units } of usage?.others ?? []) {
    const price = findPrice(model, 'anthropic');
    if (price !== undefined) picoUsd += billNanoUsd(price, units) * PICO_PER_NANO;
  }
  return picoUsd;
}
