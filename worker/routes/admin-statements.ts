// Totals per day and model over all shards, for a comparison with the provider's own bill.

import { Hono } from 'hono/tiny';
import * as z from 'zod';
import { invalidRequest } from '../../core/invalid-request.ts';
import type { Statement } from '../../core/reconcile/statement.ts';
import type { AppEnv } from '../app.ts';
import { fromShards, say } from './admin-answers.ts';

const DAYS_MAX = 400;
const DAY_MS = 86_400_000;

const range = z
  .strictObject({ from: z.iso.date(), to: z.iso.date() })
  .refine(({ from, to }) => from <= to, 'from must not be after to')
  .refine(
    ({ from, to }) => Date.parse(to) - Date.parse(from) < DAYS_MAX * DAY_MS,
    `at most ${String(DAYS_MAX)} days at a time`,
  );

export const statements = new Hono<AppEnv>();

statements.get('/', async (c) => {
  const { ledgers } = c.get('deps');
  const parsed = range.safeParse(c.req.query());
  if (!parsed.success) return say(c, invalidRequest(parsed.error));
  const { from, to } = parsed.data;
  const answers = await fromShards(ledgers, (shard) => shard.statements(from, to));
  const totals = new Map<string, Statement>();
  for (const statement of answers.flat()) {
    const name = `${statement.day} ${statement.provider}/${statement.model}`;
    totals.set(name, plus(totals.get(name), statement));
  }
  const names = [...totals.keys()].sort();
  return c.json({ statements: names.map((name) => totals.get(name)) });
});

function plus(sum: Statement | undefined, one: Statement): Statement {
  if (sum === undefined) return one;
  return {
    day: one.day,
    provider: one.provider,
    model: one.model,
    calls: sum.calls + one.calls,
    estimatedCalls: sum.estimatedCalls + one.estimatedCalls,
    nanoUsd: sum.nanoUsd + one.nanoUsd,
    estimatedNanoUsd: sum.estimatedNanoUsd + one.estimatedNanoUsd,
    inputTokens: sum.inputTokens + one.inputTokens,
    cachedInputTokens: sum.cachedInputTokens + one.cachedInputTokens,
    cacheWriteTokens: sum.cacheWriteTokens + one.cacheWriteTokens,
    outputTokens: sum.outputTokens + one.outputTokens,
    adjustmentsNanoUsd: sum.adjustmentsNanoUsd + one.adjustmentsNanoUsd,
  };
}
