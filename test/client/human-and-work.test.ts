// A call that needs a human needs work too. Neither waits for the other, and neither goes on when
// the other has failed.

import { afterEach, beforeEach, expect, test } from 'vitest';
import { createFetch, type FetchOptions, type ProvingFetch } from '../../client/create-fetch.ts';
import { createHumanAsker } from '../../client/human-asker.ts';
import type { SolveHuman } from '../../client/human-challenge.ts';
import { createSolver, type Solve } from '../../client/solver.ts';
import { type ProofGateway, startProofGateway } from './proof-gateway.ts';

let gateway: ProofGateway;

beforeEach(async () => {
  gateway = await startProofGateway({ human: { siteKey: 'key', action: 'act', pass: 'pass' } });
});

afterEach(() => gateway.close());

const chat = { method: 'POST', body: '{"model":"m"}' };

function clientOf(solve: Solve, solveHuman: SolveHuman): ProvingFetch {
  const options: FetchOptions = { gateway: gateway.url };
  return createFetch(options, {
    loadSolver: () => Promise.resolve(() => solve),
    openHumanAsker: () => Promise.resolve(createHumanAsker(solveHuman)),
  });
}

function once(): { promise: Promise<void>; resolve: () => void } {
  let resolve = (): void => undefined;
  const promise = new Promise<void>((settle) => (resolve = settle));
  return { promise, resolve: () => resolve() };
}

/** Something that is not done before it is told to end. */
function endless(): { until: (signal: AbortSignal | null) => Promise<never>; ends: unknown[] } {
  const ends: unknown[] = [];
  const until = (signal: AbortSignal | null): Promise<never> =>
    new Promise((_resolve, reject) => {
      signal?.addEventListener('abort', () => {
        ends.push(signal.reason);
        reject(new Error('ended'));
      });
    });
  return { until, ends };
}

test('the work is done while the visitor is busy', async () => {
  const solve = createSolver({});
  const { promise: done, resolve: tellDone } = once();
  const solveAndTell: Solve = (...given) => solve(...given).finally(tellDone);
  // A visitor who is slower than the work, whatever it takes.
  const proving = clientOf(solveAndTell, () => done.then(() => 'token'));
  expect((await proving(`${gateway.url}/api/chat`, chat)).status).toBe(200);
  expect(gateway.calls).toMatchObject([{ proof: 'ok', humanToken: 'token' }]);
});

test('the work ends when the visitor does not want to', async () => {
  const reason = new DOMException('no', 'AbortError');
  const work = endless();
  const { promise: working, resolve: tellWorking } = once();
  const proving = clientOf(
    (_puzzle, signal) => {
      tellWorking();
      return work.until(signal);
    },
    () => working.then(() => Promise.reject(reason)),
  );
  await expect(proving(`${gateway.url}/api/chat`, chat)).rejects.toBe(reason);
  expect(work.ends).toEqual([reason]);
  expect(gateway.calls).toEqual([]);
});

test('the visitor is no longer asked when the work has failed', async () => {
  const failure = new Error('no solver');
  const question = endless();
  const { promise: asked, resolve: tellAsked } = once();
  const proving = clientOf(
    () => asked.then(() => Promise.reject(failure)),
    ({ signal }) => {
      tellAsked();
      return question.until(signal);
    },
  );
  await expect(proving(`${gateway.url}/api/chat`, chat)).rejects.toBe(failure);
  expect(question.ends).toEqual([failure]);
});

test('both end when the caller leaves', async () => {
  const leaving = new AbortController();
  const work = endless();
  const question = endless();
  let begun = 0;
  const proving = clientOf(
    (_puzzle, signal) => {
      begun += 1;
      return work.until(signal);
    },
    ({ signal }) => {
      begun += 1;
      return question.until(signal);
    },
  );
  const call = proving(`${gateway.url}/api/chat`, { ...chat, signal: leaving.signal });
  await expect.poll(() => begun).toBe(2);
  leaving.abort();
  await expect(call).rejects.toBe(leaving.signal.reason);
  expect([work.ends, question.ends]).toEqual([[leaving.signal.reason], [leaving.signal.reason]]);
});
