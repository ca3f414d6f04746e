// A bot without a system text is anybody's.

import { APP, APP_ROUTE } from '../app-route.ts';
import { bad } from '../base.ts';

export default bad({ routes: [{ ...APP_ROUTE, app: { ...APP, system: '' } }] }, [
  'routes.0.app.system',
  'Too small',
]);
