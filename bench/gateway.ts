// The gateway as the benchmark runs it: plain workerd, the emulator as provider, keys known here
// so that proofs can be prepared. Checking a proof costs the same whatever it cost to make.

import { createHash, randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { utf8 } from '../core/bytes.ts';
import { ALGORITHM_SHA256, BIND_SEED } from '../core/proof/challenge.ts';
import { formatContentDigest, formatEvidence } from '../core/proof/evidence.ts';
import { REQUIRE } from '../core/proof/requirement.ts';
import { Keyring, parseMacKey } from '../core/proof/keyring.ts';
import { sha256 } from '../core/proof/sha256.ts';
import { solveWork, SUB_PUZZLES, workSeed } from '../core/proof/work.ts';
import { present } from '../core/result.ts';
import { buildAssets, buildWorker, type WorkerBuild } from '../local/build.ts';
import { inRoot } from '../local/paths.ts';
import { GATEWAY_OBJECTS, startWorkerd, type Workerd } from '../local/workerd.ts';
import policy from './policy.ts';
import { requestBytes } from './load.ts';

const PROOF_KEY = `7:${randomBytes(32).toString('base64url')}`;
const API_KEY_SECRET = randomBytes(32).toString('base64url');
const ADMIN_TOKEN = randomBytes(16).toString('hex');
const TTL_SECONDS = 90;

export type Running = {
  readonly port: number;
  readonly pid: number;
  stop(): Promise<void>;
};

export async function startFloor(providerUrl: string, folder: string): Promise<Running> {
  const workerFile = join(folder, 'floor', 'index.js');
  await buildWorker({ outputFile: workerFile, entryFile: inRoot('bench/floor-worker.ts') });
  return startWorkerd({
    workerFile,
    port: 0,
    stateDirectory: join(folder, 'floor-state'),
    bindings: { OPENAI_BASE_URL: providerUrl },
    objects: {},
  });
}

/**
 * State goes below `folder`: on tmpfs or on disk, as the caller decides. `build` may name another
 * policy or another entry. What is not local passes unprotected paths on.
 */
export async function startGateway(
  providerUrl: string,
  folder: string,
  build: Omit<WorkerBuild, 'outputFile'> = {},
  { isLocal = true }: { readonly isLocal?: boolean } = {},
): Promise<Running> {
  const state = await mkdtemp(join(folder, 'gateway-'));
  const workerFile = join(state, 'worker', 'index.js');
  await buildAssets();
  await buildWorker({ outputFile: workerFile, policyFile: inRoot('bench/policy.ts'), ...build });
  const workerd: Workerd = await startWorkerd({
    workerFile,
    port: 0,
    stateDirectory: state,
    objects: GATEWAY_OBJECTS,
    bindings: {
      WEIGHBRIDGE_PROOF_KEY_ACTIVE: PROOF_KEY,
      WEIGHBRIDGE_API_KEY_SECRET: API_KEY_SECRET,
      WEIGHBRIDGE_ADMIN_TOKEN: ADMIN_TOKEN,
      ...(isLocal ? { WEIGHBRIDGE_LOCAL: '1' } : {}),
      OPENAI_API_KEY: 'sk-bench',
      OPENAI_BASE_URL: providerUrl,
      ANTHROPIC_API_KEY: 'sk-bench',
      GEMINI_API_KEY: 'sk-bench',
    },
  });
  return {
    port: workerd.port,
    pid: workerd.pid,
    async stop() {
      await workerd.stop();
      await rm(state, { recursive: true, force: true });
    },
  };
}

export async function newKey(port: number): Promise<{ id: string; key: string }> {
  const response = await fetch(`http://127.0.0.1:${String(port)}/_weighbridge/admin/keys`, {
    method: 'POST',
    headers: { Authorization: `Bearer ${ADMIN_TOKEN}` },
    body: JSON.stringify({ name: 'bench' }),
  });
  if (!response.ok) throw new Error(await response.text());
  return (await response.json()) as { id: string; key: string };
}

const keyring = new Keyring(present(parseMacKey(PROOF_KEY), 'key'), []);

/** A request with a proof of its own, ready to send. */
export function provenRequest(key: { id: string; key: string }, body: string): Buffer {
  const nowSeconds = Math.floor(Date.now() / 1_000);
  const route = 'app-chat';
  const wire = keyring.seal({
    issuedAtSeconds: nowSeconds,
    notBeforeSeconds: nowSeconds,
    expiresAtSeconds: nowSeconds + TTL_SECONDS,
    nonce: new Uint8Array(randomBytes(16)),
    algorithm: ALGORITHM_SHA256,
    k: SUB_PUZZLES,
    bits: 1,
    bind: BIND_SEED,
    costNanoUsdMax: 1_000_000_000,
    require: REQUIRE.work,
    realm: policy.realm,
    route,
    principalHash: sha256(utf8(`key:${key.id}`)),
    jkt: '',
    conversationHash: new Uint8Array(0),
  });
  const digest = new Uint8Array(createHash('sha256').update(body).digest());
  const seed = workSeed({
    challengeWire: wire,
    contentDigest: digest,
    method: 'POST',
    route,
    jkt: '',
  });
  const solved = solveWork(seed, SUB_PUZZLES, 1, 1_000_000).next();
  if (solved.done !== true) throw new Error('not solved');
  return requestBytes(
    '/api/chat',
    {
      Authorization: `Bearer ${key.key}`,
      'Content-Digest': formatContentDigest(digest),
      'Inference-Proof': formatEvidence({
        challengeWire: wire,
        bytes: { w: solved.value },
        text: {},
      }),
    },
    body,
  );
}
