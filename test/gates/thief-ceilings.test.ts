// A thief who writes a ceiling or a model's name so that the gateway reads one thing and a provider
// another. What breaks if this fails: a call that is held for 4,096 tokens and generates a million,
// or one that is priced as the cheap model and answered by the dear one.

import { describe, expect, it } from 'vitest';
import type { Route } from '../../core/policy/policy.ts';
import { PROVIDER_KINDS } from '../../core/pricing/rates.ts';
import { present } from '../../core/result.ts';
import { routeOf } from './gate-bench.ts';
import { attempt, CHAT, chat, CLAUDE, claude, FLASH, forwarded } from './thief-bench.ts';
import { GEMINI, RESPONSES } from './thief-bench.ts';

describe('a ceiling', () => {
  const CEILINGS = [
    '1e9',
    '1e400',
    '-1',
    '0',
    '-0',
    '0.5',
    '16.0000001',
    '"16"',
    'true',
    '[16]',
    '{}',
    'null',
    '9007199254740993',
    '1e3',
    '16.0',
    '100000',
  ] as const;

  // An operator's ceiling of 4,096 holds whatever the caller writes for it.
  it.each(CEILINGS)(
    'of %s is refused, or forwarded as at most what the route offers',
    async (n) => {
      const bodies: readonly (readonly [Route, string, string, readonly string[]])[] = [
        [
          CHAT,
          `{"model":"gpt-4o-mini","messages":[{"role":"user","content":"x"}],"max_tokens":${n},"max_completion_tokens":${n}}`,
          '',
          ['max_tokens', 'max_completion_tokens'],
        ],
        [
          RESPONSES,
          `{"model":"gpt-4o-mini","input":"x","max_output_tokens":${n}}`,
          '',
          ['max_output_tokens'],
        ],
        [
          CLAUDE,
          `{"model":"claude-haiku-4-5","messages":[{"role":"user","content":"x"}],"max_tokens":${n}}`,
          '',
          ['max_tokens'],
        ],
        [
          GEMINI,
          `{"contents":[{"parts":[{"text":"x"}]}],"generationConfig":{"maxOutputTokens":${n}}}`,
          FLASH,
          ['maxOutputTokens'],
        ],
      ];
      for (const [route, body, target, keys] of bodies) {
        const { call } = await attempt(route, body, target);
        if (call === null) continue;
        const up = { ...forwarded(call), ...(forwarded(call)['generationConfig'] as object) };
        const sent = keys
          .map((key) => (up as Record<string, unknown>)[key])
          .filter((v) => v !== undefined);
        expect(sent.length).toBeGreaterThan(0);
        for (const value of sent) {
          expect(Number.isInteger(value)).toBe(true);
          expect(value).toBeLessThanOrEqual(route.outputTokensMax);
          expect(value).toBeLessThanOrEqual(present(call.estimate, 'estimate').outputTokensMax);
        }
      }
    },
  );

  it.each([
    'MAX_TOKENS',
    'Max_Tokens',
    'maxTokens',
    'max_token\u017f',
    '\uff4dax_tokens',
    'max_tokens ',
    'max\u200b_tokens',
    'max-tokens',
    'max_tokens_to_sample',
    'max_new_tokens',
    'extra_body',
    'best_of',
    'models',
    'route',
    'provider',
    'plugins',
    'transforms',
    'fallbacks',
    'deferred',
    'toString',
    'constructor',
  ])('called %s is refused at every provider', async (name) => {
    for (const kind of PROVIDER_KINDS) {
      const route = { ...CHAT, provider: { ...present(CHAT.provider, 'p'), kind } };
      const { denial } = await attempt(route, JSON.stringify(chat({ [name]: 1_000_000 })));
      expect(denial?.kind).toBe('field-unknown');
    }
    const { denial } = await attempt(CLAUDE, JSON.stringify(claude({ [name]: 1_000_000 })));
    expect(['field-unknown', 'shape-refused']).toContain(denial?.kind);
  });

  it('twice, or once in escapes, is one or none', async () => {
    const body = (second: string): string =>
      `{"model":"gpt-4o-mini","messages":[{"role":"user","content":"x"}],"max_tokens":16,"${second}":900000}`;
    for (const name of ['max_tokens', 'max\\u005ftokens', '\\u006dax_tokens']) {
      expect((await attempt(CHAT, body(name))).denial).toMatchObject({ kind: 'body-not-json' });
    }
  });
});

describe('a model', () => {
  it.each([
    'gpt-4o-mini ',
    ' gpt-4o-mini',
    'GPT-4o-mini',
    'gpt-4o-mini\u0000',
    'gpt-4o-mini\n',
    'gpt\u20114o-mini',
    'gpt-4o-mini:online',
    'gpt-4o-mini:nitro',
    'gpt-4o-mini:free',
    'openai/gpt-4o-mini',
    'ft:gpt-4o-mini:org::x',
    'chatgpt-4o-latest',
    'gpt-4o-mini,o1-pro',
    'gpt-4o-mini-search-preview',
    'gpt-4o-mini-2099-01-01',
    '@preset/x',
    'openrouter/auto',
    '__proto__',
    'constructor',
    '*',
    '',
  ])('called %j is not the one that is offered', async (model) => {
    for (const [route, body] of [
      [CHAT, chat({ model })],
      [RESPONSES, { model, input: 'x' }],
      [CLAUDE, claude({ model })],
      [routeOf('embeddings'), { model, input: 'x' }],
    ] as const) {
      const { denial } = await attempt(route, JSON.stringify(body));
      expect(['model-not-offered', 'shape-refused']).toContain(denial?.kind);
    }
  });

  it.each([
    '?$alt=sse',
    '?%24alt=sse',
    '?alt=sse&alt=json',
    '?alt=sse&fields=candidates',
    '?fields=usageMetadata',
    '?prettyPrint=false',
    '?upload_protocol=raw',
    '?quotaUser=x',
    '?$.xgafv=2',
    '?alt=sse#',
    '?alt=sse;alt=json',
    '?key=AIza',
    '?KEY=AIza',
    '?access_token=x',
    '/',
    '\\..\\gemini-2.5-pro:generateContent',
    '/../gemini-2.5-pro:generateContent',
    '%2e%2e',
    '?alt=media',
  ])('of Gemini is asked for without %s', async (rest) => {
    const body = JSON.stringify({ contents: [{ parts: [{ text: 'x' }] }] });
    expect((await attempt(GEMINI, body, `${FLASH}${rest}`)).denial?.kind).toBe('shape-refused');
  });
});
