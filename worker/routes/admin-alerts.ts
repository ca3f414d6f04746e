// The latest alerts: which counters passed which share of their caps, newest first. The log has all
// of them; this is the list for whoever looks.

import { Hono } from 'hono/tiny';
import { ALERTS_LISTED_MAX } from '../../core/control/messages.ts';
import type { AppEnv } from '../app.ts';
import { isoTime } from './admin-answers.ts';

export const alerts = new Hono<AppEnv>();

alerts.get('/', async (c) => {
  const rows = await c.get('deps').control.port.alerts(ALERTS_LISTED_MAX);
  return c.json({ alerts: rows.map(({ atMs, ...row }) => ({ ...row, at: isoTime(atMs) })) });
});
