// A server that does not tell them apart would never see it, and we would not serve it either.

import { bad } from '../base.ts';

export default bad({ 'routes.0.path': '/_Weighbridge/chat' }, [
  'routes[0].path',
  "one of the gateway's own",
]);
