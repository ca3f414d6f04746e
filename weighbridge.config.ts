// The operator's policy: which routes are protected, what they offer, and what anybody may spend.
// This one serves `npm start`; copy it, change it, deploy it. Amounts are dollars, written as
// strings.

import { definePolicy } from './core/policy/policy.ts';

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

export default definePolicy({
  realm: 'weighbridge.local',

  providers: [
    {
      id: 'openai',
      baseUrl: 'https://api.openai.com',
      apiKeySecret: 'OPENAI_API_KEY',
      // `npm start` sets it to the emulator unless there is a real key in .dev.vars.
      baseUrlVariable: 'OPENAI_BASE_URL',
    },
  ],

  routes: [
    {
      // Straight to the provider: servers with an API key, anybody else with a proof.
      id: 'chat-completions',
      method: 'POST',
      path: '/v1/chat/completions',
      dialect: 'openai-chat',
      provider: 'openai',
      upstreamPath: '/v1/chat/completions',
      proof: 'anonymous',
      models: MODELS,
      bodyBytesMax: 1_048_576,
      promptCharsMax: 400_000,
      outputTokensMax: 4_096,
      choicesMax: 4,
      toolsMax: 64,
      firstByteSecondsMax: 120,
      callSecondsMax: 600,
    },
    {
      // An app's own chat: every request proven, small prompts, small models.
      id: 'app-chat',
      method: 'POST',
      path: '/api/chat',
      dialect: 'openai-chat',
      provider: 'openai',
      upstreamPath: '/v1/chat/completions',
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

  // Per principal. What an identity may draw should be at most what it costs to get one, divided by
  // what stolen inference sells for (docs/economics.md): an account behind a phone number is worth
  // about $0.40. Device keys are free, so what binds an anonymous caller is the address.
  limits: {
    key: {
      dayUsd: '100',
      monthUsd: '1000',
      dayRequests: 1_000_000,
      monthRequests: 10_000_000,
      concurrentCalls: 2_000,
    },
    device: {
      dayUsd: '0.40',
      monthUsd: '4',
      dayRequests: 2_000,
      monthRequests: 20_000,
      concurrentCalls: 20,
    },
    // An address without a key. Households and offices share one, so it is wider than a device.
    ip: {
      dayUsd: '4',
      monthUsd: '40',
      dayRequests: 20_000,
      monthRequests: 200_000,
      concurrentCalls: 256,
    },
    // The same address for calls with a key: a server behind it is bound by its key first.
    ipWithKey: {
      dayUsd: '100',
      monthUsd: '1000',
      dayRequests: 1_000_000,
      monthRequests: 10_000_000,
      concurrentCalls: 2_000,
    },
  },

  // SHA-256 evaluations expected of a caller: 2^18 for a nearly free call, 2^24 for the dearest.
  proof: { floorHashes: 2 ** 18, capHashes: 2 ** 24 },

  edgeShards: 4,
  leaseSeconds: 4,
  // Everything else on this host goes on to the origin behind it.
  unprotected: 'pass',
  corsOrigins: [],
  docsUrl: 'https://github.com/weighbridge/weighbridge/blob/main/docs/problems',
});
