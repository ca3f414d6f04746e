// Callers of a conversation: the official OpenAI package with a key of its own, and what it was
// refused.

import OpenAI, { PermissionDeniedError } from 'openai';
import { expect } from 'vitest';
import { MODEL } from './chat.ts';
import type { TestStack } from './stack.ts';

export type Message = OpenAI.ChatCompletionMessageParam;

export const hello: Message = { role: 'user', content: 'hello' };
export const more: Message = { role: 'user', content: 'and then?' };
export const NOT_CONTINUED = 'conversation_not_continued';

export type Caller = {
  readonly openai: OpenAI;
  readonly key: string;
  /** Requests that the package really sent. */
  readonly sent: () => number;
};

export async function makeCaller(stack: TestStack, base = '/v1'): Promise<Caller> {
  const { key } = await stack.makeKey();
  let sent = 0;
  const openai = new OpenAI({
    apiKey: key,
    baseURL: `${stack.gatewayUrl}${base}`,
    fetch: (input, init) => {
      sent += 1;
      return fetch(input, init);
    },
  });
  return { openai, key, sent: () => sent };
}

export async function whole({ openai }: Caller, messages: readonly Message[]): Promise<Message> {
  const answer = await openai.chat.completions.create({ model: MODEL, messages: [...messages] });
  const message = answer.choices[0]?.message;
  if (message === undefined) throw new Error('no choice');
  return message;
}

export const textOf = ({ content }: Message): string =>
  typeof content === 'string' ? content : '';

/** The refusal, which the package must not have asked for twice, or null. */
export async function refusalOf(
  caller: Caller,
  messages: readonly Message[],
): Promise<string | null> {
  const before = caller.sent();
  const refusal = await whole(caller, messages).then(
    () => null,
    (cause: unknown) => {
      if (!(cause instanceof PermissionDeniedError)) throw cause;
      expect(cause.headers.get('x-should-retry')).toBe('false');
      return cause.code ?? '';
    },
  );
  expect(caller.sent() - before).toBe(1);
  return refusal;
}
