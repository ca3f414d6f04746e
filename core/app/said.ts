// What the caller of an app's own route may say: a message, and which conversation it goes on with.
// Nothing else: no model, no role, no history, no field that a provider would read.

import * as z from 'zod';
import type { Denial } from '../denial.ts';
import type { App } from '../policy/policy.ts';
import { err, ok, type Result } from '../result.ts';
import { shapeDenial } from '../shape-failure.ts';

/** Of a conversation's id, which is random: nobody guesses one of 2^128. */
export const CONVERSATION_ID_BYTES = 16;

const said = z.strictObject({
  // Providers refuse blanks, and one that is remembered would spoil every turn behind it.
  message: z.string().regex(/\S/, 'say something'),
  conversationId: z
    .string()
    .regex(/^[A-Za-z0-9_-]{22}$/, 'send the id that the first answer named, or none')
    .optional(),
  stream: z.boolean().optional(),
});

export type Said = {
  readonly message: string;
  /** Null in a new conversation. */
  readonly conversationId: string | null;
  readonly stream: boolean;
};

export function readSaid(json: unknown, { messageCharsMax }: App): Result<Said, Denial> {
  const parsed = said.safeParse(json);
  if (!parsed.success) return err(shapeDenial(parsed.error));
  const { message, conversationId = null, stream = false } = parsed.data;
  if (message.length > messageCharsMax) {
    const sentence = `A message may have ${String(messageCharsMax)} characters at most.`;
    return err({ kind: 'shape-refused', field: 'message', sentence });
  }
  return ok({ message, conversationId, stream });
}
