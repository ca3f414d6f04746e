// The gateway itself, with a count of the rows its objects write: by the database's own figures,
// per message, told apart by what the message was. What is counted is what strangers run.

import gateway, {
  EdgeShard as GatewayShard,
  PrincipalLedger as GatewayLedger,
} from '../../worker/index.ts';
import type { Batch, BatchReply } from '../../core/ledger/messages.ts';
import type { Env } from '../../worker/env.ts';

export { Control, ConversationShelf } from '../../worker/index.ts';

const COUNTS_PATH = '/_bench/rows';

type Count = { messages: number; rows: number };

const counts = new Map<string, Count>();
/** Of the key's object, as it was after its last message. */
let keyBytes = 0;

type Cursor = { readonly rowsWritten: number };

/** Remembers every statement's cursor: what it wrote is known when it has run. */
function watched(ctx: DurableObjectState, cursors: Cursor[]): DurableObjectState {
  const { sql } = ctx.storage;
  const exec = sql.exec.bind(sql);
  sql.exec = ((query: string, ...bindings: unknown[]) => {
    const cursor = exec(query, ...bindings);
    cursors.push(cursor);
    return cursor;
  }) as SqlStorage['exec'];
  return ctx;
}

/** A message with one reservation or one settlement; null for several at once. */
function kindOf({ reserves, resolves, extends: more }: Batch): string | null {
  if (reserves.length + resolves.length + more.length !== 1) return null;
  return reserves.length === 1 ? 'reserve' : (resolves[0]?.act.kind ?? null);
}

function count(object: string, batch: Batch, cursors: Cursor[]): void {
  const rows = cursors.splice(0).reduce((total, cursor) => total + cursor.rowsWritten, 0);
  const kind = kindOf(batch);
  if (kind === null) return;
  const name = `${kind} ${object}`;
  const before = counts.get(name) ?? { messages: 0, rows: 0 };
  counts.set(name, { messages: before.messages + 1, rows: before.rows + rows });
}

export class EdgeShard extends GatewayShard<Env> {
  readonly #cursors: Cursor[];

  constructor(ctx: DurableObjectState, env: Env) {
    const cursors: Cursor[] = [];
    super(watched(ctx, cursors), env);
    this.#cursors = cursors;
  }

  override async apply(batch: Batch): Promise<BatchReply> {
    this.#cursors.splice(0);
    const reply = await super.apply(batch);
    count('shard', batch, this.#cursors);
    return reply;
  }
}

export class PrincipalLedger extends GatewayLedger<Env> {
  readonly #cursors: Cursor[];

  constructor(ctx: DurableObjectState, env: Env) {
    const cursors: Cursor[] = [];
    super(watched(ctx, cursors), env);
    this.#cursors = cursors;
  }

  override async apply(batch: Batch): Promise<BatchReply> {
    this.#cursors.splice(0);
    const reply = await super.apply(batch);
    count('key', batch, this.#cursors);
    keyBytes = this.ctx.storage.sql.databaseSize;
    return reply;
  }
}

export default {
  fetch(request, env, context) {
    if (new URL(request.url).pathname !== COUNTS_PATH) return gateway.fetch(request, env, context);
    return Response.json({ counts: Object.fromEntries(counts), keyBytes });
  },
} satisfies ExportedHandler<Env>;
