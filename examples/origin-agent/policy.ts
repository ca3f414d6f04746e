// The shipped policy with one more route: an agent of the app's own, on a server of its own. One
// call of it may spend two cents on model calls, in eight steps at most, whatever its model
// decides.

import { definePolicy } from '../../core/policy/policy.ts';
import base from '../../weighbridge.config.ts';

export default definePolicy({
  ...base,
  origins: [
    {
      id: 'app',
      baseUrl: 'https://agent.app.example',
      baseUrlVariable: 'APP_BASE_URL',
      grantSecret: 'APP_GRANT_SECRET',
    },
  ],
  routes: [
    ...base.routes,
    {
      id: 'agent',
      method: 'POST',
      path: '/api/agent',
      dialect: 'ai-sdk-ui',
      origin: 'app',
      proof: 'anonymous',
      models: ['gpt-4o-mini'],
      bodyBytesMax: 65_536,
      promptCharsMax: 16_000,
      outputTokensMax: 1_000,
      choicesMax: 1,
      toolsMax: 8,
      firstByteSecondsMax: 60,
      callSecondsMax: 120,
      run: {
        usd: '0.02',
        usdMin: '0.002',
        stepsMax: 8,
        toolCallsMax: 16,
        outputTokensMax: 500,
        inputBytesMax: 131_072,
        seconds: 120,
        providers: ['openai'],
      },
    },
  ],
});
