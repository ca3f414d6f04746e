// Its name alone is no tool.

import { APP, APP_ROUTE } from '../app-route.ts';
import { bad } from '../base.ts';

export default bad({ routes: [{ ...APP_ROUTE, app: { ...APP, tools: ['open_form'] } }] }, [
  'routes[0].app.tools[0]',
  'no tool of the policy is called "open_form"',
]);
