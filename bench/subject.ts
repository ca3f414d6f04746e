// What is put under load: a gateway or the floor, what is asked of it, and how much in a run of
// either size.

import { newKey, provenRequest } from './gateway.ts';
import { load, type LoadResult, median } from './load.ts';

export const BODY = JSON.stringify({
  model: 'gpt-4o-mini',
  messages: [
    { role: 'system', content: 'You weigh trucks. Answer in one sentence.' },
    {
      role: 'user',
      content: 'How much does the blue one weigh, and does it have a sparrow on it?',
    },
  ],
  max_completion_tokens: 200,
});
export const STREAM_BODY = BODY.replace(
  '{',
  '{"stream":true,"stream_options":{"include_usage":true},',
);

export type Size = {
  readonly warmup: number;
  readonly single: number;
  readonly many: number;
  readonly streams: number;
  readonly history: number;
  /** One by one, each until it is settled. */
  readonly counted: number;
  /** NanoUsd, spent in the simulation at 1 to 50 a call. */
  readonly hotBudget: number;
  /** Pairs of calls from a page, proven and with a key. */
  readonly browserCalls: number;
  /** Of one proof, in one request. */
  readonly checks: number;
  readonly junk: number;
  /** Pairs of turns that are compared. */
  readonly timings: number;
  /** Of each solver, in a process of its own each time. */
  readonly solverTurns: number;
  readonly solverMilliseconds: number;
  /** Of a stream that is metered. */
  readonly meteredBytes: number;
};

export const FULL: Size = {
  warmup: 600,
  single: 1_500,
  many: 6_000,
  streams: 150,
  history: 100_000,
  counted: 640,
  hotBudget: 1_000_000,
  browserCalls: 50,
  checks: 4_000,
  junk: 10_000,
  timings: 40,
  solverTurns: 7,
  solverMilliseconds: 250,
  meteredBytes: 4_000_000,
};
export const SMOKE: Size = {
  warmup: 20,
  single: 40,
  many: 100,
  streams: 10,
  history: 200,
  counted: 10,
  hotBudget: 20_000,
  browserCalls: 4,
  checks: 50,
  junk: 40,
  timings: 2,
  solverTurns: 1,
  solverMilliseconds: 20,
  meteredBytes: 100_000,
};

export const MANY_CONNECTIONS = 16;

export type Subject = {
  readonly port: number;
  /** `count` requests with this body, each with whatever it needs. */
  prepare(body: string, count: number): Buffer[];
};

/** A gateway's callers with a key of their own, and a fresh proof for every request. */
export async function keyHolder(port: number): Promise<Subject> {
  const key = await newKey(port);
  return {
    port,
    prepare: (body, count) => Array.from({ length: count }, () => provenRequest(key, body)),
  };
}

/** Sends them all and demands that each was answered. */
export async function drive(
  subject: Subject,
  body: string,
  count: number,
  connections: number,
): Promise<LoadResult> {
  const requests = subject.prepare(body, count);
  let at = 0;
  const result = await load(subject.port, connections, () => requests[at++] ?? null);
  const refused = [...result.statuses].filter(([status]) => status !== 200);
  if (refused.length > 0) throw new Error(`not all answers were 200: ${JSON.stringify(refused)}`);
  return result;
}

export const p50Ms = (result: LoadResult): number =>
  median(result.samples.map((sample) => sample.totalMs));

export const callsPerSecond = (result: LoadResult): number =>
  result.samples.length / (result.elapsedMs / 1_000);

export const progress = (line: string): void => {
  process.stderr.write(`  ${line}\n`);
};
