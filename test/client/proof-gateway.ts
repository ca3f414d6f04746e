// A gateway of one file for the client's tests: it issues real challenges, checks every proof with
// the core's own code, spends every nonce once, and answers what a test tells it to. It prices and
// forwards nothing.

import { createHash, createHmac, randomBytes, webcrypto } from 'node:crypto';
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Bytes, equalBytes, toHex } from '../../core/bytes.ts';
import {
  ALGORITHM_SHA256,
  BIND_SEED,
  type Challenge,
  CHALLENGE_MAC_PREFIX,
  decodeChallenge,
  encodeChallenge,
  formatChallenge,
  parseChallenge,
} from '../../core/proof/challenge.ts';
import { parseContentDigest, parseEvidence } from '../../core/proof/evidence.ts';
import { thumbprint } from '../../core/proof/thumbprint.ts';
import { checkWork, signedMessage, workSeed } from '../../core/proof/work.ts';

export type SeenCall = {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Bytes;
  /** `ok`, or what was wrong with the proof. */
  readonly proof: string;
  readonly nonce: string;
  readonly signed: boolean;
};

export type SeenQuestion = {
  readonly headers: IncomingHttpHeaders;
  readonly asked: Record<string, unknown>;
};

export type Answer = (call: SeenCall, response: ServerResponse) => void;

export type ProofGateway = {
  readonly url: string;
  readonly calls: SeenCall[];
  readonly questions: SeenQuestion[];
  readonly settings: Settings;
  close(): Promise<void>;
};

type Settings = {
  bits: number;
  lifeSeconds: number;
  notBeforeSeconds: number;
  /** Put the device's thumbprint into challenges. */
  namesDevice: boolean;
  /** Hand out `Inference-Proof-Next`. */
  offersNext: boolean;
  /** The device it names, if not the caller's own. */
  nextJkt: string | null;
  /** Paths that ask for a proof. */
  protectedPath: string;
  /** Refusals to give before good proofs are taken. */
  refusals: { status: number; code: string }[];
  answer: Answer;
  answerChallenge: Answer | null;
};

const SECRET = randomBytes(32);
export const ROUTE = 'the-chat-route';
const nowSeconds = (): number => Math.floor(Date.now() / 1000);

const tagOf = (body: Uint8Array): Bytes =>
  new Uint8Array(createHmac('sha256', SECRET).update(CHALLENGE_MAC_PREFIX).update(body).digest());

function issue(settings: Settings, jkt: string): string {
  const body = encodeChallenge({
    kid: 1,
    issuedAtSeconds: nowSeconds(),
    notBeforeSeconds: nowSeconds() + settings.notBeforeSeconds,
    expiresAtSeconds: nowSeconds() + settings.lifeSeconds,
    nonce: new Uint8Array(randomBytes(16)),
    algorithm: ALGORITHM_SHA256,
    k: 32,
    bits: settings.bits,
    bind: BIND_SEED,
    costNanoUsdMax: 1_000_000,
    require: 1,
    realm: 'test',
    route: ROUTE,
    principalHash: new Uint8Array(32),
    jkt: settings.namesDevice ? jkt : '',
    conversationHash: new Uint8Array(0),
  });
  return formatChallenge({ body, tag: tagOf(body) });
}

type Verdict = { proof: string; nonce: string; signed: boolean; jkt: string };

async function judge(
  call: { method: string; headers: IncomingHttpHeaders; body: Bytes },
  spent: Set<string>,
): Promise<Verdict> {
  const fail = (proof: string): Verdict => ({ proof, nonce: '', signed: false, jkt: '' });
  const evidence = parseEvidence(String(call.headers['inference-proof'] ?? ''));
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
  const seed = workSeed({ ...bound, jkt: challenge.jkt });
  if (!checkWork(seed, challenge.k, challenge.bits, evidence.work)) return fail('invalid-work');
  const signed = evidence.signature !== null;
  if (challenge.jkt !== '' && !(await isSigned(challenge, evidence, signedMessage(bound)))) {
    return fail('invalid-signature');
  }
  const nonce = toHex(challenge.nonce);
  if (spent.has(nonce)) return fail('replayed');
  spent.add(nonce);
  return { proof: 'ok', nonce, signed, jkt: challenge.jkt };
}

async function isSigned(
  challenge: Challenge,
  { signature, publicKey }: { signature: Bytes | null; publicKey: Bytes | null },
  message: Bytes,
): Promise<boolean> {
  if (signature?.length !== 64 || !publicKey) return false;
  if (thumbprint(publicKey) !== challenge.jkt) return false;
  const curve = { name: 'ECDSA', namedCurve: 'P-256' };
  const key = await webcrypto.subtle.importKey('raw', publicKey, curve, false, ['verify']);
  return webcrypto.subtle.verify({ name: 'ECDSA', hash: 'SHA-256' }, key, signature, message);
}

export function sendProblem(response: ServerResponse, status: number, code: string): void {
  response.writeHead(status, { 'content-type': 'application/problem+json' });
  const error = { message: code, type: 'weighbridge', code };
  response.end(JSON.stringify({ title: code, detail: code, code, retryable: false, error }));
}

export const sendJson = (response: ServerResponse, body: unknown): void => {
  response.writeHead(200, { 'content-type': 'application/json' });
  response.end(JSON.stringify(body));
};

export async function startProofGateway(given: Partial<Settings> = {}): Promise<ProofGateway> {
  const settings: Settings = {
    bits: 3,
    lifeSeconds: 90,
    notBeforeSeconds: 0,
    namesDevice: true,
    offersNext: false,
    nextJkt: null,
    protectedPath: '/',
    refusals: [],
    answer: (call, response) => sendJson(response, { bytes: call.body.length }),
    answerChallenge: null,
    ...given,
  };
  const calls: SeenCall[] = [];
  const questions: SeenQuestion[] = [];
  const spent = new Set<string>();
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => void handle(Buffer.concat(chunks)));
    async function handle(buffer: Buffer): Promise<void> {
      const { method = '', url: path = '', headers } = request;
      const body = new Uint8Array(buffer);
      if (path === '/.well-known/inference-proof/challenge') {
        const asked: Record<string, unknown> = JSON.parse(buffer.toString());
        questions.push({ headers, asked });
        const seen = { method, path, headers, body, proof: 'none', nonce: '', signed: false };
        if (settings.answerChallenge) return settings.answerChallenge(seen, response);
        const challenges = [issue(settings, String(asked['jkt'] ?? ''))];
        return sendJson(response, { challenges, expiresInSeconds: settings.lifeSeconds });
      }
      const { jkt, ...verdict } = await judge({ method, headers, body }, spent);
      const call: SeenCall = { method, path, headers, body, ...verdict };
      calls.push(call);
      const nextJkt = settings.nextJkt ?? jkt;
      if (settings.offersNext) response.setHeader('Inference-Proof-Next', issue(settings, nextJkt));
      const refusal = call.proof === 'none' ? undefined : settings.refusals.shift();
      if (refusal) return sendProblem(response, refusal.status, refusal.code);
      if (path.startsWith(settings.protectedPath) && call.proof !== 'ok') {
        const [status, code] =
          call.proof === 'none' ? [401, 'proof_required'] : [403, 'proof_rejected'];
        return sendProblem(response, Number(status), String(code));
      }
      settings.answer(call, response);
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    calls,
    questions,
    settings,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
