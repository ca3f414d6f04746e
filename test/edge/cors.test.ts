// Pages of other origins: a listed one may call and can read every answer, refusals included; any
// other gets nothing it could read. Preflights are answered before anything else and cost nothing.
// If this breaks, a browser shows "Failed to fetch" to honest people, or a stranger's page spends
// their budget.

import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { inRoot } from '../../local/paths.ts';
import { askChallenge, makeDevice, prove } from '../support/anonymous.ts';
import { CHAT, chatBody, postChat } from '../support/chat.ts';
import { LISTED_ORIGIN } from '../support/edge-policy.ts';
import { startStack, type TestStack } from '../support/stack.ts';
import { expectUntouched } from '../support/untouched.ts';

let stack: TestStack;
let key: string;
let principal: string;

beforeAll(async () => {
  stack = await startStack({ policyFile: inRoot('test/support/edge-policy.ts') });
});

beforeEach(async () => {
  await stack.resetEmulator();
  await stack.script({ chunks: 2, chunkDelayMs: 0 });
  ({ key, principal } = await stack.makeKey());
});

afterAll(() => stack.close());

const UNLISTED = [
  'https://evil.example',
  'null',
  'https://evil-app.example',
  'https://app.example.evil',
  'https://app.example.evil.example',
  'http://app.example',
  'https://app.example:8443',
  'https://APP.example',
  'https://sub.app.example',
];

const varies = (response: Response): boolean =>
  (response.headers.get('Vary') ?? '').split(/, */).includes('Origin');

const preflight = (origin: string, path = CHAT): Promise<Response> =>
  fetch(`${stack.gatewayUrl}${path}`, {
    method: 'OPTIONS',
    headers: {
      Origin: origin,
      'Access-Control-Request-Method': 'POST',
      'Access-Control-Request-Headers': 'content-type, inference-proof, content-digest',
    },
  });

describe('preflights', () => {
  test.each([CHAT, '/api/chat', '/.well-known/inference-proof/challenge'])(
    'of a listed origin are allowed for %s',
    async (path) => {
      const response = await preflight(LISTED_ORIGIN, path);
      expect(response.status).toBe(204);
      expect(response.headers.get('Access-Control-Allow-Origin')).toBe(LISTED_ORIGIN);
      const allowed = response.headers.get('Access-Control-Allow-Headers')?.toLowerCase() ?? '';
      for (const name of ['content-type', 'inference-proof', 'content-digest', 'authorization']) {
        expect(allowed.split(', ')).toContain(name);
      }
      expect(response.headers.get('Access-Control-Allow-Methods')).toContain('POST');
      expect(response.headers.get('Access-Control-Allow-Credentials')).toBeNull();
      expect(varies(response)).toBe(true);
      await expectUntouched(stack, [principal]);
    },
  );

  test.each(UNLISTED)('of %s are answered without leave', async (origin) => {
    const response = await preflight(origin);
    expect(response.status).toBe(204);
    expect(response.headers.get('Access-Control-Allow-Origin')).toBeNull();
    expect(response.headers.get('Access-Control-Allow-Headers')).toBeNull();
    expect(varies(response)).toBe(true);
  });
});

type Answer = { readonly name: string; readonly status: number; readonly ask: AskWith };
type AskWith = (origin: string) => Promise<Response>;

const withKey =
  (body = chatBody()) =>
  (origin: string): Promise<Response> =>
    postChat(stack, key, body, { Origin: origin });

const post = (
  headers: Readonly<Record<string, string>>,
  body = chatBody(),
  path: string = CHAT,
): Promise<Response> => fetch(`${stack.gatewayUrl}${path}`, { method: 'POST', headers, body });

const json = { 'Content-Type': 'application/json' };

/** Every kind of answer there is. */
const ANSWERS: readonly Answer[] = [
  { name: 'an answer', status: 200, ask: withKey() },
  { name: 'a stream', status: 200, ask: withKey(chatBody({ stream: true })) },
  { name: 'a bad body', status: 400, ask: withKey('hello') },
  { name: 'no proof', status: 401, ask: (origin) => post({ ...json, Origin: origin }) },
  {
    name: 'no budget',
    status: 402,
    ask: async (origin) => {
      await stack.setCap(principal, 'day', 'nanoUsd', 0);
      return withKey()(origin);
    },
  },
  {
    name: 'a spent proof',
    status: 403,
    ask: async (origin) => {
      const device = await makeDevice();
      const wire = await askChallenge(stack.gatewayUrl, { path: CHAT, jkt: device.jkt });
      const headers = await prove(wire, chatBody(), device);
      await (await post(headers)).text();
      return post({ ...headers, Origin: origin });
    },
  },
  { name: 'no such path', status: 404, ask: (origin) => post({ Origin: origin }, '', '/nowhere') },
  {
    name: 'no place',
    status: 429,
    ask: async (origin) => {
      await stack.setCap(principal, 'now', 'concurrentCalls', 0);
      return withKey()(origin);
    },
  },
  {
    name: 'a fault of the provider',
    status: 500,
    ask: async (origin) => {
      await stack.script({ fault: '500' });
      return withKey()(origin);
    },
  },
  {
    name: 'no provider',
    status: 502,
    ask: async (origin) => {
      await stack.script({ fault: 'refuse' });
      return withKey()(origin);
    },
  },
];

describe('answers', () => {
  test.each(ANSWERS)('$name ($status) can be read by a listed origin', async ({ status, ask }) => {
    const response = await ask(LISTED_ORIGIN);
    await response.text();
    expect(response.status).toBe(status);
    expect(response.headers.get('Access-Control-Allow-Origin')).toBe(LISTED_ORIGIN);
    expect(response.headers.get('Access-Control-Allow-Credentials')).toBeNull();
    const exposed = response.headers.get('Access-Control-Expose-Headers')?.split(', ') ?? [];
    expect(exposed).toEqual(expect.arrayContaining(['Inference-Proof-Next', 'Retry-After']));
    expect(exposed).toContain('Weighbridge-Request-Id');
    expect(varies(response)).toBe(true);
  });

  test.each(ANSWERS)('$name ($status) cannot be read by any other', async ({ status, ask }) => {
    const response = await ask('https://evil.example');
    await response.text();
    expect(response.status).toBe(status);
    expect(response.headers.get('Access-Control-Allow-Origin')).toBeNull();
    expect(response.headers.get('Access-Control-Expose-Headers')).toBeNull();
    expect(varies(response)).toBe(true);
  });

  test.each(UNLISTED)('%s is nobody we list', async (origin) => {
    const response = await withKey()(origin);
    expect(response.headers.get('Access-Control-Allow-Origin')).toBeNull();
  });

  test('a caller without an origin gets no CORS header at all', async () => {
    const response = await postChat(stack, key);
    expect(response.headers.get('Access-Control-Allow-Origin')).toBeNull();
    expect(response.headers.get('Vary')).toBeNull();
  });
});
