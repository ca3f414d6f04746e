// The gateway with requests as Cloudflare's edge hands them over: they say where the caller was
// seen, and nothing of a socket.

import gateway from '../../worker/index.ts';
import type { Env } from '../../worker/env.ts';

export { Control, ConversationShelf, EdgeShard, PrincipalLedger } from '../../worker/index.ts';

const EDGE = { colo: 'AMS', country: 'NL' } as IncomingRequestCfProperties;

export default {
  fetch(request, env, context) {
    return gateway.fetch(new Request(request, { cf: EDGE }), env, context);
  },
} satisfies ExportedHandler<Env>;
