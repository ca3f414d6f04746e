// What goes up to Claude. Attack: any mixture of fields that cost; what breaks if this fails: a
// call is held for less than it can come to.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Ask } from '../../core/dialects/dialect.ts';
import { anthropicMessages } from '../../core/dialects/anthropic-messages.ts';
import { requestOf } from '../support/request-input.ts';

const BASE = {
  model: 'claude-sonnet-4-5',
  max_tokens: 1_000,
  messages: [{ role: 'user', content: 'hi' }],
};

function ask(parts: object): Ask {
  const asked = anthropicMessages.readRequest(requestOf({ ...BASE, ...parts }));
  if (!asked.ok) throw new Error(JSON.stringify(asked.error));
  return asked.value;
}

const NARROWING = {
  outputTokensMax: 100,
  safetyIdentifier: 'pseudonym',
  provider: 'anthropic',
} as const;

const up = (parts: object, outputTokensMax = 100): Readonly<Record<string, unknown>> =>
  anthropicMessages.narrow(ask(parts), { ...NARROWING, outputTokensMax }) as Record<
    string,
    unknown
  >;

const SHORT = { type: 'ephemeral' };

describe('what goes up', () => {
  it('has the ceiling, the standard tier and our pseudonym, whatever was asked', () => {
    const parts = {
      max_tokens: 64_000,
      speed: 'fast',
      inference_geo: 'us',
      service_tier: 'auto',
      metadata: { user_id: 'mallory' },
      diagnostics: { previous_message_id: 'msg_1' },
      temperature: 0.5,
    };
    expect(up(parts)).toEqual({
      ...BASE,
      max_tokens: 100,
      service_tier: 'standard_only',
      metadata: { user_id: 'pseudonym' },
      temperature: 0.5,
    });
  });

  it('warms a cache with a ceiling of zero', () => {
    expect(ask({ max_tokens: 0 }).outputTokensMax).toBe(0);
    expect(up({ max_tokens: 0, cache_control: SHORT }, 0)).toMatchObject({ max_tokens: 0 });
  });

  it.each([
    [8_192, 4_096, { type: 'enabled', budget_tokens: 4_096 }],
    [4_096, 4_096, { type: 'enabled', budget_tokens: 4_095 }],
    [2_000, 4_096, { type: 'enabled', budget_tokens: 1_999 }],
    [1_025, 4_096, { type: 'enabled', budget_tokens: 1_024 }],
    [1_024, 4_096, { type: 'disabled' }],
    [100, 1_024, { type: 'disabled' }],
  ])('has under a ceiling of %i a thinking budget of %i as %j', (ceiling, budget, thinking) => {
    const parts = { max_tokens: 20_000, thinking: { type: 'enabled', budget_tokens: budget } };
    expect(up(parts, ceiling)['thinking']).toEqual(thinking);
  });

  it.each([{ type: 'adaptive' }, { type: 'between_tools' }, { type: 'disabled' }])(
    'leaves thinking that is %j to the ceiling',
    (thinking) => {
      expect(up({ thinking })['thinking']).toEqual(thinking);
    },
  );

  // Attack: any mixture of these fields. What breaks if this fails: a call is held for too little.
  it('never carries an unclamped ceiling, another tier or a key that is not known', () => {
    const some = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined });
    const request = fc.record({
      max_tokens: fc.integer({ min: 0, max: 1_000_000 }),
      thinking: some(
        fc.record({
          type: fc.constant('enabled'),
          budget_tokens: fc.integer({ min: 1_024, max: 99_999 }),
        }),
      ),
      service_tier: some(fc.constantFrom('auto', 'standard_only')),
      speed: some(fc.constantFrom('standard', 'fast', null)),
      inference_geo: some(fc.constantFrom('us', 'global', null)),
      metadata: some(fc.record({ user_id: fc.string() })),
      stream: some(fc.boolean()),
      top_k: some(fc.nat(100)),
    });
    const KNOWN = [
      'model',
      'messages',
      'max_tokens',
      'thinking',
      'service_tier',
      'metadata',
      'stream',
      'top_k',
    ];
    fc.assert(
      fc.property(request, fc.integer({ min: 0, max: 5_000 }), (parts, most) => {
        const given = Object.fromEntries(Object.entries(parts).filter(([, v]) => v !== undefined));
        const ceiling = Math.min(parts.max_tokens, most);
        const body = up(given, ceiling);
        expect(body['max_tokens']).toBe(ceiling);
        expect(body['service_tier']).toBe('standard_only');
        expect(body['metadata']).toEqual({ user_id: 'pseudonym' });
        const thinking = body['thinking'] as { budget_tokens?: number } | undefined;
        if (thinking?.budget_tokens !== undefined) {
          expect(thinking.budget_tokens).toBeLessThan(ceiling);
          expect(thinking.budget_tokens).toBeGreaterThanOrEqual(1_024);
        }
        expect(Object.keys(body).filter((key) => !KNOWN.includes(key))).toEqual([]);
      }),
      { numRuns: 300 },
    );
  });
});
