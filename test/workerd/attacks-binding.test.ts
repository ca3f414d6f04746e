// Attacks 6, 7, 9, 10, 13, 15, 17 and 28: a proof that belongs to something else, or to nothing.
// Each starts from a proof that passes, changes one thing, and is refused for that thing. What
// breaks if this fails: proofs can be bought from somebody else, once, and used for anything.

import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  fromBase64,
  fromBase64Url,
  lengthPrefixed,
  toBase64,
  toBase64Url,
  toHex,
  utf8,
} from '../../core/bytes.ts';
import {
  BIND_SIGNATURE,
  encodeChallenge,
  NONCE_BYTES,
  stampNonce,
} from '../../core/proof/challenge.ts';
import { Keyring } from '../../core/proof/keyring.ts';
import { sha256 } from '../../core/proof/sha256.ts';
import { checkWork, SUB_PUZZLES, workSeed } from '../../core/proof/work.ts';
import { makeDevice, prove, readChallenge, solve } from '../support/anonymous.ts';
import { BODY, policyWith, SECRETS, type Sent, startGateway, wordOf } from './gateway-harness.ts';

const gateway = startGateway();
const said = async (sent: Sent): Promise<string> => wordOf(await gateway.send(sent));
const proven = async (body = BODY): Promise<Record<string, string>> =>
  prove(await gateway.challenge(), body);

const seedOf = (challengeWire: string, body = BODY): Uint8Array =>
  workSeed({
    challengeWire,
    contentDigest: sha256(utf8(body)),
    method: 'POST',
    route: 'app-chat',
    jkt: '',
  });

const evidenceOf = (headers: Record<string, string>): string => headers['Inference-Proof'] ?? '';

/** The headers with one member of the evidence replaced. */
const withMember = (headers: Record<string, string>, name: string, value: string) => ({
  ...headers,
  'Inference-Proof': evidenceOf(headers)
    .split(', ')
    .map((one) => (one.startsWith(`${name}=`) ? `${name}=${value}` : one))
    .join(', '),
});

const withoutDigest = ({ 'Content-Digest': _digest, ...rest }: Record<string, string>) => rest;
const workOf = (headers: Record<string, string>): Uint8Array =>
  fromBase64(/w=:([^:]*):/.exec(evidenceOf(headers))?.[1] ?? '') ?? new Uint8Array(0);

describe('attack 6: another body', () => {
  it('with one space more is refused, by digest or by work', async () => {
    const headers = await proven();
    expect(await said({ headers, body: `${BODY} ` })).toBe('digest');
    expect(await said({ headers: withoutDigest(headers), body: `${BODY} ` })).toBe('invalid-work');
    expect(await said({ headers })).toBe('ok');
  });

  it('with one space more is refused by the signature where the work was solved ahead', async () => {
    const device = await makeDevice();
    const wire = await gateway.challenge({ jkt: device.jkt, bind: 'signature' });
    expect(readChallenge(wire).bind).toBe(BIND_SIGNATURE);
    const headers = await prove(wire, BODY, device);
    const swapped = { headers: withoutDigest(headers), body: `${BODY} ` };
    expect(await said(swapped)).toBe('invalid-signature');
    expect(await said({ headers })).toBe('ok');
  });

  it('negative control: work over the challenge alone fits any body', async () => {
    const wire = await gateway.challenge();
    /** Is work for one body good for another, if seeds are made like this? */
    const fitsAnother = (seed: (body: string) => Uint8Array): boolean =>
      checkWork(seed(`${BODY} `), SUB_PUZZLES, 4, solve(seed(BODY), SUB_PUZZLES, 4));
    expect(fitsAnother((body) => seedOf(wire, body))).toBe(false);
    expect(fitsAnother(() => sha256(utf8(wire)))).toBe(true);
  });
});

describe('attack 7: another route, method, principal or device key', () => {
  it('is refused, each for its own reason', async () => {
    const device = await makeDevice();
    const thief = await makeDevice();
    const wire = await gateway.challenge({ jkt: device.jkt });
    const headers = await proven();
    expect([
      await said({ headers, path: '/v1/chat/completions' }),
      await said({
        headers: await prove(await gateway.challenge(), BODY, null, { method: 'PUT' }),
      }),
      await said({ headers, ip: '198.51.100.1' }),
      await said({ headers: await prove(wire, BODY, thief) }),
    ]).toEqual(['route', 'invalid-work', 'principal', 'jkt']);
  });
});

describe('attack 9: work that was not done', () => {
  const ways = [
    ['bound by its seed', {}],
    ['solved ahead', { bind: 'signature' }],
  ] as const;

  it.each(ways)('as zeros is refused on the path of a proof %s', async (_, wish) => {
    const device = await makeDevice();
    for (const nothing of [new Uint8Array(256), new Uint8Array(0)]) {
      const wire = await gateway.challenge({ jkt: device.jkt, ...wish });
      const headers = await prove(wire, BODY, device);
      const zeros = withMember(headers, 'w', `:${toBase64(nothing)}:`);
      expect(await said({ headers: zeros })).toBe('invalid-work');
    }
  });

  it('is refused where the member is missing altogether', async () => {
    const headers = await proven();
    const bare = evidenceOf(headers).replace(/, w=:[^:]*:/, '');
    expect(await said({ headers: { ...headers, 'Inference-Proof': bare } })).toBe('invalid-work');
  });
});

describe('attack 10: one sub-puzzle for all', () => {
  it('is refused as a repetition, and vectors of another length are no vectors', async () => {
    const headers = await proven();
    const work = workOf(headers);
    const repeated = new Uint8Array(work.length);
    for (let at = 0; at < work.length; at += 8) repeated.set(work.slice(0, 8), at);
    for (const [other, word] of [
      [repeated, 'invalid-work'],
      [work.slice(8), 'invalid-work'],
      [new Uint8Array([...work, ...work.slice(0, 8)]), 'malformed'],
    ] as const) {
      const sent = withMember(headers, 'w', `:${toBase64(other)}:`);
      expect(await said({ headers: sent })).toBe(word);
    }
  });
});

describe('attack 13: bytes moved from one field to another (CVE-2025-68113)', () => {
  type Fields = readonly Uint8Array[];
  const fields = fc.array(fc.uint8Array({ maxLength: 8 }), { minLength: 1, maxLength: 6 });
  /** The same bytes, cut in two at two places. */
  const recut = fc
    .tuple(fc.uint8Array({ maxLength: 8 }), fc.nat(8), fc.nat(8))
    .map(([bytes, ...cuts]) => cuts.map((at) => [bytes.slice(0, at), bytes.slice(at)] as const));
  const pairs = fc.oneof(fc.tuple(fields, fields), recut);

  const tellsApart = (encode: (list: Fields) => Uint8Array) =>
    fc.property(pairs, ([one = [], two = []]) => {
      const isSame = JSON.stringify(one.map(toHex)) === JSON.stringify(two.map(toHex));
      expect(toHex(encode(one)) === toHex(encode(two))).toBe(isSame);
    });

  it('give other bytes: no two lists of fields are one encoding', () => {
    const head = new Uint8Array(4);
    fc.assert(
      tellsApart((list) => lengthPrefixed(head, list)),
      { numRuns: 2_000 },
    );
  });

  it('break the seal at every boundary of a real challenge', async () => {
    const wire = await gateway.challenge();
    const challenge = readChallenge(wire);
    const tag = wire.split('.')[1] ?? '';
    const headers = await prove(wire, BODY);
    const moved = [
      { realm: challenge.realm.slice(0, -1), route: challenge.realm.slice(-1) + challenge.route },
      { realm: challenge.realm + challenge.route.slice(0, 1), route: challenge.route.slice(1) },
      { route: '', realm: challenge.realm + challenge.route },
      { jkt: 'a', conversationHash: new Uint8Array(0) },
      { principalHash: challenge.principalHash.slice(1) },
      { conversationHash: challenge.principalHash, principalHash: new Uint8Array(0) },
    ];
    for (const parts of moved) {
      const body = encodeChallenge({ ...challenge, ...parts });
      const forged = `"${toBase64Url(body)}.${tag}"`;
      expect(await said({ headers: withMember(headers, 'c', forged) })).toBe('bad-mac');
    }
  });

  it('negative control: fields joined without their lengths collide', () => {
    const naive = tellsApart((list) => Uint8Array.from(list.flatMap((part) => [...part])));
    expect(fc.check(naive, { numRuns: 2_000 }).failed).toBe(true);
  });
});

describe('attack 15: work done beforehand', () => {
  it('is worth nothing: equal challenges share no seed, so no sub-puzzle', async () => {
    const wires = await Promise.all([gateway.challenge(), gateway.challenge()]);
    const [seed, other] = wires.map((wire) => toHex(seedOf(wire)).slice(0, 16));
    expect(seed).not.toBe(other);
    const [one, two] = [await proven(), await proven()];
    const mixed = withMember(one, 'w', `:${toBase64(workOf(two))}:`);
    expect(await said({ headers: mixed })).toBe('invalid-work');
  });

  it('cannot wait for a nonce to come again: a million nonces, no collision in 64 bits', () => {
    const { ledgers, randomBytes } = gateway.deps;
    // The first byte names a set of shards, the last two a millisecond; between them is chance.
    const heads = new BigUint64Array(1_000_000);
    for (let i = 0; i < heads.length; i += 1) {
      const nonce = stampNonce(ledgers.markNonce(randomBytes(NONCE_BYTES)), 0);
      heads[i] = new DataView(nonce.buffer).getBigUint64(1);
    }
    heads.sort();
    for (let i = 1; i < heads.length; i += 1) {
      if (heads[i] === heads[i - 1]) throw new Error('a nonce came again');
    }
    expect(heads).toHaveLength(1_000_000);
  });
});

describe('attack 17: somebody else solves', () => {
  it('is refused without the device key, and from another key', async () => {
    const device = await makeDevice();
    const farm = await makeDevice();
    const wire = await gateway.challenge({ jkt: device.jkt });
    expect(await said({ headers: await prove(wire, BODY) })).toBe('jkt');
    expect(await said({ headers: await prove(wire, BODY, farm) })).toBe('jkt');
    const honest = await prove(wire, BODY, device);
    const borrowed = /s=(:[^:]*:)/.exec(evidenceOf(await prove(wire, `${BODY} `, device)))?.[1];
    const spliced = withMember(honest, 's', borrowed ?? '');
    expect(await said({ headers: spliced })).toBe('invalid-signature');
    expect(await said({ headers: honest })).toBe('ok');
  });
});

describe('attack 28: a proof from another place', () => {
  it('of the staging realm is refused, though the keys are the same', async () => {
    const staging = startGateway({ policy: policyWith({ realm: 'staging.example' }) });
    const headers = await prove(await staging.challenge(), BODY);
    expect(await said({ headers })).toBe('realm');
    expect(wordOf(await staging.send({ headers }))).toBe('ok');
  });

  it('is no challenge if its tag was made for something else, with the same secret', async () => {
    const [kid = '', text = ''] = SECRETS.WEIGHBRIDGE_PROOF_KEY_ACTIVE.split(':');
    const root = fromBase64Url(text) ?? new Uint8Array(0);
    const keyring = new Keyring({ kid: Number(kid), secret: root }, []);
    const wire = await gateway.challenge();
    const body = fromBase64Url(wire.split('.')[0] ?? '') ?? new Uint8Array(0);
    const token = keyring.sealer('human-pass').seal(body);
    const headers = withMember(await prove(wire, BODY), 'c', `"${token}"`);
    expect(await said({ headers })).toMatch(/^(bad-mac|malformed|unknown-key)$/);
  });
});
