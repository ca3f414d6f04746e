// A server that the gateway knows by name and that signs its requests (RFC 9421) instead of solving
// puzzles. Node 20 or later, no dependency. It shares no code with the gateway.
//
//   node signed-server.mjs new-key key.json         makes a key, prints its entry for proof.agents
//   node signed-server.mjs ask key.json "Hello"     one signed call to WEIGHBRIDGE_GATEWAY

import {
  createHash,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  sign,
} from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';

const gateway = process.env.WEIGHBRIDGE_GATEWAY ?? 'http://127.0.0.1:8787';
const path = process.env.WEIGHBRIDGE_PATH ?? '/v1/chat/completions';
const SECONDS = 60;

const base64url = (bytes) => Buffer.from(bytes).toString('base64url');

function newKey(file) {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  writeFileSync(file, JSON.stringify(privateKey.export({ format: 'jwk' })), {
    mode: 0o600,
    flag: 'wx',
  });
  return { id: 'my-server', publicKey: publicKey.export({ format: 'jwk' }) };
}

function readKey(file) {
  const jwk = JSON.parse(readFileSync(file, 'utf8'));
  const privateKey = createPrivateKey({ key: jwk, format: 'jwk' });
  const { crv, kty, x } = createPublicKey(privateKey).export({ format: 'jwk' });
  // RFC 7638: the name of a key is the hash of what it is.
  const keyid = base64url(createHash('sha256').update(JSON.stringify({ crv, kty, x })).digest());
  return { privateKey, keyid };
}

async function post(url, headers, body) {
  const response = await fetch(url, { method: 'POST', headers, body });
  if (!response.ok) throw new Error(`${response.status} ${await response.text()}`);
  return response.json();
}

/** A challenge is good for one call. Its nonce is in bytes 14 to 29. */
async function askChallenge(keyid, bodyBytes) {
  const wish = JSON.stringify({ method: 'POST', path, keyid, bodyBytes });
  const url = `${gateway}/.well-known/inference-proof/challenge`;
  const { challenges } = await post(url, { 'Content-Type': 'application/json' }, wish);
  const [challenge] = challenges;
  const [wire] = challenge.split('.');
  return { challenge, nonce: base64url(Buffer.from(wire, 'base64url').subarray(14, 30)) };
}

function signed({ privateKey, keyid }, nonce, body) {
  const digest = `sha-256=:${createHash('sha256').update(body).digest('base64')}:`;
  const created = Math.floor(Date.now() / 1000);
  const terms =
    '("@method" "@authority" "@path" "content-digest")' +
    `;created=${created};expires=${created + SECONDS};keyid="${keyid}";alg="ed25519"` +
    `;nonce="${nonce}";tag="weighbridge"`;
  const base = [
    '"@method": POST',
    `"@authority": ${new URL(gateway).host}`,
    `"@path": ${path}`,
    `"content-digest": ${digest}`,
    `"@signature-params": ${terms}`,
  ].join('\n');
  const signature = sign(null, Buffer.from(base), privateKey).toString('base64');
  return {
    'Content-Digest': digest,
    'Signature-Input': `sig1=${terms}`,
    Signature: `sig1=:${signature}:`,
  };
}

async function ask(file, text) {
  const key = readKey(file);
  const body = JSON.stringify({
    model: 'gpt-4o-mini',
    messages: [{ role: 'user', content: text }],
    max_tokens: 100,
  });
  const { challenge, nonce } = await askChallenge(key.keyid, Buffer.byteLength(body));
  const headers = {
    'Content-Type': 'application/json',
    'Inference-Proof': `c="${challenge}"`,
    ...signed(key, nonce, body),
  };
  const answer = await post(`${gateway}${path}`, headers, body);
  return answer.choices[0].message.content;
}

const [command, file, text = 'Hello'] = process.argv.slice(2);
if (file !== undefined && command === 'new-key') console.log(JSON.stringify(newKey(file)));
else if (file !== undefined && command === 'ask') console.log(await ask(file, text));
else {
  console.error('usage: signed-server.mjs new-key FILE | ask FILE [TEXT]');
  process.exitCode = 2;
}
