// What a call takes of the units beside money. What breaks if this fails: a limit of images, files,
// audio, tools or tokens never refuses anybody, or refuses who has used nothing.

import { describe, expect, it } from 'vitest';
import { type Ask, PLAIN_ASK } from '../../../core/dialects/dialect.ts';
import type { Actual } from '../../../core/pricing/actual.ts';
import { askedUnits, usedUnits } from '../../../core/pricing/counted-units.ts';
import { nanoUsd } from '../../../core/money.ts';
import { usage } from './money-table.ts';

const NOTHING = { images: 0, files: 0, audios: 0, audioBytes: 0, fileBytes: 0, payloadBytes: 0 };
const ask = (parts: Partial<Ask> = {}): Ask => ({
  ...PLAIN_ASK,
  model: 'plain-1',
  body: {},
  ...parts,
});
const AUDIO = { audio: { most: 2, bytesPerSecondMin: 1_000, tokensPerSecond: 40 } };

const MEDIA = ask({
  tools: 2,
  media: { ...NOTHING, images: 3, files: 1, fileBytes: 900, audios: 1, audioBytes: 2_001 },
});

describe('before a call', () => {
  it('what is in its request is counted, seconds of audio by their most', () => {
    expect(askedUnits(MEDIA, AUDIO)).toEqual({
      images: 3,
      files: 1,
      fileBytes: 900,
      audioSeconds: 3,
      toolCalls: 1,
    });
  });

  it('what is not in it is not named, so that it is charged nowhere', () => {
    expect(askedUnits(ask(), {})).toEqual({});
  });

  it('seconds that the dialect knows by itself are the ones that count', () => {
    expect(askedUnits(ask({ pieces: { audioSecond: 61 } }), AUDIO)).toEqual({ audioSeconds: 61 });
  });

  it('tools of the provider are tools as well', () => {
    expect(askedUnits(ask({ serverTools: ['web_search'] }), {})).toEqual({ toolCalls: 1 });
  });
});

const provider: Actual = { nanoUsd: nanoUsd(7), source: 'provider', estimated: false };
const counted: Actual = { ...provider, source: 'counted', estimated: true, outputTokens: 260 };
const hold: Actual = { nanoUsd: nanoUsd(7), source: 'hold', estimated: true };
const said = usage({ inputTokens: 9, outputTokens: 5, cachedInputTokens: 12 });
const used = { ending: 'complete', isSeen: true, usage: said, toolCalls: 4 } as const;

describe('after a call', () => {
  it('tokens are the provider’s, and every tool that was called counts', () => {
    expect(usedUnits(MEDIA, AUDIO, used, provider)).toEqual({
      nanoUsd: 7,
      inputTokens: 9,
      outputTokens: 5,
      cachedInputTokens: 9,
      cacheWriteTokens: 0,
      toolCalls: 4,
    });
  });

  it('a placeholder of a broken stream is not what was used', () => {
    const broken = { ...used, ending: 'origin-failed', usage: usage({ outputTokens: 1 }) } as const;
    expect(usedUnits(ask(), {}, broken, counted)).toEqual({ nanoUsd: 7, outputTokens: 260 });
  });

  it('what nobody knows stays as it was held', () => {
    const unseen = { ...used, isSeen: false, usage: null };
    expect(usedUnits(MEDIA, AUDIO, unseen, hold)).toEqual({ nanoUsd: 7 });
  });

  it('a provider’s refusal, and what is free, use nothing of any unit', () => {
    const nothing = {
      nanoUsd: 0,
      inputTokens: 0,
      outputTokens: 0,
      cachedInputTokens: 0,
      cacheWriteTokens: 0,
    };
    const free = { ...provider, nanoUsd: nanoUsd(0) };
    const refused = { ...used, ending: 'origin-refused' } as const;
    const units = { images: 0, files: 0, fileBytes: 0, audioSeconds: 0, toolCalls: 0 };
    expect(usedUnits(MEDIA, AUDIO, refused, free)).toEqual({ ...nothing, ...units });
    expect(usedUnits(ask({ isFree: true }), {}, used, free)).toEqual(nothing);
  });

  it('seconds are the provider’s where it says them', () => {
    const spoken = { ...said, extras: { audioSecond: 7.2 } };
    const units = usedUnits(ask(), {}, { ...used, usage: spoken }, provider);
    expect(units.audioSeconds).toBe(8);
  });
});
