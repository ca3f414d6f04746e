// What operators have changed, newest first: every row says what it was before and what after, who
// and why. Nothing here changes or removes a row.

import { Hono } from 'hono/tiny';
import * as z from 'zod';
import { AUDIT_PAGE_MAX, type AuditAsk } from '../../core/control/audit.ts';
import { invalidRequest } from '../../core/invalid-request.ts';
import type { AppEnv } from '../app.ts';
import type { Deps } from '../env.ts';
import { logEvent } from '../observe/log.ts';
import { isoTime, say } from './admin-answers.ts';

const PAGE = 100;

const count = z
  .string()
  .regex(/^[1-9][0-9]{0,14}$/, 'a whole number above 0')
  .transform(Number);

const page = z.strictObject({
  limit: count.optional(),
  /** Rows older than the one of this id. */
  before: count.optional(),
});

export const audit = new Hono<AppEnv>();

audit.get('/', async (c) => {
  const parsed = page.safeParse(c.req.query());
  if (!parsed.success) return say(c, invalidRequest(parsed.error));
  const { limit = PAGE, before = null } = parsed.data;
  const rows = await c.get('deps').control.port.audits(Math.min(limit, AUDIT_PAGE_MAX), before);
  const shown = rows.map(({ atMs, ...row }) => ({ ...row, at: isoTime(atMs) }));
  // Whoever wants more asks for what is before the last of these.
  return c.json({ audit: shown, next: rows.length < limit ? null : (rows.at(-1)?.id ?? null) });
});

/** Whoever has the operator token: it has no names of its own. */
const author = 'admin token';

/**
 * Notes a change that another object has made already. It is made whether or not it can be noted:
 * then the log has it.
 */
export async function note({ control }: Deps, change: Omit<AuditAsk, 'author'>): Promise<void> {
  const row: AuditAsk = { ...change, author };
  await control.port.audit(row).catch((cause: unknown) => {
    logEvent('audit-lost', { ...row, cause: String(cause) });
  });
}
