/**
 * The provider emulator: a local HTTP server that speaks a model provider's wire format, bills
 * what it generates by its own arithmetic, and misbehaves when a script asks. It listens on
 * loopback unless told otherwise, and refuses to share code or prices with the gateway it judges.
 */
import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { fileURLToPath } from 'node:url';
import { CHAT_PATH, serveChatCompletion } from './chat-completions.ts';
import { CONTROL_PREFIX, serveControl } from './control-routes.ts';
import { EmulatorState } from './emulator-state.ts';
import { sendJson } from './json-response.ts';
import { bodyTooLarge, serverError, unknownUrl, wrongMethod } from './provider-error.ts';
import { BODY_BYTES_MAX, readRequestBody } from './request-body.ts';
import { serveTurnstile, TURNSTILE_PREFIX } from './turnstile.ts';

export async function startEmulator(options: EmulatorOptions): Promise<Emulator> {
  const host = options.host ?? '127.0.0.1';
  const state = new EmulatorState(options.fixturesDirectory ?? defaultFixturesDirectory());
  const server = createServer((request, response) => {
    // A broken socket also emits 'close', which is where a departure is noticed.
    response.on('error', () => undefined);
    route(state, request, response).catch(() => {
      if (response.headersSent) response.destroy();
      else sendJson(response, 500, serverError().body);
    });
  });
  server.maxConnections = CONNECTIONS_MAX;
  server.keepAliveTimeout = KEEP_ALIVE_MS;
  server.on('clientError', (_error, socket) => socket.destroy());
  const port = await listen(server, options.port, host);
  const shownHost = host.includes(':') ? `[${host}]` : host;
  return { url: `http://${shownHost}:${port}`, port, close: () => closeServer(server) };
}

export type EmulatorOptions = {
  /** 0 takes any free port. */
  readonly port: number;
  readonly host?: string;
  readonly fixturesDirectory?: string;
};

export type Emulator = {
  readonly url: string;
  readonly port: number;
  /** Breaks off running calls and stops listening. */
  close(): Promise<void>;
};

const CONNECTIONS_MAX = 10_000;
/** Longer than any client's pool keeps a connection, so that reuse never meets a closed one. */
const KEEP_ALIVE_MS = 120_000;

async function route(
  state: EmulatorState,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const method = request.method ?? 'GET';
  const path = (request.url ?? '/').split('?', 1)[0] ?? '/';
  const body = await readRequestBody(request);
  if (response.destroyed) return;
  if (body === undefined) {
    const refusal = bodyTooLarge(BODY_BYTES_MAX);
    return sendJson(response, refusal.status, refusal.body);
  }
  if (path.startsWith(CONTROL_PREFIX)) {
    return serveControl(state, method, path, body.text, response);
  }
  if (path.startsWith(TURNSTILE_PREFIX)) {
    const { headers } = request;
    return serveTurnstile(
      state.turnstile,
      { method, path, headers, bodyText: body.text },
      response,
    );
  }
  state.requests.add({ method, path, headers: request.headers, bodyText: body.text });
  if (path === CHAT_PATH && method === 'POST') {
    return serveChatCompletion(state, request, response, body);
  }
  const refusal = path === CHAT_PATH ? wrongMethod(method, path) : unknownUrl(method, path);
  sendJson(response, refusal.status, refusal.body);
}

function defaultFixturesDirectory(): string {
  const named = process.env['WEIGHBRIDGE_FIXTURES'];
  if (named !== undefined && named !== '') return named;
  return fileURLToPath(new URL('../../shared/fixtures', import.meta.url));
}

function listen(server: Server, port: number, host: string): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      const address = server.address();
      resolve(typeof address === 'object' && address !== null ? address.port : port);
    });
  });
}

function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
