// The origin lock: what the gateway sends to a server of the app is signed, and the middlewares of
// the example serve nothing else. If this breaks, whoever finds the server's own address spends
// without a proof, or sends one paid request a thousand times.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { request } from 'node:http';
import express, { type ErrorRequestHandler } from 'express';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { originLock as expressLock } from '../../examples/origin-lock/express-lock.ts';
import { makeLock, nonceMemory } from '../../examples/origin-lock/lock.ts';
import { inRoot } from '../../local/paths.ts';
import { askChallenge, prove } from '../support/anonymous.ts';
import {
  beside,
  HELLO,
  HELLO_BODY,
  LOCK_SECRET,
  type LockStack,
  OTHER_SECRET,
  startLockStack,
  valueOf,
} from '../support/lock-stack.ts';
import {
  type Answered,
  type Closing,
  KINDS,
  opened,
  sendTo,
  startLocked,
  startPassword,
} from '../support/locked-servers.ts';

let lock: LockStack;

beforeAll(async () => {
  lock = await startLockStack();
});
afterAll(() => lock?.close());

describe.each(KINDS)('a server of %s behind the lock', (kind) => {
  let locked: Closing;
  let refusals: string[];
  let shiftMs: number;

  beforeEach(async () => {
    refusals = [];
    shiftMs = 0;
    locked = await startLocked(kind, {
      secret: LOCK_SECRET,
      origin: 'app',
      nowMs: () => Date.now() + shiftMs,
      onRefused: (why) => refusals.push(why),
    });
    lock.between.to = locked.url;
  });
  afterEach(() => locked.close());

  const said = ({ status, text }: Answered): unknown => [status, JSON.parse(text)];
  const served = (caller: object): unknown => [
    200,
    {
      caller: { requestId: expect.any(String) as unknown, user: null, plan: null, ...caller },
      said: JSON.parse(HELLO_BODY) as unknown,
    },
  ];

  test('serves a call that came through the gateway, and knows who calls', async () => {
    expect(said(await lock.post(HELLO))).toEqual(served({ kind: 'key' }));
    expect(refusals).toEqual([]);
  });

  test('knows a user by the name that the identity provider gave, and the plan', async () => {
    const name = 'auth0|7c1 "ü" \\ ~7c %0d';
    const token = lock.idp.token({ sub: name, tier: 'gold' });
    const wire = await askChallenge(lock.stack.gatewayUrl, { path: HELLO, key: token });
    const proof = await prove(wire, HELLO_BODY);
    const answered = await lock.post(HELLO, { ...proof, Authorization: `Bearer ${token}` });
    expect(said(answered)).toEqual(served({ kind: 'user', user: name, plan: 'pro' }));
  });

  test.each(['?', '?a=1&b=%2F&a=2', "?q='()~!*;:@,", '?q=%0d%0aX:y', '?a?b', '?ü'])(
    'is served with the query %s, however it is spelled',
    async (query) => {
      const target = Buffer.from(`${HELLO}${query}`).toString('latin1');
      expect(await lock.post(target)).toMatchObject({ status: 200 });
      expect(refusals).toEqual([]);
    },
  );

  test.each([
    'text/plain;\tcharset=utf-8',
    'text/plain; x="é"',
    'multipart/form-data; boundary="a, b"',
  ])('is served with the content type %s of a caller', async (type) => {
    const answered = await lock.post(HELLO, { 'Content-Type': type });
    expect([answered.status, refusals]).toEqual([200, []]);
  });

  test('gets nothing that a caller wrote in our name', async () => {
    const forged = {
      'Weighbridge-User': '"mallory"',
      weighbridge_plan: '"pro"',
      'Weighbridge-Caller': 'user',
      Signature: 'weighbridge=:AAAA:',
      'Signature-Input': 'weighbridge=()',
    };
    expect(said(await lock.post(HELLO, forged))).toEqual(served({ kind: 'key' }));
  });

  test('serves one of twenty that come at once', async () => {
    const sent = await lock.kept();
    const all = await Promise.all(Array.from({ length: 20 }, () => sendTo(locked.url, sent)));
    expect(all.filter(({ status }) => status === 200)).toHaveLength(1);
  });

  test.each([
    ['a second before its end', 'expires', -1, 200],
    ['at its end', 'expires', 0, 403],
    ['an hour later', 'expires', 3_600, 403],
    ['by a clock that is five seconds behind', 'created', -5, 200],
    ['before it was signed', 'created', -6, 403],
  ] as const)('answers a request %s', async (_when, from, seconds, status) => {
    const sent = await lock.kept();
    const input = valueOf(sent, 'signature-input');
    const at = Number(new RegExp(`${from}=(\\d+)`).exec(input)?.[1]) + seconds;
    shiftMs = at * 1_000 + 100 - Date.now();
    expect((await sendTo(locked.url, sent)).status).toBe(status);
  });

  test('serves nobody whom the gateway sent to another origin or by another secret', async () => {
    const sent = await lock.kept();
    for (const options of [
      { secret: LOCK_SECRET, origin: 'own' },
      { secret: OTHER_SECRET, origin: 'app' },
    ]) {
      const other = await startLocked(kind, options);
      expect((await sendTo(other.url, sent)).status).toBe(403);
      await other.close();
    }
  });

  test('does not read the body of a request that is not signed', async () => {
    const status = await new Promise<number | undefined>((resolve, reject) => {
      const asked = request(`${locked.url}${HELLO}`, {
        method: 'POST',
        headers: { 'Content-Length': '1000000000' },
      });
      asked.on('response', (response) => {
        resolve(response.statusCode);
        asked.destroy();
      });
      asked.on('error', reject);
      asked.write('x');
    });
    expect(status).toBe(403);
  });
});

describe('the lock', () => {
  test.each(['express', 'hono'])(
    'of the %s server of the example runs as it stands',
    async (kind) => {
      const child = spawn(process.execPath, [inRoot(`examples/origin-lock/${kind}-server.ts`)], {
        env: { PATH: process.env['PATH'], PORT: '0', APP_GRANT_SECRET: LOCK_SECRET },
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      const [ready] = (await once(child.stdout, 'data')) as [Buffer];
      const url = /ready (\S+)/.exec(ready.toString())?.[1] ?? '';
      const sent = await lock.kept();
      expect((await sendTo(url, sent)).status).toBe(200);
      const complaint = once(child.stderr, 'data');
      expect((await sendTo(url, sent)).status).toBe(403);
      expect(String((await complaint)[0])).toBe('refused: shown before\n');
      child.kill('SIGTERM');
      await once(child, 'close');
    },
  );

  test('says so where it stands behind a body parser, and serves nothing', async () => {
    const app = express();
    app.use(express.json());
    app.use(expressLock({ secret: LOCK_SECRET, origin: 'app' }));
    app.use((_request, response) => void response.end('served'));
    app.use(((error: Error, _request, response, _next) => {
      response.status(500).end(error.message);
    }) as ErrorRequestHandler);
    const server = await opened(app.listen(0, '127.0.0.1'));
    const answered = await sendTo(server.url, await lock.kept());
    expect(answered).toEqual({
      status: 500,
      text: expect.stringContaining('body parser') as unknown,
    });
    await server.close();
  });

  test('does not start without a secret of 32 bytes', () => {
    for (const secret of ['', 'short', Buffer.alloc(31).toString('base64url')]) {
      expect(() => makeLock({ secret, origin: 'app' })).toThrow(/32 bytes/);
    }
  });

  test('remembers a bounded number of requests, and forgets what has expired', () => {
    let nowSeconds = 100;
    const isNew = nonceMemory(() => nowSeconds, 2);
    expect([isNew('a', 160), isNew('a', 160), isNew('b', 161)]).toEqual([true, false, true]);
    // Whoever forgot in order to make room would take a replay.
    expect([isNew('c', 162), isNew('a', 160)]).toEqual([false, false]);
    nowSeconds = 160;
    expect([isNew('c', 220), isNew('b', 161), isNew('d', 220)]).toEqual([true, false, false]);
  });

  test('is more than a password in a header: a replay with another body fools that', async () => {
    const password = 'correct-horse';
    const naive = await startPassword(password);
    const lockedServer = await startLocked('Express', { secret: LOCK_SECRET, origin: 'app' });
    const sent = beside(await lock.kept(), 'X-Password', password);
    const replay = { ...sent, body: Buffer.from('{"text":"mine"}') };
    const all = [];
    for (const server of [naive, lockedServer]) {
      await sendTo(server.url, sent);
      all.push((await sendTo(server.url, replay)).status);
      await server.close();
    }
    expect(all).toEqual([200, 403]);
  });
});
