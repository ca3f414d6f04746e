// Keys that an identity provider publishes: asked for seldom, believed for a named time, and never
// from anywhere else. If this breaks, a provider's new key locks its users out, its old one lets
// thieves in, or whoever can write JSON makes us ask the provider all day.

import { createRemoteJWKSet } from 'jose/jwks/remote';
import { jwtVerify } from 'jose/jwt/verify';
import type { ServerResponse } from 'node:http';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { present } from '../../core/result.ts';
import type { Tokens } from '../../worker/adapters/tokens.ts';
import { type KeyServer, startKeyServer } from '../support/key-server.ts';
import { NOW_MS } from './gate-bench.ts';
import { depsWith, makeProvider, NOW_SECONDS } from './user-bench.ts';

const CACHE_SECONDS = 300;
const STALE_SECONDS_MAX = 900;

const [one, two, rsa] = [makeProvider(), makeProvider('ES256', 'two'), makeProvider('RS256', 'r')];
const long = { exp: NOW_SECONDS + 86_400 };

let server: KeyServer;
let tokens: Tokens;

beforeAll(async () => {
  server = await startKeyServer();
});
beforeEach(() => {
  server.asked = 0;
  server.publish(one.jwk);
  tokens = fresh();
});
afterAll(() => server.close());

function fresh(more: object = {}): Tokens {
  const jwks = { url: server.url, cacheSeconds: CACHE_SECONDS, staleSecondsMax: STALE_SECONDS_MAX };
  return present(depsWith(one, { jwks, requireDpop: false, ...more }).tokens, 'tokens');
}

let made = 0;
/** A token that nobody has remembered. */
const tokenOf = (idp = one, header: object = {}): string => {
  made += 1;
  return idp.token({ ...long, jti: String(made) }, { ...header });
};

/** The user it names so many seconds from now, or in a word why it names none. */
async function said(text: string, atSeconds = 0, by = tokens): Promise<string> {
  const read = await by.read({ scheme: 'Bearer', text }, NOW_MS + atSeconds * 1_000);
  if (read.ok) return read.value.id;
  return read.error.kind === 'token-invalid' ? read.error.reason : read.error.kind;
}

describe('published keys', () => {
  it('are asked for once and again when their time is over', async () => {
    for (let n = 0; n < 20; n += 1) expect(await said(tokenOf(), n)).toBe('alice');
    expect(server.asked).toBe(1);
    expect(await said(tokenOf(), CACHE_SECONDS - 1)).toBe('alice');
    expect(server.asked).toBe(1);
    expect(await said(tokenOf(), CACHE_SECONDS)).toBe('alice');
    expect(server.asked).toBe(2);
  });

  it('are asked for once by all who need them at the same time', async () => {
    const all = await Promise.all(Array.from({ length: 50 }, () => said(tokenOf())));
    expect(new Set(all)).toEqual(new Set(['alice']));
    expect(server.asked).toBe(1);
  });

  it('are rotated without a refusal: the new one counts at once, the old one as long as it was to', async () => {
    expect(await said(tokenOf())).toBe('alice');
    server.publish(two.jwk);
    const both = await Promise.all(
      Array.from({ length: 20 }, (_, n) => said(tokenOf(n % 2 === 0 ? one : two), 10)),
    );
    expect(new Set(both)).toEqual(new Set(['alice']));
    expect(server.asked).toBe(2);
    expect(await said(tokenOf(), CACHE_SECONDS - 1)).toBe('alice');
    expect(await said(tokenOf(two), CACHE_SECONDS + 10)).toBe('alice');
    expect(await said(tokenOf(), CACHE_SECONDS + 10)).toBe('key');
  });

  it('that are taken back take their tokens along, remembered ones too', async () => {
    const text = tokenOf();
    expect(await said(text)).toBe('alice');
    expect(await said(text, CACHE_SECONDS - 1)).toBe('alice');
    server.publish(two.jwk);
    expect(await said(text, CACHE_SECONDS)).toBe('key');
  });

  it('of kinds we do not take, and what stands beside a key, are passed over', async () => {
    const { kid: _kid, ...nameless } = two.jwk;
    server.publish(
      { kty: 'EC', crv: 'P-384', x: 'AA', y: 'AA', kid: 'p384' },
      { ...rsa.jwk, alg: 'RSA-OAEP', use: 'enc' },
      { ...rsa.jwk, alg: 'RS256' },
      { kty: 'AKP', alg: 'ML-DSA-44', pub: 'AA' },
      nameless,
      { ...one.jwk, use: 'sig', alg: 'ES256', x5c: ['MIIB'], x5t: 'AA', 'x5t#S256': 'AA', exp: 1 },
    );
    expect(await said(tokenOf())).toBe('alice');
    // The policy takes ES256 alone.
    expect(await said(tokenOf(rsa))).toBe('algorithm');
  });
});

describe('a flood of tokens that name unknown keys', () => {
  const junk = (): string => tokenOf(two, { kid: `k${String(made)}` });

  it('makes us ask once in 30 seconds, one by one or all at once', async () => {
    expect(await said(tokenOf())).toBe('alice');
    const codes = new Set<string>();
    for (let n = 0; n < 300; n += 1) codes.add(await said(junk(), 1 + (n % 29)));
    for (const code of await Promise.all(Array.from({ length: 300 }, () => said(junk(), 29)))) {
      codes.add(code);
    }
    expect([...codes]).toEqual(['key']);
    expect(server.asked).toBe(2);
    await Promise.all(Array.from({ length: 100 }, () => said(junk(), 31)));
    expect(server.asked).toBe(3);
  });

  it('makes a gateway that looks for every name ask every time (naive control)', async () => {
    const naive = createRemoteJWKSet(new URL(server.url), { cooldownDuration: 0 });
    for (let n = 0; n < 20; n += 1) await jwtVerify(junk(), naive).catch(() => null);
    expect(server.asked).toBeGreaterThanOrEqual(20);
  });
});

describe('a provider that cannot be reached', () => {
  const down = (): void => {
    server.answer = (response) => void response.writeHead(500).end();
  };

  it('locks nobody out until its keys are too old, and then everybody', async () => {
    expect(await said(tokenOf())).toBe('alice');
    down();
    expect(await said(tokenOf(), CACHE_SECONDS)).toBe('alice');
    expect(await said(tokenOf(), STALE_SECONDS_MAX - 1)).toBe('alice');
    expect(await said(tokenOf(), STALE_SECONDS_MAX)).toBe('identity-unreachable');
    server.publish(one.jwk);
    expect(await said(tokenOf(), STALE_SECONDS_MAX + 5)).toBe('alice');
  });

  it('is asked again every five seconds and no more often', async () => {
    down();
    const all = await Promise.all(Array.from({ length: 50 }, () => said(tokenOf())));
    expect(new Set(all)).toEqual(new Set(['identity-unreachable']));
    for (let second = 1; second < 5; second += 1) await said(tokenOf(), second);
    expect(server.asked).toBe(1);
    await said(tokenOf(), 5);
    expect(server.asked).toBe(2);
  });

  it('is told as what it is, with how long to wait', async () => {
    down();
    expect(await tokens.read({ scheme: 'Bearer', text: tokenOf() }, NOW_MS)).toEqual({
      ok: false,
      error: {
        kind: 'identity-unreachable',
        reason: 'keys',
        cause: 'status 500',
        retryAfterSeconds: 5,
      },
    });
  });

  const keys = (count: number): object[] =>
    Array.from({ length: count }, (_, n) => ({ ...one.jwk, kid: `k${String(n)}` }));
  const say = (body: string) => (response: ServerResponse) => void response.end(body);
  const list = (...listed: readonly object[]) => say(JSON.stringify({ keys: listed }));

  it.each<[string, (response: ServerResponse) => void]>([
    ['redirects', (response) => void response.writeHead(302, { Location: '/keys' }).end()],
    ['has no such page', (response) => void response.writeHead(404).end('{"keys":[]}')],
    ['says nothing', say('')],
    ['answers with a page', say('<html></html>')],
    ['says a key twice', say('{"keys":[],"keys":[]}')],
    ['has no list', say('{"key":{}}')],
    ['has an empty list', list()],
    ['has a list of 65', list(...keys(65))],
    ['has 17 that we could use', list(...keys(17))],
    ['has none that we could use', list(rsa.jwk)],
    ['has an RSA key of 1024 bits', list({ kty: 'RSA', n: 'x'.repeat(171), e: 'AQAB' })],
    ['says more than 64 KiB', list(one.jwk, { kty: 'x'.repeat(65_536) })],
    ['breaks off', (response) => void response.write('{"keys":[', () => response.destroy())],
    ['refuses the connection', (response) => void response.destroy()],
    ['takes its time', () => undefined],
    ['drips', (response) => void response.write('{')],
  ])('is one that %s', async (_name, answer) => {
    server.answer = answer;
    expect(await said(tokenOf())).toBe('identity-unreachable');
    expect(server.asked).toBe(1);
  });

  it('is not one that lists as many as we take', async () => {
    server.publish(...keys(16));
    expect(await said(tokenOf(one, { kid: 'k15' }))).toBe('alice');
  });
});

describe('a provider that publishes a private key', () => {
  const leak = { ...one.jwk, d: Buffer.alloc(32, 1).toString('base64url') };

  it('is not believed by that key, nor by what was known before; its other keys count', async () => {
    expect(await said(tokenOf())).toBe('alice');
    server.publish(leak, two.jwk);
    expect(await said(tokenOf(two), 1)).toBe('alice');
    expect(await said(tokenOf(), 1)).toBe('key');
  });

  it('or a shared secret, and nothing else, is believed by nothing', async () => {
    expect(await said(tokenOf())).toBe('alice');
    server.publish({ kty: 'oct', k: 'AAAA', kid: 'one' });
    expect(await said(tokenOf(two), 1)).toBe('key');
    expect(await said(tokenOf(), 2)).toBe('key');
  });
});
