// What `vitest.workerd.config.ts` binds for the tests inside workerd.

import type { Control } from '../../durable-objects/control.ts';
import type { ConversationShelf } from '../../durable-objects/conversation-shelf.ts';
import type { EdgeShard } from '../../durable-objects/edge-shard.ts';
import type { PrincipalLedger } from '../../durable-objects/principal-ledger.ts';

declare global {
  namespace Cloudflare {
    interface Env {
      readonly PRINCIPAL_LEDGER: DurableObjectNamespace<PrincipalLedger>;
      readonly EDGE_SHARD: DurableObjectNamespace<EdgeShard>;
      readonly CONTROL: DurableObjectNamespace<Control>;
      readonly CONVERSATION_SHELF: DurableObjectNamespace<ConversationShelf>;
      /** Vectors of other projects as JSON, or `null` where there are none. */
      readonly PROOF_VECTORS: string;
      /** How many settled calls the history test puts behind a principal. */
      readonly HISTORY_CALLS: string;
      /** How many requests a flood has. */
      readonly FLOOD_REQUESTS: string;
    }
  }
}
