// The doors that stay shut: the operator API without its token or without any token set, a gateway
// that lacks a secret or has one that is wrong. If this breaks, a deployment that forgot a secret
// serves everybody. Rotations are in `key-rotation.test.ts`.

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CHAT, chatBody, LOCAL_IP } from '../support/chat.ts';
import { expectProblem, heard } from '../support/problem.ts';
import { startStack, type TestStack } from '../support/stack.ts';
import { expectUntouched } from '../support/untouched.ts';

const ENDPOINTS: readonly (readonly [string, string, string | undefined])[] = [
  ['GET', `/principals/${encodeURIComponent(LOCAL_IP)}`, undefined],
  [
    'PUT',
    `/principals/${encodeURIComponent(LOCAL_IP)}/budgets`,
    '{"window":"day","unit":"nanoUsd","cap":9}',
  ],
  [
    'DELETE',
    `/principals/${encodeURIComponent(LOCAL_IP)}/budgets`,
    '{"window":"day","unit":"nanoUsd"}',
  ],
  ['POST', '/keys', '{"name":"mine"}'],
  ['GET', '/keys/000000000000', undefined],
  ['DELETE', '/keys/000000000000', undefined],
  ['GET', `/requests/0000000_${'A'.repeat(22)}.AAAAAAAA.0`, undefined],
  ['GET', '/nothing', undefined],
];

const ask = (
  stack: Pick<TestStack, 'gatewayUrl'>,
  [method, path, body]: (typeof ENDPOINTS)[number],
  headers: Readonly<Record<string, string>>,
): Promise<Response> =>
  fetch(`${stack.gatewayUrl}/_weighbridge/admin${path}`, {
    method,
    headers,
    ...(body === undefined ? {} : { body }),
  });

describe('with a token set', () => {
  let stack: TestStack;

  beforeAll(async () => {
    stack = await startStack();
  });
  afterAll(() => stack.close());

  test.each(ENDPOINTS)(
    '%s %s refuses every wrong token, and says nothing else',
    async (...endpoint) => {
      const token = stack.adminToken;
      const wrong: Record<string, string>[] = [
        {},
        { Authorization: '' },
        { Authorization: 'Bearer ' },
        { Authorization: 'Bearer null' },
        { Authorization: `Bearer ${token.slice(0, -1)}` },
        { Authorization: `Bearer ${token}x` },
        { Authorization: `Bearer ${token.toLowerCase()}` },
        { Authorization: `Basic ${Buffer.from(`admin:${token}`).toString('base64')}` },
        { Cookie: `token=${token}` },
        { 'X-Admin-Token': token },
      ];
      for (const headers of wrong) {
        const response = await ask(stack, endpoint, headers);
        expect(response.headers.get('WWW-Authenticate')).toMatch(/^Bearer /);
        expectProblem(await heard(response), 401, 'admin_token_invalid');
      }
      const inQuery = [endpoint[0], `${endpoint[1]}?token=${token}`, endpoint[2]] as const;
      expect((await ask(stack, inQuery, {})).status).toBe(401);
    },
  );

  test('a caller’s own API key is no operator token', async () => {
    const { key } = await stack.makeKey();
    for (const endpoint of ENDPOINTS) {
      const response = await ask(stack, endpoint, { Authorization: `Bearer ${key}` });
      expectProblem(await heard(response), 401, 'admin_token_invalid');
    }
  });

  test('none of these attempts changed anything', async () => {
    const { counters } = await stack.principal(LOCAL_IP);
    expect(counters.every((counter) => !counter.overridden)).toBe(true);
  });
});

test('without a token set the operator API is off, for every token', async () => {
  const stack = await startStack({ bindings: { WEIGHBRIDGE_ADMIN_TOKEN: '' } });
  try {
    for (const endpoint of ENDPOINTS) {
      for (const token of ['', 'null', 'undefined', 'x']) {
        const response = await ask(stack, endpoint, { Authorization: `Bearer ${token}` });
        expectProblem(await heard(response), 403, 'admin_disabled');
      }
    }
  } finally {
    await stack.close();
  }
});

const MISSING: readonly (readonly [string, string])[] = [
  ['WEIGHBRIDGE_PROOF_KEY_ACTIVE', ''],
  ['WEIGHBRIDGE_PROOF_KEY_ACTIVE', 'not a key'],
  ['WEIGHBRIDGE_PROOF_KEY_ACTIVE', '1:c2hvcnQ'],
  ['WEIGHBRIDGE_PROOF_KEY_PREVIOUS', 'not a key'],
  // In milliseconds, so that it would never be over.
  ['WEIGHBRIDGE_PROOF_KEY_PREVIOUS', `9:${'A'.repeat(43)}:1800000000000`],
  // The local active key has kid 1: one kid would be two keys.
  ['WEIGHBRIDGE_PROOF_KEY_PREVIOUS', `1:${'A'.repeat(43)}:1800000000`],
  ['WEIGHBRIDGE_PROOF_KEY_NEXT', '3:AAAA'],
  ['WEIGHBRIDGE_API_KEY_SECRET', 'c2hvcnQ'],
  ['WEIGHBRIDGE_API_KEY_SECRET', ''],
  ['OPENAI_API_KEY', ''],
];

test.each(MISSING)(
  'with %s = "%s" nothing is served and nothing forwarded',
  async (name, value) => {
    const stack = await startStack({ bindings: { [name]: value } });
    try {
      const paths = [CHAT, '/api/chat', '/', '/_weighbridge/health', '/_weighbridge/admin/keys'];
      for (const path of paths) {
        const response = await fetch(`${stack.gatewayUrl}${path}`, {
          method: 'POST',
          headers: { Authorization: 'Bearer x', 'Content-Type': 'application/json' },
          body: chatBody(),
        });
        const problem = expectProblem(await heard(response), 503, 'misconfigured');
        // The caller is not told which; the operator's log is.
        expect(JSON.stringify(problem)).not.toContain(name);
      }
      await expectUntouched(stack, []);
      const log = await readFile(join(stack.stateDirectory, 'gateway.log'), 'utf8');
      expect(log).toContain(name);
    } finally {
      await stack.close();
    }
  },
);
