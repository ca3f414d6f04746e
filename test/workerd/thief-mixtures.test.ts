// A thief with everything: challenges of ten callers, the work for each, signatures of two devices,
// tokens of two users, two API keys, an agent's signatures and private tokens, all genuine, put
// together at random. A model of a few lines says which mixtures are honest. What breaks if this
// fails: some combination of genuine parts opens what none of them opens by itself.

import { beforeAll, expect, it } from 'vitest';
import { type Bytes, concatBytes, toBase64Url, utf8 } from '../../core/bytes.ts';
import { formatEvidence, parseEvidence } from '../../core/proof/evidence.ts';
import { tokenChallengeFor } from '../../core/proof/private-token.ts';
import { sha256 } from '../../core/proof/sha256.ts';
import { present } from '../../core/result.ts';
import { EVIDENCE_MEMBERS } from '../../worker/verifiers/index.ts';
import { type Device, makeDevice, prove, readChallenge } from '../support/anonymous.ts';
import { BODY, type Gateway, IP, startGateway, wordOf } from './gateway-harness.ts';
import { type Callers, challengeAs, makeCallers, makeKey, policyFor } from './thief-harness.ts';

const ROUNDS = 12;
const MIXTURES = 60;
const SEED = 20_261_121;

/** One challenge, and all that answers it. */
type Part = {
  readonly wire: string;
  readonly owner: string;
  readonly work: Bytes;
  /** By device. */
  readonly signatures: readonly Bytes[];
  readonly agent: Record<string, string>;
  readonly privateToken: Bytes;
};

type Mixture = {
  readonly part: Part;
  readonly work: Part | null;
  readonly signature: { readonly part: Part; readonly device: number } | null;
  readonly publicKey: number | null;
  readonly auth: string | null;
  readonly agent: Part | null;
  readonly token: Part | null;
};

let callers: Callers;
let gateway: Gateway;
let devices: readonly Device[];
let auths: Readonly<Record<string, string>>;
const keyIdOf = (key: string): string => /wb_([^.]+)/.exec(key)?.[1] ?? '';

beforeAll(async () => {
  callers = await makeCallers();
  const policy = policyFor(callers, [
    { callers: ['address'], require: ['work', 'private-token'] },
    { callers: ['user'], require: ['work'] },
  ]);
  gateway = startGateway({ policy });
  devices = [await makeDevice(), await makeDevice()];
  auths = {
    alice: `Bearer ${await callers.token('alice')}`,
    bob: `DPoP ${await callers.token('bob', devices[0]?.jkt)}`,
    key1: `Bearer ${await makeKey(gateway)}`,
    key2: `Bearer ${await makeKey(gateway)}`,
  };
});

async function partOf(owner: string, wire: string): Promise<Part> {
  const proofs = await Promise.all(devices.map((device) => prove(wire, BODY, device)));
  const evidence = proofs.map((headers) =>
    present(parseEvidence(headers['Inference-Proof'] ?? '', EVIDENCE_MEMBERS), 'evidence'),
  );
  const tokens = present(gateway.deps.policy.privateToken, 'tokens');
  const { keyId } = present(tokens.keys[0], 'key');
  const digest = sha256(tokenChallengeFor(wire, tokens));
  const head = concatBytes([Uint8Array.of(0, 2), crypto.getRandomValues(new Uint8Array(32))]);
  return {
    wire,
    owner,
    work: present(evidence[0]?.bytes['w'], 'work'),
    signatures: evidence.map(({ bytes }) => present(bytes['s'], 'signature')),
    agent: await callers.agentHeaders(wire),
    privateToken: await callers.privateToken(concatBytes([head, digest, keyId]) as Bytes),
  };
}

function partsOf(): Promise<readonly Part[]> {
  const as = async (owner: string, auth: string | null, wish: object = {}): Promise<Part> => {
    const headers: Record<string, string> =
      auth === null ? {} : { Authorization: auths[auth] ?? '' };
    return partOf(owner, await challengeAs(gateway, headers, wish));
  };
  const [a = '', b = ''] = devices.map(({ jkt }) => jkt);
  return Promise.all([
    as(`ip:${IP}`, null),
    as(`device:${a}`, null, { jkt: a }),
    as(`device:${a}`, null, { jkt: a, bind: 'signature' }),
    as(`device:${b}`, null, { jkt: b }),
    as('user:alice', 'alice'),
    as('user:alice', 'alice', { jkt: b }),
    as('user:bob', 'bob'),
    as('agent:robot', null, { keyid: callers.agentKeyId }),
    as(`key:${keyIdOf(auths['key1'] ?? '')}`, 'key1'),
    as(`key:${keyIdOf(auths['key2'] ?? '')}`, 'key2'),
  ]);
}

/** Who this is, by what cannot be forged; null for a token that is not its shower's. */
function shownBy({ part, auth, agent }: Mixture): string | null {
  const { jkt } = readChallenge(part.wire);
  if (auth?.startsWith('key') === true) return `key:${keyIdOf(auths[auth] ?? '')}`;
  if (auth === 'bob' && jkt !== devices[0]?.jkt) return null;
  if (agent !== null) return 'agent:robot';
  if (auth === 'alice' || auth === 'bob') return `user:${auth}`;
  return jkt === '' ? `ip:${IP}` : `device:${jkt}`;
}

function isHonest(mixture: Mixture): boolean {
  const { part, work, signature, publicKey, auth, agent, token } = mixture;
  const { require, jkt } = readChallenge(part.wire);
  if (shownBy(mixture) !== part.owner) return false;
  if ((require & 1) !== 0 && work !== part) return false;
  const device = devices.findIndex((one) => one.jkt === jkt);
  const isSigned = signature?.part === part && signature.device === device;
  if ((require & 4) !== 0 && !(isSigned && publicKey === device)) return false;
  if ((require & 16) !== 0 && agent !== part) return false;
  return (require & 32) === 0 || (token === null ? auth === 'private' : token === part);
}

function headersOf(mixture: Mixture): Record<string, string> {
  const { part, work, signature, publicKey, auth, agent, token } = mixture;
  const own = signature === null ? undefined : signature.part.signatures[signature.device];
  const bytes: Record<string, Bytes> = {
    ...(work === null ? {} : { w: work.work }),
    ...(own === undefined ? {} : { s: own }),
    ...(publicKey === null ? {} : { k: present(devices[publicKey], 'device').publicKey }),
    ...(token === null ? {} : { t: token.privateToken }),
  };
  const shown = `PrivateToken token="${toBase64Url(part.privateToken)}"`;
  return {
    ...(agent === null ? {} : agent.agent),
    ...(auth === null ? {} : { Authorization: auth === 'private' ? shown : (auths[auth] ?? '') }),
    'Inference-Proof': formatEvidence({ challengeWire: part.wire, bytes, text: {} }),
  };
}

/** Of this seed, the same in every run. */
function* numbers(seed: number): Generator<number, never> {
  for (let at = 0; ; at += 1) {
    const bytes = sha256(utf8(`${String(seed)}:${String(at)}`));
    yield new DataView(bytes.buffer).getUint32(0);
  }
}

it(`of ${String(ROUNDS * MIXTURES)} mixtures the honest ones buy a call each, once, and no other`, async () => {
  const random = numbers(SEED);
  const pick = <T>(list: readonly T[]): T => list[random.next().value % list.length] as T;
  let honest = 0;
  const spent = new Set<string>();
  for (let round = 0; round < ROUNDS; round += 1) {
    const parts = await partsOf();
    for (let count = 0; count < MIXTURES; count += 1) {
      const part = pick(parts);
      const near = (): Part => pick([part, part, part, pick(parts)]);
      const own = Math.max(
        0,
        devices.findIndex(({ jkt }) => jkt === readChallenge(part.wire).jkt),
      );
      const device = (): number => pick([own, own, own, 1 - own]);
      const name = part.owner.replace(/^[a-z]+:/, '');
      const key = Object.keys(auths).find((one) => keyIdOf(auths[one] ?? '') === name);
      const right = part.owner.startsWith('user') ? name : (key ?? null);
      const isAgent = part.owner.startsWith('agent');
      const mixture: Mixture = {
        part,
        work: pick([near(), near(), near(), null]),
        signature: pick([{ part: near(), device: device() }, { part: near(), device: own }, null]),
        publicKey: pick([device(), device(), device(), null]),
        auth: pick([right, right, right, right, ...Object.keys(auths), 'private', null]),
        agent: isAgent ? pick([near(), near(), null]) : pick([null, null, null, null, near()]),
        token: pick([near(), near(), null]),
      };
      const isExpected = isHonest(mixture) && !spent.has(part.wire);
      const word = wordOf(await gateway.send({ headers: headersOf(mixture) }));
      expect([mixture, word, word === 'ok']).toEqual([mixture, word, isExpected]);
      if (!isExpected) continue;
      honest += 1;
      spent.add(part.wire);
    }
  }
  expect(gateway.forwarded).toHaveLength(honest);
  // Every kind of caller was honest now and then, or the model would say no to everything.
  expect(honest).toBeGreaterThan(ROUNDS * 4);
});
