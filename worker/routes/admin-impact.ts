// What enforcing would have done, in requests, users and dollars: the sum of what every shard has
// seen of rules that are only tried out.

import { Hono } from 'hono/tiny';
import * as z from 'zod';
import { impactOf } from '../../core/impact.ts';
import { invalidRequest } from '../../core/invalid-request.ts';
import { dayOf } from '../../core/reconcile/day.ts';
import type { AppEnv } from '../app.ts';
import { fromShards, say } from './admin-answers.ts';

const DAY_MS = 86_400_000;
const DAYS_SHOWN = 7;
const DAYS_MAX = 400;

const range = z
  .strictObject({ from: z.iso.date().optional(), to: z.iso.date().optional() })
  .refine(({ from = '', to = '9999-12-31' }) => from <= to, 'from must not be after to');

export const impact = new Hono<AppEnv>();

impact.get('/', async (c) => {
  const { ledgers, nowMs } = c.get('deps');
  const parsed = range.safeParse(c.req.query());
  if (!parsed.success) return say(c, invalidRequest(parsed.error));
  const { to = dayOf(nowMs()) } = parsed.data;
  const { from = dayOf(Date.parse(to) - (DAYS_SHOWN - 1) * DAY_MS) } = parsed.data;
  if (Date.parse(to) - Date.parse(from) >= DAYS_MAX * DAY_MS) {
    const sentence = `at most ${String(DAYS_MAX)} days at a time`;
    return say(c, { kind: 'request-invalid', sentence });
  }
  const parts = await fromShards(ledgers, (shard) => shard.impacts(from, to));
  const statements = await fromShards(ledgers, (shard) => shard.statements(from, to));
  const requests = statements.flat().reduce((sum, { calls }) => sum + calls, 0);
  return c.json({ from, to, ...impactOf(parts, requests) });
});
