// What is in flight when a kill comes: a handful of API keys, a dozen and more calls of every kind
// over them, provider scripts that change meanwhile, and the moment of the kill. All of it comes
// from one seed. Every call carries a marker in its prompt, by which it is found again at the
// provider.

import type { Errand } from './crowd.ts';
import { chatErrand } from './crowd.ts';
import type { Random } from './scenario.ts';

export type PlannedCall = {
  readonly marker: string;
  /** Which of the plan's keys pays. */
  readonly keyIndex: number;
  readonly body: Readonly<Record<string, unknown>>;
  /** Leaves this long after it was sent, or stays to the end. */
  readonly leavesAfterMs: number | null;
};

export type Wave = {
  readonly script: object;
  readonly calls: readonly PlannedCall[];
  readonly thenWaitMs: number;
};

export type KillPlan = {
  readonly keys: number;
  /** In order: a script, then the calls that are sent once it is in force. */
  readonly waves: readonly Wave[];
  /** From the last wave to the kill. */
  readonly killAfterMs: number;
};

const KEYS = 4;
const WAVES = 3;
const CALLS_PER_WAVE = 6;
const CHUNKS_MAX = 400;
const CHUNK_DELAY_MS_MAX = 20;
/** Some kills come while calls are still arriving, others in the middle of their answers. */
const EARLY_KILL_MS_MAX = 120;
/** Between waves, so that one script's calls arrive before the next is in force, mostly. */
const WAVE_GAP_MS_MAX = 60;
const LATE_KILL_MS_MAX = 1_000;

const FAULTS = ['no-usage', 'wrong-usage', 'cut', 'reset', '429', '500', 'refuse'] as const;
const MODELS = ['gpt-4o-mini', 'gpt-4.1-mini', 'gpt-5-nano'] as const;

function planScript(random: Random, leaving: boolean): object {
  const fault = random.chance(0.3) ? random.pick(FAULTS) : 'none';
  return {
    chunks: random.whole(1, CHUNKS_MAX),
    chunkDelayMs: !leaving && random.chance(0.4) ? 0 : random.whole(1, CHUNK_DELAY_MS_MAX),
    firstChunkDelayMs: random.chance(0.5) ? 0 : random.whole(1, 100),
    reasoningTokens: random.chance(0.3) ? random.whole(1, 60) : 0,
    fault,
  };
}

function planCall(random: Random, marker: string, leaving: boolean): PlannedCall {
  const stream = random.chance(0.6);
  return {
    marker,
    keyIndex: random.whole(0, KEYS - 1),
    body: {
      model: random.pick(MODELS),
      stream,
      messages: [{ role: 'user', content: `${marker} ${'x'.repeat(random.whole(0, 300))}` }],
      ...(random.chance(0.2) ? { n: 2 } : {}),
    },
    leavesAfterMs: leaving && random.chance(0.3) ? random.whole(0, 300) : null,
  };
}

export function planKill(random: Random): KillPlan {
  let calls = 0;
  // Who leaves is charged by what was seen and by the clock, at 2,000 tokens a second. A provider
  // without any delay outruns that clock, so nobody leaves one.
  const leaving = random.chance(0.5);
  const waves = Array.from({ length: WAVES }, () => ({
    script: planScript(random, leaving),
    calls: Array.from({ length: CALLS_PER_WAVE }, () => {
      calls += 1;
      return planCall(random, `marker-${String(calls)};`, leaving);
    }),
    thenWaitMs: random.whole(0, WAVE_GAP_MS_MAX),
  }));
  const killAfterMs = random.chance(0.5)
    ? random.whole(0, EARLY_KILL_MS_MAX)
    : random.whole(EARLY_KILL_MS_MAX, LATE_KILL_MS_MAX);
  return { keys: KEYS, waves, killAfterMs };
}

/** The marker of a request body that reached the provider. */
export const markerIn = (bodyText: string): string | null =>
  /marker-\d+;/.exec(bodyText)?.[0] ?? null;

export const errandOf = (call: PlannedCall, key: string): Errand => chatErrand(key, call.body);
