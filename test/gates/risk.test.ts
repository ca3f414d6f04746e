// From what was seen of a network to a level of suspicion. What breaks if this fails: a farm is
// asked for no more work than a household, or a household for as much as a farm.

import { describe, expect, it } from 'vitest';
import { riskLevel, type Seen, SEEN_SECONDS, SIGNALS } from '../../core/risk/score.ts';
import { Risk } from '../../worker/risk.ts';

const QUIET: Seen = { failedProofs: 0, goodCalls: 0, challengesAsked: 0, deviceKeys: 0 };
const level = (parts: Partial<Seen>): number => riskLevel({ ...QUIET, ...parts });

describe('the level of a network', () => {
  it.each([
    ['nobody has been seen of', {}, 0],
    ['a household calls from', { goodCalls: 200, deviceKeys: 5, challengesAsked: 20 }, 0],
    ['an old client fails in now and then', { failedProofs: 20, goodCalls: 300 }, 0],
    ['a few proofs failed in', { failedProofs: 63 }, 0],
    ['proofs fail in and none hold', { failedProofs: 64 }, 1],
    ['as many failed in as held', { failedProofs: 600, goodCalls: 600 }, 0],
    ['far more failed in than held', { failedProofs: 601, goodCalls: 600 }, 2],
    ['an office has its devices in', { goodCalls: 900, deviceKeys: 255 }, 0],
    ['every call has another device key in', { goodCalls: 256, deviceKeys: 256 }, 1],
    ['a thousand device keys are in', { goodCalls: 2_000, deviceKeys: 1_024 }, 2],
    ['somebody stocks up on challenges in', { challengesAsked: 300, goodCalls: 99 }, 1],
    ['does all of it', { failedProofs: 999, deviceKeys: 1_024, challengesAsked: 999 }, 4],
  ])('that %s is %j → %d', (_, seen, expected) => {
    expect(level(seen)).toBe(expected);
  });

  it('is never past four, and every signal counts', () => {
    const worst = { failedProofs: 1e9, goodCalls: 0, challengesAsked: 1e9, deviceKeys: 1e9 };
    expect(level(worst)).toBe(4);
    for (const { name, levels } of SIGNALS) expect([name, levels(worst) > 0]).toEqual([name, true]);
  });
});

describe('the memory of networks', () => {
  const fail = (risk: Risk, ip: string, times: number, nowMs = 0): void => {
    for (let i = 0; i < times; i += 1) risk.saw(ip, { kind: 'failed', failure: 'bad-mac' }, nowMs);
  };

  it('is of the wide network: the neighbour of a thief is looked at twice', () => {
    const risk = new Risk();
    fail(risk, 'ip:203.0.113.7', 64);
    expect(risk.levelOf('ip:203.0.113.8', 0)).toBe(1);
    expect(risk.levelOf('ip:203.0.114.7', 0)).toBe(0);
  });

  it('forgets after its time', () => {
    const risk = new Risk();
    fail(risk, 'ip:203.0.113.7', 64);
    expect(risk.levelOf('ip:203.0.113.7', 1_000 * SEEN_SECONDS)).toBe(1);
    expect(risk.levelOf('ip:203.0.113.7', 1_000 * SEEN_SECONDS + 1)).toBe(0);
    fail(risk, 'ip:203.0.113.7', 1, 1_000 * SEEN_SECONDS + 1);
    expect(risk.levelOf('ip:203.0.113.7', 1_000 * SEEN_SECONDS + 1)).toBe(0);
  });

  it('does not count what honest clients do as well', () => {
    const risk = new Risk();
    for (let i = 0; i < 500; i += 1) {
      risk.saw('ip:203.0.113.7', { kind: 'failed', failure: 'expired' }, 0);
      risk.saw('ip:203.0.113.7', { kind: 'failed', failure: 'underpriced' }, 0);
    }
    expect(risk.levelOf('ip:203.0.113.7', 0)).toBe(0);
  });

  it('stays bounded, whoever fills it, and forgets the oldest first', () => {
    const risk = new Risk();
    fail(risk, 'ip:198.51.100.1', 64);
    for (let i = 0; i < 5_000; i += 1) {
      risk.saw(`ip:10.${String(i >> 8)}.${String(i & 255)}.1`, { kind: 'asked', count: 1 }, 0);
    }
    expect(risk.levelOf('ip:198.51.100.1', 0)).toBe(0);
  });
});
