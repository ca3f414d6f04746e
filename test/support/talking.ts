// A page of an app with a route of its own shape, as it calls: a message, and the id of the
// conversation that the answer before named.

import { expect } from 'vitest';
import { upstreamRequests } from './chat.ts';
import type { TestStack } from './stack.ts';

export type Saying = {
  readonly message: string;
  readonly conversationId?: string | null;
  readonly stream?: boolean;
};

export type Message = { readonly role: string; readonly content: string };
export type Sent = {
  readonly messages?: readonly Message[];
  readonly input?: readonly Message[];
} & Readonly<Record<string, unknown>>;

export const idOf = ({ headers }: Response): string | null =>
  headers.get('Weighbridge-Conversation');

export type Talker = {
  /** Any body at all. */
  post(path: string, body: unknown, init?: RequestInit): Promise<Response>;
  /** Says it, reads the answer to its end, and returns the conversation's id. */
  say(path: string, said: Saying): Promise<string>;
};

export function talker({ gatewayUrl }: TestStack, key: string): Talker {
  const post: Talker['post'] = (path, body, { headers, ...init } = {}) =>
    fetch(`${gatewayUrl}${path}`, {
      method: 'POST',
      headers: {
        'Content-Type': 'application/json',
        Authorization: `Bearer ${key}`,
        ...(headers as Record<string, string>),
      },
      body: typeof body === 'string' ? body : JSON.stringify(body),
      ...init,
    });
  return {
    post,
    async say(path, { conversationId = null, ...said }) {
      const named = conversationId === null ? {} : { conversationId };
      const answer = await post(path, { ...said, ...named });
      const text = await answer.text();
      expect([answer.status, text]).toEqual([200, text]);
      return idOf(answer) ?? '';
    },
  };
}

/** All that went up since the emulator was reset. */
export const sentOf = async (stack: TestStack): Promise<Sent[]> =>
  (await upstreamRequests(stack)).map(({ bodyText }) => JSON.parse(bodyText) as Sent);

/** What went up last, without what stands above it. */
export async function lastHeard(stack: TestStack): Promise<string[]> {
  const { messages, input } = (await sentOf(stack)).at(-1) ?? {};
  return (messages ?? input ?? [])
    .filter(({ role }) => role !== 'system')
    .map(({ role, content }) => `${role}: ${content}`);
}
