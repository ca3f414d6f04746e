// The Worker: its default export and the Durable Object classes. Nothing else lives here.

import { refuse } from './answer.ts';
import { createApp, type Handler } from './app.ts';
import { compose, type Env } from './env.ts';
import { logEvent } from './observe/log.ts';
import { plainRequestId } from './plain-request-id.ts';

export { EdgeShard } from '../durable-objects/edge-shard.ts';
export { PrincipalLedger } from '../durable-objects/principal-ledger.ts';

/** Where the problem pages are while there is no policy to say so. */
const DOCS_URL = 'https://github.com/weighbridge/weighbridge/blob/main/docs/problems';

let handler: Handler | null = null;

/** Puts the gateway together once. Whatever is missing is named in the log; nothing is served. */
function boot(env: Env): Handler {
  const deps = compose(env);
  if (deps.ok) return createApp(deps.value);
  logEvent('misconfigured', { missing: deps.error });
  const id = {
    nowMs: () => Date.now(),
    randomBytes: (length: number) => crypto.getRandomValues(new Uint8Array(length)),
  };
  return async () =>
    refuse({ kind: 'misconfigured', missing: deps.error }, plainRequestId(id), DOCS_URL, {});
}

export default {
  fetch(request, env, context) {
    handler ??= boot(env);
    return handler(request, context);
  },
} satisfies ExportedHandler<Env>;
