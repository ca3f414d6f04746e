// Counting tokens at Anthropic: free, and held to the same closed schema. What breaks if this
// fails: a free route carries a call that costs.

import { describe, expect, it } from 'vitest';
import { anthropicCountTokens } from '../../core/dialects/anthropic-count-tokens.ts';
import { requestOf } from '../support/request-input.ts';

const PROMPT = { model: 'claude-sonnet-4-5', messages: [{ role: 'user', content: 'hi' }] };
const NARROWING = {
  outputTokensMax: 0,
  safetyIdentifier: 'pseudonym',
  provider: 'anthropic',
} as const;
const user = (...content: object[]) => ({ messages: [{ role: 'user', content }] });
const FUNCTION = { name: 'f', input_schema: { type: 'object' } };
const PNG = { type: 'base64', media_type: 'image/png', data: 'AAAAAAAA' };

describe('counting tokens', () => {
  const count = (parts: object) =>
    anthropicCountTokens.readRequest(requestOf({ ...PROMPT, ...parts }));

  it('is free, and sends the prompt without a ceiling, a name or a tier', () => {
    const asked = count({
      speed: 'fast',
      tools: [FUNCTION],
      ...user({ type: 'image', source: PNG }),
    });
    if (!asked.ok) throw new Error(JSON.stringify(asked.error));
    expect(asked.value).toMatchObject({
      isFree: true,
      outputTokensMax: 0,
      needs: [],
      stream: false,
    });
    expect(anthropicCountTokens.narrow(asked.value, NARROWING)).toEqual({
      ...PROMPT,
      tools: [FUNCTION],
      ...user({ type: 'image', source: PNG }),
    });
    expect(anthropicCountTokens.readUsage({ input_tokens: 14 }, asked.value)).toMatchObject({
      inputTokens: 0,
      outputTokens: 0,
    });
  });

  it('needs a price all the same for what the provider would fetch', () => {
    const elsewhere = { type: 'image', source: { type: 'url', url: 'https://x.example/a' } };
    expect(count(user(elsewhere))).toMatchObject({ value: { needs: ['remoteMedia'] } });
  });

  it.each(['max_tokens', 'stream', 'metadata', 'temperature', 'fallbacks', 'service_tier'])(
    'does not take %s',
    (field) => {
      expect(count({ [field]: 1 })).toEqual({ ok: false, error: { kind: 'field-unknown', field } });
    },
  );
});
