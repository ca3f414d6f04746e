// A named server against the whole stack: the example as a stranger runs it, and what its signature
// buys. What breaks if this fails: the example in the documentation does not run, or a signed
// request can be sent twice, changed on the way, or paid from somebody else's purse.

import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { inRoot } from '../../local/paths.ts';
import { makeAgent } from '../support/agents.ts';
import { chatBody } from '../support/chat.ts';
import { expectProblem, heard } from '../support/problem.ts';
import { startStack, type TestStack } from '../support/stack.ts';

const EXAMPLE = inRoot('examples/signed-server/signed-server.mjs');
const PATH = '/api/chat';
const LIMIT_USD = '0.05';
const LIMIT_NANO_USD = 50_000_000;

let stack: TestStack;
let folder: string;
const crawler = makeAgent('ecdsa-p256-sha256');

type Ran = { readonly code: number | null; readonly out: string; readonly errors: string };

function runExample(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Ran> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [EXAMPLE, ...args], {
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let [out, errors] = ['', ''];
    child.stdout.on('data', (bytes: Buffer) => (out += bytes.toString()));
    child.stderr.on('data', (bytes: Buffer) => (errors += bytes.toString()));
    child.on('error', reject);
    child.on('close', (code) => {
      resolve({ code, out, errors });
    });
  });
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'weighbridge-signed-'));
  const made = await runExample(['new-key', join(folder, 'key.json')]);
  const agents = [JSON.parse(made.out) as object, { id: 'crawler', publicKey: crawler.jwk }];
  const policyFile = join(folder, 'policy.ts');
  await writeFile(
    policyFile,
    `import base from ${JSON.stringify(inRoot('test/support/policy.ts'))};
    export default {
      ...base,
      limits: { ...base.limits, agent: [{ window: 'day', usd: '${LIMIT_USD}' }] },
      proof: { ...base.proof, agents: ${JSON.stringify(agents)} },
    };`,
  );
  stack = await startStack({ policyFile });
});

beforeEach(async () => {
  await stack.resetEmulator();
  await stack.script({ chunks: 3, chunkDelayMs: 0 });
});

afterAll(async () => {
  await stack.close();
  await rm(folder, { recursive: true, force: true });
});

const body = chatBody();

async function challengeFor(keyid: string): Promise<Response> {
  return fetch(`${stack.gatewayUrl}/.well-known/inference-proof/challenge`, {
    method: 'POST',
    body: JSON.stringify({ method: 'POST', path: PATH, keyid }),
  });
}

async function signedHeaders(sent = body): Promise<Record<string, string>> {
  const { challenges } = (await (await challengeFor(crawler.keyId)).json()) as {
    challenges: string[];
  };
  const nowSeconds = Math.floor(Date.now() / 1_000);
  const url = `${stack.gatewayUrl}${PATH}`;
  return crawler.sign(challenges[0] ?? '', { url, body: sent, nowSeconds });
}

const send = (headers: Readonly<Record<string, string>>, sent = body): Promise<Response> =>
  fetch(`${stack.gatewayUrl}${PATH}`, { method: 'POST', headers, body: sent });

describe('the example of a signing server', () => {
  test('gets an answer, and its call is charged to the agent', async () => {
    await stack.script({ text: 'signed and weighed' });
    const env = { WEIGHBRIDGE_GATEWAY: stack.gatewayUrl };
    const ran = await runExample(['ask', join(folder, 'key.json'), 'Hello'], env);
    expect(ran).toMatchObject({ code: 0, errors: '' });
    expect(ran.out.trim()).toBe('signed and weighed');
    const { calls } = await stack.ledger();
    expect(calls).toHaveLength(1);
    const counter = await stack.counter('agent:my-server', 'nanoUsd-day');
    expect(counter.used + counter.held).toBeGreaterThan(0);
    expect(counter.cap).toBe(LIMIT_NANO_USD);
  });

  test('keeps its key to itself and never overwrites one', async () => {
    const file = join(folder, 'key.json');
    const before = await readFile(file, 'utf8');
    const again = await runExample(['new-key', file]);
    expect(again.code).not.toBe(0);
    expect(await readFile(file, 'utf8')).toBe(before);
    expect(again.out).not.toContain((JSON.parse(before) as { d: string }).d);
  });

  test('is refused with a key that the policy does not name', async () => {
    const file = join(folder, 'stranger.json');
    await runExample(['new-key', file]);
    const ran = await runExample(['ask', file], { WEIGHBRIDGE_GATEWAY: stack.gatewayUrl });
    expect(ran.code).not.toBe(0);
    expect(ran.errors).toContain('There is no such agent');
    expect((await stack.ledger()).calls).toEqual([]);
  });
});

describe('a signed call', () => {
  test('is served once, by a signer that is not ours, and carries the next challenge', async () => {
    const headers = await signedHeaders();
    const answer = await send(headers);
    expect([answer.status, await answer.text()]).toEqual([200, expect.stringContaining('choices')]);
    const next = answer.headers.get('Inference-Proof-Next') ?? '';
    const nowSeconds = Math.floor(Date.now() / 1_000);
    const signing = { url: `${stack.gatewayUrl}${PATH}`, body, nowSeconds };
    const another = await send(await crawler.sign(next, signing));
    expect(another.status).toBe(200);
    await another.text();
    expectProblem(await heard(await send(headers)), 403, 'proof_rejected');
    expect((await stack.ledger()).calls).toHaveLength(2);
  });

  test('is refused with another body, another host and without its signature', async () => {
    const headers = await signedHeaders();
    const { Signature: _, ...unsigned } = headers;
    const elsewhere = await crawler.sign(
      /c="([^"]*)"/.exec(headers['Inference-Proof'] ?? '')?.[1] ?? '',
      {
        url: `http://other.example${PATH}`,
        body,
        nowSeconds: Math.floor(Date.now() / 1_000),
      },
    );
    for (const [sent, text] of [
      [headers, `${body} `],
      [unsigned, body],
      [elsewhere, body],
    ] as const) {
      expectProblem(await heard(await send(sent, text)), 403, 'proof_rejected');
    }
    // Nothing was spent: the same challenge still buys its call.
    const answer = await send(headers);
    expect(answer.status).toBe(200);
    await answer.text();
  });

  test('is charged to the agent alone and ends with its limit', async () => {
    await stack.setCap('agent:crawler', 'day', 'nanoUsd', 1);
    expectProblem(await heard(await send(await signedHeaders())), 402, 'over_budget');
    const env = { WEIGHBRIDGE_GATEWAY: stack.gatewayUrl };
    const other = await runExample(['ask', join(folder, 'key.json')], env);
    expect(other.code).toBe(0);
    await stack.dropCap('agent:crawler', 'day', 'nanoUsd');
    const answer = await send(await signedHeaders());
    expect(answer.status).toBe(200);
    await answer.text();
  });
});
