// Servers of an app that serve nobody but the gateway, with the middlewares of the example; and
// what stands in the way to them: it keeps what the gateway sent, so that a test can send it on as
// it is, again, or as a thief would have it.

import { createServer, request } from 'node:http';
import type { AddressInfo, Server } from 'node:net';
import { serve } from '@hono/node-server';
import express from 'express';
import { Hono } from 'hono';
import { callerOf, originLock as expressLock } from '../../examples/origin-lock/express-lock.ts';
import { type LockedEnv, originLock as honoLock } from '../../examples/origin-lock/hono-lock.ts';
import type { LockOptions } from '../../examples/origin-lock/lock.ts';

export type Sent = {
  readonly method: string;
  readonly target: string;
  /** Name, value, name, value. */
  readonly headers: readonly string[];
  readonly body: Buffer;
};

export type Answered = { readonly status: number; readonly text: string };

export const sendTo = (url: string, sent: Sent): Promise<Answered> =>
  new Promise((resolve, reject) => {
    const { host, hostname, port } = new URL(url);
    const { method, target, body } = sent;
    const isThere = sent.headers.some((name, at) => at % 2 === 0 && /^host$/i.test(name));
    const ofHop = ['content-length', 'transfer-encoding', 'connection'];
    const headers = sent.headers.flatMap((name, at) =>
      at % 2 === 1 || ofHop.includes(name.toLowerCase()) ? [] : [name, sent.headers[at + 1] ?? ''],
    );
    const asked = request(
      {
        hostname,
        port,
        method,
        path: target,
        headers: [
          ...(isThere ? [] : ['Host', host]),
          ...headers,
          'Content-Length',
          String(body.length),
        ],
      },
      (response) => {
        const parts: Buffer[] = [];
        response.on('data', (part: Buffer) => parts.push(part));
        response.on('end', () =>
          resolve({ status: response.statusCode ?? 0, text: Buffer.concat(parts).toString() }),
        );
      },
    );
    asked.on('error', reject);
    asked.end(body);
  });

export type Closing = { readonly url: string; close(): Promise<void> };

export const opened = (server: Server): Promise<Closing> =>
  new Promise((resolve) => {
    const ready = (): void =>
      resolve({
        url: `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`,
        close: () => new Promise((done) => server.close(() => done())),
      });
    if (server.listening) ready();
    else server.on('listening', ready);
  });

/** In front of the server: `kept` is what came, oldest first. */
export type Between = Closing & { readonly kept: Sent[]; to: string | null };

export async function startBetween(): Promise<Between> {
  const kept: Sent[] = [];
  const server = createServer((incoming, response) => {
    const parts: Buffer[] = [];
    incoming.on('data', (part: Buffer) => parts.push(part));
    incoming.on('end', () => {
      const sent = {
        method: incoming.method ?? '',
        target: incoming.url ?? '',
        headers: incoming.rawHeaders,
        body: Buffer.concat(parts),
      };
      kept.push(sent);
      if (between.to === null) return void response.end('{}');
      sendTo(between.to, sent).then(
        ({ status, text }) => response.writeHead(status).end(text),
        () => response.destroy(),
      );
    });
  }).listen(0, '127.0.0.1');
  const between: Between = { ...(await opened(server)), kept, to: null };
  return between;
}

export const KINDS = ['Express', 'Hono'] as const;

/** As the servers of the example are, with a clock of the test's own. */
export function startLocked(kind: (typeof KINDS)[number], options: LockOptions): Promise<Closing> {
  if (kind === 'Express') {
    const app = express();
    app.use('/api', expressLock(options));
    app.use(express.json());
    app.all('/api/{*rest}', (incoming, response) => {
      response.json({ caller: callerOf(incoming), said: incoming.body as unknown });
    });
    return opened(app.listen(0, '127.0.0.1'));
  }
  const app = new Hono<LockedEnv>();
  app.use('/api/*', honoLock(options));
  app.all('/api/*', async (c) =>
    c.json({ caller: c.get('caller'), said: (await c.req.json()) as unknown }),
  );
  return opened(serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' }) as Server);
}

/** A guard that only knows a password: what the lock is compared with. */
export function startPassword(password: string): Promise<Closing> {
  const app = express();
  app.use((incoming, response, next) => {
    if (incoming.headers['x-password'] === password) return next();
    response.status(403).end();
  });
  app.use(express.json());
  app.use((incoming, response) => void response.json({ said: incoming.body as unknown }));
  return opened(app.listen(0, '127.0.0.1'));
}
