// A user's call with a key-bound token (RFC 9449) and nothing but Node's standard library: ask for a
// challenge, do its work, sign a DPoP proof whose nonce is the challenge's, send.
//
//   TOKEN=<access token> KEY=<private JWK> node client.mjs "Hello"
//
// KEY is the P-256 key that TOKEN is bound to (`cnf.jkt`). In a browser it would not be extractable.
// WEIGHBRIDGE_GATEWAY is the gateway's URL, http://127.0.0.1:8787 unless it is set.

import { createHash, createPrivateKey, createPublicKey, randomUUID, sign } from 'node:crypto';

const { TOKEN = '', KEY = '' } = process.env;
const gateway = process.env.WEIGHBRIDGE_GATEWAY ?? 'http://127.0.0.1:8787';
const PATH = '/v1/chat/completions';
const url = `${gateway}${PATH}`;
const key = createPrivateKey({ key: JSON.parse(KEY), format: 'jwk' });
const { kty, crv, x, y } = createPublicKey(key).export({ format: 'jwk' });

const sha256 = (...parts) =>
  parts.reduce((hash, part) => hash.update(part), createHash('sha256')).digest();
const base64url = (data) => Buffer.from(data).toString('base64url');

/** u32be length ‖ bytes */
function lengthPrefixed(part) {
  const bytes = Buffer.from(part);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
}

/** The fields of a challenge that a client needs: see docs/wire.md. */
function readChallenge(wire) {
  const body = Buffer.from(wire.split('.')[0], 'base64url');
  const fields = [];
  for (let at = 44; at < body.length;) {
    const length = body.readUInt32BE(at);
    fields.push(body.subarray(at + 4, at + 4 + length));
    at += 4 + length;
  }
  const [, route, , jkt] = fields;
  return { nonce: body.subarray(14, 30), k: body[31], bits: body[32], route, jkt };
}

/** k counters of 8 bytes, each of which makes a hash with `bits` leading zero bits. */
function solve(seed, k, bits) {
  const work = Buffer.alloc(8 * k);
  const message = Buffer.alloc(44);
  seed.copy(message);
  for (let i = 0; i < k; i += 1) {
    message.writeUInt32BE(i, 32);
    for (let n = 0; ; n += 1) {
      message.writeUInt32BE(n, 40);
      if (sha256(message).readUInt32BE(0) >>> (32 - bits) === 0) break;
    }
    message.copy(work, 8 * i, 36, 44);
  }
  return work;
}

/** RFC 9449, 4.2, with the hash of the token and the nonce of the challenge. */
function dpopProof(nonce) {
  const header = base64url(
    JSON.stringify({ typ: 'dpop+jwt', alg: 'ES256', jwk: { kty, crv, x, y } }),
  );
  const claims = base64url(
    JSON.stringify({
      jti: randomUUID(),
      htm: 'POST',
      htu: url,
      iat: Math.floor(Date.now() / 1_000),
      ath: base64url(sha256(TOKEN)),
      nonce: base64url(nonce),
    }),
  );
  const data = `${header}.${claims}`;
  return `${data}.${base64url(sign('sha256', data, { key, dsaEncoding: 'ieee-p1363' }))}`;
}

const body = JSON.stringify({
  model: 'gpt-4o-mini',
  messages: [{ role: 'user', content: process.argv[2] ?? 'Hello' }],
  max_tokens: 64,
});
const Authorization = `DPoP ${TOKEN}`;

const asked = await fetch(`${gateway}/.well-known/inference-proof/challenge`, {
  method: 'POST',
  headers: { Authorization },
  body: JSON.stringify({ method: 'POST', path: PATH, bodyBytes: Buffer.byteLength(body) }),
});
if (!asked.ok) throw new Error(await asked.text());
const [wire] = (await asked.json()).challenges;
const challenge = readChallenge(wire);

const digest = sha256(body);
const seed = sha256(
  'inference-proof-v1\0',
  ...[wire, digest, 'POST', challenge.route, challenge.jkt].map(lengthPrefixed),
);
const work = solve(seed, challenge.k, challenge.bits);

const answer = await fetch(url, {
  method: 'POST',
  headers: {
    Authorization,
    DPoP: dpopProof(challenge.nonce),
    'Content-Type': 'application/json',
    'Content-Digest': `sha-256=:${digest.toString('base64')}:`,
    'Inference-Proof': `c="${wire}", w=:${work.toString('base64')}:`,
  },
  body,
});
console.log(answer.status, await answer.text());
process.exitCode = answer.ok ? 0 : 1;
