// A thief who sends what no client would: signatures at the edges of their arithmetic, headers
// twice, folded, huge or full of one character. What breaks if this fails: a request ends in a 500
// or in a thousand times its share of a processor, or what nobody understood is passed over.

import { beforeAll, describe, expect, it } from 'vitest';
import { type Bytes, concatBytes, toBase64, toBase64Url, utf8 } from '../../core/bytes.ts';
import { matchRoute } from '../../core/policy/match.ts';
import { tokenChallengeFor } from '../../core/proof/private-token.ts';
import { sha256 } from '../../core/proof/sha256.ts';
import { FIELD_CHARS_MAX, parseDictionary } from '../../core/proof/structured-field.ts';
import { present } from '../../core/result.ts';
import { type Device, makeDevice, readChallenge } from '../support/anonymous.ts';
import { type Gateway, startGateway, wordOf } from './gateway-harness.ts';
import { type Callers, challengeAs, evidenceOf, makeCallers, policyFor } from './thief-harness.ts';

let callers: Callers;
let device: Device;

beforeAll(async () => {
  callers = await makeCallers();
  device = await makeDevice();
});

const filled = (length: number, byte: number): Bytes => new Uint8Array(length).fill(byte);
const bytes = (text: string): string => `:${toBase64(utf8(text))}:`;

/** Sends it and expects that it is refused before any ledger hears of it. */
async function expectRefused(gateway: Gateway, headers: Record<string, string>): Promise<string> {
  const before = { ...gateway.counts };
  const response = await gateway.send({ headers });
  const word = wordOf(response);
  expect([word, response.status < 500, response.ok]).toEqual([word, true, false]);
  expect(response.headers.get('x-should-retry')).toBe('false');
  expect(gateway.counts).toEqual(before);
  return word;
}

describe('a signature at the edge of its arithmetic is refused and breaks nothing', () => {
  it.each([0, 1, 255])('a private token whose bytes are all %d', async (byte) => {
    const policy = policyFor(callers, [{ require: ['work', 'private-token'] }]);
    const gateway = startGateway({ policy });
    const wire = await gateway.challenge();
    const tokens = present(policy.privateToken, 'tokens');
    const keyId = present(tokens.keys[0], 'key').keyId;
    const digest = sha256(tokenChallengeFor(wire, tokens));
    const signed = concatBytes([Uint8Array.of(0, 2), filled(32, 7), digest, keyId]) as Bytes;
    const token = concatBytes([signed, filled(256, byte)]) as Bytes;
    expect(await expectRefused(gateway, await evidenceOf(wire, null, { t: token }))).toBe(
      'invalid-private-token',
    );
    // The same with a signature of the issuer's is served: what was refused is the signature.
    const good = await callers.privateToken(signed);
    const headers = await evidenceOf(wire, null, { t: good });
    expect(wordOf(await gateway.send({ headers }))).toBe('ok');
  });

  it.each([0, 1, 255])('a device or an agent whose signature is all %d', async (byte) => {
    const gateway = startGateway({ policy: policyFor(callers) });
    const dull = { ...device, sign: async () => filled(64, byte) };
    const wire = await gateway.challenge({ jkt: device.jkt });
    expect(await expectRefused(gateway, await evidenceOf(wire, dull))).toBe('invalid-signature');
    const theirs = await challengeAs(gateway, {}, { keyid: callers.agentKeyId });
    const headers = {
      ...(await evidenceOf(theirs, null)),
      ...(await callers.agentHeaders(theirs)),
    };
    const Signature = `sig=:${toBase64(filled(64, byte))}:`;
    expect(await expectRefused(gateway, { ...headers, Signature })).toBe('invalid-signature');
  });

  it.each([0, 1, 32, 63, 64, 65, 512])('a user or a DPoP proof signed with %d zeros', async (n) => {
    const gateway = startGateway({ policy: policyFor(callers) });
    const [head = '', claims = ''] = (await callers.token('alice')).split('.');
    const proof = await evidenceOf(await gateway.challenge({ jkt: device.jkt }), device);
    const signature = toBase64Url(filled(n, 0));
    const Authorization = `Bearer ${head}.${claims}.${signature}`;
    expect(await expectRefused(gateway, { ...proof, Authorization })).toBe('token-invalid');
    const DPoP = `${toBase64Url(utf8('{"typ":"dpop+jwt","alg":"ES256"}'))}.${claims}.${signature}`;
    expect(await expectRefused(gateway, { ...proof, DPoP })).toBe('invalid-dpop');
  });
});

const LONG = 3_900;
/** What each header is tried with, beside what is right. */
const NASTY: readonly string[] = [
  '',
  ',',
  '"',
  '=',
  ';;;;',
  '\t',
  '*',
  ':AA==:, :AA==:',
  'sig=()',
  'sig=("@method";req "@method");keyid="KEY";keyid="KEY"',
  'a=("content-digest";bs);keyid="KEY", b=("@path");keyid="KEY"',
  'sig=("@query-param";name="a" "@status" "cookie");created=999999999999999;keyid="KEY"',
  'sig=("@method");created=-1;expires=-999999999999999;keyid="KEY"',
  'Bearer ',
  'bearer a.b.',
  'DPoP a.b.c, DPoP a.b.c',
  'Bearer wb_, Bearer wb_',
  'Bearer wb_aaaaaaaaaaaa.bbb.ccc',
  'PrivateToken',
  'PrivateToken token=',
  'PrivateToken token="AAIA", token="AAIA"',
  `PrivateToken token="${'A'.repeat(LONG)}"`,
  'eyJhbGciOiJub25lIn0.e30.',
  '__proto__=1',
  'constructor=("@method");keyid="KEY"',
  ' '.repeat(LONG),
  `a${' '.repeat(LONG)}b`,
  '('.repeat(LONG),
  'a=('.repeat(LONG / 3),
  'a,'.repeat(LONG / 2),
  ';a'.repeat(LONG / 2),
  `a=${'"\\"'.repeat(LONG / 3)}`,
];
const HEADERS = [
  'Authorization',
  'DPoP',
  'Signature-Input',
  'Signature',
  'Content-Digest',
  'Inference-Proof',
  'Content-Length',
  'Origin',
] as const;

describe('a header that no client writes', () => {
  it.each(HEADERS)('%s: crashes nothing, by whichever challenge it comes', async (name) => {
    const gateway = startGateway({ policy: policyFor(callers) });
    const wires = [
      await gateway.challenge(),
      await gateway.challenge({ jkt: device.jkt }),
      await challengeAs(gateway, {}, { keyid: callers.agentKeyId }),
    ];
    for (const [kind, wire] of wires.entries()) {
      const good = await evidenceOf(wire, device);
      const base = kind === 2 ? { ...good, ...(await callers.agentHeaders(wire)) } : good;
      for (const text of NASTY) {
        const value = text.replaceAll('KEY', callers.agentKeyId);
        const response = await gateway.send({ headers: { ...base, [name]: value } });
        expect([name, value, response.status < 500]).toEqual([name, value, true]);
      }
    }
    // Headers that nobody asked for are passed over; a nonce was spent once all the same.
    expect(gateway.forwarded.length).toBeLessThanOrEqual(wires.length);
  });

  it('in evidence is refused: members twice, of another kind, with parameters', async () => {
    const gateway = startGateway({ policy: policyFor(callers) });
    const good = await evidenceOf(await gateway.challenge({ jkt: device.jkt }), device);
    const proof = good['Inference-Proof'] ?? '';
    const more = ['w=:AA==:', 's="a"', 'x=1', 'c="a"', 'p=:AA==:', 'h', `t=${bytes('x')};a`, ''];
    for (const member of more) {
      const headers = { ...good, 'Inference-Proof': `${proof}, ${member}` };
      expect([member, await expectRefused(gateway, headers)]).toEqual([member, 'malformed']);
    }
    const twice = { ...good, 'Inference-Proof': `${proof}, ${proof}` };
    expect(await expectRefused(gateway, twice)).toBe('malformed');
  });
});

/** How long this takes, in milliseconds; the clock of workerd moves only between events. */
async function msOf(work: () => unknown): Promise<number> {
  await scheduler.wait(1);
  const startMs = Date.now();
  for (let round = 0; round < 200; round += 1) work();
  await scheduler.wait(1);
  return Date.now() - startMs;
}

describe('what is as long as it may be costs no more than its length', () => {
  /** Negative control: a pattern that looks for the last blanks looks at each as many times. */
  let squareMs = 0;

  beforeAll(async () => {
    const field = `a${' '.repeat(FIELD_CHARS_MAX - 2)}b`;
    squareMs = await msOf(() => field.replace(/^ +| +$/g, ''));
  });

  const expectQuick = async (work: () => unknown): Promise<void> => {
    expect(await msOf(work)).toBeLessThan(squareMs / 4);
  };

  it.each([
    ['blanks in the middle', `a${' '.repeat(FIELD_CHARS_MAX - 2)}b`],
    ['blanks before a comma', `a${' '.repeat(FIELD_CHARS_MAX - 3)},b`],
    ['a string without an end', `a="${'x'.repeat(FIELD_CHARS_MAX - 3)}`],
    ['a list without an end', `a=(${'b '.repeat((FIELD_CHARS_MAX - 3) / 2)}`],
  ])('a field with %s', async (_, field) => {
    await expectQuick(() => parseDictionary(field));
  });

  it.each([
    ['dots', `/${'.'.repeat(2_000)}x`],
    ['dots, decoded four times', `/%2525252e${'.'.repeat(2_000)}x`],
    ['semicolons in front of a line separator', `/${';'.repeat(1_900)}%E2%80%A8`],
    ['climbing', `/${'../'.repeat(650)}x`],
  ])('a path full of %s', async (_, path) => {
    const policy = policyFor(callers);
    await expectQuick(() => matchRoute(policy, path));
  });

  it('a path with a line separator behind its parameters is no way round a route', () => {
    // A pattern that stops at a line's end left the parameter standing, and the route unseen.
    const policy = policyFor(callers);
    for (const path of ['/api/chat%3Ba', '/api/chat%3B%E2%80%A8a', '/api%3B%E2%80%A9/chat']) {
      expect([path, matchRoute(policy, path).kind]).toEqual([path, 'ambiguous']);
    }
  });
});

it('a challenge says what it asks for under its seal only: evidence cannot take any of it away', async () => {
  const policy = policyFor(callers, [{ require: ['work', 'private-token'] }]);
  const gateway = startGateway({ policy });
  const wire = await gateway.challenge({ jkt: device.jkt });
  expect(readChallenge(wire).require).toBe(1 | 4 | 32);
  const Authorization = 'PrivateToken token="AA"';
  const headers = { ...(await evidenceOf(wire, device)), Authorization };
  expect(await expectRefused(gateway, headers)).toBe('invalid-private-token');
});
