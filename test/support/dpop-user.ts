// A user whose token is bound to a key, as a stranger would write the client: DPoP proofs by the
// package of that name, and by hand where a proof has to be wrong.

import { createHash, type KeyObject, type webcrypto } from 'node:crypto';
import { KeyObject as Keys, sign } from 'node:crypto';
import * as dpop from 'dpop';
import { type Device, prove, readChallenge } from './anonymous.ts';
import { compact } from './identity-provider.ts';

export type DpopUser = {
  readonly pair: dpop.KeyPair;
  readonly jkt: string;
  /** The same key, for our own form of signature. */
  readonly device: Device;
};

type Members = Readonly<Record<string, unknown>>;

export const privateOf = ({ pair }: DpopUser): KeyObject =>
  Keys.from(pair.privateKey as unknown as webcrypto.CryptoKey);

export const publicJwk = ({ pair }: DpopUser): Readonly<Record<string, string>> => {
  const { kty, crv, x, y } = Keys.from(pair.publicKey as unknown as webcrypto.CryptoKey).export({
    format: 'jwk',
  }) as Record<string, string>;
  return { kty: kty ?? '', crv: crv ?? '', x: x ?? '', y: y ?? '' };
};

const signWith =
  (key: KeyObject) =>
  (data: Uint8Array): Buffer =>
    sign('sha256', data, { key, dsaEncoding: 'ieee-p1363' });

export async function makeDpopUser(): Promise<DpopUser> {
  const pair = await dpop.generateKeyPair('ES256', { extractable: true });
  const jkt = await dpop.calculateThumbprint(pair.publicKey);
  const key = Keys.from(pair.privateKey as unknown as webcrypto.CryptoKey);
  const { x = '', y = '' } = key.export({ format: 'jwk' }) as Record<string, string>;
  const point = [Buffer.of(4), Buffer.from(x, 'base64url'), Buffer.from(y, 'base64url')];
  return {
    pair,
    jkt,
    device: {
      jkt,
      publicKey: new Uint8Array(Buffer.concat(point)),
      sign: async (message) => new Uint8Array(signWith(key)(message)),
    },
  };
}

/** The nonce of a challenge, as a DPoP proof has to carry it. */
export const nonceOf = (wire: string): string =>
  Buffer.from(readChallenge(wire).nonce).toString('base64url');

export const athOf = (token: string): string =>
  createHash('sha256').update(token).digest('base64url');

/** An honest proof by the independent client. */
export const dpopProof = (
  user: DpopUser,
  wire: string,
  url: string,
  token: string | undefined,
): Promise<string> => dpop.generateProof(user.pair, url, 'POST', nonceOf(wire), token);

export type Request = {
  readonly wire: string;
  readonly url: string;
  readonly token: string;
  readonly nowSeconds: number;
};

/** A proof by hand; `undefined` leaves a member away. */
export const handmadeProof = (
  user: DpopUser,
  { wire, url, token, nowSeconds }: Request,
  claims: Members = {},
  header: Members = {},
  signer: (data: Buffer) => Buffer = signWith(privateOf(user)),
): string =>
  compact(
    { typ: 'dpop+jwt', alg: 'ES256', jwk: publicJwk(user), ...header },
    {
      jti: 'a1b2c3d4',
      htm: 'POST',
      htu: url,
      iat: nowSeconds,
      nonce: nonceOf(wire),
      ath: athOf(token),
      ...claims,
    },
    signer,
  );

/** The private half too, as nobody should send it. */
export const privateJwk = (user: DpopUser): Readonly<Record<string, unknown>> =>
  privateOf(user).export({ format: 'jwk' }) as Record<string, unknown>;

/** All headers of a user's call: work for the challenge, the token, a DPoP proof. */
export async function proveByDpop(
  wire: string,
  body: string,
  token: string,
  proof: string,
): Promise<Record<string, string>> {
  return { ...(await prove(wire, body)), Authorization: `DPoP ${token}`, DPoP: proof };
}
