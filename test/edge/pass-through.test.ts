// Bound to a whole host, the gateway stands in front of everything on it: what no route protects
// must reach the origin as it came and come back as it was, and no spelling of a protected path may
// slip through with it. The origin here is a plain server on a port of its own.

import {
  createServer,
  type IncomingHttpHeaders,
  request as httpRequest,
  type Server,
} from 'node:http';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { inRoot } from '../../local/paths.ts';
import { providerBindings } from '../../local/provider-bindings.ts';
import { localSecrets } from '../../local/secrets.ts';
import { GATEWAY_OBJECTS, startWorkerd, type Workerd } from '../../local/workerd.ts';
import { startStack, type TestStack } from '../support/stack.ts';

type Seen = { readonly method: string; readonly url: string; readonly body: string };
type Answer = { readonly status: number; readonly headers: object; readonly body: string };

const PAGE = '<!doctype html><html><head></head><body>hello</body></html>';
const ALWAYS = { 'X-Origin': 'yes', 'Set-Cookie': 'a=1' };
const typeOf = (url = ''): object =>
  url === '/page' ? { 'Content-Type': 'text/html', 'Content-Length': PAGE.length } : {};

let stack: TestStack;
let gateway: Workerd;
let origin: Server;
let originPort = 0;
const seen: Seen[] = [];
let headersSeen: IncomingHttpHeaders = {};

beforeAll(async () => {
  stack = await startStack();
  origin = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => {
      body += chunk.toString();
    });
    request.on('end', () => {
      headersSeen = request.headers;
      seen.push({ method: request.method ?? '', url: request.url ?? '', body });
      if (request.url === '/moved') response.writeHead(302, { Location: '/elsewhere' });
      else response.writeHead(200, { ...ALWAYS, ...typeOf(request.url) });
      response.end(request.url === '/page' ? PAGE : 'from the origin');
    });
  });
  await new Promise<void>((resolve) => {
    origin.listen(0, '127.0.0.1', () => {
      resolve();
    });
  });
  const address = origin.address();
  originPort = typeof address === 'object' && address !== null ? address.port : 0;
  const stateDirectory = join(stack.stateDirectory, 'zone');
  gateway = await startWorkerd({
    workerFile: stack.workerFile,
    port: 0,
    stateDirectory,
    objects: GATEWAY_OBJECTS,
    // As on a zone: not local, and the provider is elsewhere.
    bindings: {
      ...(await localSecrets(stateDirectory)),
      ...(await providerBindings(inRoot('test/support/policy.ts'), {}, stack.emulatorUrl)),
    },
  });
});

afterAll(async () => {
  await gateway.stop();
  origin.close();
  await stack.close();
});

/** A request to the gateway whose URL, as on a zone, is the origin's own. */
function ask(method: string, path: string, body = '', headers: object = {}): Promise<Answer> {
  seen.length = 0;
  return new Promise((resolve, reject) => {
    const request = httpRequest(
      {
        host: '127.0.0.1',
        port: gateway.port,
        method,
        path,
        headers: { Host: `127.0.0.1:${String(originPort)}`, ...headers },
      },
      (response) => {
        let text = '';
        response.on('data', (chunk: Buffer) => {
          text += chunk.toString();
        });
        response.on('end', () => {
          resolve({ status: response.statusCode ?? 0, headers: response.headers, body: text });
        });
      },
    );
    request.on('error', reject);
    request.end(body);
  });
}

describe('a path without a route', () => {
  it('reaches the origin with its method, query and body, and comes back as it was', async () => {
    const answer = await ask('POST', '/shop/cart?item=7', 'two of them');
    expect(answer).toMatchObject({ status: 200, body: 'from the origin' });
    expect(answer.headers).toMatchObject({ 'x-origin': 'yes', 'set-cookie': ['a=1'] });
    expect(answer.headers).not.toHaveProperty('weighbridge-request-id');
    expect(seen).toEqual([{ method: 'POST', url: '/shop/cart?item=7', body: 'two of them' }]);
  });

  it('does not bring headers that send an origin elsewhere, or speak in our name', async () => {
    const answer = await ask('POST', '/shop/cart', 'two of them', {
      'X-Original-URL': '/forged',
      'X-Rewrite-URL': '/forged',
      'X-Forwarded-Uri': '/forged',
      'X-Middleware-Subrequest': 'forged:/api/chat',
      x_original_url: '/api/chat/forged',
      'Weighbridge-User': '"forged"',
      weighbridge_plan: '"forged"',
      'X-App': 'kept',
      Cookie: 'a=1',
    });
    expect(answer).toMatchObject({ status: 200, body: 'from the origin' });
    expect(seen).toEqual([{ method: 'POST', url: '/shop/cart', body: 'two of them' }]);
    expect(headersSeen).toMatchObject({ 'x-app': 'kept', cookie: 'a=1' });
    expect(JSON.stringify(headersSeen)).not.toContain('forged');
  });

  it('is a page without a word of ours in it, as long as the policy asks for none', async () => {
    const { body, headers } = await ask('GET', '/page');
    expect(body).toBe(PAGE);
    expect(headers).toMatchObject({ 'content-length': String(PAGE.length) });
  });

  it('keeps the redirects of the origin for the caller to follow', async () => {
    const answer = await ask('GET', '/moved');
    expect(answer.status).toBe(302);
    expect(seen).toHaveLength(1);
  });

  it('leaves a preflight to the origin', async () => {
    await ask('OPTIONS', '/shop/cart', '', {
      Origin: 'https://shop.example',
      'Access-Control-Request-Method': 'POST',
    });
    expect(seen).toHaveLength(1);
  });
});

describe('what is protected', () => {
  it.each([
    '/v1/chat/completions',
    '/api/chat',
    '//api/chat',
    '/api//chat',
    '/API/chat',
    '/api%2fchat',
    '/api/chat/',
    '/%61pi/chat',
    '/x/../api/chat',
    '/api/chat;a=b',
    '/api/chat%00',
    '/api/chat%3Fx=1',
    '/api\\chat',
  ])('never reaches the origin as %s', async (path) => {
    const answer = await ask('POST', path, '{}', { 'Content-Type': 'application/json' });
    expect([400, 401]).toContain(answer.status);
    expect(seen).toEqual([]);
  });

  it.each(['/_weighbridge/health', '/_weighbridge/nothing', '/.well-known/inference-proof/x'])(
    "nor do the gateway's own paths: %s",
    async (path) => {
      await ask('GET', path);
      expect(seen).toEqual([]);
    },
  );
});
