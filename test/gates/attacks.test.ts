// The attacks of the protocol page on the real gates, by number. Each begins with a proof that is
// good, changes one thing, and must be refused for that thing; none may pass.

import { describe, expect, it } from 'vitest';
import { INPUT_TOKENS_CONSTANT_PLAIN } from '../../core/pricing/estimate.ts';
import { fromBase64, toBase64, toBase64Url } from '../../core/bytes.ts';
import { encodeChallenge } from '../../core/proof/challenge.ts';
import { Keyring } from '../../core/proof/keyring.ts';
import { makeDevice, prove, readChallenge } from '../support/anonymous.ts';
import {
  ACTIVE_KEY,
  BODY,
  challengeFor,
  IP,
  makeDeps,
  NOW_MS,
  pass,
  POLICY,
  random,
  type Sent,
  wordOf,
  forwardedText,
} from './gate-bench.ts';

const deps = makeDeps();
const said = async (sent: Sent, by = deps): Promise<string> => wordOf(await pass(sent, by));
const proven = (body = BODY): Promise<Record<string, string>> => prove(challengeFor(deps), body);

/** The headers with one member of the evidence replaced. */
function withMember(headers: Record<string, string>, name: string, value: string) {
  const members = (headers['Inference-Proof'] ?? '').split(', ');
  const changed = members.map((one) => (one.startsWith(`${name}=`) ? `${name}=${value}` : one));
  return { ...headers, 'Inference-Proof': changed.join(', ') };
}

const workOf = (headers: Record<string, string>): Uint8Array => {
  const text = /w=:([^:]*):/.exec(headers['Inference-Proof'] ?? '')?.[1] ?? '';
  return fromBase64(text) ?? new Uint8Array(0);
};

const withoutDigest = (headers: Record<string, string>) =>
  Object.fromEntries(Object.entries(headers).filter(([name]) => name !== 'Content-Digest'));

describe('a proof of another call', () => {
  it('is refused for a body with one space more, by digest or by work (attack 6)', async () => {
    const headers = await proven();
    expect(await said({ headers, body: `${BODY} ` })).toBe('digest');
    expect(await said({ headers: withoutDigest(headers), body: `${BODY} ` })).toBe('invalid-work');
    expect(await said({ headers: withoutDigest(headers) })).toBe('passed');
  });

  it('is refused on another route, method, principal or device key (attack 7)', async () => {
    const device = await makeDevice();
    const thief = await makeDevice();
    const wire = challengeFor(deps, { principal: `device:${device.jkt}`, jkt: device.jkt });
    const ofDevice = await prove(wire, BODY, device);
    const stolen = await prove(wire, BODY, thief);
    const headers = await proven();
    expect(await said({ headers: ofDevice, ip: '198.51.100.1' })).toBe('passed');
    const codes = [
      await said({ headers, routeId: 'chat-completions' }),
      await said({ headers, method: 'PUT' }),
      await said({ headers, ip: '203.0.113.8' }),
      await said({ headers: stolen }),
    ];
    expect(codes).toEqual(['route', 'invalid-work', 'principal', 'jkt']);
  });

  it('is refused without its signature, or with that of another body (attack 17)', async () => {
    const device = await makeDevice();
    const wire = challengeFor(deps, { principal: `device:${device.jkt}`, jkt: device.jkt });
    const headers = await prove(wire, BODY, device);
    const other = await prove(wire, `${BODY} `, device);
    const signature = /s=(:[^:]*:)/.exec(other['Inference-Proof'] ?? '')?.[1] ?? '';
    expect(await said({ headers: await prove(wire, BODY) })).toBe('jkt');
    expect(await said({ headers: withMember(headers, 's', signature) })).toBe('invalid-signature');
    for (const [bytes, code] of [
      [0, 'invalid-signature'],
      [63, 'invalid-signature'],
      [65, 'malformed'],
      [72, 'malformed'],
    ] as const) {
      const other = withMember(headers, 's', `:${toBase64(random(bytes))}:`);
      expect(await said({ headers: other })).toBe(code);
    }
    expect(
      await said({ headers: withMember(headers, 's', `:${toBase64(new Uint8Array(64))}:`) }),
    ).toBe('invalid-signature');
  });

  it('is refused where only the key, or only the signature, was left out (attack 17)', async () => {
    const device = await makeDevice();
    const wire = challengeFor(deps, { principal: `device:${device.jkt}`, jkt: device.jkt });
    const headers = await prove(wire, BODY, device);
    for (const [left, code] of [
      ['s', 'invalid-signature'],
      ['k', 'jkt'],
    ] as const) {
      const members = (headers['Inference-Proof'] ?? '').split(', ');
      const proof = members.filter((one) => !one.startsWith(`${left}=`)).join(', ');
      const sent = { ...headers, 'Inference-Proof': proof };
      expect(await said({ headers: sent })).toBe(code);
    }
  });

  it('is refused where the device names a point that is none (attack 17)', async () => {
    const device = await makeDevice();
    const wire = challengeFor(deps, { principal: `device:${device.jkt}`, jkt: device.jkt });
    const headers = await prove(wire, BODY, device);
    for (const point of [new Uint8Array(65), random(65), device.publicKey.slice(0, 64)]) {
      expect(await said({ headers: withMember(headers, 'k', `:${toBase64(point)}:`) })).toBe('jkt');
    }
  });

  it('is refused in another realm, though the keys are the same (attack 28)', async () => {
    const staging = makeDeps({ policy: { ...POLICY, realm: 'staging.example' } });
    expect(await said({ headers: await prove(challengeFor(staging), BODY) })).toBe('realm');
  });

  it('is refused whatever headers name another address (attack 4)', async () => {
    const headers = await proven();
    const spoofed = { 'X-Forwarded-For': IP, 'True-Client-IP': IP, Forwarded: `for=${IP}` };
    expect(await said({ headers: { ...headers, ...spoofed }, ip: '198.51.100.1' })).toBe(
      'principal',
    );
  });
});

describe('work that was not done', () => {
  it('is refused as all zeros and as nothing (attack 9)', async () => {
    const headers = await proven();
    const zeros = `:${toBase64(new Uint8Array(8 * 32))}:`;
    expect(await said({ headers: withMember(headers, 'w', zeros) })).toBe('invalid-work');
    expect(await said({ headers: withMember(headers, 'w', '::') })).toBe('invalid-work');
  });

  it('is refused as one solution repeated, or of another length (attack 10)', async () => {
    const headers = await proven();
    const work = workOf(headers);
    const repeated = new Uint8Array(work.length);
    for (let at = 0; at < work.length; at += 8) repeated.set(work.slice(0, 8), at);
    for (const [other, code] of [
      [repeated, 'invalid-work'],
      [work.slice(8), 'invalid-work'],
      [new Uint8Array([...work, ...work.slice(0, 8)]), 'malformed'],
    ] as const) {
      const sent = withMember(headers, 'w', `:${toBase64(other)}:`);
      expect(await said({ headers: sent })).toBe(code);
    }
  });

  it('is refused where it was done for another challenge like it (attack 15)', async () => {
    const [one, two] = [await proven(), await proven()];
    const mixed = withMember(one, 'w', `:${toBase64(workOf(two))}:`);
    expect(await said({ headers: mixed })).toBe('invalid-work');
  });

  it('is refused where the challenge was made easier on the way (attack 8)', async () => {
    const wire = challengeFor(deps);
    const tag = wire.split('.')[1] ?? '';
    for (const easier of [{ bits: 1 }, { k: 1 }, { algorithm: 9 }]) {
      const body = encodeChallenge({ ...readChallenge(wire), ...easier });
      const forged = `${toBase64Url(body)}.${tag}`;
      const headers = withMember(await prove(wire, BODY), 'c', `"${forged}"`);
      expect(await said({ headers })).toBe('bad-mac');
    }
  });

  it('is refused where today asks for more than the challenge did (attack 8)', async () => {
    const easy = makeDeps({ policy: { ...POLICY, work: { floorHashes: 64, capHashes: 64 } } });
    expect(await said({ headers: await prove(challengeFor(easy), BODY) })).toBe('too-easy');
  });
});

describe('a price that is not paid', () => {
  it('is refused for a body dearer than its challenge (attack 11)', async () => {
    const cheap = challengeFor(deps, { costNanoUsdMax: 300_000 });
    const dear = BODY.replace('"max_tokens":16', '"max_tokens":800');
    expect(await said({ headers: await prove(cheap, BODY) })).toBe('passed');
    expect(await said({ headers: await prove(cheap, dear), body: dear })).toBe('underpriced');
  });

  it('is judged on the very bytes that go up (attack 12)', async () => {
    const { call } = await pass({ headers: await proven() }, deps);
    const forwarded = forwardedText(call);
    expect(call.estimate?.inputTokensMax).toBe(
      Buffer.byteLength(forwarded) + INPUT_TOKENS_CONSTANT_PLAIN,
    );
    expect(JSON.stringify(JSON.parse(forwarded))).toBe(forwarded);
  });
});

describe('games with the clock', () => {
  it.each([
    [-6_000, 'not-yet-valid'],
    [0, 'passed'],
    [89_999, 'passed'],
    [90_000, 'expired'],
    [150_000, 'expired'],
  ])('%d ms after issue end as %s (attacks 5, 14)', async (laterMs, word) => {
    const headers = await proven();
    const later = makeDeps({ keyring: deps.keyring, nowMs: () => NOW_MS + laterMs });
    expect(await said({ headers }, later)).toBe(word);
  });
});

describe('another spelling of a proof', () => {
  it('is refused, or is the same nonce (attack 22)', async () => {
    const headers = await proven();
    const proof = headers['Inference-Proof'] ?? '';
    const key = (await pass({ headers }, deps)).call.key;
    const spellings = [
      proof.replaceAll(', ', ','),
      proof.split(', ').toReversed().join(', '),
      proof.replace(/(c="[^"]*)"/, '$1="'),
      proof.replace('c="', 'c="%41'),
      `${proof}, ${proof}`,
      proof.replace(/=:$/, ':'),
      proof.replace('c="', 'C="'),
      `  ${proof}  `,
    ];
    const keys = new Set<string>();
    for (const spelling of spellings) {
      const outcome = await pass({ headers: { ...headers, 'Inference-Proof': spelling } }, deps);
      if (outcome.gate === 'passed') keys.add(outcome.call.key);
      expect(wordOf(outcome)).toMatch(/^(passed|malformed|bad-mac|unknown-key)$/);
    }
    expect([...keys]).toEqual([key]);
  });

  it('of too many bytes is refused before it is decoded (attack 19)', async () => {
    const proof = `c="${'A'.repeat(4_096)}", w=:AAAA:`;
    expect(await said({ headers: { 'Inference-Proof': proof } })).toBe('malformed');
  });
});

describe('keys that rotate', () => {
  it('are accepted as previous, and refused once they are gone (attack 23)', async () => {
    const headers = await proven();
    const next = { kid: 2, secret: random(32) };
    const rotated = makeDeps({ keyring: new Keyring(next, [ACTIVE_KEY]) });
    const gone = makeDeps({ keyring: new Keyring(next, []) });
    const recycled = makeDeps({ keyring: new Keyring({ kid: 1, secret: random(32) }, []) });
    expect(await said({ headers }, rotated)).toBe('passed');
    expect(await said({ headers }, gone)).toBe('unknown-key');
    expect(await said({ headers }, recycled)).toBe('bad-mac');
  });
});
