// Kill switches as an operator turns them, and what was measured: from the moment the change was
// answered until somebody was refused.

import { poll } from './poll.ts';
import type { TestStack } from './stack.ts';

export type PutAnswer = {
  readonly switch: Readonly<Record<string, unknown>>;
  readonly replaced: Readonly<Record<string, unknown>> | null;
  readonly epoch: number;
  readonly shards: number;
  readonly heard: number;
  readonly ms: number;
};

const BY = { author: 'ada', reason: 'a test' };

/** What the operator was promised. */
export const REFUSED_MS_MAX = 1_000;

export const putSwitch = (
  stack: TestStack,
  principal: string,
  more: Readonly<Record<string, unknown>> = {},
): Promise<PutAnswer> =>
  stack.admin('PUT', '/switches', {
    principal,
    action: 'off',
    ...BY,
    ...more,
  }) as Promise<PutAnswer>;

export const liftSwitch = (stack: TestStack, principal: string): Promise<unknown> =>
  stack.admin('DELETE', '/switches', { principal, ...BY });

/** Milliseconds until this is so; at most as many as were promised. */
export async function msUntil(what: string, isSo: () => Promise<boolean>): Promise<number> {
  const startedAtMs = performance.now();
  await poll(what, isSo, REFUSED_MS_MAX);
  return Math.round(performance.now() - startedAtMs);
}
