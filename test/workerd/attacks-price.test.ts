// Attacks 8, 11, 12 and 14: paying less than the call costs, by an easier puzzle, a cheaper
// challenge, a body with two readings, or a clock. What breaks if this fails: a thief pays for the
// smallest call and makes the largest.

import { afterEach, describe, expect, it, vi } from 'vitest';
import { fromBase64, fromBase64Url, toBase64Url, utf8 } from '../../core/bytes.ts';
import { type Challenge, encodeChallenge } from '../../core/proof/challenge.ts';
import { Keyring } from '../../core/proof/keyring.ts';
import { sha256 } from '../../core/proof/sha256.ts';
import { checkWork, workSeed } from '../../core/proof/work.ts';
import { prove, readChallenge } from '../support/anonymous.ts';
import { BODY, codeOf, SECRETS, type Sent, startGateway, wordOf } from './gateway-harness.ts';

afterEach(() => {
  vi.useRealTimers();
});

const gateway = startGateway();
const said = async (sent: Sent): Promise<string> => wordOf(await gateway.send(sent));

const [kid = '', secretText = ''] = SECRETS.WEIGHBRIDGE_PROOF_KEY_ACTIVE.split(':');
const keyring = new Keyring(
  { kid: Number(kid), secret: fromBase64Url(secretText) ?? new Uint8Array(0) },
  [],
);

/** What a bug of ours would have to seal before the thief could use it. */
async function sealed(parts: Partial<Challenge>): Promise<string> {
  const { kid: _kid, ...challenge } = readChallenge(await gateway.challenge());
  return keyring.seal({ ...challenge, ...parts });
}

/** Evidence for a challenge that `prove` itself might not be able to solve. */
const withChallenge = (headers: Record<string, string>, wire: string) => ({
  ...headers,
  'Inference-Proof': (headers['Inference-Proof'] ?? '').replace(/c="[^"]*"/, `c="${wire}"`),
});

/** What a naive gateway does: checks the work by what stands in the challenge. */
function passesWithoutSeal(proof: string): boolean {
  const [, challengeWire = '', work = ''] = /c="([^"]*)", w=:([^:]*):/.exec(proof) ?? [];
  const { k, bits, route, jkt } = readChallenge(challengeWire);
  const contentDigest = sha256(utf8(BODY));
  const seed = workSeed({ challengeWire, contentDigest, method: 'POST', route, jkt });
  return checkWork(seed, k, bits, fromBase64(work) ?? new Uint8Array(0));
}

describe('attack 8: an easier puzzle (CVE-2025-24369)', () => {
  it('breaks the seal, whichever field is changed on the way', async () => {
    const wire = await gateway.challenge();
    const [, tag = ''] = wire.split('.');
    const headers = await prove(wire, BODY);
    const easier = [{ bits: 1 }, { k: 1 }, { k: 0 }, { algorithm: 9 }, { bind: 2 }, { require: 0 }];
    for (const parts of [...easier, { costNanoUsdMax: 2 ** 52 }]) {
      const body = encodeChallenge({ ...readChallenge(wire), ...parts });
      const forged = withChallenge(headers, `${toBase64Url(body)}.${tag}`);
      expect(await said({ headers: forged })).toBe('bad-mac');
    }
  });

  it('is refused even under our own seal', async () => {
    const honest = await prove(await gateway.challenge(), BODY);
    for (const parts of [{ k: 0 }, { k: 1 }, { bits: 0 }, { algorithm: 2 }, { require: 0 }]) {
      const headers = withChallenge(honest, await sealed(parts));
      expect(await said({ headers })).toBe('unsupported');
    }
  });

  it('is too easy where it is below what the call asks for now', async () => {
    const wire = await sealed({ bits: 1 });
    expect(await said({ headers: await prove(wire, BODY) })).toBe('too-easy');
  });

  it('negative control: a check that believes the difficulty it is shown takes the easy one', async () => {
    const [, tag = ''] = (await gateway.challenge()).split('.');
    const easy = { ...readChallenge(await gateway.challenge()), bits: 1 };
    const headers = await prove(`${toBase64Url(encodeChallenge(easy))}.${tag}`, BODY);
    expect(passesWithoutSeal(headers['Inference-Proof'] ?? '')).toBe(true);
    expect(await said({ headers })).toBe('bad-mac');
  });
});

describe('attack 11: a cheap challenge for a dear body', () => {
  it('is refused by the price, before any work is looked at', async () => {
    const dear = BODY.replace('"max_tokens":16', '"max_tokens":800');
    const wire = await sealed({ costNanoUsdMax: 250_000 });
    expect(await said({ headers: await prove(wire, dear), body: dear })).toBe('underpriced');
    expect(await said({ headers: await prove(wire, BODY) })).toBe('ok');
  });
});

describe('attack 12: a body that two readers read differently', () => {
  const bytes = (text: string): Uint8Array<ArrayBuffer> => utf8(text);
  const cases: readonly (readonly [string, string | Uint8Array<ArrayBuffer>, string])[] = [
    ['a model twice', BODY.replace('{', '{"model":"gpt-4.1-nano",'), 'body_not_json'],
    ['a model twice, once escaped', BODY.replace('{', '{"mod\\u0065l":"x",'), 'body_not_json'],
    ['a number JSON does not have', BODY.replace(':16', ':1e400'), 'body_not_json'],
    ['a ceiling as a string', BODY.replace(':16', ':"16"'), 'shape_refused'],
    ['a byte order mark', `\ufeff${BODY}`, 'body_not_utf8'],
    ['bytes that are no text', new Uint8Array([...bytes(BODY), 0xff]), 'body_not_utf8'],
    ['something behind its end', `${BODY}{}`, 'body_not_json'],
    ['compression', BODY, 'body_encoded'],
  ];

  it.each(cases)('with %s is refused and costs nothing', async (_, body, code) => {
    const before = gateway.forwarded.length;
    const text = typeof body === 'string' ? body : BODY;
    const encoding = code === 'body_encoded' ? { 'Content-Encoding': 'gzip' } : {};
    const headers = { ...(await prove(await gateway.challenge(), text)), ...encoding };
    const response = await gateway.send({ headers, body });
    expect([await codeOf(response), gateway.forwarded.length]).toEqual([code, before]);
    expect(response.status).toBe(
      code === 'body_encoded' ? 415 : code === 'shape_refused' ? 422 : 400,
    );
  });

  it('is no more: what is sent up is exactly what was parsed, serialised again', async () => {
    const spaced = JSON.stringify(JSON.parse(BODY), null, 3);
    const headers = await prove(await gateway.challenge(), spaced);
    expect(await said({ headers, body: spaced })).toBe('ok');
    const up = gateway.forwarded.at(-1) ?? '';
    expect(JSON.stringify(JSON.parse(up))).toBe(up);
    expect(JSON.parse(up)).toMatchObject({ model: 'gpt-4o-mini', max_tokens: 16, store: false });
  });

  it('negative control: JSON.parse takes the last of two models, others the first', () => {
    const twice = String(cases[0]?.[1]);
    expect((JSON.parse(twice) as { model: string }).model).toBe('gpt-4o-mini');
    expect(/"model":"([^"]+)"/.exec(twice)?.[1]).toBe('gpt-4.1-nano');
  });
});

describe('attack 14: games with the clock', () => {
  const at = Math.floor(Date.UTC(2101, 5, 1) / 1_000);
  const cases: readonly (readonly [string, Partial<Challenge>, string])[] = [
    ['from the future', { issuedAtSeconds: at + 60, expiresAtSeconds: at + 150 }, 'not-yet-valid'],
    ['that is over', { issuedAtSeconds: at - 90, expiresAtSeconds: at }, 'expired'],
    ['that would live for 4,000 seconds', { expiresAtSeconds: at + 4_000 }, 'ttl'],
    ['that may not be used yet', { notBeforeSeconds: at + 3 }, 'not-yet-valid'],
    ['that ends before it begins', { expiresAtSeconds: at - 1 }, 'ttl'],
    ['whose times wrap', { issuedAtSeconds: 2 ** 32 - 1, expiresAtSeconds: 5 }, 'ttl'],
    [
      'at the end of time',
      { issuedAtSeconds: 2 ** 32 - 60, expiresAtSeconds: 2 ** 32 - 1 },
      'not-yet-valid',
    ],
  ];

  it.each(cases)('a challenge %s is refused', async (_, parts, word) => {
    vi.useFakeTimers({ toFake: ['Date'] });
    vi.setSystemTime(at * 1_000);
    expect(await said({ headers: await prove(await sealed(parts), BODY) })).toBe(word);
  });

  it('a challenge with none of this passes at the same moment', async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    vi.setSystemTime(at * 1_000);
    expect(await said({ headers: await prove(await sealed({}), BODY) })).toBe('ok');
  });
});
