// What goes up to Gemini. Attack: any mixture of fields in any spelling; what breaks if this fails:
// a call is held for less than it can come to.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { gemini } from '../../core/dialects/gemini.ts';
import { requestOf } from '../support/request-input.ts';

const BASE = { contents: [{ role: 'user', parts: [{ text: 'hi' }] }] };

function up(
  parts: object,
  outputTokensMax = 100,
  target = '/gemini-2.5-flash:generateContent',
): Record<string, unknown> {
  const asked = gemini.readRequest(requestOf({ ...BASE, ...parts }, { target }));
  if (!asked.ok) throw new Error(JSON.stringify(asked.error));
  const narrowing = { outputTokensMax, safetyIdentifier: 'pseudonym', provider: 'google' } as const;
  return gemini.narrow(asked.value, narrowing) as Record<string, unknown>;
}

describe('what goes up', () => {
  it('has a ceiling and asks for text where nothing was said', () => {
    expect(up({})).toEqual({
      ...BASE,
      generationConfig: { responseModalities: ['TEXT'], maxOutputTokens: 100 },
    });
  });

  it('has no tier, labels or wish to be kept', () => {
    const parts = { serviceTier: 'priority', labels: { team: 'x' }, store: false };
    expect(up(parts)).toEqual(up({}));
  });

  it.each([
    [5_000, 100],
    [100, 100],
    [7, 7],
    [0, 0],
    [-1, -1],
  ])('has a thinking budget of %i as %i under a ceiling of 100', (thinkingBudget, budget) => {
    const config = up({ generationConfig: { thinkingConfig: { thinkingBudget } } });
    expect(config['generationConfig']).toMatchObject({
      thinkingConfig: { thinkingBudget: budget },
    });
  });

  it('is only the contents where they are counted', () => {
    expect(up({}, 0, '/gemini-2.5-flash:countTokens')).toEqual(BASE);
    const more = { ...BASE, generationConfig: { maxOutputTokens: 5 } };
    const target = '/gemini-2.5-flash:countTokens';
    expect(gemini.readRequest(requestOf(more, { target })).ok).toBe(false);
  });

  it('never carries an unclamped ceiling, a tier, an unknown key, or two spellings', () => {
    const some = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined });
    const spelled = (camel: string, snake: string) => fc.constantFrom(camel, snake);
    const request = fc.record({
      config: spelled('generationConfig', 'generation_config'),
      ceiling: spelled('maxOutputTokens', 'max_output_tokens'),
      tier: spelled('serviceTier', 'service_tier'),
      modalities: spelled('responseModalities', 'response_modalities'),
      thinking: spelled('thinkingConfig', 'thinking_config'),
      budget: spelled('thinkingBudget', 'thinking_budget'),
      asked: some(fc.integer({ min: 1, max: 1_000_000 })),
      thoughts: some(fc.integer({ min: -1, max: 1_000_000 })),
      most: fc.integer({ min: 1, max: 5_000 }),
    });
    fc.assert(
      fc.property(request, (one) => {
        const body = up(
          {
            [one.tier]: 'priority',
            [one.config]: {
              [one.modalities]: ['TEXT'],
              ...(one.asked === undefined ? {} : { [one.ceiling]: one.asked }),
              ...(one.thoughts === undefined
                ? {}
                : { [one.thinking]: { [one.budget]: one.thoughts } }),
            },
          },
          one.most,
        );
        expect(Object.keys(body).toSorted()).toEqual(['contents', 'generationConfig']);
        const config = body['generationConfig'] as Record<string, unknown>;
        expect(config['maxOutputTokens']).toBe(one.most);
        expect(config['responseModalities']).toEqual(['TEXT']);
        const { thinkingBudget = 0 } = (config['thinkingConfig'] ?? {}) as Record<string, number>;
        expect(thinkingBudget).toBeLessThanOrEqual(one.most);
        expect(JSON.stringify(body)).not.toMatch(/_/);
      }),
      { numRuns: 300 },
    );
  });
});
