// A route of an app's own shape, whole: cases spoil it.

import { ROUTE } from './base.ts';

export const APP = {
  system: 'You answer questions about orders.',
  messageCharsMax: 1_000,
  historyTurnsMax: 6,
  historyBytesMax: 4_000,
} as const;

/** The shipped chat of an app, with one model, in a shape of its own. */
export const APP_ROUTE = { ...ROUTE, toolsMax: 0, app: APP } as const;
