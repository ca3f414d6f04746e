// Alerts as the operator writes them: of which counter somebody is told, and at which hundredths of
// its cap. Once a window; so a window has to end, or to be a whole life.

import * as z from 'zod';
import { LIMIT_UNITS } from './limit-schema.ts';
import { PURSE_SCOPES } from './scope.ts';
import { slug } from './schema-words.ts';

export const ALERTS_MAX = 50;
/** Of one alert: each is a line and a row in every window that passes it. */
export const ALERT_PERCENTS_MAX = 10;

/** One that never turns over, and is no life, would be told of once and never again. */
const WINDOWS = ['minute', 'hour', 'day', 'week', 'month', 'lifetime'] as const;

const NAMED = /^(?:global|(?:route|model|tenant|preview):[^\s]{1,128})$/;

const isWatchable = (principal: string): boolean =>
  NAMED.test(principal) || PURSE_SCOPES.some((scope) => scope === principal);

export const alert = z.strictObject({
  id: slug,
  /** A purse by its scope, each of its members for itself; or a shared budget by its name. */
  principal: z
    .string()
    .refine(
      isWatchable,
      `write global, route:…, model:…, tenant:…, preview:… or one of ${PURSE_SCOPES.join(', ')}`,
    ),
  window: z.enum(WINDOWS, {
    error: `an alert is told once a window: write one of ${WINDOWS.join(', ')}`,
  }),
  /** As in the limit. */
  unit: z.enum(LIMIT_UNITS),
  percents: z.array(z.int().min(1).max(100)).min(1).max(ALERT_PERCENTS_MAX),
});

export type AlertSource = z.input<typeof alert>;
