// What a caller hears of a switch: that an operator has turned the thing off, and until when if
// that is known. Never what it is on, who did it or why; and that trying again is no use.

import type { SwitchAction } from './switch.ts';

type SwitchedOff = { readonly action: SwitchAction; readonly untilMs: number | null };

/** `2026-11-22 14:05 UTC` */
const minute = (ms: number): string =>
  `${new Date(ms).toISOString().slice(0, 'YYYY-MM-DDTHH:MM'.length).replace('T', ' ')} UTC`;

const MINUTE_MS = 60_000;

export const switchedOff = ({ action, untilMs }: SwitchedOff) => ({
  status: 503,
  title: 'Switched off',
  detail:
    (action === 'off'
      ? 'The operator of this service has switched this off'
      : 'The operator of this service offers this in a smaller form only, and there is none') +
    // Rounded up: who comes at that minute is served.
    (untilMs === null ? '. ' : ` until ${minute(Math.ceil(untilMs / MINUTE_MS) * MINUTE_MS)}. `) +
    (untilMs === null ? 'Trying again changes nothing.' : 'Trying again before changes nothing.'),
});
