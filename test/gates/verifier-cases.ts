// For each verifier a world in which it is asked for: how an honest caller answers, and how that
// answer goes wrong in the ways that differ from verifier to verifier. A verifier without a case
// here fails the contract.

import { createHash } from 'node:crypto';
import { toBase64 } from '../../core/bytes.ts';
import type { SignatureAlgorithm } from '../../core/proof/agent-key.ts';
import { parseEvidence } from '../../core/proof/evidence.ts';
import { tokenChallengeFor } from '../../core/proof/private-token.ts';
import type { VerifierId } from '../../core/proof/requirement.ts';
import { workSeed } from '../../core/proof/work.ts';
import { present } from '../../core/result.ts';
import type { Deps } from '../../worker/env.ts';
import { EVIDENCE_MEMBERS } from '../../worker/verifiers/index.ts';
import { makeAgent } from '../support/agents.ts';
import { makeDevice, prove, readChallenge } from '../support/anonymous.ts';
import { makeIssuer } from '../support/issuer.ts';
import { BODY, challengeFor, makeDeps, NOW_MS, type Sent, URL_OF_CHAT } from './gate-bench.ts';
import { humanWorld, passWorld } from './human-case.ts';
import { policyAsking } from './policy-asking.ts';

export type Specimen = {
  readonly challengeWire: string;
  readonly sent: Sent;
  /** What this verifier reads, in one piece. */
  readonly evidence: Uint8Array;
  /** The same request with this instead; null leaves it out. */
  with(evidence: Uint8Array | null): Sent;
};

export type World = {
  readonly deps: Deps;
  /** The most of it that is read. */
  readonly bytesMax: number;
  /** A fresh challenge, answered honestly. */
  specimen(): Promise<Specimen>;
  /** An answer as good as any, by somebody the challenge does not name. */
  bySomebodyElse(): Promise<Sent>;
  /** It answers many challenges of one caller, because what it is good for is counted. */
  readonly isReusable?: true;
  /** The same request where another audience is served. */
  readonly elsewhere: readonly (readonly [string, Partial<Sent>, Partial<Deps>])[];
  /** Is what the flip made a proof of its own? By independent arithmetic. */
  isAnotherProof?(specimen: Specimen, flipped: Uint8Array): boolean;
};

const OTHER_ADDRESS = '198.51.100.1';

/** The headers with one member of the evidence replaced, or left out. */
export function withMember(headers: Record<string, string>, key: string, value: string | null) {
  const members = (headers['Inference-Proof'] ?? '').split(', ');
  const others = members.filter((one) => !one.startsWith(`${key}=`));
  const changed = value === null ? others : [...others, `${key}=${value}`];
  return { ...headers, 'Inference-Proof': changed.join(', ') };
}

const bytesItem = (bytes: Uint8Array): string => `:${toBase64(bytes)}:`;
const memberOf = (headers: Record<string, string>, key: string): Uint8Array =>
  present(
    parseEvidence(headers['Inference-Proof'] ?? '', EVIDENCE_MEMBERS)?.bytes[key],
    `member ${key}`,
  );

async function workWorld(): Promise<World> {
  const deps = makeDeps();
  return {
    deps,
    bytesMax: 256,
    async specimen() {
      const challengeWire = challengeFor(deps);
      const headers = await prove(challengeWire, BODY);
      const put = (evidence: Uint8Array | null): Sent => ({
        headers: withMember(headers, 'w', evidence === null ? null : bytesItem(evidence)),
      });
      return { challengeWire, sent: { headers }, evidence: memberOf(headers, 'w'), with: put };
    },
    async bySomebodyElse() {
      return { headers: await prove(challengeFor(deps), BODY), ip: OTHER_ADDRESS };
    },
    elsewhere: [],
    isAnotherProof({ challengeWire }, flipped) {
      const contentDigest = new Uint8Array(createHash('sha256').update(BODY).digest());
      const { k, bits, route, jkt } = readChallenge(challengeWire);
      const seed = workSeed({ challengeWire, contentDigest, method: 'POST', route, jkt });
      return Array.from({ length: k }, (_, index) => {
        const message = Buffer.alloc(12);
        message.writeUInt32BE(index);
        message.set(flipped.slice(8 * index, 8 * index + 8), 4);
        const hash = createHash('sha256').update(seed).update(message).digest();
        return hash.readUInt32BE(0) < 2 ** (32 - bits);
      }).every(Boolean);
    },
  };
}

async function deviceWorld(): Promise<World> {
  const deps = makeDeps();
  const device = await makeDevice();
  const thief = await makeDevice();
  const wireFor = (): string =>
    challengeFor(deps, { principal: `device:${device.jkt}`, jkt: device.jkt });
  return {
    deps,
    bytesMax: 129,
    async specimen() {
      const challengeWire = wireFor();
      const headers = await prove(challengeWire, BODY, device);
      const evidence = Buffer.concat([memberOf(headers, 's'), memberOf(headers, 'k')]);
      const put = (shown: Uint8Array | null): Sent => {
        const member = (from: number, to?: number): string | null =>
          shown === null ? null : bytesItem(shown.slice(from, to));
        const signed = withMember(headers, 's', member(0, 64));
        return { headers: withMember(signed, 'k', member(64)) };
      };
      return { challengeWire, sent: { headers }, evidence, with: put };
    },
    async bySomebodyElse() {
      return { headers: await prove(wireFor(), BODY, thief) };
    },
    elsewhere: [],
  };
}

async function privateTokenWorld(): Promise<World> {
  const issuer = await makeIssuer();
  const terms = { issuer: issuer.name, publicKeys: [issuer.publicKey], origin: 'shop.example' };
  const policy = policyAsking(['private-token'], { privateToken: terms });
  const deps = makeDeps({ policy });
  const tokens = present(policy.privateToken, 'privateToken');
  const headersFor = async (challengeWire: string): Promise<Record<string, string>> => {
    const asked = Buffer.from(tokenChallengeFor(challengeWire, tokens)).toString('base64url');
    const token = await issuer.issue(asked);
    return {
      'Content-Type': 'application/json',
      'Inference-Proof': `c="${challengeWire}", t=${bytesItem(token)}`,
    };
  };
  return {
    deps,
    bytesMax: 354,
    async specimen() {
      const challengeWire = challengeFor(deps);
      const headers = await headersFor(challengeWire);
      const put = (shown: Uint8Array | null): Sent => ({
        headers: withMember(headers, 't', shown === null ? null : bytesItem(shown)),
      });
      return { challengeWire, sent: { headers }, evidence: memberOf(headers, 't'), with: put };
    },
    async bySomebodyElse() {
      return { headers: await headersFor(challengeFor(deps)), ip: OTHER_ADDRESS };
    },
    elsewhere: [
      [
        'at another origin',
        {},
        { policy: { ...policy, privateToken: { ...tokens, origin: 'other.example' } } },
      ],
      [
        'where another issuer counts',
        {},
        { policy: { ...policy, privateToken: { ...tokens, issuer: 'other.example' } } },
      ],
    ],
  };
}

async function signatureWorld(algorithm: SignatureAlgorithm): Promise<World> {
  const agent = makeAgent(algorithm);
  const another = makeAgent(algorithm);
  const policy = policyAsking(['signature'], {
    agents: [
      { id: 'nightly', publicKey: agent.jwk },
      { id: 'other', publicKey: another.jwk },
    ],
  });
  const deps = makeDeps({ policy });
  const wireFor = (): string => challengeFor(deps, { principal: 'agent:nightly', caller: 'agent' });
  const signing = { url: URL_OF_CHAT, body: BODY, nowSeconds: NOW_MS / 1_000 };
  return {
    deps,
    bytesMax: 64 + 4_096,
    async specimen() {
      const challengeWire = wireFor();
      const headers = await agent.sign(challengeWire, signing);
      const bytes = Buffer.from(/:(.*):/.exec(headers['Signature'] ?? '')?.[1] ?? '', 'base64');
      const input = Buffer.from(headers['Signature-Input'] ?? '');
      const put = (shown: Uint8Array | null): Sent => {
        const { Signature: _, 'Signature-Input': __, ...rest } = headers;
        if (shown === null) return { headers: rest };
        const text = Buffer.from(shown.slice(64)).toString('latin1');
        const signature = `sig1=${bytesItem(shown.slice(0, 64))}`;
        return { headers: { ...rest, Signature: signature, 'Signature-Input': text } };
      };
      const evidence = Buffer.concat([bytes, input]);
      return { challengeWire, sent: { headers }, evidence, with: put };
    },
    async bySomebodyElse() {
      return { headers: await another.sign(wireFor(), signing) };
    },
    elsewhere: [
      ['at another host', { url: 'https://staging.example/api/chat' }, {}],
      ['at another port', { url: 'https://gateway.example:8443/api/chat' }, {}],
      ['with a query', { url: `${URL_OF_CHAT}?admin=1` }, {}],
      ['with another method', { method: 'PUT' }, {}],
    ],
  };
}

type Case = readonly [name: string, world: () => Promise<World>];

export const CASES: Readonly<Partial<Record<VerifierId, readonly Case[]>>> = {
  work: [['work', workWorld]],
  device: [['device', deviceWorld]],
  signature: [
    ['signature, Ed25519', () => signatureWorld('ed25519')],
    ['signature, P-256', () => signatureWorld('ecdsa-p256-sha256')],
  ],
  'private-token': [['private-token', privateTokenWorld]],
  human: [['human', humanWorld]],
  pass: [['pass', passWorld]],
};
