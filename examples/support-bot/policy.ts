// A support bot: pages send one message and the id of the conversation, and everything else is said
// here. Copy the route into your weighbridge.config.ts.

import { definePolicy } from '../../core/policy/policy.ts';
import shipped from '../../weighbridge.config.ts';

export default definePolicy({
  ...shipped,
  routes: [
    ...shipped.routes,
    {
      id: 'support',
      method: 'POST',
      path: '/api/support',
      dialect: 'openai-chat',
      provider: 'openai',
      proof: 'always',
      models: ['gpt-4o-mini'],
      app: {
        system:
          'You answer questions about orders, delivery and returns of the shop at shop.example. ' +
          'You answer nothing else, and in three sentences at most.',
        messageCharsMax: 1_000,
        historyTurnsMax: 6,
        historyBytesMax: 6_000,
        hoursMax: 24,
        temperature: 0.2,
      },
      bodyBytesMax: 8_192,
      promptCharsMax: 8_000,
      outputTokensMax: 200,
      choicesMax: 1,
      toolsMax: 0,
      firstByteSecondsMax: 30,
      callSecondsMax: 60,
    },
  ],
});
