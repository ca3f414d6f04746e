// A stack whose policy believes identity providers of the test's own making, and calls of their
// users: honest ones by the independent DPoP client, and what a thief makes of them.

import { expect } from 'vitest';
import { prove } from './anonymous.ts';
import { CHAT, chatBody, upstreamRequests } from './chat.ts';
import { type DpopUser, dpopProof, makeDpopUser } from './dpop-user.ts';
import { type PolicyFiles, policyFiles } from './identity-policy.ts';
import { identitiesOf, makeIdentityProvider } from './identity-provider.ts';
import { expectProblem, heard } from './problem.ts';
import { startStack, type TestStack } from './stack.ts';

export const idp = makeIdentityProvider();
export const PROVIDERS = [
  { idp, algorithm: 'ES256' },
  { idp: makeIdentityProvider('RS256', 'rsa'), algorithm: 'RS256' },
  { idp: makeIdentityProvider('EdDSA', 'ed'), algorithm: 'EdDSA' },
] as const;

export const BODY = chatBody({ max_tokens: 16 });
export const INVALID = 'DPoP error="invalid_token", algs="ES256"';

export const dpopOf = (token: string): Record<string, string> => ({
  Authorization: `DPoP ${token}`,
});

export type UserStack = TestStack & {
  readonly files: PolicyFiles;
  readonly alice: DpopUser;
  readonly thief: DpopUser;
  readonly url: string;
  /** A token for this user, bound to this key. */
  tokenOf(name: string, user?: DpopUser): string;
  /** Asks for a challenge and returns the whole answer. */
  ask(headers: HeadersInit, wish?: Readonly<Record<string, unknown>>): Promise<Response>;
  challengeFor(token: string, wish?: Readonly<Record<string, unknown>>): Promise<string>;
  send(headers: HeadersInit, body?: string): Promise<Response>;
  /** A call as its user makes it, proven by the independent client. */
  honest(wire: string, token: string, user?: DpopUser): Promise<Record<string, string>>;
  expectRejected(headers: HeadersInit, body?: string): Promise<void>;
  expectRefused(headers: HeadersInit): Promise<void>;
};

export async function firstChallenge(response: Response): Promise<string> {
  const { challenges = [] } = (await response.json()) as { challenges?: string[] };
  const [wire] = challenges;
  if (wire === undefined) throw new Error(`no challenge: ${String(response.status)}`);
  return wire;
}

export async function startUserStack(): Promise<UserStack> {
  const files = await policyFiles();
  const stack = await startStack({
    policyFile: await files.write('bound', identitiesOf(PROVIDERS)),
  });
  const [alice, thief] = [await makeDpopUser(), await makeDpopUser()];
  const url = `${stack.gatewayUrl}${CHAT}`;
  const ask: UserStack['ask'] = (headers, wish = {}) =>
    fetch(`${stack.gatewayUrl}/.well-known/inference-proof/challenge`, {
      method: 'POST',
      headers,
      body: JSON.stringify({ method: 'POST', path: CHAT, ...wish }),
    });
  const send: UserStack['send'] = (headers, body = BODY) =>
    fetch(url, { method: 'POST', headers, body });
  return {
    ...stack,
    files,
    alice,
    thief,
    url,
    ask,
    send,
    tokenOf: (name, user = alice) => idp.token({ sub: name, cnf: { jkt: user.jkt } }),
    challengeFor: async (token, wish) => firstChallenge(await ask(dpopOf(token), wish)),
    async honest(wire, token, user = alice) {
      const proof = await dpopProof(user, wire, url, token);
      return { ...(await prove(wire, BODY)), ...dpopOf(token), DPoP: proof };
    },
    async expectRejected(headers, body) {
      expectProblem(await heard(await send(headers, body)), 403, 'proof_rejected');
      expect(await upstreamRequests(stack)).toEqual([]);
    },
    async expectRefused(headers) {
      const response = await send(headers);
      expect(response.headers.get('WWW-Authenticate')).toBe(INVALID);
      expect(response.headers.get('Inference-Proof-Next')).toBeNull();
      expectProblem(await heard(response), 401, 'token_invalid');
      expect(await upstreamRequests(stack)).toEqual([]);
    },
    async close() {
      await stack.close();
      await files.remove();
    },
  };
}
