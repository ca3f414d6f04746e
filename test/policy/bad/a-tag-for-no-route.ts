// A page would prove calls that nobody protects, and the misspelt route would go without.

import { bad } from '../base.ts';

export default bad(
  { injectClient: { protect: ['/api/chat', '/api/chta', '/api/chat'] } },
  ['injectClient.protect[1]', 'no route has the path "/api/chta"'],
  ['injectClient.protect[2]', '"/api/chat" stands here twice'],
);
