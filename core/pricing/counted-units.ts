// What a call takes of the units beside money: before it, as its request bounds them, and after it,
// as far as anybody knows. A unit that the request does not touch is not named.

import type { Call } from '../call.ts';
import type { Ask } from '../dialects/dialect.ts';
import type { Amounts } from '../ledger/unit.ts';
import type { Actual, Ending } from './actual.ts';
import { audioSecondsMax } from './allowance.ts';
import type { Usage } from './usage.ts';

const offersTools = ({ tools, serverTools }: Ask): boolean => tools + serverTools.length > 0;

function audioSeconds({ pieces, media }: Ask, bytesPerSecondMin: number | undefined): number {
  if (pieces.audioSecond !== undefined) return Math.ceil(pieces.audioSecond);
  return bytesPerSecondMin === undefined ? 0 : audioSecondsMax(media, bytesPerSecondMin);
}

/**
 * Pieces of media are known to the last one, seconds of audio by their most. Nobody knows how many
 * tools an answer will call: one is held, and the truth is settled.
 */
export function askedUnits(ask: Ask, allow: Call['route']['allow']): Amounts {
  const { images, files, fileBytes } = ask.media;
  const { documents = 0 } = ask;
  const seconds = audioSeconds(ask, allow.audio?.bytesPerSecondMin);
  return {
    ...(images > 0 ? { images } : {}),
    ...(files > 0 ? { files } : {}),
    ...(fileBytes > 0 ? { fileBytes } : {}),
    ...(seconds > 0 ? { audioSeconds: seconds } : {}),
    ...(offersTools(ask) ? { toolCalls: 1 } : {}),
    ...(documents > 0 ? { retrievedDocuments: documents } : {}),
  };
}

export type Used = {
  readonly ending: Ending;
  /** False where nothing of an answer was seen: then nobody knows what tools it called. */
  readonly isSeen: boolean;
  readonly usage: Usage | null;
  readonly toolCalls: number;
};

const NO_TOKENS: Amounts = {
  inputTokens: 0,
  outputTokens: 0,
  cachedInputTokens: 0,
  cacheWriteTokens: 0,
};

function tokensOf(usage: Usage): Amounts {
  const { inputTokens, outputTokens } = usage;
  // Parts of the input, whatever a provider says.
  const cachedInputTokens = Math.min(usage.cachedInputTokens, inputTokens);
  const cacheWriteTokens = Math.min(usage.cacheWriteTokens, inputTokens - cachedInputTokens);
  const seconds = usage.extras?.audioSecond;
  return {
    inputTokens,
    outputTokens,
    cachedInputTokens,
    cacheWriteTokens,
    ...(seconds === undefined ? {} : { audioSeconds: Math.ceil(seconds) }),
  };
}

/** What is not named here is charged as it was held. */
export function usedUnits(
  ask: Ask,
  allow: Call['route']['allow'],
  used: Used,
  actual: Actual,
): Amounts {
  const { nanoUsd, source, outputTokens } = actual;
  if (used.ending === 'origin-refused' || ask.isFree) {
    const nothing = Object.keys(askedUnits(ask, allow)).map((unit) => [unit, 0] as const);
    return { nanoUsd, ...NO_TOKENS, ...Object.fromEntries(nothing) };
  }
  return {
    nanoUsd,
    ...(source === 'provider' && used.usage !== null ? tokensOf(used.usage) : {}),
    ...(outputTokens === undefined ? {} : { outputTokens }),
    ...(used.isSeen && offersTools(ask) ? { toolCalls: used.toolCalls } : {}),
  };
}
