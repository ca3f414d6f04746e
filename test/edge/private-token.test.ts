// A private token against the whole stack, as a browser that has such tokens uses one: refused, it
// gets a token from an issuer and sends the same request again. What breaks if this fails: callers
// with a token cannot get in, or one token and one proof buy two calls.

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { inRoot } from '../../local/paths.ts';
import { askChallenge, prove } from '../support/anonymous.ts';
import { chatBody } from '../support/chat.ts';
import { makeIssuer, type TestIssuer } from '../support/issuer.ts';
import { expectProblem, heard } from '../support/problem.ts';
import { startStack, type TestStack } from '../support/stack.ts';

const PATH = '/api/chat';

let stack: TestStack;
let folder: string;
let issuer: TestIssuer;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'weighbridge-token-'));
  issuer = await makeIssuer();
  const publicKeys = [issuer.publicKey];
  const privateToken = { issuer: issuer.name, publicKeys, origin: 'shop.example' };
  const rules = [{ routes: ['app-chat'], require: ['work', 'private-token'] }];
  const policyFile = join(folder, 'policy.ts');
  await writeFile(
    policyFile,
    `import base from ${JSON.stringify(inRoot('test/support/policy.ts'))};
    export default {
      ...base,
      proof: { ...base.proof, ...${JSON.stringify({ rules, privateToken })} },
    };`,
  );
  stack = await startStack({ policyFile });
});

afterAll(async () => {
  await stack.close();
  await rm(folder, { recursive: true, force: true });
});

const body = chatBody();
const send = (headers: Readonly<Record<string, string>>): Promise<Response> =>
  fetch(`${stack.gatewayUrl}${PATH}`, { method: 'POST', headers, body });

/** As a user agent does: takes the first offer to its issuer. */
async function authorizationFor(wwwAuthenticate: string): Promise<string> {
  const [, challenge = ''] = /PrivateToken challenge="([^"]*)"/.exec(wwwAuthenticate) ?? [];
  const token = await issuer.issue(challenge);
  return `PrivateToken token="${Buffer.from(token).toString('base64url')}"`;
}

test('is asked for with 401, and buys one call with the proof that was shown before', async () => {
  const wire = await askChallenge(stack.gatewayUrl, { path: PATH });
  const headers = await prove(wire, body);
  const asked = await send(headers);
  const wwwAuthenticate = asked.headers.get('WWW-Authenticate') ?? '';
  expectProblem(await heard(asked), 401, 'private_token_required');
  expect((await stack.ledger()).calls).toEqual([]);

  const authorized = { ...headers, Authorization: await authorizationFor(wwwAuthenticate) };
  const answer = await send(authorized);
  expect(answer.status).toBe(200);
  await answer.text();
  expect((await stack.ledger()).calls).toHaveLength(1);

  expectProblem(await heard(await send(authorized)), 403, 'proof_rejected');
  const fresh = await prove(await askChallenge(stack.gatewayUrl, { path: PATH }), body);
  const reused = await send({ ...fresh, Authorization: authorized.Authorization });
  expectProblem(await heard(reused), 403, 'proof_rejected');
  expect((await stack.ledger()).calls).toHaveLength(1);
});

test('is offered with the challenge already, so that nobody has to be refused first', async () => {
  const response = await fetch(`${stack.gatewayUrl}/.well-known/inference-proof/challenge`, {
    method: 'POST',
    body: JSON.stringify({ method: 'POST', path: PATH }),
  });
  const answer = (await response.json()) as {
    readonly challenges: readonly string[];
    readonly privateToken: { readonly challenge: string; readonly tokenKey: string };
  };
  const token = await issuer.issue(answer.privateToken.challenge);
  const proven = await prove(answer.challenges[0] ?? '', body);
  const member = `t=:${Buffer.from(token).toString('base64')}:`;
  const proof = `${proven['Inference-Proof'] ?? ''}, ${member}`;
  const served = await send({ ...proven, 'Inference-Proof': proof });
  expect(served.status).toBe(200);
  await served.text();
});
