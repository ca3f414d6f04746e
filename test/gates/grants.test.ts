// Which grants the gateway takes, before it asks any ledger. What breaks if this fails: a grant of
// another deployment, route or time spends here, or a name in it leads to an object that is not
// ours.

import { describe, expect, it } from 'vitest';
import type { Bytes } from '../../core/bytes.ts';
import { Keyring } from '../../core/proof/keyring.ts';
import { type Grant, grantIssuedAtSeconds, signGrant } from '../../core/run/grant.ts';
import type { Deps } from '../../worker/env.ts';
import { readShownGrant } from '../../worker/grants.ts';

const KEYS: Readonly<Record<string, Bytes>> = {
  app: new Uint8Array(32).fill(7),
  other: new Uint8Array(32).fill(8),
};
const keyring = new Keyring({ kid: 1, secret: new Uint8Array(32).fill(1) }, []);
const SEALS = keyring.sealer('grant', grantIssuedAtSeconds);
const NOW = 1_795_000_010;

const route = (id: string, origin: string | null, run: object | null): object => ({
  id,
  origin: origin === null ? null : { id: origin },
  run,
});

const DEPS = {
  keyring,
  policy: {
    realm: 'here',
    routes: [
      route('agent', 'app', {}),
      route('other', 'other', {}),
      route('bytes', 'app', null),
      route('chat', null, null),
    ],
  },
  ledgers: {
    layout: { epoch: 3, count: 2, previous: { epoch: 2, count: 4, previous: null } },
  },
  appOrigin: ({ id }: { readonly id: string }) => ({ grantKey: KEYS[id] }),
  nowMs: () => NOW * 1_000,
} as unknown as Deps;

const GRANT: Grant = {
  realm: 'here',
  origin: 'app',
  route: 'agent',
  issuedAtSeconds: NOW - 10,
  ticket: {
    id: '00htbc8_2f9WcT0mR7yqJk1vXb5uEA',
    home: 'edge:3:1',
    nanoUsdMax: 5,
    outputTokensMax: 6,
    stepsMax: 7,
    toolCallsMax: 8,
    expiresAtSeconds: NOW + 1,
  },
};

const made = (more: Partial<Grant>, key = KEYS['app'] ?? new Uint8Array(0)): string =>
  signGrant({ ...GRANT, ...more }, key, SEALS);
const ticket = (more: Partial<Grant['ticket']>): Partial<Grant> => ({
  ticket: { ...GRANT.ticket, ...more },
});
const shown = (text: string | null) =>
  readShownGrant(new Headers(text === null ? {} : { Authorization: `Bearer ${text}` }), DEPS);

describe('a grant that is shown', () => {
  it('is taken from wherever an SDK puts its key', () => {
    const text = made({});
    for (const name of ['Authorization', 'x-api-key', 'x-goog-api-key']) {
      const value = name === 'Authorization' ? `Bearer ${text}` : text;
      expect(readShownGrant(new Headers({ [name]: value }), DEPS)).toMatchObject({
        ok: true,
        value: { route: { id: 'agent' }, ticket: GRANT.ticket },
      });
    }
  });

  it('may name a shard of an earlier set', () => {
    expect(shown(made(ticket({ home: 'edge:2:3' }))).ok).toBe(true);
  });

  it.each<[string, string | null]>([
    ['missing', null],
    ['malformed', ''],
    ['malformed', 'wb_key'],
    ['malformed', made({}).repeat(3)],
    ['forged', made({}, KEYS['other'])],
    ['forged', `${made({}).slice(0, -2)}AA`],
    ['route', made({ route: 'gone' })],
    ['route', made({ route: 'chat' })],
    ['route', made({ route: 'bytes' })],
    // Genuine for its own origin, and shown for a route of another.
    ['route', made({ route: 'other' })],
    ['route', made({ origin: 'other' })],
    ['realm', made({ realm: 'elsewhere' })],
    ['expired', made(ticket({ expiresAtSeconds: NOW }))],
    ['home', made(ticket({ home: 'edge:3:2' }))],
    ['home', made(ticket({ home: 'edge:1:0' }))],
    ['home', made(ticket({ home: 'user:somebody' }))],
  ])('is refused as %s', (reason, text) => {
    expect(shown(text)).toEqual({ ok: false, error: { kind: 'grant-invalid', reason } });
  });
});
