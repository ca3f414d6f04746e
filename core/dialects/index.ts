// Every dialect, in the order they are tried. The line is the registration.

import type { Dialect } from './dialect.ts';
import { openaiChat } from './openai-chat.ts';

export const DIALECTS = [openaiChat] as const satisfies readonly Dialect[];

export const dialectById = (id: string): Dialect | null =>
  DIALECTS.find((dialect) => dialect.id === id) ?? null;
