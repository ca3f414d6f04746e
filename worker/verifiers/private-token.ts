// The `private-token` proof: somebody an issuer vouches for, without either of us learning who. The
// token answers a TokenChallenge made from our challenge alone, so it is spent with our nonce and
// worth nothing elsewhere. Checked with the issuer's public key; nobody is asked.

import { type Bytes, equalBytes } from '../../core/bytes.ts';
import type { PrivateTokens } from '../../core/policy/policy.ts';
import {
  paddedBase64Url,
  parseToken,
  PRIVATE_TOKEN_SCHEME,
  readAuthorization,
  TOKEN_BYTES,
  tokenChallengeFor,
  type TokenOffer,
} from '../../core/proof/private-token.ts';
import { sha256 } from '../../core/proof/sha256.ts';
import { err, ok, present } from '../../core/result.ts';
import type { Shown, Verifier } from './verifier.ts';

/** What a caller takes to the issuer: the first key of the policy is the one to use now. */
export function tokenOffer(challengeWire: string, tokens: PrivateTokens): TokenOffer {
  return {
    challenge: paddedBase64Url(tokenChallengeFor(challengeWire, tokens)),
    tokenKey: paddedBase64Url(present(tokens.keys[0], 'issuer key').published),
  };
}

const NOT_A_TOKEN = new Uint8Array(0);

/** In our own header, or as browsers send it by themselves. Undefined: nothing was shown. */
function shownBytes({ call, evidence }: Shown): Bytes | undefined {
  const authorization = call.headers.get('Authorization');
  if (evidence.bytes['t'] !== undefined) return evidence.bytes['t'];
  if (authorization === null || !PRIVATE_TOKEN_SCHEME.test(authorization)) return undefined;
  return readAuthorization(authorization) ?? NOT_A_TOKEN;
}

export const privateToken: Verifier = {
  id: 'private-token',
  offline: true,
  members: { t: { as: 'bytes', bytesMax: TOKEN_BYTES } },
  parameters: (challengeWire, _route, { policy }) =>
    policy.privateToken === null ? null : tokenOffer(challengeWire, policy.privateToken),
  async verify(shown, deps) {
    const tokens = deps.policy.privateToken;
    // Asked for by a challenge from before the issuer was taken out of the policy.
    if (tokens === null) return err('unsupported');
    const bytes = shownBytes(shown);
    if (bytes === undefined) return err('private-token-missing');
    const token = parseToken(bytes);
    if (token === null) return err('invalid-private-token');
    const asked = sha256(tokenChallengeFor(shown.evidence.challengeWire, tokens));
    if (!equalBytes(token.challengeDigest, asked)) return err('invalid-private-token');
    const issuer = tokens.keys.find(({ keyId }) => equalBytes(keyId, token.keyId));
    if (issuer === undefined) return err('invalid-private-token');
    const signed = await deps.publicKeys.verifyToken(issuer, token.authenticator, token.signed);
    // What a farm of devices asks for a token is not known, so it counts for nothing.
    return signed ? ok({ strengthNanoUsd: 0 }) : err('invalid-private-token');
  },
};
