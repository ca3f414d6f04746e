// Pages of other origins, if the policy lists them: preflights are answered before anything else, and
// refusals carry the headers too, or a browser shows only "Failed to fetch".

import type { Deps } from './env.ts';

const ALLOW_HEADERS = [
  'Authorization',
  'Content-Type',
  'Inference-Proof',
  'Content-Digest',
  'Weighbridge-Receipt',
].join(', ');

const EXPOSE_HEADERS = [
  'Inference-Proof-Next',
  'WWW-Authenticate',
  'Weighbridge-Request-Id',
  'Weighbridge-Decision',
  'Weighbridge-Cost-NanoUsd',
  'Weighbridge-Receipt',
  'RateLimit',
  'RateLimit-Policy',
  'Retry-After',
  'x-should-retry',
].join(', ');

export const isPreflight = (request: Request): boolean =>
  request.method === 'OPTIONS' && request.headers.has('Access-Control-Request-Method');

/** Adds what a page of a listed origin needs to read the answer. */
export function cors(request: Request, headers: Headers, deps: Deps): void {
  const origin = request.headers.get('Origin');
  if (origin === null) return;
  headers.append('Vary', 'Origin');
  if (!deps.policy.corsOrigins.has(origin)) return;
  headers.set('Access-Control-Allow-Origin', origin);
  headers.set('Access-Control-Expose-Headers', EXPOSE_HEADERS);
}

export function preflight(request: Request, deps: Deps): Response {
  const headers = new Headers({ Vary: 'Origin' });
  const origin = request.headers.get('Origin') ?? '';
  if (deps.policy.corsOrigins.has(origin)) {
    headers.set('Access-Control-Allow-Origin', origin);
    headers.set('Access-Control-Allow-Methods', 'POST, OPTIONS');
    headers.set('Access-Control-Allow-Headers', ALLOW_HEADERS);
    headers.set('Access-Control-Max-Age', '600');
  }
  return new Response(null, { status: 204, headers });
}
