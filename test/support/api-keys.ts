// What tests of API keys ask of a stack: make one, rotate it, look at it, call with it, and be
// refused for a reason that the record has.

import { expect } from 'vitest';
import { chatBody, decisionOf, postChat, requestIdOf } from './chat.ts';
import { expectProblem, heard } from './problem.ts';
import type { MadeKey, TestStack } from './stack.ts';

export type Rotated = MadeKey & { readonly prefix: string; readonly previous: object | null };
export type Shown = Readonly<Record<string, unknown>>;

export type KeyDesk = {
  make(parts?: object): Promise<MadeKey>;
  rotate(id: string, parts?: object): Promise<Rotated>;
  look(id: string): Promise<Shown>;
  /** The status of one small call. */
  call(key: string): Promise<number>;
  post(key: string, path: string, body: object): Promise<Response>;
  /** How many calls have gone up. */
  forwarded(): Promise<number>;
  /** Refused with this code; the record has the reason. */
  refused(response: Response, status: number, code: string, reason: string): Promise<void>;
};

export const keyDesk = (stack: TestStack): KeyDesk => ({
  make: (parts = {}) =>
    stack.admin('POST', '/keys', { name: 'shop', ...parts }) as Promise<MadeKey>,
  rotate: (id, parts = {}) => stack.admin('POST', `/keys/${id}/rotate`, parts) as Promise<Rotated>,
  look: (id) => stack.admin('GET', `/keys/${id}`) as Promise<Shown>,
  async call(key) {
    const response = await postChat(stack, key, chatBody({ max_tokens: 20 }));
    await response.text();
    return response.status;
  },
  post: (key, path, body) =>
    fetch(`${stack.gatewayUrl}${path}`, {
      method: 'POST',
      headers: { Authorization: `Bearer ${key}`, 'Content-Type': 'application/json' },
      body: JSON.stringify(body),
    }),
  forwarded: async () => (await stack.ledger()).calls.length,
  async refused(response, status, code, reason) {
    const requestId = requestIdOf(response);
    expectProblem(await heard(response), status, code);
    expect(JSON.stringify((await decisionOf(stack, requestId)).gates)).toContain(reason);
  },
});
