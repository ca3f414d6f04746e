// A plan may choose the model, and may not let callers speak above the bot.

import { APP_ROUTE } from '../app-route.ts';
import { bad } from '../base.ts';

export default bad(
  {
    plans: [{ id: 'pro', isPaid: true }],
    routes: [{ ...APP_ROUTE, plans: { pro: { system: { callers: 'allow' } } } }],
  },
  ['routes[0].plans.pro.system', 'leave it out'],
);
