// What a thief makes of a request that the gateway sent to a server of the app, or sends in its
// place. Each row is refused for that one change: the untouched request is served right after it,
// once. If this breaks, what was checked at the gateway is not what the server is asked.

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import {
  beside,
  changedInput,
  digestOf,
  HELLO,
  HELLO_BODY,
  LOCK_SECRET,
  type LockStack,
  OTHER_SECRET,
  signedAnew,
  startLockStack,
  withHeader,
} from '../support/lock-stack.ts';
import { type Closing, KINDS, type Sent, sendTo, startLocked } from '../support/locked-servers.ts';

let lock: LockStack;

beforeAll(async () => {
  lock = await startLockStack();
});
afterAll(() => lock?.close());

type Forgery = readonly [what: string, forge: (sent: Sent) => Sent];

const FORGERIES: readonly Forgery[] = [
  ['no signature at all', (sent) => withHeader(sent, 'Signature', null)],
  ['nothing of the gateway', (sent) => ({ ...sent, headers: ['Content-Type', 'text/plain'] })],
  [
    'nothing of the gateway, at another host',
    (sent) => ({ ...sent, headers: ['Host', 'app.workers.dev', 'X-Forwarded-Proto', 'https'] }),
  ],
  ['another body', (sent) => ({ ...sent, body: Buffer.from('{"text":"hellp"}') })],
  ['a longer body', (sent) => ({ ...sent, body: Buffer.from(`${HELLO_BODY} `) })],
  ['no body', (sent) => ({ ...sent, body: Buffer.alloc(0) })],
  [
    'another body with its digest',
    (sent) => ({
      ...withHeader(sent, 'Content-Digest', digestOf('{}')),
      body: Buffer.from('{}'),
    }),
  ],
  ['no digest', (sent) => withHeader(sent, 'Content-Digest', null)],
  ['another path', (sent) => ({ ...sent, target: '/api/admin' })],
  ['its path in capitals', (sent) => ({ ...sent, target: '/api/HELLO' })],
  ['a path below it', (sent) => ({ ...sent, target: `${HELLO}/x` })],
  ['a query', (sent) => ({ ...sent, target: `${HELLO}?admin=1` })],
  ['another method', (sent) => ({ ...sent, method: 'PUT' })],
  ['a user beside it', (sent) => beside(sent, 'Weighbridge-User', '"mallory"')],
  ['a user in another spelling', (sent) => beside(sent, 'Weighbridge_User', '"mallory"')],
  ['a plan beside it', (sent) => beside(sent, 'Weighbridge-Plan', '"pro"')],
  ['a header that we never send', (sent) => beside(sent, 'Weighbridge-Admin', '1')],
  ['a second caller', (sent) => beside(sent, 'Weighbridge-Caller', 'user')],
  ['another caller', (sent) => withHeader(sent, 'Weighbridge-Caller', 'user')],
  ['no caller', (sent) => withHeader(sent, 'Weighbridge-Caller', null)],
  ['another request id', (sent) => withHeader(sent, 'Weighbridge-Request-Id', 'x')],
  ['another content type', (sent) => withHeader(sent, 'Content-Type', 'text/plain')],
  ['a later end', (sent) => changedInput(sent, /expires=\d+/, 'expires=9999999999')],
  ['another nonce', (sent) => changedInput(sent, /nonce="./, 'nonce="_')],
  ['another origin', (sent) => changedInput(sent, /keyid="app"/, 'keyid="own"')],
  ['one component less', (sent) => changedInput(sent, / "@query"/, '')],
  ['a second signature', (sent) => beside(sent, 'Signature', 'mine=:AAAA:')],
  ['the tag of another secret', (sent) => signedAnew(sent, OTHER_SECRET)],
  [
    'the secret as the key',
    (sent) => withHeader(sent, 'Signature', `weighbridge=:${LOCK_SECRET}=:`),
  ],
  [
    'a signature that covers no query',
    (sent) => signedAnew(sent, LOCK_SECRET, (input) => input.replace(' "@query"', '')),
  ],
  [
    'a signature for an hour',
    (sent) => signedAnew(sent, LOCK_SECRET, (input) => input.replace(/s=\d+/, 's=9999999999')),
  ],
  [
    'a signature of the same key for something else',
    (sent) => signedAnew(sent, LOCK_SECRET, (input) => input.replace('weighbridge-origin', 'x')),
  ],
];

describe.each(KINDS)('a server of %s behind the lock', (kind) => {
  let locked: Closing;
  let refusals: string[];

  beforeEach(async () => {
    refusals = [];
    locked = await startLocked(kind, {
      secret: LOCK_SECRET,
      origin: 'app',
      onRefused: (why) => refusals.push(why),
    });
  });
  afterEach(() => locked.close());

  test.each(FORGERIES)(
    'refuses %s, and serves what the gateway sent, once',
    async (_what, forge) => {
      const sent = await lock.kept();
      expect((await sendTo(locked.url, forge(sent))).status).toBe(403);
      expect(refusals).toHaveLength(1);
      // It was not for any other reason, and the refusal has used nothing up.
      expect((await sendTo(locked.url, sent)).status).toBe(200);
      expect((await sendTo(locked.url, sent)).status).toBe(403);
      expect(refusals[1]).toBe('shown before');
    },
  );

  test('refuses a query that was changed or left out', async () => {
    const sent = await lock.kept(`${HELLO}?as=alice`);
    for (const target of [`${HELLO}?as=mallory`, HELLO, `${HELLO}?`, `${HELLO}?as=alice&x`]) {
      expect((await sendTo(locked.url, { ...sent, target })).status, target).toBe(403);
    }
    expect((await sendTo(locked.url, sent)).status).toBe(200);
  });
});
