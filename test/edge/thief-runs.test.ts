// A thief who knows the app behind the gateway: he hangs up while its agent works, and the agent,
// or a bug in it, goes on. What breaks if this fails: steps or reports around the end of a run are
// work that nobody is charged for.

import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { decisionOf, requestIdOf, spentOf } from '../support/chat.ts';
import {
  type OriginStack,
  type OwnOrigin,
  postTo,
  report,
  startOriginStack,
  step,
} from '../support/own-origin.ts';
import { poll } from '../support/poll.ts';
import type { TestStack } from '../support/stack.ts';

let origins: OriginStack;
let stack: TestStack;
let own: OwnOrigin;
let key: string;
let principal: string;

beforeAll(async () => {
  origins = await startOriginStack();
  ({ stack, own } = origins);
});
beforeEach(async () => {
  await stack.resetEmulator();
  ({ key, principal } = await stack.makeKey());
});
afterAll(() => origins?.close());

/** How each of them was answered. */
const statusOf = async (answer: Promise<Response>): Promise<number> => {
  const response = await answer.catch(() => null);
  await response?.text().catch(() => '');
  return response?.status ?? 0;
};

test('steps that go on behind a caller who hung up are paid for to the last one', async () => {
  await stack.script({ chunks: 400, chunkDelayMs: 5 });
  const leaving = new AbortController();
  const begun: Promise<number>[] = [];
  let isAsked = false;
  own.answer = async ({ grant }, response) => {
    response.writeHead(200, { 'Content-Type': 'text/event-stream' }).write('data: {}\n\n');
    // Three run when he leaves; the others begin before, while and after the account is closed.
    for (let at = 0; at < 16; at += 1) {
      begun.push(statusOf(step(stack, grant, { stream: true, max_tokens: 400 })));
      if (at === 3) isAsked = true;
      await new Promise((resolve) => setTimeout(resolve, 40));
    }
    response.end();
  };
  const asked = postTo(stack, '/api/own', key, { signal: leaving.signal }).catch(() => null);
  await poll('some steps have begun', () => Promise.resolve(isAsked ? true : null));
  const answer = await asked;
  leaving.abort();
  const requestId = answer === null ? '' : requestIdOf(answer);
  const record = await decisionOf(stack, requestId);
  await poll('all steps have been asked for', () =>
    Promise.resolve(begun.length === 16 ? true : null),
  );
  const statuses = await Promise.all(begun);
  expect(statuses.filter((status) => status === 200).length).toBeGreaterThanOrEqual(3);
  expect(statuses.filter((status) => status === 410).length).toBeGreaterThanOrEqual(1);
  const { billedNanoUsd } = await poll('the provider has ended every call', async () => {
    const ledger = await stack.ledger();
    return ledger.openStreams === 0 ? ledger : null;
  });
  expect(billedNanoUsd).toBeGreaterThan(0);
  expect(record.settledNanoUsd).toBeGreaterThanOrEqual(billedNanoUsd);
  expect((await spentOf(stack, principal)).nanoUsd).toBe(record.settledNanoUsd);
});

test('a report that was taken is charged, however close to the settlement it came', async () => {
  const said: Promise<readonly [number, number]>[] = [];
  own.answer = async ({ grant }, response) => {
    const send = (at: number): void => {
      const nanoUsd = 1 << (at % 20);
      const sent = report(stack, grant, { id: `r${String(at)}`, nanoUsd });
      said.push(statusOf(sent).then((status) => [status, nanoUsd] as const));
    };
    send(0);
    response.end('{}');
    for (let at = 1; at < 20; at += 1) {
      send(at);
      // The same id again, at once: counted once.
      said.push(
        statusOf(report(stack, grant, { id: `r${String(at)}`, nanoUsd: 1 << (at % 20) })).then(
          (status) => [status, 0] as const,
        ),
      );
      await new Promise((resolve) => setTimeout(resolve, 4));
    }
  };
  const response = await postTo(stack, '/api/own', key);
  await response.text();
  const { settledNanoUsd } = await decisionOf(stack, requestIdOf(response));
  await poll('all of them were sent', () => Promise.resolve(said.length === 39 ? true : null));
  const all = await Promise.all(said);
  const taken = all.filter(([status]) => status === 200).reduce((sum, [, one]) => sum + one, 0);
  expect(settledNanoUsd & taken).toBe(taken);
  expect(settledNanoUsd).toBeLessThan(1 << 20);
  expect(all.filter(([status]) => status !== 200 && status !== 410)).toEqual([]);
});
