// What is held for what bytes do not bound: so many tokens for each image, file and second of
// audio, and what the policy says for everything else.

import type { Ask } from '../dialects/dialect.ts';
import type { Need } from '../dialects/need.ts';
import { parseUsd } from '../money.ts';
import type { AllowanceSource } from '../policy/route-schema.ts';
import { present } from '../result.ts';
import type { Allowance } from './estimate.ts';

/** Held for each that is named: fifty addresses are fifty pictures. */
const HELD_EACH: ReadonlySet<Need> = new Set<Need>(['remoteMedia', 'serverState']);

/** At the rate of the route, or as long as a recording says itself, if that is more. */
export function audioSecondsMax(media: Ask['media'], bytesPerSecondMin: number): number {
  const { bytes, seconds } = media.declaredAudio ?? { bytes: 0, seconds: 0 };
  const others = Math.ceil((media.audioBytes - bytes) / bytesPerSecondMin);
  return others + Math.max(Math.ceil(bytes / bytesPerSecondMin), seconds);
}

/** The needs were looked at before: each of them has its price here. */
export function allowanceOf(allow: AllowanceSource, { needs, needTimes, media }: Ask): Allowance {
  let inputTokens = 0;
  let nanoUsd = 0;
  let audioSecond = 0;
  for (const need of needs) {
    if (need === 'images' || need === 'files') {
      const count = need === 'images' ? media.images : media.files;
      inputTokens += count * (allow[need]?.tokensEach ?? 0);
    } else if (need === 'audio') {
      const { bytesPerSecondMin, tokensPerSecond } = present(allow.audio, 'audio');
      audioSecond += audioSecondsMax(media, bytesPerSecondMin);
      inputTokens += audioSecond * tokensPerSecond;
    } else {
      const { inputTokensMax = 0, usd } = allow[need] ?? {};
      const times = HELD_EACH.has(need) ? Math.max(1, needTimes?.[need] ?? 1) : 1;
      inputTokens += times * inputTokensMax;
      nanoUsd += usd === undefined ? 0 : times * present(parseUsd(usd), 'amount');
    }
  }
  return { inputTokens, nanoUsd, pieces: { audioSecond } };
}
