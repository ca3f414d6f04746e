// Every request would be refused.

import { APP, APP_ROUTE } from '../app-route.ts';
import { bad } from '../base.ts';

export default bad(
  {
    tools: [{ name: 'open_form', parameters: { type: 'object' } }],
    routes: [{ ...APP_ROUTE, app: { ...APP, tools: ['open_form'] } }],
  },
  ['routes[0].toolsMax', 'is less than the tools of the app'],
);
