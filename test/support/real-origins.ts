// Servers as they stand behind a gateway, each with a handler that must not be reached without a
// decision and one for everything else, and a note of every request that reached either. They are
// configured as their own documents show, not for this test.

import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createAdaptorServer, type HttpBindings } from '@hono/node-server';
import express, { type Request, type Response } from 'express';
import { Hono } from 'hono';
import { poll } from './poll.ts';

export const NGINX = '/usr/sbin/nginx';

/** Where it is required (`.ci/run`) its absence is a failure and nothing to skip. */
export const hasNginx = existsSync(NGINX) || process.env['WEIGHBRIDGE_NGINX'] === 'required';
if (!hasNginx) {
  process.stderr.write(`not tested against nginx: there is no ${NGINX} (Debian: nginx-light)\n`);
}

const NODE_NAMES = ['Express', 'Hono on Node'] as const;
const NGINX_NAMES = ['nginx', 'nginx before Express', 'nginx that decodes before Express'] as const;

export const ORIGIN_NAMES: readonly string[] = [...NODE_NAMES, ...(hasNginx ? NGINX_NAMES : [])];

export type Handler = 'protected' | 'open';

/** A connection that is taken up again just when it ends would be an answer of 502. */
const PATIENT = { keepAliveTimeout: 600_000 } as const;

/** `target` is the request line's, a byte to a character. */
export type Reached = { readonly handler: Handler; readonly target: string };

export type RealOrigin = { readonly name: string; readonly port: number };

export type RealOrigins = {
  readonly all: readonly RealOrigin[];
  /** What a request has reached, by its header `X-Case`; forgets it. */
  taken(id: string): Reached | null;
  close(): Promise<void>;
};

/** What nginx was asked for, said by nginx; else what this server was. */
function note(reached: Map<string, Reached>, request: IncomingMessage, handler: Handler): void {
  const { 'x-case': id, 'x-asked-for': asked, 'x-handler': found } = request.headers;
  const target = String(asked ?? request.url);
  const isProtected = handler === 'protected' || found === 'protected';
  reached.set(String(id), { handler: isProtected ? 'protected' : 'open', target });
}

function expressOrigin(reached: Map<string, Reached>): Server {
  const answer = (handler: Handler) => (request: Request, response: Response) => {
    // A mounted router sees a shorter address.
    note(reached, Object.assign(request, { url: request.originalUrl }), handler);
    response.send(handler);
  };
  const api = express.Router();
  api.all('/chat', answer('protected'));
  const app = express();
  // It says nothing of its own on what it refuses.
  app.set('env', 'test');
  app.use('/api', api);
  app.all('/v1beta/models/:call', answer('protected'));
  app.use(answer('open'));
  return createServer(PATIENT, app);
}

function honoOrigin(reached: Map<string, Reached>): Server {
  const app = new Hono<{ Bindings: HttpBindings }>();
  for (const path of ['/api/chat', '/v1beta/models/:call']) {
    app.all(path, (c) => {
      note(reached, c.env.incoming, 'protected');
      return c.text('protected');
    });
  }
  app.all('*', (c) => {
    note(reached, c.env.incoming, 'open');
    return c.text('open');
  });
  return createAdaptorServer({ fetch: app.fetch, serverOptions: PATIENT }) as Server;
}

/** Stands behind nginx where that decides by itself. */
const plainOrigin = (reached: Map<string, Reached>): Server =>
  createServer(PATIENT, (request, response) => {
    note(reached, request, 'open');
    response.end('noted');
  });

async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer());
  const ports = await Promise.all(servers.map(listen));
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}

/** Three ways to stand before an app, of which the last decodes a path twice. */
const nginxConfig = (ports: readonly number[], plainPort: number, expressPort: number): string => `
daemon off;
master_process off;
pid nginx.pid;
error_log stderr crit;
events { worker_connections 512; }
http {
  access_log off;
  client_body_temp_path body;
  proxy_temp_path proxy;
  fastcgi_temp_path fastcgi;
  uwsgi_temp_path uwsgi;
  scgi_temp_path scgi;
  keepalive_requests 1000000;
  proxy_http_version 1.1;
  proxy_set_header Connection "";
  proxy_set_header X-Asked-For $request_uri;
  upstream plain { server 127.0.0.1:${String(plainPort)}; keepalive 16; }
  upstream app { server 127.0.0.1:${String(expressPort)}; keepalive 16; }
  server {
    listen 127.0.0.1:${String(ports[0])};
    location = /api/chat {
      proxy_set_header X-Asked-For $request_uri;
      proxy_set_header X-Handler protected;
      proxy_set_header Connection "";
      proxy_pass http://plain;
    }
    location ~ ^/v1beta/models/. {
      proxy_set_header X-Asked-For $request_uri;
      proxy_set_header X-Handler protected;
      proxy_set_header Connection "";
      proxy_pass http://plain;
    }
    location / { proxy_pass http://plain; }
  }
  server {
    listen 127.0.0.1:${String(ports[1])};
    location / { proxy_pass http://app/; }
  }
  server {
    listen 127.0.0.1:${String(ports[2])};
    location / { proxy_pass http://app$uri; }
  }
}
`;

async function startNginx(config: string): Promise<() => Promise<void>> {
  const folder = await mkdtemp(join(tmpdir(), 'weighbridge-nginx-'));
  await chmod(folder, 0o755);
  const file = join(folder, 'nginx.conf');
  await writeFile(file, config);
  const child = spawn(NGINX, ['-p', folder, '-c', file, '-e', 'stderr'], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  process.once('exit', () => child.kill('SIGKILL'));
  let complaints = '';
  child.stderr.on('data', (bytes: Buffer) => {
    complaints += bytes.toString();
  });
  const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  await poll('nginx serves', () => {
    if (child.exitCode !== null) throw new Error(`nginx ended: ${complaints}`);
    return existsSync(join(folder, 'nginx.pid'));
  });
  return async () => {
    child.kill('SIGTERM');
    await gone;
    await rm(folder, { recursive: true, force: true });
  };
}

export async function startRealOrigins(): Promise<RealOrigins> {
  const reached = new Map<string, Reached>();
  const servers = [expressOrigin(reached), honoOrigin(reached), plainOrigin(reached)];
  const [expressPort = 0, honoPort = 0, plainPort = 0] = await Promise.all(servers.map(listen));
  const ports = [expressPort, honoPort];
  let stopNginx = (): Promise<void> => Promise.resolve();
  if (hasNginx) {
    const free = await freePorts(NGINX_NAMES.length);
    stopNginx = await startNginx(nginxConfig(free, plainPort, expressPort));
    ports.push(...free);
  }
  return {
    all: ORIGIN_NAMES.map((name, at) => ({ name, port: ports[at] ?? 0 })),
    taken(id) {
      const found = reached.get(id) ?? null;
      reached.delete(id);
      return found;
    },
    async close() {
      await stopNginx();
      for (const server of servers) {
        server.closeAllConnections();
        server.close();
      }
    },
  };
}
