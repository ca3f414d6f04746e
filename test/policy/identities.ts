// What a policy says of an identity provider: real public keys of no use to anybody, whose private
// halves were thrown away.

export const EC_KEY = {
  kty: 'EC',
  crv: 'P-256',
  x: 'l8tFrhx-34tV3hRICRDY9zCkDlpBhF42UQUfWVAWBFs',
  y: '9VE4jf_Ok_o64zbTTlcuNJajHmt6v9TDVrU0CdvGRDA',
  kid: 'one',
} as const;

export const ED_KEY = {
  kty: 'OKP',
  crv: 'Ed25519',
  x: '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo',
  kid: 'two',
} as const;

export const RSA_KEY = {
  kty: 'RSA',
  n: Buffer.alloc(256, 0xc7).toString('base64url'),
  e: 'AQAB',
  kid: 'three',
} as const;

export const JWT = {
  issuer: 'https://id.example/',
  audience: 'https://ai.example',
  algorithms: ['ES256'],
  jwks: { keys: [EC_KEY] },
} as const;

export const USER_LIST = [{ window: 'day', usd: '0.40' }] as const;

/** A policy with this provider, and what a user may spend. */
export const withJwt = (changes: Readonly<Record<string, unknown>> = {}) => ({
  identities: { jwt: { ...JWT, ...changes } },
  'limits.user': USER_LIST,
});

export const APP_ORIGIN = {
  id: 'app',
  baseUrl: 'https://app.example',
  baseUrlVariable: 'APP_BASE_URL',
  grantSecret: 'APP_GRANT_SECRET',
} as const;

/** A policy that asks this origin for sessions, and what a user may spend. */
export const withSession = (changes: Readonly<Record<string, unknown>> = {}) => ({
  origins: [APP_ORIGIN],
  identities: { session: { cookie: 'sid', origin: 'app', path: '/auth/session', ...changes } },
  'limits.user': USER_LIST,
});
