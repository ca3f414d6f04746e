// Explain one request: every gate's verdict, hold, settlement, usage. And give back what it cost.

import { Hono } from 'hono/tiny';
import { parseRequestId, type RequestId } from '../../core/ledger/call-key.ts';
import { shardAddress } from '../../core/ledger/layout.ts';
import { ADJUST_STATUSES, type AdjustStatus } from '../../core/ledger/status.ts';
import type { AppEnv } from '../app.ts';
import type { Deps } from '../env.ts';
import { recallRefusal } from '../observe/refusals.ts';
import { adjusted, refund } from './admin-adjustments.ts';
import { readJson, say } from './admin-answers.ts';
import { note } from './admin-audit.ts';

export const requests = new Hono<AppEnv>();

type Facts = Readonly<Record<string, unknown>>;

/** The record of a forwarded call, if a shard of ours has it. */
async function findRecord(requestId: string, parsed: RequestId, deps: Deps): Promise<Facts | null> {
  const address = shardAddress(parsed.epoch, parsed.shard);
  if (!deps.ledgers.shards().includes(address)) return null;
  const record = await deps.ledgers.at(address).record(parsed.key);
  const found = record === null ? null : (JSON.parse(record) as Facts);
  // The record of a call whose Worker died comes from the ledger, which does not know its shard.
  const names = [requestId, `${parsed.key}.${parsed.attempt}`];
  return found !== null && names.includes(String(found['requestId'])) ? found : null;
}

requests.get('/:requestId', async (c) => {
  const requestId = c.req.param('requestId');
  const parsed = parseRequestId(requestId);
  if (parsed === null) return say(c, { kind: 'not-found', what: 'request' });
  const refusal = recallRefusal(requestId);
  if (refusal !== null) return c.json(refusal);
  const found = await findRecord(requestId, parsed, c.get('deps'));
  if (found === null) return say(c, { kind: 'not-found', what: 'request' });
  return c.json({ ...found, requestId });
});

requests.post('/:requestId/refunds', async (c) => {
  const deps = c.get('deps');
  const requestId = c.req.param('requestId');
  const parsed = parseRequestId(requestId);
  const body = await readJson(c, refund);
  if (!body.ok) return say(c, body.error);
  const found = parsed === null ? null : await findRecord(requestId, parsed, deps);
  if (parsed === null || found === null) return say(c, { kind: 'not-found', what: 'request' });
  const message = { ...body.value, key: parsed.key };
  const statuses: AdjustStatus[] = [];
  for (const address of homesOf(found, parsed, deps)) {
    statuses.push(await deps.ledgers.at(address).refund(message));
  }
  // The worst of the answers: an object that was told before says so, and nothing is done twice.
  const worst = ADJUST_STATUSES.find((status) => statuses.includes(status)) ?? 'unknown';
  const { id, nanoUsd, reason } = message;
  if (worst === 'adjusted') {
    const after = { id, nanoUsd };
    await note(deps, { kind: 'refunded', subject: requestId, reason, before: null, after });
  }
  return adjusted(c, worst, { requestId, id, nanoUsd });
});

/** The objects in which the call was charged. */
function homesOf(record: Facts, { epoch, shard }: RequestId, deps: Deps): readonly string[] {
  const objects = record['objects'];
  const named = Array.isArray(objects) ? objects.map(String) : [];
  return [...new Set([shardAddress(epoch, shard), ...named])].filter(
    (address) => deps.ledgers.shards().includes(address) || !address.startsWith('edge:'),
  );
}
