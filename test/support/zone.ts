// A gateway as on a zone: not local, bound to a whole host, with a plain server behind it as the
// origin and in front of it what Cloudflare's edge does to a request, which is to say who called.

import { createServer, type IncomingMessage, request, type Server } from 'node:http';
import type { ServerResponse } from 'node:http';
import { join } from 'node:path';
import { buildWorker } from '../../local/build.ts';
import { localSecrets } from '../../local/secrets.ts';
import { GATEWAY_OBJECTS, startWorkerd } from '../../local/workerd.ts';
import { startStack, type TestStack } from './stack.ts';

export const CALLER = '198.51.100.7';

export type OriginPage = (request: IncomingMessage, response: ServerResponse) => void;

export type Zone = {
  /** What callers open. */
  readonly url: string;
  /** Whose emulator is the provider. Its own gateway is local and another one. */
  readonly stack: TestStack;
  /** What the origin has, by path. */
  readonly pages: Map<string, OriginPage>;
  /** `METHOD path` of what has reached the origin. */
  readonly seen: string[];
  /** Lines of the gateway's log. */
  readonly log: string[];
  close(): Promise<void>;
};

export type ZoneOptions = {
  readonly policyFile?: string;
  /** Another entry than the gateway's own. */
  readonly entryFile?: string;
  readonly bindings?: Readonly<Record<string, string>>;
};

async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      resolve();
    });
  });
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}

/** Passes everything on under the origin's name, with the caller's address. */
const edge = (gatewayPort: number, originPort: number): Server =>
  createServer((incoming, outgoing) => {
    const onward = request(
      {
        host: '127.0.0.1',
        port: gatewayPort,
        method: incoming.method,
        path: incoming.url,
        headers: {
          ...incoming.headers,
          host: `127.0.0.1:${String(originPort)}`,
          'cf-connecting-ip': CALLER,
        },
      },
      (answer) => {
        outgoing.writeHead(answer.statusCode ?? 500, answer.statusMessage, answer.rawHeaders);
        answer.pipe(outgoing);
        answer.on('error', () => outgoing.destroy());
        answer.on('aborted', () => outgoing.destroy());
      },
    );
    onward.on('error', () => outgoing.destroy());
    outgoing.on('close', () => onward.destroy());
    incoming.pipe(onward);
  });

export async function startZone(options: ZoneOptions = {}): Promise<Zone> {
  const stack = await startStack();
  const pages = new Map<string, OriginPage>();
  const seen: string[] = [];
  const log: string[] = [];
  const origin = createServer((incoming, response) => {
    seen.push(`${incoming.method ?? ''} ${incoming.url ?? ''}`);
    const page = pages.get(new URL(incoming.url ?? '/', 'http://origin').pathname);
    if (page === undefined) response.writeHead(404).end('no such page');
    else page(incoming, response);
  });
  const originPort = await listen(origin);
  const stateDirectory = join(stack.stateDirectory, 'zone');
  const workerFile = join(stack.stateDirectory, 'zone-worker', 'index.js');
  const { bindings, ...build } = options;
  await buildWorker({ outputFile: workerFile, ...build });
  const gateway = await startWorkerd({
    workerFile,
    port: 0,
    stateDirectory,
    objects: GATEWAY_OBJECTS,
    bindings: {
      ...(await localSecrets(stateDirectory)),
      OPENAI_API_KEY: 'sk-emulator',
      OPENAI_BASE_URL: stack.emulatorUrl,
      ANTHROPIC_API_KEY: 'sk-emulator',
      ANTHROPIC_BASE_URL: stack.emulatorUrl,
      GEMINI_API_KEY: 'sk-emulator',
      GEMINI_BASE_URL: stack.emulatorUrl,
      ...bindings,
    },
    onLine: (line) => log.push(line),
  });
  const front = edge(gateway.port, originPort);
  const frontPort = await listen(front);
  return {
    url: `http://127.0.0.1:${String(frontPort)}`,
    stack,
    pages,
    seen,
    log,
    async close() {
      front.closeAllConnections();
      front.close();
      await gateway.stop();
      origin.closeAllConnections();
      origin.close();
      await stack.close();
    },
  };
}
