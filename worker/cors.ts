// Pages of other origins, if the policy lists them or knows them for previews: preflights are
// answered before anything else, and refusals carry the headers too, or a browser shows only
// "Failed to fetch". An origin is compared whole; none is ever guessed, and nobody is everybody.

import { previewOf } from '../core/policy/previews.ts';
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
  'Weighbridge-Model-Served',
  'Weighbridge-Narrowed',
  'Weighbridge-Conversation',
  'Weighbridge-Cost-NanoUsd',
  'Weighbridge-Receipt',
  'RateLimit',
  'RateLimit-Policy',
  'Retry-After',
  'x-should-retry',
].join(', ');

export const isPreflight = (request: Request): boolean =>
  request.method === 'OPTIONS' && request.headers.has('Access-Control-Request-Method');

/**
 * May pages of this origin read the answer? Those of a listed one may send cookies where one could
 * name a user; those of a preview never.
 */
function allow(origin: string, headers: Headers, { policy }: Deps): boolean {
  const isListed = policy.corsOrigins.has(origin);
  if (!isListed && previewOf(policy.previews, origin) === null) return false;
  headers.set('Access-Control-Allow-Origin', origin);
  if (isListed && policy.session !== null) headers.set('Access-Control-Allow-Credentials', 'true');
  return true;
}

/** Adds what a page of another origin needs to read the answer. */
export function cors(request: Request, headers: Headers, deps: Deps): void {
  // For whoever says no origin as well: a cache may hand that answer to somebody who says one.
  headers.append('Vary', 'Origin');
  if (!allow(request.headers.get('Origin') ?? '', headers, deps)) return;
  headers.set('Access-Control-Expose-Headers', EXPOSE_HEADERS);
}

export function preflight(request: Request, deps: Deps): Response {
  const headers = new Headers({ Vary: 'Origin' });
  const origin = request.headers.get('Origin') ?? '';
  if (allow(origin, headers, deps)) {
    headers.set('Access-Control-Allow-Methods', 'POST, OPTIONS');
    headers.set('Access-Control-Allow-Headers', allowedHeaders(request));
    headers.set('Access-Control-Max-Age', '600');
  }
  return new Response(null, { status: 204, headers });
}
