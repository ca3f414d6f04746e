// The gateway's own paths are served before any route, so a route there would never be asked.

import { bad } from '../base.ts';

export default bad({ 'routes.0.path': '/_weighbridge/chat' }, [
  'routes[0].path',
  "is one of the gateway's own",
]);
