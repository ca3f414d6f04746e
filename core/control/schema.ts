// What an operator may send to set or lift a switch: every field is known, every text bounded. Who
// and why are asked for, because the next one to look at the list was not there.

import * as z from 'zod';
import { PRINCIPAL_CHARS_MAX, SWITCH_PRINCIPALS, switchPrincipal } from './principal.ts';
import {
  AUTHOR_CHARS_MAX,
  EXPIRY_SECONDS_MAX,
  REASON_CHARS_MAX,
  type Switch,
  SWITCH_ACTIONS,
} from './switch.ts';

/** Lists are read in terminals: no control characters, and nothing that turns text round. */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u;

const words = (charsMax: number) =>
  z
    .string()
    .trim()
    .min(1)
    .max(charsMax)
    .refine((text) => !UNSEEN.test(text), 'has characters that nobody can see');

const principal = z
  .string()
  .max(PRINCIPAL_CHARS_MAX)
  .transform((text, context) => {
    const canonical = switchPrincipal(text);
    if (canonical !== null) return canonical;
    context.addIssue({ code: 'custom', message: `write ${SWITCH_PRINCIPALS}` });
    return z.NEVER;
  });

const by = { author: words(AUTHOR_CHARS_MAX), reason: words(REASON_CHARS_MAX) };

export const switchAsk = z
  .strictObject({
    principal,
    action: z.enum(SWITCH_ACTIONS),
    /** Calls that are running end as well. */
    cut: z.boolean().optional(),
    ...by,
    expiresInSeconds: z.int().min(1).max(EXPIRY_SECONDS_MAX).optional(),
  })
  .refine(({ action, cut }) => action === 'off' || cut !== true, {
    path: ['cut'],
    message: 'only with action off: what is downgraded goes on',
  });

export const switchEnd = z.strictObject({ principal, ...by });

export function switchOf(
  { cut = false, expiresInSeconds, ...asked }: z.infer<typeof switchAsk>,
  nowMs: number,
): Switch {
  const expiresAtMs = expiresInSeconds === undefined ? null : nowMs + expiresInSeconds * 1_000;
  return { ...asked, cut, createdAtMs: nowMs, expiresAtMs };
}
