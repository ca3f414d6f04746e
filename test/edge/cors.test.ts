// Pages of other origins: a listed one or a preview may call and can read every answer, refusals
// included; any other gets nothing it could read. Preflights are answered before anything else and
// cost nothing. If this breaks, a browser shows "Failed to fetch" to honest people, or a stranger's
// page spends their budget.

import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { inRoot } from '../../local/paths.ts';
import { CHAT, postChat } from '../support/chat.ts';
import { ANSWERS } from '../support/cors-answers.ts';
import { LISTED_ORIGIN, PREVIEW, PREVIEW_ORIGIN } from '../support/edge-policy.ts';
import { startStack, type TestStack } from '../support/stack.ts';
import { expectUntouched } from '../support/untouched.ts';

let stack: TestStack;
let key: string;
let principal: string;

beforeAll(async () => {
  stack = await startStack({
    policyFile: inRoot('test/support/edge-policy.ts'),
    bindings: { ANTHROPIC_API_KEY: '' },
  });
});

beforeEach(async () => {
  await stack.resetEmulator();
  await stack.script({ chunks: 2, chunkDelayMs: 0 });
  ({ key, principal } = await stack.makeKey());
});

afterAll(() => stack.close());

const READERS = [LISTED_ORIGIN, PREVIEW_ORIGIN];
const STRANGERS = [
  'https://evil.example',
  'null',
  '*',
  'https://evil-app.example',
  'https://app.example.evil',
  'https://app.example.evil.example',
  'http://app.example',
  'https://app.example:8443',
  'https://APP.example',
  'https://sub.app.example',
  'https://preview.example',
  'https://evil-preview.example',
  'https://pr-7.preview.example.evil',
  'http://pr-7.preview.example',
  'https://pr-7.preview.example:8443',
];
/** Of the strangers those of the matrix; single answers are held against all of them. */
const CELLS = STRANGERS.slice(0, 5).filter((origin) => origin !== '*');

const EXPOSED = [
  'Inference-Proof-Next',
  'Retry-After',
  'Weighbridge-Request-Id',
  'Weighbridge-Decision',
  'Weighbridge-Narrowed',
  'Weighbridge-Model-Served',
  'Weighbridge-Conversation',
];

const varies = (response: Response): boolean =>
  (response.headers.get('Vary') ?? '').split(/, */).includes('Origin');

/** Names of the headers that open an answer to a page. */
const leave = ({ headers }: Response): string[] =>
  [...headers.keys()].filter((name) => name.startsWith('access-control-'));

const preflight = (origin: string | null, path = CHAT): Promise<Response> =>
  fetch(`${stack.gatewayUrl}${path}`, {
    method: 'OPTIONS',
    headers: {
      ...(origin === null ? {} : { Origin: origin }),
      'Access-Control-Request-Method': 'POST',
      'Access-Control-Request-Headers': 'content-type, inference-proof, content-digest',
    },
  });

const PATHS = [
  CHAT,
  '/api/chat',
  '/V1//chat/completions',
  '/nowhere',
  '/.well-known/inference-proof/challenge',
  '/_weighbridge/admin/keys',
];

describe('preflights', () => {
  test.each(READERS.flatMap((origin) => PATHS.map((path) => [origin, path] as const)))(
    'of %s are allowed for %s, and nobody is asked',
    async (origin, path) => {
      const response = await preflight(origin, path);
      expect(response.status).toBe(204);
      expect(response.headers.get('Access-Control-Allow-Origin')).toBe(origin);
      const allowed = response.headers.get('Access-Control-Allow-Headers')?.toLowerCase() ?? '';
      for (const name of ['content-type', 'inference-proof', 'content-digest', 'authorization']) {
        expect(allowed.split(', ')).toContain(name);
      }
      expect(response.headers.get('Access-Control-Allow-Methods')).toContain('POST');
      expect(response.headers.get('Access-Control-Allow-Credentials')).toBeNull();
      expect(varies(response)).toBe(true);
      await expectUntouched(stack, [principal, PREVIEW]);
    },
  );

  test.each([...STRANGERS, null])('of %s are answered without leave', async (origin) => {
    const response = await preflight(origin);
    expect(response.status).toBe(204);
    expect(leave(response)).toEqual([]);
    expect(varies(response)).toBe(true);
  });
});

describe('answers', () => {
  describe.each(ANSWERS)('$name ($status)', ({ status, ask }) => {
    test.each(READERS)('can be read by %s', async (origin) => {
      const response = await ask({ stack, key, principal }, origin);
      await response.text();
      expect(response.status).toBe(status);
      expect(response.headers.get('Access-Control-Allow-Origin')).toBe(origin);
      expect(response.headers.get('Access-Control-Allow-Credentials')).toBeNull();
      const exposed = response.headers.get('Access-Control-Expose-Headers')?.split(', ') ?? [];
      expect(exposed).toEqual(expect.arrayContaining(EXPOSED));
      expect(varies(response)).toBe(true);
    });

    test.each(CELLS)('cannot be read by %s', async (origin) => {
      const response = await ask({ stack, key, principal }, origin);
      await response.text();
      expect(response.status).toBe(status);
      expect(leave(response)).toEqual([]);
      expect(varies(response)).toBe(true);
    });
  });

  test.each(STRANGERS)('%s is nobody we list', async (origin) => {
    expect(leave(await postChat(stack, key, undefined, { Origin: origin }))).toEqual([]);
  });

  // A cache that kept this one for everybody would hand it to a page that cannot read it.
  test('without an origin vary by it all the same, and can be read by no page', async () => {
    for (const response of [
      await postChat(stack, key),
      await fetch(`${stack.gatewayUrl}/_weighbridge/client.js`),
    ]) {
      expect(response.status).toBe(200);
      expect(leave(response)).toEqual([]);
      expect(varies(response)).toBe(true);
    }
  });
});
