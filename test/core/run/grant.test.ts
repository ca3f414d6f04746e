// A grant is ours, whole, or nothing. What breaks if this fails: an origin, or whoever stole its
// secret, writes itself a larger purse, and the reservation bounds nothing.

import { jwtVerify, SignJWT } from 'jose';
import { describe, expect, it } from 'vitest';
import { Keyring } from '../../../core/proof/keyring.ts';
import {
  type Grant,
  grantIssuedAtSeconds,
  GRANT_TYPE,
  isGenuine,
  readGrant,
  signGrant,
} from '../../../core/run/grant.ts';

const KEY = new Uint8Array(32).fill(7);
const OTHER_KEY = new Uint8Array(32).fill(8);
const ROOT = new Uint8Array(32).fill(1);
const NEXT_ROOT = new Uint8Array(32).fill(2);

const sealsOf = (keyring: Keyring) => keyring.sealer('grant', grantIssuedAtSeconds);
const SEALS = sealsOf(new Keyring({ kid: 1, secret: ROOT }, []));

const GRANT: Grant = {
  realm: 'weighbridge.test',
  origin: 'app',
  route: 'agent',
  issuedAtSeconds: 1_795_000_000,
  ticket: {
    id: '00htbc8_2f9WcT0mR7yqJk1vXb5uEA',
    home: 'edge:1:3',
    nanoUsdMax: 20_000_000,
    outputTokensMax: 500,
    stepsMax: 8,
    toolCallsMax: 12,
    expiresAtSeconds: 1_795_000_120,
  },
};

const TEXT = signGrant(GRANT, KEY, SEALS);

const genuine = (text: string, key = KEY, seals = SEALS): boolean => {
  const shown = readGrant(text);
  return shown !== null && isGenuine(shown, key, seals);
};

const claimsOf = (text: string): Record<string, unknown> =>
  JSON.parse(Buffer.from(text.split('.')[1] ?? '', 'base64url').toString()) as Record<
    string,
    unknown
  >;

/** As an origin could write one: it has the shared secret, and any library. */
const signedByOrigin = (claims: Record<string, unknown>, typ = GRANT_TYPE): Promise<string> =>
  new SignJWT(claims).setProtectedHeader({ alg: 'HS256', typ }).sign(KEY);

describe('a grant', () => {
  it('says what was granted, to the gateway that reads it again', () => {
    expect(readGrant(TEXT)?.grant).toEqual(GRANT);
    expect(genuine(TEXT)).toBe(true);
  });

  it('is a token that any library verifies with the shared secret', async () => {
    const { payload, protectedHeader } = await jwtVerify(TEXT, KEY, {
      algorithms: ['HS256'],
      typ: GRANT_TYPE,
      issuer: 'weighbridge.test',
      audience: 'app',
      currentDate: new Date(1_795_000_001_000),
    });
    expect(protectedHeader).toEqual({ alg: 'HS256', typ: GRANT_TYPE });
    expect(payload).toMatchObject({ nano_usd: 20_000_000, steps: 8, tool_calls: 12 });
  });

  it('is nothing to anybody with another secret', () => {
    expect(genuine(TEXT, OTHER_KEY)).toBe(false);
  });

  it('is nothing where any one bit of it is another', () => {
    for (let at = 0; at < TEXT.length; at += 1) {
      const flipped = String.fromCharCode(TEXT.charCodeAt(at) ^ 1);
      expect(genuine(TEXT.slice(0, at) + flipped + TEXT.slice(at + 1)), String(at)).toBe(false);
    }
  });

  it.each(['nano_usd', 'output_tokens', 'steps', 'tool_calls', 'exp', 'iat'])(
    'cannot be raised in %s by the origin that shares its secret',
    async (claim) => {
      const claims = claimsOf(TEXT);
      const raised = await signedByOrigin({ ...claims, [claim]: Number(claims[claim]) + 1 });
      // Its own signature is right: only the seal says that it is not ours.
      await expect(jwtVerify(raised, KEY, { currentDate: new Date(0) })).resolves.toBeDefined();
      expect(readGrant(raised)).not.toBeNull();
      expect(genuine(raised)).toBe(false);
    },
  );

  it.each([
    ['sub', '00htbc8_AAAAAAAAAAAAAAAAAAAAAA'],
    ['home', 'edge:1:0'],
    ['route', 'other'],
    ['aud', 'other'],
    ['iss', 'other'],
  ])('cannot be moved to another %s by that origin', async (claim, value) => {
    const moved = await signedByOrigin({ ...claimsOf(TEXT), [claim]: value });
    expect(genuine(moved)).toBe(false);
  });

  it('is told from tokens of another kind, algorithm or shape', async () => {
    const claims = claimsOf(TEXT);
    expect(readGrant(await signedByOrigin(claims, 'JWT'))).toBeNull();
    const none = `${Buffer.from(`{"alg":"none","typ":"${GRANT_TYPE}"}`).toString('base64url')}.${
      TEXT.split('.')[1] ?? ''
    }.AA`;
    expect(readGrant(none)).toBeNull();
    expect(readGrant(await signedByOrigin({ ...claims, more: 1 }))).toBeNull();
    expect(readGrant(await signedByOrigin({ ...claims, steps: 1.5 }))).toBeNull();
    expect(readGrant(await signedByOrigin({ ...claims, nano_usd: -1 }))).toBeNull();
    for (const text of ['', '.', '..', 'wb_x', `${TEXT}.${TEXT}`, TEXT.repeat(9)]) {
      expect(readGrant(text)).toBeNull();
    }
  });

  it('outlives a change of our keys, and is worth nothing from a key after its time', () => {
    const rotated = new Keyring({ kid: 2, secret: NEXT_ROOT }, [
      { kid: 1, secret: ROOT, retiredAtSeconds: GRANT.issuedAtSeconds },
    ]);
    expect(genuine(TEXT, KEY, sealsOf(rotated))).toBe(true);
    const late = signGrant({ ...GRANT, issuedAtSeconds: GRANT.issuedAtSeconds + 1 }, KEY, SEALS);
    expect(genuine(late)).toBe(true);
    expect(genuine(late, KEY, sealsOf(rotated))).toBe(false);
  });
});
