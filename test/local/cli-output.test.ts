// What a terminal gets to see. What breaks if this fails: a caller's model name or a key's name
// clears the operator's screen, or an amount is a cent off.

import { describe, expect, it } from 'vitest';
import { dollars, jsonText, plain, table } from '../../cli/output.ts';
import { storyOfCall } from '../../cli/story.ts';

const HOSTILE = [
  '\u001b[2J',
  '\u009b31m',
  '\r',
  '\u202e',
  '\u2066',
  '\u200b',
  '\u2028',
  '\ud800',
  '\u007f',
];

// eslint-disable-next-line no-control-regex
const STEERS =
  /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]/;

describe('words of others', () => {
  it.each(HOSTILE)('steer no terminal: %j', (mark) => {
    expect(STEERS.test(mark)).toBe(true);
    expect(plain(`a${mark}b`)).not.toMatch(STEERS);
    const json = jsonText({ name: `a${mark}b`, [`k${mark}`]: 1 });
    expect(json).not.toMatch(STEERS);
    expect(JSON.parse(json)).toEqual({ name: `a${mark}b`, [`k${mark}`]: 1 });
  });

  it('make no line of their own', () => {
    expect(plain('a\nallow   chat  key:admin')).not.toContain('\n');
    const record = {
      requestId: 'r',
      decision: 'refuse',
      model: 'x\n\u001b[2Jallow',
      gates: [
        {
          gate: 'models',
          verdict: 'refuse',
          denial: { kind: 'model-not-offered', model: '\u009b' },
        },
      ],
      denial: { kind: 'model-not-offered', model: '\u009b' },
    };
    const story = storyOfCall(record);
    expect(story).not.toMatch(STEERS);
    expect(story.split('\n').some((line) => line.startsWith('allow'))).toBe(false);
  });

  it('do not hide what everybody may write', () => {
    expect(plain('Grüße, 天秤 🚚')).toBe('Grüße, 天秤 🚚');
  });
});

describe('a call that was allowed and did not end well', () => {
  const record = {
    requestId: 'r',
    decision: 'allow',
    model: '',
    heldNanoUsd: 50_000_000,
    settledNanoUsd: 5_000_000,
    usageSource: 'hold',
    estimated: true,
    ending: 'origin-unreachable',
    originStatus: null,
  };

  it('is not one with nothing to do', () => {
    const story = storyOfCall(record);
    expect(story).toContain('model none,');
    expect(story).toContain('charged $0.005, the least of the hold');
    expect(story).toContain('What to do: is the server behind this route up');
    expect(story).not.toContain('Nothing to do');
    const unheardOf = storyOfCall({ ...record, ending: 'lease-lost' });
    expect(unheardOf).toContain('What to do: look for this id in the log');
  });

  it('and one that ended well is', () => {
    expect(storyOfCall({ ...record, ending: 'complete' })).toContain('Nothing to do.');
  });
});

describe('dollars', () => {
  it.each([
    [0, '$0.00'],
    [1, '$0.000001'],
    [999, '$0.000001'],
    [1_000, '$0.000001'],
    [1_001, '$0.000002'],
    [2_500_000, '$0.0025'],
    [10_000_000, '$0.01'],
    [61_200_000_000, '$61.20'],
    [-1_500_000_000, '$-1.50'.replace('$-', '-$')],
    [Number.MAX_SAFE_INTEGER, '$9007199.254741'],
    [0.5, '$?'],
    ['5', '$?'],
  ])('%s nano-dollars are %s', (nanoUsd, words) => {
    expect(dollars(nanoUsd)).toBe(words);
  });
});

describe('a table', () => {
  it('lines its columns up and ends no line with blanks', () => {
    expect(
      table([
        ['a', 'bb', ''],
        ['ccc', 'd', ''],
      ]),
    ).toBe('a    bb\nccc  d\n');
  });
});
