// `POST /_weighbridge/usage`: what a run used at a provider that its origin called by itself. Shown
// with the run's grant, counted once for each id, and taken until the run is settled.

import { priceReport, reportSchema } from '../../core/run/report.ts';
import type { AppContext } from '../app.ts';
import { readShownGrant } from '../grants.ts';
import { reportTo } from '../run-account.ts';
import { readJson, say } from './admin-answers.ts';

export async function usage(c: AppContext): Promise<Response> {
  const deps = c.get('deps');
  const granted = readShownGrant(c.req.raw.headers, deps);
  if (!granted.ok) return say(c, granted.error);
  const said = await readJson(c, reportSchema);
  if (!said.ok) return say(c, said.error);
  const { route, ticket } = granted.value;
  const report = priceReport(said.value, route.models);
  if (!report.ok) return say(c, report.error);
  const told = await reportTo(ticket, report.value, deps);
  if (!told.ok) return say(c, told.error);
  const { id, nanoUsd } = report.value;
  return c.json({ run: ticket.id, id, nanoUsd, status: told.value });
}
