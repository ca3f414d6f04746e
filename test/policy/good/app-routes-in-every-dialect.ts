// One message in, in every dialect that can be built; with a choice of models that is the policy's,
// tools, and the least of everything.

import { APP, APP_ROUTE } from '../app-route.ts';
import { policyWith } from '../base.ts';
import shipped from '../../../weighbridge.config.ts';

export default policyWith({
  providers: shipped.providers,
  tools: [{ name: 'open_form', parameters: { type: 'object' } }],
  routes: [
    { ...APP_ROUTE, app: { ...APP, hoursMax: 1, temperature: 2 } },
    {
      ...APP_ROUTE,
      id: 'claude',
      path: '/api/claude',
      dialect: 'anthropic-messages',
      provider: 'anthropic',
      models: ['claude-haiku-4-5', 'claude-sonnet-4-5'],
      defaultModel: 'claude-sonnet-4-5',
      app: { ...APP, temperature: 1 },
    },
    {
      ...APP_ROUTE,
      id: 'responses',
      path: '/api/responses',
      dialect: 'openai-responses',
      toolsMax: 1,
      app: { ...APP, tools: ['open_form'] },
    },
    {
      ...APP_ROUTE,
      id: 'forgetful',
      path: '/api/forgetful',
      promptCharsMax: 2,
      bodyBytesMax: 1,
      app: { system: '?', messageCharsMax: 1, historyTurnsMax: 0, historyBytesMax: 0 },
    },
  ],
});
