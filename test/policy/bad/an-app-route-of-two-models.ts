// Callers cannot say which.

import { APP_ROUTE } from '../app-route.ts';
import { bad } from '../base.ts';

export default bad({ routes: [{ ...APP_ROUTE, models: ['gpt-4o-mini', 'gpt-5-nano'] }] }, [
  'routes[0].defaultModel',
  'say which of the models answers',
]);
