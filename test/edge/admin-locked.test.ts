// The doors that stay shut: the operator API without its token or without any token set, a gateway
// that lacks a secret, a proof sealed with a key that was taken away. And the one that stays open:
// proofs issued before a key rotation are good after it. If this breaks, a deployment that forgot a
// secret serves everybody, or every rotation locks honest callers out.

import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startStack as startLocalStack } from '../../local/stack.ts';
import { askChallenge, prove } from '../support/anonymous.ts';
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

describe('key rotation', () => {
  const [oldKey, newKey] = [8, 9].map((kid) => `${kid}:${randomBytes(32).toString('base64url')}`);
  const proofKeys = (active = '', previous = '', next = ''): Record<string, string> => ({
    WEIGHBRIDGE_PROOF_KEY_ACTIVE: active,
    WEIGHBRIDGE_PROOF_KEY_PREVIOUS: previous,
    WEIGHBRIDGE_PROOF_KEY_NEXT: next,
  });

  const body = chatBody();
  const send = async (url: string, headers: Record<string, string>): Promise<number> => {
    const response = await fetch(`${url}${CHAT}`, { method: 'POST', headers, body });
    await response.text();
    return response.status;
  };

  /** Another gateway on the state of the first, which has to have ended. */
  async function onSameState<Value>(
    first: TestStack,
    bindings: Record<string, string>,
    act: (url: string) => Promise<Value>,
  ): Promise<Value> {
    const { stateDirectory, workerFile } = first;
    const options = { port: 0, emulatorPort: 0, stateDirectory, workerFile, emulatorOnly: true };
    const stack = await startLocalStack({ ...options, bindings });
    try {
      return await act(stack.gatewayUrl);
    } finally {
      await stack.close();
    }
  }

  test('keeps proofs from before it good, spent ones spent, and drops a key that is taken out', async () => {
    const first = await startStack({ bindings: proofKeys(oldKey, '', newKey) });
    try {
      const challenge = (): Promise<string> => askChallenge(first.gatewayUrl, { path: CHAT });
      const [spent, unspent, late] = await Promise.all(
        [await challenge(), await challenge(), await challenge()].map((wire) => prove(wire, body)),
      );
      expect(await send(first.gatewayUrl, spent ?? {})).toBe(200);
      await first.kill();

      const after = await onSameState(first, proofKeys(newKey, oldKey), async (url) => {
        const fresh = await prove(await askChallenge(url, { path: CHAT }), body);
        return [
          await send(url, spent ?? {}),
          await send(url, unspent ?? {}),
          await send(url, fresh),
        ];
      });
      expect(after).toEqual([403, 200, 200]);

      const dropped = await onSameState(first, proofKeys(newKey), (url) => send(url, late ?? {}));
      expect(dropped).toBe(403);
    } finally {
      await first.close();
    }
  });
});
