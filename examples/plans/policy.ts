// Plans by route: a free chat on a small model, a paid one by budget, an agent with a purse for
// each run, and uploads. Copy what you need into your weighbridge.config.ts, and name your own
// identity provider.

import { definePolicy } from '../../core/policy/policy.ts';
import shipped from '../../weighbridge.config.ts';

/** Small enough for a support question; nothing that an adapter could resell. */
const SMALL = {
  method: 'POST',
  dialect: 'openai-chat',
  provider: 'openai',
  proof: 'always',
  bodyBytesMax: 65_536,
  promptCharsMax: 8_000,
  outputTokensMax: 800,
  choicesMax: 1,
  toolsMax: 0,
  firstByteSecondsMax: 60,
  callSecondsMax: 120,
} as const;

export default definePolicy({
  ...shipped,
  mode: 'enforce',

  identities: {
    jwt: {
      issuer: 'https://id.shop.example/',
      audience: 'https://ai.shop.example',
      algorithms: ['ES256'],
      jwks: { url: 'https://id.shop.example/jwks.json' },
      planClaim: 'plan',
      defaultPlan: 'free',
    },
  },
  plans: [
    // On all routes together: a route for files answers without a file as well, and an account that
    // costs a phone number is worth no more (docs/economics.md).
    { id: 'free', limits: { user: [{ window: 'day', usd: '0.40' }] } },
    { id: 'pro', isPaid: true },
  ],

  routes: [
    {
      // 20 questions a day, of whoever is signed in, on one small model.
      ...SMALL,
      id: 'chat-free',
      path: '/api/chat/free',
      models: ['gpt-5-nano'],
      defaultModel: 'gpt-5-nano',
      plans: { free: {}, pro: {} },
      shape: { otherwise: 'clamp', messagesMax: 40 },
      limits: {
        user: [{ window: 'day', requests: 20 }],
        ip: [{ window: 'day', requests: 100 }],
        route: [{ window: 'day', usd: '50' }],
      },
    },
    {
      // Whoever pays has a budget instead of a count, longer questions and dearer models; with less
      // money left the next cheaper one answers.
      ...SMALL,
      id: 'chat-pro',
      path: '/api/chat/pro',
      models: ['gpt-5', 'gpt-5-mini', 'gpt-5-nano'],
      defaultModel: 'gpt-5-mini',
      requires: { paid: true },
      bodyBytesMax: 1_048_576,
      promptCharsMax: 200_000,
      outputTokensMax: 4_096,
      downgrade: { ladder: ['gpt-5', 'gpt-5-mini', 'gpt-5-nano'], on: ['money'] },
      limits: {
        user: [{ window: 'day', usd: '2' }],
        ip: [{ window: 'day', usd: '10' }],
        route: [{ window: 'day', usd: '500' }],
      },
    },
    {
      // An agent that the page runs: ten runs a day, each with five calls of tools at the most.
      ...SMALL,
      id: 'agent',
      path: '/api/agent/run',
      models: ['gpt-5-mini'],
      // A limit of users binds nobody who signs out: so nobody is served who did.
      plans: { free: {}, pro: {} },
      bodyBytesMax: 524_288,
      promptCharsMax: 100_000,
      toolsMax: 4,
      loop: { stepsMax: 6, toolCallsMax: 5, usd: '0.25', seconds: 300 },
      system: { callers: 'refuse' },
      limits: {
        user: [
          { window: 'day', runs: 10 },
          { window: 'day', usd: '1' },
        ],
        ip: [{ window: 'day', runs: 50 }],
        route: [{ window: 'day', usd: '100' }],
      },
    },
    {
      // Files as data in the request, by their first bytes and not by their names.
      ...SMALL,
      id: 'summarize',
      path: '/api/summarize/upload',
      models: ['gpt-5-mini'],
      plans: { free: {}, pro: {} },
      bodyBytesMax: 8_388_608,
      allow: { files: { most: 2, tokensEach: 60_000 } },
      shape: { fileBytesMax: 5_000_000, fileTypes: ['pdf'] },
      limits: {
        user: [{ window: 'hour', files: 2 }],
        ip: [{ window: 'hour', files: 10 }],
        route: [{ window: 'day', usd: '100' }],
      },
    },
  ],

  limits: {
    ...shipped.limits,
    // Over all routes together.
    user: [{ window: 'day', usd: '3' }],
  },
});
