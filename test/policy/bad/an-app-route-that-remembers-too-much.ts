// A prompt of what was said before would be more than the route takes.

import { APP, APP_ROUTE } from '../app-route.ts';
import { bad } from '../base.ts';

export default bad(
  { routes: [{ ...APP_ROUTE, promptCharsMax: 8_033, app: { ...APP, historyBytesMax: 7_000 } }] },
  ['routes[0].promptCharsMax', 'may come to 8034'],
);
