// The gateway itself, whose ledgers a test can put out of reach by name: for the Worker, and for
// the other ledgers. Only the way there is cut; gateway and ledgers are what strangers run. It
// stands beside the naive gateway because both are checked with the types of workerd.

import gateway, {
  Control as GatewayControl,
  EdgeShard as GatewayShard,
  PrincipalLedger as GatewayLedger,
} from '../../worker/index.ts';
import type { Env } from '../../worker/env.ts';

/** `throws`: at once. `hangs`: until it is mended. `mute`: it hears, and its answer is lost. */
type Cut = 'throws' | 'hangs' | 'mute';

const CUT_PATH = '/_test/cut';

const LOOK_AGAIN_MS = 20;
const cuts = new Map<string, Cut>();

type Method = (...parts: unknown[]) => Promise<unknown>;
type Stub = Record<string, Method>;
type Namespace = { getByName(name: string): Stub };

const away = (name: string): Error => new Error(`${name} is cut off`);

const cutStub = (name: string, stub: Stub): Stub =>
  new Proxy(stub, {
    get:
      (target, method: string): Method =>
      async (...parts) => {
        const cut = cuts.get(name);
        if (cut === 'throws') throw away(name);
        if (cut === 'hangs') {
          while (cuts.get(name) === 'hangs') await scheduler.wait(LOOK_AGAIN_MS);
          throw away(name);
        }
        const answer = await target[method]?.(...parts);
        if (cut === 'mute') throw away(name);
        return answer;
      },
  });

function cutEnv(env: Env): Env {
  const wrap = (namespace: unknown): Namespace => ({
    getByName: (name) => cutStub(name, (namespace as Namespace).getByName(name)),
  });
  return {
    ...env,
    PRINCIPAL_LEDGER: wrap(env.PRINCIPAL_LEDGER) as unknown as Env['PRINCIPAL_LEDGER'],
    EDGE_SHARD: wrap(env.EDGE_SHARD) as unknown as Env['EDGE_SHARD'],
    CONTROL: wrap(env.CONTROL) as unknown as Env['CONTROL'],
    CONVERSATION_SHELF: wrap(env.CONVERSATION_SHELF) as unknown as Env['CONVERSATION_SHELF'],
  };
}

export { ConversationShelf } from '../../worker/index.ts';

export class EdgeShard extends GatewayShard<Env> {
  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, cutEnv(env));
  }
}

export class Control extends GatewayControl<Env> {
  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, cutEnv(env));
  }
}

export class PrincipalLedger extends GatewayLedger<Env> {
  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, cutEnv(env));
  }
}

export default {
  async fetch(request, env, context) {
    if (new URL(request.url).pathname !== CUT_PATH) {
      return gateway.fetch(request, cutEnv(env), context);
    }
    cuts.clear();
    const wanted: Record<string, Cut> = await request.json();
    for (const [name, cut] of Object.entries(wanted)) cuts.set(name, cut);
    return new Response(null, { status: 204 });
  },
} satisfies ExportedHandler<Env>;
