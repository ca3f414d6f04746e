// The operator's policy: which routes are protected, what they offer, and what anybody may spend.
// This one serves `npm start`; copy it, change it, deploy it. Amounts are dollars, written as
// strings.

import { definePolicy } from './core/policy/policy.ts';

/** What every route of a provider has in common here; each of them may say otherwise. */
const OFFERED = {
  method: 'POST',
  proof: 'anonymous',
  bodyBytesMax: 1_048_576,
  promptCharsMax: 400_000,
  outputTokensMax: 4_096,
  choicesMax: 4,
  toolsMax: 64,
  firstByteSecondsMax: 120,
  callSecondsMax: 600,
} as const;

/** The first model of a route prices a challenge that is asked for without naming one. */
const MODELS = [
  'gpt-4o-mini',
  'gpt-4.1-nano',
  'gpt-4.1-mini',
  'gpt-5-nano',
  'gpt-5-mini',
  'gpt-4.1',
  'gpt-4o',
  'gpt-5',
  'o4-mini',
];

const GEMINI_MODELS = ['gemini-2.5-flash-lite', 'gemini-2.5-flash', 'gemini-2.5-pro'];

export default definePolicy({
  realm: 'weighbridge.local',
  // A policy of your own begins with 'observe': it decides, writes down and lets pass
  // (docs/observe.md).
  mode: 'enforce',

  providers: [
    {
      id: 'openai',
      baseUrl: 'https://api.openai.com',
      apiKeySecret: 'OPENAI_API_KEY',
      // `npm start` sets it to the emulator unless there is a real key in .dev.vars.
      baseUrlVariable: 'OPENAI_BASE_URL',
    },
    {
      id: 'anthropic',
      kind: 'anthropic',
      baseUrl: 'https://api.anthropic.com',
      apiKeySecret: 'ANTHROPIC_API_KEY',
      // Without it the routes below that need it answer 503, and all others are served.
      optional: true,
      baseUrlVariable: 'ANTHROPIC_BASE_URL',
    },
    {
      id: 'google',
      kind: 'google',
      baseUrl: 'https://generativelanguage.googleapis.com',
      apiKeySecret: 'GEMINI_API_KEY',
      optional: true,
      baseUrlVariable: 'GEMINI_BASE_URL',
    },
  ],

  routes: [
    {
      // Straight to the provider: servers with an API key, anybody else with a proof.
      ...OFFERED,
      id: 'chat-completions',
      path: '/v1/chat/completions',
      dialect: 'openai-chat',
      provider: 'openai',
      models: MODELS,
    },
    {
      ...OFFERED,
      id: 'responses',
      path: '/v1/responses',
      dialect: 'openai-responses',
      provider: 'openai',
      models: MODELS,
      // Loops send their thoughts back sealed, because nothing is kept at the provider.
      allow: { sealedReasoning: {} },
    },
    {
      ...OFFERED,
      id: 'embeddings',
      path: '/v1/embeddings',
      dialect: 'openai-embeddings',
      provider: 'openai',
      models: ['text-embedding-3-small', 'text-embedding-3-large'],
    },
    {
      ...OFFERED,
      id: 'messages',
      path: '/v1/messages',
      dialect: 'anthropic-messages',
      provider: 'anthropic',
      models: ['claude-haiku-4-5', 'claude-sonnet-4-5'],
    },
    {
      // Costs nothing at the provider; it is counted as a request all the same.
      ...OFFERED,
      id: 'count-tokens',
      path: '/v1/messages/count_tokens',
      dialect: 'anthropic-count-tokens',
      provider: 'anthropic',
      models: ['claude-haiku-4-5', 'claude-sonnet-4-5'],
    },
    {
      // The model and what is asked of it stand behind this path.
      ...OFFERED,
      id: 'gemini',
      path: '/v1beta/models',
      dialect: 'gemini',
      provider: 'google',
      models: GEMINI_MODELS,
    },
    {
      // Where Google's own SDK asks since its third version.
      ...OFFERED,
      id: 'gemini-v1',
      path: '/v1/models',
      upstreamPath: '/v1/models',
      dialect: 'gemini',
      provider: 'google',
      models: GEMINI_MODELS,
    },
    {
      // An app's own chat: every request proven, small prompts, small models.
      id: 'app-chat',
      method: 'POST',
      path: '/api/chat',
      dialect: 'openai-chat',
      provider: 'openai',
      proof: 'always',
      models: MODELS.slice(0, 5),
      bodyBytesMax: 65_536,
      promptCharsMax: 8_000,
      outputTokensMax: 800,
      choicesMax: 1,
      toolsMax: 8,
      firstByteSecondsMax: 60,
      callSecondsMax: 120,
    },
  ],

  // What anybody may spend. A call is counted in every list it meets, and the first that is used up
  // refuses it. An entry is a window (UTC; `rolling-…` has no edges) and one unit; a list that is
  // not here limits nothing.
  //
  // What an identity may draw should be at most what it costs to get one, divided by what stolen
  // inference sells for (docs/economics.md): an account behind a phone number is worth about $0.40.
  // Device keys are free, so what binds an anonymous caller is the address.
  limits: {
    // An API key: you decide who gets one.
    key: [
      { window: 'day', usd: '100' },
      { window: 'month', usd: '1000' },
      { window: 'day', requests: 1_000_000 },
      { window: 'month', requests: 10_000_000 },
      { window: 'now', concurrentCalls: 2_000 },
    ],
    // A browser or device: fairness among the honest, nothing to somebody who makes more of them.
    device: [
      { window: 'day', usd: '0.40' },
      { window: 'month', usd: '4' },
      { window: 'day', requests: 2_000 },
      { window: 'month', requests: 20_000 },
      { window: 'now', concurrentCalls: 20 },
    ],
    // An address without a key. Households and offices share one, so it is wider than a device.
    ip: [
      { window: 'day', usd: '4' },
      { window: 'month', usd: '40' },
      { window: 'day', requests: 20_000 },
      { window: 'month', requests: 200_000 },
      { window: 'now', concurrentCalls: 256 },
    ],
    // The same address for calls with a key: a server behind it is bound by its key first.
    ipWithKey: [
      { window: 'day', usd: '100' },
      { window: 'month', usd: '1000' },
      { window: 'day', requests: 1_000_000 },
      { window: 'month', requests: 10_000_000 },
      { window: 'now', concurrentCalls: 2_000 },
    ],
    // The network around it (IPv4 /24, IPv6 /48): whoever has one address of it often has them all.
    // Ten addresses' worth.
    ipWide: [
      { window: 'day', usd: '40' },
      { window: 'month', usd: '400' },
      { window: 'day', requests: 200_000 },
      { window: 'month', requests: 2_000_000 },
      { window: 'now', concurrentCalls: 2_560 },
    ],
    ipWideWithKey: [
      { window: 'day', usd: '1000' },
      { window: 'month', usd: '10000' },
      { window: 'day', requests: 10_000_000 },
      { window: 'month', requests: 100_000_000 },
      { window: 'now', concurrentCalls: 4_000 },
    ],
    // All device keys that first appeared in one network on one UTC day share this purse for good,
    // wherever they call from later. Keys that are minted in one place and spent from rented
    // addresses so draw $20 a day together: 50 devices' worth, half of what the network itself may.
    cohort: [
      { window: 'day', usd: '20' },
      { window: 'month', usd: '200' },
    ],
    // All calls together: what you can bear on the worst day. Set a hard limit at the provider too.
    global: [{ window: 'day', usd: '10000' }],
  },

  // SHA-256 evaluations expected of a caller: 2^18 for a nearly free call, 2^24 for the dearest.
  proof: { floorHashes: 2 ** 18, capHashes: 2 ** 24 },

  // Fixed ledgers for addresses and devices. To change the number without losing what they have
  // counted: { epoch: 2, count: 8, previous: { epoch: 1, count: 4 } }.
  edgeShards: 4,
  leaseSeconds: 4,
  // Everything else on this host goes on to the origin behind it.
  unprotected: 'pass',
  corsOrigins: [],
  docsUrl: 'https://github.com/weighbridge/weighbridge/blob/main/docs/problems',
});
