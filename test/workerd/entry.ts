// The object classes of the gateway and nothing else of it: what the tests inside workerd talk to.

export { Control } from '../../durable-objects/control.ts';
export { ConversationShelf } from '../../durable-objects/conversation-shelf.ts';
export { EdgeShard } from '../../durable-objects/edge-shard.ts';
export { PrincipalLedger } from '../../durable-objects/principal-ledger.ts';

export default {
  fetch: (): Response => new Response(null, { status: 404 }),
};
