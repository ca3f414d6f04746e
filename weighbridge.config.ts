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
