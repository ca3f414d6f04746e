// The hold of a call while its run is waited for, and when nobody waits any more. What breaks if
// this fails: a report that is in time comes too late, or a Worker that dies makes a run free.

import { expect, test } from 'vitest';
import { decisionOf, requestIdOf, spentOf } from '../support/chat.ts';
import { RUN_NANO_USD } from '../support/origin-policy.ts';
import { type OwnOrigin, postTo, report, step, useOwnOrigin } from '../support/own-origin.ts';
import { poll } from '../support/poll.ts';
import type { TestStack } from '../support/stack.ts';

let stack: TestStack;
let own: OwnOrigin;
let key: string;
let principal: string;

useOwnOrigin((its) => {
  ({ stack, own, key, principal } = its);
});

const leaseEnd = async (): Promise<number> => {
  const [hold] = (await stack.principal(principal)).holds;
  return hold === undefined ? 0 : Date.parse(hold.expiresAt);
};

test('a hold is kept alive while a report is waited for', async () => {
  own.answer = (_asked, response) => void response.end('{}');
  const response = await postTo(stack, '/api/patient', key);
  await response.text();
  const first = await leaseEnd();
  expect(first).toBeGreaterThan(0);
  // Twice renewed: by now the lease that the call had at its end may be over.
  const second = await poll('a later end', async () => {
    const end = await leaseEnd();
    return end > first + 1_000 ? end : null;
  });
  await poll('a later one', async () => ((await leaseEnd()) > second + 1_000 ? true : null));
  await report(stack, own.asked[0]?.grant ?? '', { id: 'late', nanoUsd: 7 });
  expect((await decisionOf(stack, requestIdOf(response))).settledNanoUsd).toBe(7);
  expect((await spentOf(stack, principal)).nanoUsd).toBe(7);
});

test('a call whose Worker dies is charged its whole hold, whatever its steps were', async () => {
  let isStepDone = false;
  own.answer = async ({ grant }, response) => {
    await (await step(stack, grant)).text();
    isStepDone = true;
    response.writeHead(200, { 'Content-Type': 'text/event-stream' });
    response.write('data: {"type":"start"}\n\n');
  };
  const gone = postTo(stack, '/api/own', key).then((response) => response.text());
  gone.catch(() => undefined);
  await poll('a step', () => Promise.resolve(isStepDone ? true : null));
  await stack.kill();
  await stack.restart();
  const spent = await spentOf(stack, principal, 20_000);
  expect(spent.nanoUsd).toBe(RUN_NANO_USD);
});
