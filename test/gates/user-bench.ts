// The gates with an identity provider in their policy, and users who come through them.

import type { IdentitySource } from '../../core/policy/identity-schema.ts';
import { jwtIdentityOf } from '../../core/policy/identity.ts';
import { present } from '../../core/result.ts';
import { Tokens } from '../../worker/adapters/tokens.ts';
import type { ChallengeWish } from '../../worker/challenges.ts';
import type { Deps } from '../../worker/env.ts';
import { prove } from '../support/anonymous.ts';
import { type DpopUser, dpopProof, handmadeProof } from '../support/dpop-user.ts';
import {
  type IdentityProvider,
  identitiesOf,
  makeIdentityProvider,
} from '../support/identity-provider.ts';
import { BODY, challengeFor, makeDeps, NOW_MS, POLICY } from './gate-bench.ts';

export const URL_OF_CALL = 'https://gateway.example/api/chat';
export const NOW_SECONDS = NOW_MS / 1_000;

export const makeProvider = (
  algorithm: 'ES256' | 'EdDSA' | 'RS256' = 'ES256',
  kid = 'one',
): IdentityProvider => makeIdentityProvider(algorithm, kid, () => NOW_SECONDS);

/** Dependencies under a policy that believes this provider. */
export function depsWith(
  idp: IdentityProvider,
  more: Readonly<Record<string, unknown>> = {},
  parts: Partial<Deps> = {},
): Deps {
  const source = identitiesOf([{ idp, algorithm: 'ES256' }], more) as unknown as IdentitySource;
  const identities = { identities: source, plans: [{ id: 'free' }, { id: 'pro' }] };
  const jwt = present(jwtIdentityOf(identities), 'identity');
  return makeDeps({ policy: { ...POLICY, jwt }, tokens: new Tokens(jwt), ...parts });
}

export const boundTo = ({ jkt }: DpopUser) => ({ cnf: { jkt } });

/** A challenge for alice's key, or as the wish says. */
export const userChallenge = (
  deps: Deps,
  { jkt }: DpopUser,
  wish: Partial<ChallengeWish> = {},
): string => challengeFor(deps, { principal: 'user:alice', caller: 'user', jkt, ...wish });

type Change = Readonly<Record<string, unknown>>;

/** The headers of a call whose DPoP proof is made by hand, with these members changed. */
export async function handmade(
  wire: string,
  user: DpopUser,
  token: string,
  claims: Change = {},
  header: Change = {},
  signer?: (data: Buffer) => Buffer,
): Promise<Record<string, string>> {
  const request = { wire, url: URL_OF_CALL, token, nowSeconds: NOW_SECONDS };
  const proof = handmadeProof(user, request, claims, header, signer);
  return { ...(await prove(wire, BODY)), Authorization: `DPoP ${token}`, DPoP: proof };
}

/** The headers of an honest call, its proof by the independent client and by the real clock. */
export async function honest(
  wire: string,
  user: DpopUser,
  token: string,
): Promise<Record<string, string>> {
  const proof = await dpopProof(user, wire, URL_OF_CALL, token);
  return { ...(await prove(wire, BODY)), Authorization: `DPoP ${token}`, DPoP: proof };
}

/** As `honest`, with our own form of signature in place of DPoP. */
export const signed = async (
  wire: string,
  user: DpopUser,
  token: string,
): Promise<Record<string, string>> => ({
  ...(await prove(wire, BODY, user.device)),
  Authorization: `DPoP ${token}`,
});
