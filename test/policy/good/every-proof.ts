// Routes that ask everybody and routes that ask strangers stand side by side.

import { policyWith, ROUTE } from '../base.ts';

export default policyWith({
  'routes.1': { ...ROUTE, id: 'open', path: '/v1/chat', proof: 'anonymous' },
});
