// Claude takes 1 at the most: every request would be refused.

import shipped from '../../../weighbridge.config.ts';
import { APP, APP_ROUTE } from '../app-route.ts';
import { bad } from '../base.ts';

export default bad(
  {
    providers: shipped.providers,
    routes: [
      {
        ...APP_ROUTE,
        dialect: 'anthropic-messages',
        provider: 'anthropic',
        models: ['claude-haiku-4-5'],
        app: { ...APP, temperature: 1.5 },
      },
    ],
  },
  ['routes[0].app', 'is refused in "temperature"'],
);
