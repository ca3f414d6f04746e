// The longest message is longer than any body.

import { APP_ROUTE } from '../app-route.ts';
import { bad } from '../base.ts';

export default bad({ routes: [{ ...APP_ROUTE, bodyBytesMax: 999 }] }, [
  'routes[0].bodyBytesMax',
  'is less than app.messageCharsMax',
]);
