// The benchmark still runs and still measures what it says: every section gives rows, and every row
// a figure per round. At this size times mean nothing, so none is judged; what is counted is.

import { existsSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { CHROMIUM } from '../../local/chromium.ts';
import { runBench } from '../../bench/main.ts';
import { isMissed, jsonOf, type Row, tableOf } from '../../bench/row.ts';

let rows: readonly Row[];

const named = (name: string): Row => {
  const found = rows.find((row) => row.name.includes(name));
  if (found === undefined) throw new Error(`no row named ${name}`);
  return found;
};

beforeAll(async () => {
  rows = await runBench({ smoke: true, rounds: 1 });
});

describe('the benchmark', () => {
  it('gives finite figures for every row', () => {
    for (const { values } of rows) {
      expect(values.length).toBeGreaterThan(0);
      for (const value of values) expect(Number.isFinite(value)).toBe(true);
    }
  });

  it.each([
    'tmpfs: JSON p50 at 1 connection, × floor',
    'disk: JSON calls/s at 16 connections, × floor',
    'tmpfs: first chunk added, ms',
    'settled calls, × a new key',
    'global budgets: p50 at 1 connection, × without',
    'global budgets: time per call at 16 connections, × without',
    'calls to the root per call',
    'gates: a chat of 4 KB with an API key, p50 ms',
    'gates: a chat of 4 KB with a proof, without its hashes, p50 ms',
    'gates: the last route among 1,000, µs',
    'gates: another spelling among 1,000, µs',
    'gates: a policy of 1,000 routes loaded for the first time, ms',
    'gates: a path that nothing protects, CPU ms added',
    'solver: SIMD, × the best of npm',
    'metering: openai-chat, chunks of 1400, CPU ms per 100 KB',
    'metering: first chunk added, ms',
  ])('has a goal for: %s', (name) => {
    expect(named(name).goal).not.toBeNull();
  });

  it.each([
    'rows written per reserve: key',
    'rows written per settle: shard',
    'even demand: calls/s, × one object',
    'even demand: overshoot',
    'skewed demand: overshoot',
    'Worker bundle',
    'metering: bytes held of a stream at most',
  ])('counts, whatever the machine: %s', (name) => {
    expect(isMissed(named(name)), JSON.stringify(named(name))).toBe(false);
  });

  it.runIf(existsSync(CHROMIUM))('has a goal for what a visitor waits for', () => {
    expect(named('browser: added by a proof that was prepared, ms').goal).toEqual({ most: 5 });
  });

  it('says by name what was missed', () => {
    const missed = { name: 'too slow', goal: { most: 1 }, values: [3, 2, 0.5] };
    const kept = { name: 'quick', goal: { least: 1 }, values: [1] };
    expect(tableOf([missed, kept])).toContain('missed: too slow: 2, goal ≤ 1\n');
    expect(tableOf([missed, kept])).toContain('1 of 2 goals kept');
    const parsed: unknown = JSON.parse(jsonOf([missed, kept]));
    expect(parsed).toMatchObject([{ missed: true, median: 2 }, { missed: false }]);
  });
});
