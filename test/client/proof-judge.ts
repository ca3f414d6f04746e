// What the gateway of the client's tests knows of proofs: it issues real challenges and judges what
// comes back with the core's own code, every nonce once.

import { createHash, createHmac, randomBytes, webcrypto } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { type Bytes, equalBytes, toHex } from '../../core/bytes.ts';
import {
  ALGORITHM_SHA256,
  BIND_SEED,
  BIND_SIGNATURE,
  type Challenge,
  CHALLENGE_MAC_PREFIX,
  decodeChallenge,
  encodeChallenge,
  formatChallenge,
  parseChallenge,
} from '../../core/proof/challenge.ts';
import {
  type Evidence,
  type EvidenceMembers,
  parseContentDigest,
  parseEvidence,
} from '../../core/proof/evidence.ts';
import { REQUIRE, requires } from '../../core/proof/requirement.ts';
import { thumbprint } from '../../core/proof/thumbprint.ts';
import { checkWork, DIGEST_UNKNOWN, signedMessage, workSeed } from '../../core/proof/work.ts';

/** How its challenges are. */
export type IssueSettings = {
  bits: number;
  lifeSeconds: number;
  notBeforeSeconds: number;
  /** Put the device's thumbprint into challenges. */
  namesDevice: boolean;
  /** Hand out challenges that can be solved ahead, where a device is named. */
  allowsAhead: boolean;
  /** Ask for a human unless a pass is shown, and give this pass for it. */
  human: { siteKey: string; action: string; pass: string } | null;
};

export type Verdict = {
  /** `ok`, or what was wrong with the proof. */
  readonly proof: string;
  readonly nonce: string;
  readonly signed: boolean;
  /** The work was bound by the signature, not by the body. */
  readonly ahead: boolean;
  readonly humanToken: string | null;
  readonly pass: string | null;
  readonly jkt: string;
};

const SECRET = randomBytes(32);
export const ROUTE = 'the-chat-route';
const nowSeconds = (): number => Math.floor(Date.now() / 1000);

const tagOf = (body: Uint8Array): Bytes =>
  new Uint8Array(createHmac('sha256', SECRET).update(CHALLENGE_MAC_PREFIX).update(body).digest());

type Wish = { jkt: string; ahead: boolean; pass: string | null };

export function issue(settings: IssueSettings, { jkt, ahead, pass }: Wish): string {
  const named = settings.namesDevice ? jkt : '';
  const { human } = settings;
  const personal = human === null ? 0 : pass === human.pass ? REQUIRE.pass : REQUIRE.human;
  const body = encodeChallenge({
    kid: 1,
    issuedAtSeconds: nowSeconds(),
    notBeforeSeconds: nowSeconds() + settings.notBeforeSeconds,
    expiresAtSeconds: nowSeconds() + settings.lifeSeconds,
    nonce: new Uint8Array(randomBytes(16)),
    algorithm: ALGORITHM_SHA256,
    k: 32,
    bits: settings.bits,
    bind: ahead && named !== '' && settings.allowsAhead ? BIND_SIGNATURE : BIND_SEED,
    costNanoUsdMax: 1_000_000,
    require: REQUIRE.work | (named === '' ? 0 : REQUIRE.device) | personal,
    realm: 'test',
    route: ROUTE,
    principalHash: new Uint8Array(32),
    jkt: named,
    conversationHash: new Uint8Array(0),
  });
  return formatChallenge({ body, tag: tagOf(body) });
}

export const NOTHING: Verdict = {
  proof: 'none',
  nonce: '',
  signed: false,
  ahead: false,
  humanToken: null,
  pass: null,
  jkt: '',
};

const MEMBERS: EvidenceMembers = {
  w: { as: 'bytes', bytesMax: 256 },
  s: { as: 'bytes', bytesMax: 64 },
  k: { as: 'bytes', bytesMax: 65 },
  h: { as: 'text', bytesMax: 2_048 },
  p: { as: 'text', bytesMax: 1_024 },
};

export async function judge(
  call: { method: string; headers: IncomingHttpHeaders; body: Bytes },
  settings: IssueSettings,
  spent: Set<string>,
): Promise<Verdict> {
  const fail = (proof: string): Verdict => ({ ...NOTHING, proof });
  const evidence = parseEvidence(String(call.headers['inference-proof'] ?? ''), MEMBERS);
  if (evidence === null) return fail('none');
  const sealed = parseChallenge(evidence.challengeWire);
  const challenge = sealed && decodeChallenge(sealed.body);
  if (!sealed || !challenge || !equalBytes(sealed.tag, tagOf(sealed.body))) return fail('forged');
  if (nowSeconds() >= challenge.expiresAtSeconds) return fail('expired');
  if (nowSeconds() < challenge.notBeforeSeconds) return fail('not-yet-valid');
  const digest = parseContentDigest(String(call.headers['content-digest'] ?? ''));
  const actual = new Uint8Array(createHash('sha256').update(call.body).digest());
  if (digest === null || !equalBytes(digest, actual)) return fail('digest');
  const { challengeWire } = evidence;
  const bound = { challengeWire, contentDigest: digest, method: call.method, route: ROUTE };
  const ahead = challenge.bind === BIND_SIGNATURE;
  const contentDigest = ahead ? DIGEST_UNKNOWN : digest;
  const seed = workSeed({ ...bound, contentDigest, jkt: challenge.jkt });
  const work = evidence.bytes['w'] ?? new Uint8Array(0);
  if (!checkWork(seed, challenge.k, challenge.bits, work)) return fail('invalid-work');
  const signed = evidence.bytes['s'] !== undefined;
  if (challenge.jkt !== '' && !(await isSigned(challenge, evidence, signedMessage(bound)))) {
    return fail('invalid-signature');
  }
  const { h: humanToken = null, p: pass = null } = evidence.text;
  if (requires(challenge.require, 'human') && humanToken === null) return fail('no-human');
  if (requires(challenge.require, 'pass') && pass !== settings.human?.pass) return fail('no-pass');
  const nonce = toHex(challenge.nonce);
  if (spent.has(nonce)) return fail('replayed');
  spent.add(nonce);
  return { proof: 'ok', nonce, signed, ahead, humanToken, pass, jkt: challenge.jkt };
}

async function isSigned(
  challenge: Challenge,
  { bytes: { s: signature, k: publicKey } }: Evidence,
  message: Bytes,
): Promise<boolean> {
  if (signature?.length !== 64 || !publicKey) return false;
  if (thumbprint(publicKey) !== challenge.jkt) return false;
  const curve = { name: 'ECDSA', namedCurve: 'P-256' };
  const key = await webcrypto.subtle.importKey('raw', publicKey, curve, false, ['verify']);
  return webcrypto.subtle.verify({ name: 'ECDSA', hash: 'SHA-256' }, key, signature, message);
}
