/**
 * The provider emulator: a local HTTP server that speaks model providers' wire formats, bills
 * what it generates by its own arithmetic, and misbehaves when a script asks. It listens on
 * loopback unless told otherwise, and refuses to share code or prices with the gateway it judges.
 */
import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { fileURLToPath } from 'node:url';
import { CONTROL_PREFIX, serveControl } from './control-routes.ts';
import { findRoute } from './dialect-routes.ts';
import { EmulatorState } from './emulator-state.ts';
import { sendJson } from './json-response.ts';
import { bodyTooLarge, serverError, unknownUrl } from './openai/openai-error.ts';
import { serveProviderCall } from './provider-calls.ts';
import { BODY_BYTES_MAX, readRequestBody } from './request-body.ts';
import { credentialKinds, topLevelKeys } from './request-log.ts';
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
  const [path = '/', ...questions] = (request.url ?? '/').split('?');
  const query = questions.join('?');
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
  const { headers } = request;
  const asked = new URLSearchParams(query);
  state.requests.add({
    method,
    path,
    query: query === '' ? '' : `?${query}`,
    auth: credentialKinds(headers, asked),
    bodyKeys: topLevelKeys(body.text),
    headers,
    bodyText: body.text,
  });
  const found = findRoute(path);
  if (found !== undefined && method === 'POST') {
    return serveProviderCall(state, { ...found, path, query: asked }, request, response, body);
  }
  const refusal =
    found === undefined ? unknownUrl(method, path) : found.dialect.voice.wrongMethod(method, path);
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
