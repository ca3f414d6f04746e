// Callers of every kind under one policy that knows them all: an address, a device, a user, an
// agent, an API key, and an issuer of private tokens. What is shown can be made of any mixture of
// them, because a thief does not keep to one.

import { type Bytes, concatBytes, toBase64, toBase64Url, utf8 } from '../../core/bytes.ts';
import type { PolicySource } from '../../core/policy/schema.ts';
import { formatEvidence } from '../../core/proof/evidence.ts';
import { thumbprint } from '../../core/proof/thumbprint.ts';
import { type Device, prove, readChallenge } from '../support/anonymous.ts';
import policySource from '../support/policy.ts';
import { BODY, type Gateway, HOST, IP, policyWith, SECRETS } from './gateway-harness.ts';

const ISSUER = 'https://id.example/';
const AUDIENCE = 'https://ai.example';

const P256 = { name: 'ECDSA', namedCurve: 'P-256' } as const;
const SHA256 = { name: 'ECDSA', hash: 'SHA-256' } as const;
const PSS = {
  name: 'RSA-PSS',
  modulusLength: 2_048,
  publicExponent: Uint8Array.of(1, 0, 1),
  hash: 'SHA-384',
} as const;
/** RFC 9578 section 8.2.2, in front of the two numbers of the key. */
const PUBLISHED_HEAD =
  '30820152303d06092a864886f70d01010a3030a00d300b0609608648016503040202' +
  'a11a301806092a864886f70d010108300b0609608648016503040202a2030201300382010f00';
const SPKI_HEAD_BYTES = 24;

const bytesOf = (hex: string): Bytes =>
  Uint8Array.from(hex.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));

async function generate(algorithm: object): Promise<CryptoKeyPair> {
  const made = await crypto.subtle.generateKey(algorithm as typeof P256, true, ['sign', 'verify']);
  return made as CryptoKeyPair;
}

const publicJwk = async ({ publicKey }: CryptoKeyPair): Promise<JsonWebKey> =>
  (await crypto.subtle.exportKey('jwk', publicKey)) as JsonWebKey;

const json = (value: object): string => toBase64Url(utf8(JSON.stringify(value)));
const nowSeconds = (): number => Math.floor(Date.now() / 1_000);

async function jwtOf(pair: CryptoKeyPair, header: object, claims: object): Promise<string> {
  const text = `${json(header)}.${json(claims)}`;
  const signature = await crypto.subtle.sign(SHA256, pair.privateKey, utf8(text));
  return `${text}.${toBase64Url(new Uint8Array(signature))}`;
}

export type Callers = {
  /** A user's token, bound to a key where one is named. */
  token(name: string, jkt?: string): Promise<string>;
  readonly agentKeyId: string;
  /** An agent's headers beside the evidence. */
  agentHeaders(wire: string, body?: string): Promise<Record<string, string>>;
  /** A genuine token of the issuer over these 98 bytes. */
  privateToken(signed: Bytes): Promise<Bytes>;
  readonly changes: Partial<PolicySource>;
};

export async function makeCallers(): Promise<Callers> {
  const idp = await generate(P256);
  const agent = await generate(P256);
  const issuer = await generate(PSS);
  const point = new Uint8Array(
    (await crypto.subtle.exportKey('raw', agent.publicKey)) as ArrayBuffer,
  );
  const spki = new Uint8Array(
    (await crypto.subtle.exportKey('spki', issuer.publicKey)) as ArrayBuffer,
  );
  const published = concatBytes([bytesOf(PUBLISHED_HEAD), spki.slice(SPKI_HEAD_BYTES)]);
  const { x: idpX = '', y: idpY = '' } = await publicJwk(idp);
  const { x = '', y = '' } = await publicJwk(agent);
  const agentKeyId = thumbprint(point) ?? '';
  return {
    token: (name, jkt) =>
      jwtOf(
        idp,
        { alg: 'ES256', typ: 'at+jwt' },
        {
          iss: ISSUER,
          aud: AUDIENCE,
          sub: name,
          exp: nowSeconds() + 300,
          ...(jkt === undefined ? {} : { cnf: { jkt } }),
        },
      ),
    agentKeyId,
    async agentHeaders(wire, body = BODY) {
      const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', utf8(body)));
      const nonce = toBase64Url(readChallenge(wire).nonce);
      const seconds = nowSeconds();
      const parameters =
        `("@method" "@authority" "@path" "content-digest");created=${String(seconds)}` +
        `;expires=${String(seconds + 60)};keyid="${agentKeyId}";nonce="${nonce}";tag="weighbridge"`;
      const contentDigest = `sha-256=:${toBase64(digest)}:`;
      const base =
        `"@method": POST\n"@authority": ${new URL(HOST).host}\n"@path": /api/chat\n` +
        `"content-digest": ${contentDigest}\n"@signature-params": ${parameters}`;
      const signature = await crypto.subtle.sign(SHA256, agent.privateKey, utf8(base));
      return {
        'Content-Digest': contentDigest,
        'Signature-Input': `sig=${parameters}`,
        Signature: `sig=:${toBase64(new Uint8Array(signature))}:`,
      };
    },
    async privateToken(signed) {
      const terms = { name: 'RSA-PSS', saltLength: 48 };
      const made = await crypto.subtle.sign(terms, issuer.privateKey, signed);
      return concatBytes([signed, new Uint8Array(made)]) as Bytes;
    },
    changes: {
      limits: { ...policySource.limits, user: [{ window: 'day', usd: '0.40' }] },
      identities: {
        jwt: {
          issuer: ISSUER,
          audience: AUDIENCE,
          algorithms: ['ES256'],
          jwks: { keys: [{ kty: 'EC', crv: 'P-256', x: idpX, y: idpY }] },
          requireDpop: false,
        },
      },
      proof: {
        ...policySource.proof,
        agents: [{ id: 'robot', publicKey: { kty: 'EC', crv: 'P-256', x, y } }],
        privateToken: {
          issuer: 'issuer.example',
          publicKeys: [toBase64Url(published)],
          origin: 'shop.example',
        },
      },
    },
  };
}

export const policyFor = (callers: Callers, rules: PolicySource['proof']['rules'] = []) =>
  policyWith({
    ...callers.changes,
    proof: { ...policySource.proof, ...callers.changes.proof, rules },
  });

/** A genuine API key, as the operator API makes them. */
export async function makeKey(gateway: Gateway, wish: object = {}): Promise<string> {
  const response = await gateway.send({
    path: '/_weighbridge/admin/keys',
    headers: { Authorization: `Bearer ${SECRETS.WEIGHBRIDGE_ADMIN_TOKEN}` },
    body: JSON.stringify({ name: 'test', ...wish }),
  });
  return ((await response.json()) as { key: string }).key;
}

/** A challenge for whoever these headers name. */
export async function challengeAs(
  gateway: Gateway,
  headers: Record<string, string>,
  wish: object = {},
): Promise<string> {
  const response = await gateway.send({
    path: '/.well-known/inference-proof/challenge',
    headers,
    body: JSON.stringify({ method: 'POST', path: '/api/chat', ...wish }),
    ip: IP,
  });
  const { challenges } = (await response.json()) as { challenges?: string[] };
  const [first] = challenges ?? [];
  if (first === undefined) throw new Error('no challenge');
  return first;
}

/** Evidence with work, and whatever else is put in. */
export async function evidenceOf(
  wire: string,
  device: Device | null,
  members: { readonly [key: string]: Bytes } = {},
): Promise<Record<string, string>> {
  const headers = await prove(wire, BODY, device);
  const more = formatEvidence({ challengeWire: '', bytes: members, text: {} }).slice(4);
  return { ...headers, 'Inference-Proof': `${headers['Inference-Proof'] ?? ''}${more}` };
}
