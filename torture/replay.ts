// One proof, redeemed by a crowd at the same instant: exactly one call goes through, whoever the
// proof names, and no proof goes through again after workerd was killed and started on the same
// state. The naive gateway, which looks first and remembers later, accepts the same nonce more than
// once.

import { randomUUID } from 'node:crypto';
import { askChallenge, makeDevice, prove } from '../test/support/anonymous.ts';
import type { TestStack } from '../test/support/stack.ts';
import { type Answer, callOnce, codeOf, type Errand, makeCrowd } from './crowd.ts';
import { startNaive } from './naive-gateway.ts';
import { type Outcome, Problems, type Watch } from './scenario.ts';

export type ReplaySize = { readonly redemptions: number; readonly rounds: number };

export const REPLAY_SMALL: ReplaySize = { redemptions: 50, rounds: 3 };
export const REPLAY_FULL: ReplaySize = { redemptions: 200, rounds: 20 };

/** Proofs live for 90 seconds; older ones would be refused for their age and prove nothing. */
const PROOFS_KEPT_MAX = 12;

const PATH = '/api/chat';
const BODY = JSON.stringify({
  model: 'gpt-4o-mini',
  messages: [{ role: 'user', content: 'prove this' }],
});

const HOMES = ['address', 'device', 'key'] as const;

/** A proven call whose nonce lives with an address, a device key or an API key. */
async function makeProof(stack: TestStack, home: (typeof HOMES)[number]): Promise<Errand> {
  const device = home === 'device' ? await makeDevice() : null;
  const key = home === 'key' ? (await stack.makeKey('replay')).key : null;
  const wire = await askChallenge(stack.gatewayUrl, {
    path: PATH,
    bodyBytes: BODY.length,
    ...(device === null ? {} : { jkt: device.jkt }),
    ...(key === null ? {} : { key }),
  });
  const headers = await prove(wire, BODY, device);
  return {
    path: PATH,
    body: BODY,
    headers: key === null ? headers : { ...headers, Authorization: `Bearer ${key}` },
  };
}

/** Why the gateway refused, from its own record. */
async function failureOf(stack: TestStack, answer: Answer): Promise<string> {
  const id = String(answer.headers['weighbridge-request-id']);
  const record = (await stack.admin('GET', `/requests/${id}`)) as {
    denial?: { failure?: string; kind: string };
  };
  return record.denial?.failure ?? record.denial?.kind ?? '';
}

async function redeemAtOnce(
  stack: TestStack,
  proof: Errand,
  home: string,
  redemptions: number,
  problems: Problems,
): Promise<void> {
  await stack.resetEmulator();
  await stack.script({ chunks: 3, chunkDelayMs: 0 });
  const callers = await makeCrowd(
    stack.gatewayUrl,
    Array.from({ length: redemptions }, () => proof),
  );
  const answers = await Promise.all(callers.map((caller) => caller.answer));
  const accepted = answers.filter((answer) => answer.status === 200).length;
  const refused = answers.filter(
    (answer) => answer.status === 403 && codeOf(answer) === 'proof_rejected',
  );
  const upstream = (await stack.ledger()).calls.length;
  problems.expect(accepted === 1, () => `${String(accepted)} accepted of one proof of a ${home}`);
  problems.expect(upstream === 1, () => `one proof of a ${home} made ${String(upstream)} calls`);
  problems.expect(
    refused.length === redemptions - 1,
    () => `${String(refused.length)} of ${String(redemptions)} were refused with 403`,
  );
  const [sample] = refused;
  const failure = sample === undefined ? 'none' : await failureOf(stack, sample);
  problems.expect(failure === 'replayed', () => `refused for another reason: ${failure}`);
}

/** Every proof again, after a kill that gave nobody time to write anything down. */
async function redeemAfterKill(
  stack: TestStack,
  proofs: readonly Errand[],
  problems: Problems,
): Promise<void> {
  await stack.kill();
  await stack.restart();
  await stack.resetEmulator();
  for (const proof of proofs) {
    const answer = await callOnce(stack.gatewayUrl, proof);
    const failure = answer.status === 403 ? await failureOf(stack, answer) : 'accepted';
    problems.expect(failure === 'replayed', () => `after a restart: ${failure}`);
  }
  const upstream = (await stack.ledger()).calls.length;
  problems.expect(upstream === 0, () => `${String(upstream)} calls went up after a restart`);
}

async function naiveAccepts(stack: TestStack, redemptions: number): Promise<number> {
  const naive = await startNaive(stack, { capNanoUsd: 0, callNanoUsd: 0 });
  try {
    const nonce = randomUUID();
    const errand = { path: '/redeem', headers: { Nonce: nonce }, body: BODY };
    const callers = await makeCrowd(
      naive.url(),
      Array.from({ length: redemptions }, () => errand),
    );
    const answers = await Promise.all(callers.map((caller) => caller.answer));
    return answers.filter((answer) => answer.status === 200).length;
  } finally {
    await naive.close();
  }
}

export async function replay(stack: TestStack, size: ReplaySize, watch: Watch): Promise<Outcome> {
  const problems = new Problems();
  const proofs: Errand[] = [];
  for (let round = 0; round < size.rounds; round += 1) {
    const home = HOMES[round % HOMES.length] ?? 'address';
    const proof = await makeProof(stack, home);
    await redeemAtOnce(stack, proof, home, size.redemptions, problems);
    proofs.push(proof);
    watch.progress(`round ${String(round + 1)} of ${String(size.rounds)}, by ${home}`);
  }
  const recent = proofs.slice(-PROOFS_KEPT_MAX);
  await redeemAfterKill(stack, recent, problems);
  const naive = await naiveAccepts(stack, size.redemptions);
  problems.expect(naive > 1, () => 'the naive nonce store accepted only one');
  return {
    figures: {
      rounds: size.rounds,
      redemptionsAtOnce: size.redemptions,
      acceptedEachRound: 1,
      refusedAfterKill: recent.length,
      naiveAccepted: naive,
    },
    problems: problems.list(),
  };
}
