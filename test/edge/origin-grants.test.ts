// Whoever shows a grant that is not good, or a good one where it is not meant, gets nothing and
// costs nothing. What breaks if this fails: a caller, or the app's own server, spends more than was
// held, or on somebody else's hold.

import { SignJWT } from 'jose';
import { expect, test } from 'vitest';
import { decisionOf, requestIdOf, spentOf } from '../support/chat.ts';
import { RUN_NANO_USD } from '../support/origin-policy.ts';
import {
  codeOf,
  type OwnOrigin,
  OWN_SECRET,
  postTo,
  report,
  step,
  useOwnOrigin,
} from '../support/own-origin.ts';
import { poll } from '../support/poll.ts';
import type { TestStack } from '../support/stack.ts';

let stack: TestStack;
let own: OwnOrigin;
let key: string;
let principal: string;

useOwnOrigin((its) => {
  ({ stack, own, key, principal } = its);
});

type Seen = { status: number; code: unknown; retry: string | null };

async function seen(response: Response): Promise<Seen> {
  const { status, headers } = response;
  return { status, code: await codeOf(response), retry: headers.get('x-should-retry') };
}

/** What the origin saw while its run was open. */
async function during(
  work: (grant: string) => Promise<Seen[]>,
  path = '/api/own',
): Promise<{ results: Seen[]; response: Response }> {
  let results: Seen[] = [];
  own.answer = async ({ grant }, response) => {
    results = await work(grant);
    await report(stack, grant, { id: 'end', nanoUsd: 0 });
    response.end('{}');
  };
  const response = await postTo(stack, path, key);
  await response.text();
  return { results, response };
}

const INVALID = { status: 401, code: 'grant_invalid', retry: 'false' };

const claimsOf = (grant: string): Record<string, unknown> =>
  JSON.parse(Buffer.from(grant.split('.')[1] ?? '', 'base64url').toString()) as Record<
    string,
    unknown
  >;

const signed = (claims: Record<string, unknown>): Promise<string> =>
  new SignJWT(claims)
    .setProtectedHeader({ alg: 'HS256', typ: 'weighbridge-grant+jwt' })
    .sign(Buffer.from(OWN_SECRET, 'base64url'));

test('an origin cannot raise its own ceilings, though it has their secret', async () => {
  const { results } = await during(async (grant) => {
    const claims = claimsOf(grant);
    const forged = [
      { ...claims, nano_usd: 1_000_000_000 },
      { ...claims, steps: 1_000 },
      { ...claims, exp: Number(claims['exp']) + 3_600 },
      { ...claims, sub: '00htbc8_AAAAAAAAAAAAAAAAAAAAAA' },
      { ...claims, home: 'edge:1:0', sub: '00htbc8_AAAAAAAAAAAAAAAAAAAAAA' },
      { ...claims, route: 'brief' },
    ];
    const all = [];
    for (const one of forged) all.push(await seen(await step(stack, await signed(one))));
    for (const one of forged) {
      all.push(await seen(await report(stack, await signed(one), { id: 'x', nanoUsd: 1 })));
    }
    return all;
  });
  expect(results).toEqual(results.map(() => INVALID));
  expect((await stack.ledger()).calls).toHaveLength(0);
});

test('nothing that is no grant opens the way to a provider', async () => {
  for (const text of ['', 'wb_x', key, 'sk-emulator', 'a.b.c', stack.adminToken]) {
    expect(await seen(await step(stack, text))).toEqual(INVALID);
  }
  const { status } = await fetch(`${stack.gatewayUrl}/_weighbridge/provider/openai/v1/models`);
  expect(status).toBe(401);
  expect((await stack.ledger()).calls).toHaveLength(0);
});

test('a grant goes to the providers of its run, by its plain paths, and nowhere else', async () => {
  const { results } = await during(async (grant) => {
    const paths = [
      '/spare/v1/chat/completions',
      '/openai/v1/files',
      '/openai/v1/chat/completions/',
      '/openai//v1/chat/completions',
      '/openai/../openai/v1/chat/completions/x',
      '/openai/v1/chat%2Fcompletions',
    ];
    const all = [];
    for (const path of paths) all.push(await seen(await step(stack, grant, {}, path)));
    return all;
  });
  for (const { status } of results) expect(status).toBe(404);
  const { results: elsewhere } = await during(async (grant) => [
    await seen(await postTo(stack, '/api/own', grant)),
    await seen(await postTo(stack, '/v1/chat/completions', grant)),
    await seen(
      await fetch(`${stack.gatewayUrl}/_weighbridge/admin/keys`, {
        method: 'POST',
        headers: { Authorization: `Bearer ${grant}` },
        body: '{"name":"x"}',
      }),
    ),
  ]);
  // A grant is no key: routes ask whoever shows it for a proof, as they ask anybody.
  expect(elsewhere.map(({ code }) => code)).toEqual([
    'proof_required',
    'proof_required',
    'admin_token_invalid',
  ]);
  expect((await stack.ledger()).calls).toHaveLength(0);
});

test('a step offers the models and the ceilings of its run', async () => {
  const { results } = await during(async (grant) => {
    const unknown = await seen(await step(stack, grant, { model: 'gpt-4o' }));
    const large = await seen(await step(stack, grant, { user: 'x'.repeat(20_000) }));
    await (await step(stack, grant, { max_tokens: 100_000 })).text();
    return [unknown, large];
  });
  expect(results.map(({ code }) => code)).toEqual(['model_not_offered', 'body_too_large']);
  const requests = (await (await fetch(`${stack.emulatorUrl}/_emulator/requests`)).json()) as {
    bodyText: string;
  }[];
  expect(requests).toHaveLength(1);
  expect(JSON.parse(requests[0]?.bodyText ?? '{}')).toMatchObject({ max_tokens: 500 });
});

test.each(['Authorization', 'x-api-key', 'x-goog-api-key'])(
  'a grant is a key wherever an SDK puts one: %s',
  async (name) => {
    const statuses: number[] = [];
    await during(async (grant) => {
      const value = name === 'Authorization' ? `Bearer ${grant}` : grant;
      const answer = await fetch(
        `${stack.gatewayUrl}/_weighbridge/provider/openai/v1/chat/completions`,
        {
          method: 'POST',
          headers: { [name]: value, 'Content-Type': 'application/json' },
          body: '{"model":"gpt-4o-mini","messages":[{"role":"user","content":"hello"}]}',
        },
      );
      statuses.push(answer.status);
      await answer.text();
      return [];
    });
    expect(statuses).toEqual([200]);
  },
);

test('a purse may be opened again and again while its run lasts, and never after', async () => {
  own.answer = async ({ grant }, response) => {
    await (await step(stack, grant)).text();
    response.end('{}');
  };
  const response = await postTo(stack, '/api/own', key);
  await response.text();
  const grant = own.asked[0]?.grant ?? '';
  const settledNanoUsd = (await decisionOf(stack, requestIdOf(response))).settledNanoUsd;
  const late = await seen(await step(stack, grant));
  expect(late).toEqual({ status: 410, code: 'grant_over', retry: 'false' });
  expect((await stack.ledger()).calls).toHaveLength(1);
  expect((await spentOf(stack, principal)).nanoUsd).toBe(settledNanoUsd);
});

test('a grant dies with its time, although its call goes on', async () => {
  const { results } = await during(
    (grant) =>
      poll('the end of the grant', async () => {
        const answer = await report(stack, grant, { id: 'alive', nanoUsd: 0 });
        if (answer.ok) return null;
        return [await seen(answer), await seen(await step(stack, grant))];
      }),
    '/api/brief',
  );
  expect(results).toEqual([INVALID, INVALID]);
});

test('all steps at once never spend more than was held', async () => {
  // Room for about four of them by money, for eight by number.
  await stack.setCap(principal, 'day', 'nanoUsd', 2_000_000);
  await stack.script({ chunks: 400, chunkDelayMs: 0 });
  const { results, response } = await during(async (grant) =>
    Promise.all(
      Array.from({ length: 24 }, async () => {
        const answer = await step(stack, grant, { max_tokens: 500 });
        const { status } = answer;
        const body = (await answer.json()) as { code?: unknown };
        return { status, code: body.code, retry: answer.headers.get('x-should-retry') };
      }),
    ),
  );
  const { billedNanoUsd, calls } = await stack.ledger();
  expect(calls.length).toBe(results.filter(({ status }) => status === 200).length);
  expect(calls.length).toBeLessThanOrEqual(8);
  expect(calls.length).toBeGreaterThan(1);
  for (const { status, retry } of results) {
    if (status !== 200) expect([status, retry]).toEqual([402, 'false']);
  }
  expect(billedNanoUsd).toBeLessThanOrEqual(2_000_000);
  expect((await decisionOf(stack, requestIdOf(response))).settledNanoUsd).toBe(billedNanoUsd);
});

test('steps and reports of one run leave every other one alone', async () => {
  const grants: string[] = [];
  own.answer = async ({ grant }, response) => {
    grants.push(grant);
    await (await step(stack, grant)).text();
    response.end('{}');
  };
  const responses = await Promise.all([1, 2, 3].map(() => postTo(stack, '/api/own', key)));
  for (const response of responses) await response.text();
  expect(new Set(grants.map((grant) => claimsOf(grant)['sub'])).size).toBe(3);
  const records = await Promise.all(responses.map((one) => decisionOf(stack, requestIdOf(one))));
  const { billedNanoUsd } = await stack.ledger();
  const sum = records.reduce((total, { settledNanoUsd }) => total + settledNanoUsd, 0);
  expect(sum).toBe(billedNanoUsd);
  expect((await spentOf(stack, principal)).nanoUsd).toBe(billedNanoUsd);
  expect(RUN_NANO_USD).toBeGreaterThan(billedNanoUsd);
});
