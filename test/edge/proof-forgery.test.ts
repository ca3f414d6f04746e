// A seal is not enough: challenges sealed with the gateway's own key are refused where their times,
// realm, route, principal, strength or requirements are wrong, and no bent or home-made proof
// passes. Every refusal reads the same, so that nobody learns which check failed. If this breaks, a
// leaked or rotated key, or a patient bit flipper, makes proofs for free.

import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { utf8 } from '../../core/bytes.ts';
import { BIND_SEED, type Challenge } from '../../core/proof/challenge.ts';
import { REQUIRE } from '../../core/proof/requirement.ts';
import { Keyring, parseMacKey } from '../../core/proof/keyring.ts';
import { sha256 } from '../../core/proof/sha256.ts';
import { localSecrets } from '../../local/secrets.ts';
import { askChallenge, makeDevice, prove, readChallenge } from '../support/anonymous.ts';
import { CHAT, chatBody, LOCAL_IP, upstreamRequests } from '../support/chat.ts';
import { expectProblem, heard } from '../support/problem.ts';
import { startStack, type TestStack } from '../support/stack.ts';
import shipped from '../../weighbridge.config.ts';

const APP_CHAT = '/api/chat';
const body = chatBody();

let stack: TestStack;
let secrets: Record<string, string>;

beforeAll(async () => {
  stack = await startStack();
  secrets = await localSecrets(stack.stateDirectory);
});

beforeEach(async () => {
  await stack.resetEmulator();
  await stack.script({ chunks: 3, chunkDelayMs: 0 });
});

afterAll(() => stack.close());

const send = (headers: Readonly<Record<string, string>>, path = APP_CHAT): Promise<Response> =>
  fetch(`${stack.gatewayUrl}${path}`, { method: 'POST', headers, body });

const ask = (): Promise<string> => askChallenge(stack.gatewayUrl, { path: APP_CHAT });

const said = new Set<string>();

async function expectRejected(headers: Readonly<Record<string, string>>): Promise<void> {
  const problem = expectProblem(await heard(await send(headers)), 403, 'proof_rejected');
  said.add(problem.detail);
  expect(said.size, 'one sentence for every failure').toBe(1);
  expect(await upstreamRequests(stack)).toEqual([]);
}

const now = (): number => Math.floor(Date.now() / 1_000);
const seconds = (offset: number): number => now() + offset;
/** Random, but for the first byte: it names the set of shards that the nonce is spent in. */
function nonceOf(epoch: number): Uint8Array<ArrayBuffer> {
  const nonce = new Uint8Array(randomBytes(16));
  nonce[0] = epoch;
  return nonce;
}

const hashOf = (principal: string): Uint8Array<ArrayBuffer> => sha256(utf8(principal));

/** What the gateway would have issued, but for some members; sealed with one of its own keys. */
function seal(members: Partial<Challenge>, secret = 'WEIGHBRIDGE_PROOF_KEY_ACTIVE'): string {
  const key = parseMacKey(secrets[secret] ?? '');
  if (key === null) throw new Error(`no ${secret}`);
  return new Keyring(key, []).seal({
    issuedAtSeconds: now(),
    notBeforeSeconds: now(),
    expiresAtSeconds: seconds(90),
    nonce: nonceOf(1),
    algorithm: 1,
    k: 32,
    bits: 6,
    bind: BIND_SEED,
    costNanoUsdMax: 1_000_000_000,
    require: REQUIRE.work,
    realm: shipped.realm,
    route: 'app-chat',
    principalHash: hashOf(LOCAL_IP),
    jkt: '',
    conversationHash: new Uint8Array(0),
    ...members,
  });
}

describe('challenges sealed with our own key', () => {
  test.each(['ACTIVE', 'NEXT'])('pass if everything fits, by the %s key', async (which) => {
    const wire = seal({}, `WEIGHBRIDGE_PROOF_KEY_${which}`);
    expect((await send(await prove(wire, body))).status).toBe(200);
  });

  const WRONG: readonly (readonly [string, () => Partial<Challenge>])[] = [
    ['expired now', () => ({ issuedAtSeconds: seconds(-90), expiresAtSeconds: now() })],
    [
      'expired long ago',
      () => ({ issuedAtSeconds: seconds(-900), expiresAtSeconds: seconds(-800) }),
    ],
    ['that lives too long', () => ({ expiresAtSeconds: seconds(600) })],
    [
      'that ends before it begins',
      () => ({ issuedAtSeconds: seconds(80), expiresAtSeconds: seconds(60) }),
    ],
    ['not valid yet', () => ({ notBeforeSeconds: seconds(30) })],
    ['from the future', () => ({ issuedAtSeconds: seconds(30), expiresAtSeconds: seconds(100) })],
    // Nobody could say any more whether it was spent: were it taken, it could be spent for ever.
    ['whose nonce is of a set of shards that is gone', () => ({ nonce: nonceOf(0) })],
    ['whose nonce is of a set of shards to come', () => ({ nonce: nonceOf(2) })],
    ['of another realm', () => ({ realm: 'weighbridge.staging' })],
    ['of another route', () => ({ route: 'chat-completions' })],
    ['of no route', () => ({ route: '' })],
    ['of another address', () => ({ principalHash: hashOf('ip:127.0.0.2') })],
    ['of nobody', () => ({ principalHash: new Uint8Array(0) })],
    ['priced below the call', () => ({ costNanoUsdMax: 1_000 })],
    ['priced at nothing', () => ({ costNanoUsdMax: 0 })],
    ['one bit too easy', () => ({ bits: 2 })],
    ['with one puzzle', () => ({ k: 1, bits: 8 })],
    ['that asks for no work', () => ({ require: REQUIRE.device })],
    ['that asks for nothing', () => ({ require: 0 })],
    ['that asks for what we cannot check', () => ({ require: REQUIRE.work | REQUIRE.payment })],
    ['of another algorithm', () => ({ algorithm: 0 })],
    ['bound by a signature that nobody makes', () => ({ bind: 2 })],
    ['that names a device nobody proves', () => ({ jkt: 'A'.repeat(43), require: 5 })],
  ];

  test.each(WRONG)('one %s is refused', async (_name, members) => {
    await expectRejected(await prove(seal(members()), body));
  });

  test('one under an unknown key id, or a known id with another key, is refused', async () => {
    const stranger = randomBytes(32).toString('base64url');
    const activeId = (secrets['WEIGHBRIDGE_PROOF_KEY_ACTIVE'] ?? '').split(':')[0] ?? '';
    for (const kid of ['77', activeId]) {
      secrets['STRANGER'] = `${kid}:${stranger}`;
      await expectRejected(await prove(seal({}, 'STRANGER'), body));
    }
  });

  test('one that is refused when its time is over was accepted before', async () => {
    const wire = seal({ expiresAtSeconds: seconds(2) });
    expect((await send(await prove(wire, body))).status).toBe(200);
    const late = await prove(seal({ issuedAtSeconds: seconds(-3), expiresAtSeconds: now() }), body);
    await stack.resetEmulator();
    await expectRejected(late);
  });
});

describe('bent proofs', () => {
  const flip = (text: string, at: number): string =>
    text.slice(0, at) + (text[at] === 'A' ? 'B' : 'A') + text.slice(at + 1);

  test('no character of challenge, signature or device key can be changed', async () => {
    const device = await makeDevice();
    const wire = await askChallenge(stack.gatewayUrl, { path: APP_CHAT, jkt: device.jkt });
    const headers = await prove(wire, body, device);
    const proof = headers['Inference-Proof'] ?? '';
    let tried = 0;
    // A changed counter may be another honest solution; work that was not done is tested below.
    const [workFrom, workTo] = [proof.indexOf('w=:'), proof.indexOf(':, s=')];
    expect(workFrom).toBeLessThan(workTo);
    for (let at = 0; at < proof.length; at += 5) {
      if (at >= workFrom && at < workTo) continue;
      await expectRejected({ ...headers, 'Inference-Proof': flip(proof, at) });
      tried += 1;
    }
    expect(tried).toBeGreaterThan(90);
    // The unbent one still buys its call: none of these spent it.
    expect((await send(headers)).status).toBe(200);
  });

  test.each([
    ['nothing', ''],
    ['junk', 'junk'],
    ['no work', 'c="x.y"'],
    ['no challenge', 'w=:AAAA:'],
    ['an unknown member', 'c="x.y", w=:AAAA:, z="1"'],
    ['5 KB', `c="${'a'.repeat(5_000)}"`],
    ['a key path', 'c="../../etc/passwd", w=:AAAA:'],
  ])('%s is no proof', async (_name, proof) => {
    await expectRejected({ 'Content-Type': 'application/json', 'Inference-Proof': proof });
  });

  test('a proof twice, in one header or in two, is none', async () => {
    const headers = await prove(await ask(), body);
    const proof = headers['Inference-Proof'] ?? '';
    await expectRejected({ ...headers, 'Inference-Proof': `${proof}, ${proof}` });
    const twice = new Headers(headers);
    twice.append('Inference-Proof', proof);
    const response = await fetch(`${stack.gatewayUrl}${APP_CHAT}`, {
      method: 'POST',
      headers: twice,
      body,
    });
    expectProblem(await heard(response), 403, 'proof_rejected');
  });

  test('work that was not done is refused: none, one solution for all, one missing', async () => {
    const wire = await ask();
    const headers = await prove(wire, body);
    const proof = headers['Inference-Proof'] ?? '';
    const work = Buffer.from(/w=:([^:]+):/.exec(proof)?.[1] ?? '', 'base64');
    expect(work.length).toBe(8 * readChallenge(wire).k);
    const first = work.subarray(0, 8);
    const bad = [
      Buffer.alloc(work.length),
      Buffer.concat(Array.from({ length: 32 }, () => first)),
      work.subarray(0, work.length - 8),
      Buffer.concat([work, first]),
      Buffer.concat([work.subarray(8), first]),
    ];
    for (const bytes of bad) {
      const bent = proof.replace(/w=:[^:]+:/, `w=:${bytes.toString('base64')}:`);
      await expectRejected({ ...headers, 'Inference-Proof': bent });
    }
    expect((await send(headers)).status).toBe(200);
  });

  test.each(['sha-256=:AAAA:', 'md5=:AAAA:', ''])('a digest "%s" is refused', async (digest) => {
    await expectRejected({ ...(await prove(await ask(), body)), 'Content-Digest': digest });
  });
});

test('an API key alone does not open a route that always asks for a proof', async () => {
  const { key } = await stack.makeKey();
  const headers = { Authorization: `Bearer ${key}`, 'Content-Type': 'application/json' };
  expectProblem(await heard(await send(headers)), 401, 'proof_required');
  expect(await upstreamRequests(stack)).toEqual([]);
  expect((await send(headers, CHAT)).status).toBe(200);
});
