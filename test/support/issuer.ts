// An issuer of private tokens and a client that gets them, by somebody else's implementation: the
// token goes through blinding, a blind signature and unblinding, as RFC 9578 has it.

import { publicVerif, Token, TOKEN_TYPES, TokenChallenge } from '@cloudflare/privacypass-ts';

const { BlindRSAMode, Client, getPublicKeyBytes, Issuer } = publicVerif;

export type TestIssuer = {
  readonly name: string;
  /** As the issuer publishes it, base64url: for a policy. */
  readonly publicKey: string;
  /** `challenge`: a TokenChallenge, base64url, padded or not. */
  issue(challenge: string): Promise<Uint8Array<ArrayBuffer>>;
};

export async function makeIssuer(name = 'issuer.example'): Promise<TestIssuer> {
  const pair = await Issuer.generateKey(BlindRSAMode.PSS, {
    modulusLength: 2_048,
    publicExponent: Uint8Array.of(1, 0, 1),
  });
  const issuer = new Issuer(BlindRSAMode.PSS, name, pair.privateKey, pair.publicKey);
  const published = await getPublicKeyBytes(pair.publicKey);
  return {
    name,
    publicKey: Buffer.from(published).toString('base64url'),
    async issue(challenge) {
      const asked = TokenChallenge.deserialize(new Uint8Array(Buffer.from(challenge, 'base64url')));
      const client = new Client(BlindRSAMode.PSS);
      const request = await client.createTokenRequest(asked, published);
      const token = await client.finalize(await issuer.issue(request));
      return new Uint8Array(token.serialize());
    },
  };
}

/** Does somebody else's parser read these bytes as a token of type 2? */
export function readsAsToken(bytes: Uint8Array): boolean {
  try {
    Token.deserialize(TOKEN_TYPES.BLIND_RSA, bytes);
    return true;
  } catch {
    return false;
  }
}
