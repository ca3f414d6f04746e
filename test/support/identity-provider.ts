// An identity provider for tests, made of Node's own crypto and no library of the gateway's: it
// signs what it is told to, honest or not.

import { generateKeyPairSync, type KeyObject, sign } from 'node:crypto';

export const ISSUER = 'https://id.example/';
export const AUDIENCE = 'https://ai.example';

type Members = Readonly<Record<string, unknown>>;
type Algorithm = 'ES256' | 'EdDSA' | 'RS256';

const encode = (value: unknown): string =>
  Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');

/** Three parts, signed by whatever `signer` is. A string is taken as the JSON itself. */
export function compact(
  header: Members | string,
  claims: Members | string,
  signer: (data: Buffer) => Buffer,
): string {
  const data = `${encode(header)}.${encode(claims)}`;
  return `${data}.${signer(Buffer.from(data)).toString('base64url')}`;
}

const makePair = (algorithm: Algorithm): { publicKey: KeyObject; privateKey: KeyObject } => {
  if (algorithm === 'ES256') return generateKeyPairSync('ec', { namedCurve: 'P-256' });
  if (algorithm === 'EdDSA') return generateKeyPairSync('ed25519');
  return generateKeyPairSync('rsa', { modulusLength: 2_048 });
};

export type IdentityProvider = {
  /** Its public key, as it stands in a policy. */
  readonly jwk: Readonly<Record<string, string>>;
  readonly publicKey: KeyObject;
  readonly signer: (data: Buffer) => Buffer;
  /** A good token for five minutes, but for what is said. `undefined` leaves a member away. */
  token(claims?: Members, header?: Members): string;
};

export function makeIdentityProvider(
  algorithm: Algorithm = 'ES256',
  kid = 'one',
  nowSeconds = (): number => Math.floor(Date.now() / 1_000),
): IdentityProvider {
  const { publicKey, privateKey } = makePair(algorithm);
  const signer = (data: Buffer): Buffer =>
    algorithm === 'ES256'
      ? sign('sha256', data, { key: privateKey, dsaEncoding: 'ieee-p1363' })
      : sign(algorithm === 'EdDSA' ? null : 'sha256', data, privateKey);
  return {
    jwk: { ...(publicKey.export({ format: 'jwk' }) as Record<string, string>), kid },
    publicKey,
    signer,
    token(claims = {}, header = {}) {
      const usual: Members = {
        iss: ISSUER,
        aud: AUDIENCE,
        sub: 'alice',
        iat: nowSeconds(),
        exp: nowSeconds() + 300,
      };
      const first: Members = { alg: algorithm, kid, typ: 'at+jwt' };
      return compact({ ...first, ...header }, { ...usual, ...claims }, signer);
    },
  };
}

/** What a policy says of these providers. */
export const identitiesOf = (
  providers: readonly { readonly idp: IdentityProvider; readonly algorithm: Algorithm }[],
  more: Members = {},
): { readonly jwt: Members } => ({
  jwt: {
    issuer: ISSUER,
    audience: AUDIENCE,
    algorithms: [...new Set(providers.map(({ algorithm }) => algorithm))],
    jwks: { keys: providers.map(({ idp }) => idp.jwk) },
    ...more,
  },
});
