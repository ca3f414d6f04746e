// Servers of an app behind the gateway: one inside the test, which answers what the test says, and
// the example as a process of its own. And what callers and those servers send.

import { spawn } from 'node:child_process';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach } from 'vitest';
import { present } from '../../core/result.ts';
import { inRoot } from '../../local/paths.ts';
import { type MadeKey, startStack, type TestStack } from './stack.ts';

export const OWN_SECRET = Buffer.alloc(32, 7).toString('base64url');
export const APP_SECRET = Buffer.alloc(32, 8).toString('base64url');

export type Asked = {
  readonly request: IncomingMessage;
  readonly body: Buffer;
  /** As the gateway gave it; empty if it gave none. */
  readonly grant: string;
};
export type Answerer = (asked: Asked, response: ServerResponse) => Promise<void> | void;

export type OwnOrigin = {
  readonly url: string;
  /** What it answers from now on. */
  answer: Answerer;
  /** Requests that came, oldest first. */
  readonly asked: Asked[];
  close(): Promise<void>;
};

export async function startOwnOrigin(): Promise<OwnOrigin> {
  const asked: Asked[] = [];
  const server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      const grant = String(request.headers['weighbridge-grant'] ?? '');
      const one = { request, body: Buffer.concat(parts), grant };
      asked.push(one);
      Promise.resolve(origin.answer(one, response)).catch((cause: unknown) => {
        response.destroy(cause instanceof Error ? cause : new Error(String(cause)));
      });
    });
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  const origin: OwnOrigin = {
    url: `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`,
    answer: (_asked, response) => void response.end(),
    asked,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => {
          resolve();
        });
      }),
  };
  return origin;
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

export type OriginStack = {
  readonly stack: TestStack;
  readonly own: OwnOrigin;
  close(): Promise<void>;
};

const policyFile = inRoot('test/support/origin-policy.ts');

/** Without the example: its routes lead nowhere. */
export async function startOriginStack(
  bindings: Readonly<Record<string, string>> = {},
): Promise<OriginStack> {
  const own = await startOwnOrigin();
  const stack = await startStack({
    policyFile,
    bindings: {
      OWN_BASE_URL: own.url,
      OWN_GRANT_SECRET: OWN_SECRET,
      APP_GRANT_SECRET: APP_SECRET,
      ...bindings,
    },
  });
  return {
    stack,
    own,
    async close() {
      await stack.close();
      await own.close();
    },
  };
}

/** What every test of an origin starts with: nobody has called yet, and the key is new. */
export type FreshOrigin = Pick<OriginStack, 'stack' | 'own'> & Pick<MadeKey, 'key' | 'principal'>;

/** One stack for the tests of a file, told anew before each of them. */
export function useOwnOrigin(take: (its: FreshOrigin) => void): void {
  let origins: OriginStack | null = null;
  beforeAll(async () => {
    origins = await startOriginStack();
  });
  beforeEach(async () => {
    const { stack, own } = present(origins, 'origins');
    await stack.resetEmulator();
    await stack.script({ chunkDelayMs: 0 });
    own.asked.length = 0;
    take({ stack, own, ...(await stack.makeKey()) });
  });
  afterAll(() => origins?.close());
}

export type AgentStack = OriginStack & { readonly appUrl: string };

/** The example, as its README starts it, behind a gateway. */
export async function startAgentStack(): Promise<AgentStack> {
  const port = await freePort();
  const appUrl = `http://127.0.0.1:${String(port)}`;
  const origins = await startOriginStack({ APP_BASE_URL: appUrl });
  const child = spawn(process.execPath, [inRoot('examples/origin-agent/origin.ts')], {
    env: {
      PATH: process.env['PATH'],
      PORT: String(port),
      APP_GRANT_SECRET: APP_SECRET,
      WEIGHBRIDGE_GATEWAY: origins.stack.gatewayUrl,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let complaints = '';
  child.stderr.on('data', (bytes: Buffer) => {
    complaints += bytes.toString();
  });
  const gone = new Promise<void>((resolve) => child.on('close', () => resolve()));
  await new Promise<void>((resolve, reject) => {
    child.stdout.on('data', (bytes: Buffer) => {
      if (bytes.toString().includes('ready')) resolve();
    });
    child.on('close', () => reject(new Error(`the example ended: ${complaints}`)));
  });
  return {
    ...origins,
    appUrl,
    async close() {
      child.kill('SIGTERM');
      await gone;
      await origins.close();
    },
  };
}

export const uiBody = (text = 'How warm is it in Edinburgh?'): string =>
  JSON.stringify({
    id: 'chat',
    trigger: 'submit-message',
    messages: [{ id: 'm1', role: 'user', parts: [{ type: 'text', text }] }],
  });

export const postTo = (
  stack: TestStack,
  path: string,
  key: string,
  options: RequestInit = {},
): Promise<Response> =>
  fetch(`${stack.gatewayUrl}${path}`, {
    method: 'POST',
    body: uiBody(),
    redirect: 'manual',
    ...options,
    headers: {
      Authorization: `Bearer ${key}`,
      'Content-Type': 'application/json',
      ...options.headers,
    },
  });

/** A model call as an origin makes it, with its grant as the key. */
export const step = (
  stack: TestStack,
  grant: string,
  more: Readonly<Record<string, unknown>> = {},
  path = '/openai/v1/chat/completions',
): Promise<Response> =>
  fetch(`${stack.gatewayUrl}/_weighbridge/provider${path}`, {
    method: 'POST',
    headers: { Authorization: `Bearer ${grant}`, 'Content-Type': 'application/json' },
    body: JSON.stringify({
      model: 'gpt-4o-mini',
      messages: [{ role: 'user', content: 'hello' }],
      ...more,
    }),
  });

export const report = (stack: TestStack, grant: string, json: object): Promise<Response> =>
  fetch(`${stack.gatewayUrl}/_weighbridge/usage`, {
    method: 'POST',
    headers: { Authorization: `Bearer ${grant}`, 'Content-Type': 'application/json' },
    body: JSON.stringify(json),
  });

export const codeOf = async (response: Response): Promise<unknown> =>
  ((await response.json()) as { code?: unknown }).code;
