// The Worker: its default export and the Durable Object classes. Nothing else lives here.

import { err } from '../core/result.ts';
import { refuse } from './answer.ts';
import { createApp, type Handler } from './app.ts';
import { compose, type Env, warningsOf } from './env.ts';
import { callerAddress } from './identify.ts';
import { logEvent } from './observe/log.ts';
import { plainRequestId } from './plain-request-id.ts';

export { Control } from '../durable-objects/control.ts';
export { ConversationShelf } from '../durable-objects/conversation-shelf.ts';
export { EdgeShard } from '../durable-objects/edge-shard.ts';
export { PrincipalLedger } from '../durable-objects/principal-ledger.ts';

/** Where the problem pages are while there is no policy to say so. */
const DOCS_URL = 'https://github.com/weighbridge/weighbridge/blob/main/docs/problems';

let handler: Handler | null = null;

const NOT_AT_HOME =
  'WEIGHBRIDGE_LOCAL must not be set here: it is for a gateway that only its own machine can reach';

/** An edge does not say which socket a request came by. Local mode believes nothing else. */
const isMisplaced = (env: Env, request: Request): boolean =>
  env.WEIGHBRIDGE_LOCAL === '1' && callerAddress(request, true) === '';

/** Puts the gateway together once. Whatever is missing is named in the log; nothing is served. */
function boot(env: Env, first: Request): Handler {
  const deps = isMisplaced(env, first) ? err([NOT_AT_HOME]) : compose(env);
  if (deps.ok) {
    for (const sentence of warningsOf(env)) logEvent('warning', { sentence });
    return createApp(deps.value);
  }
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
    handler ??= boot(env, request);
    return handler(request, context);
  },
} satisfies ExportedHandler<Env>;
