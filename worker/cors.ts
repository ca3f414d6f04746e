// Pages of other origins, if the policy lists them: preflights are answered before anything else,
// and refusals carry the headers too, or a browser shows only "Failed to fetch".

import type { Deps } from './env.ts';

const ALLOW_HEADERS = [
  'authorization',
  'content-type',
  'inference-proof',
  'content-digest',
  'dpop',
  'weighbridge-receipt',
  'user-agent',
  // Of Anthropic's and Google's SDKs in a page.
  'x-api-key',
  'x-goog-api-key',
  'x-goog-api-client',
  'anthropic-version',
  'anthropic-beta',
  'anthropic-dangerous-direct-browser-access',
];
/** What the official SDKs say about themselves. */
const SDK_HEADER = /^x-stainless-[a-z-]{1,40}$/;
const ASKED_HEADERS_MAX = 40;

/** The headers we take, and those of an SDK that the page asks for. Nothing else is reflected. */
function allowedHeaders(request: Request): string {
  const asked = (request.headers.get('Access-Control-Request-Headers') ?? '')
    .toLowerCase()
    .split(',', ASKED_HEADERS_MAX)
    .map((name) => name.trim())
    .filter((name) => SDK_HEADER.test(name));
  return [...ALLOW_HEADERS, ...asked].join(', ');
}

const EXPOSE_HEADERS = [
  'Inference-Proof-Next',
  'Inference-Proof-Pass',
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
    headers.set('Access-Control-Allow-Headers', allowedHeaders(request));
    headers.set('Access-Control-Max-Age', '600');
  }
  return new Response(null, { status: 204, headers });
}
