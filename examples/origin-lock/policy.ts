// The shipped policy with one more route: to a server of the app's own that answers by itself, at a
// price for each request, and serves nobody but the gateway.

import { definePolicy } from '../../core/policy/policy.ts';
import base from '../../weighbridge.config.ts';

export default definePolicy({
  ...base,
  origins: [
    {
      id: 'app',
      baseUrl: 'https://api.app.example',
      baseUrlVariable: 'APP_BASE_URL',
      grantSecret: 'APP_GRANT_SECRET',
    },
  ],
  routes: [
    ...base.routes,
    {
      id: 'hello',
      method: 'POST',
      path: '/api/hello',
      dialect: 'plain',
      origin: 'app',
      proof: 'anonymous',
      models: [],
      plain: {
        usdPerRequest: '0.001',
        usdPerMegabyteIn: '0',
        usdPerMegabyteOut: '0',
        answerBytesMax: 65_536,
      },
      bodyBytesMax: 65_536,
      promptCharsMax: 65_536,
      outputTokensMax: 1_000,
      choicesMax: 1,
      toolsMax: 1,
      firstByteSecondsMax: 60,
      callSecondsMax: 120,
    },
  ],
});
