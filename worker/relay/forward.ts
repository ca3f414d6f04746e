// Sends the checked call to whoever its route names, with the headers we allow, and hands the
// answer to the relay. It chooses nothing: the URL comes from the policy and the environment, and a
// redirect is not followed.

import type { Call } from '../../core/call.ts';
import type { ProviderKind } from '../../core/pricing/rates.ts';
import { present } from '../../core/result.ts';
import type { Deps } from '../env.ts';

/** What of the provider's answer a caller gets to see. */
const ANSWER_HEADERS = [
  'Content-Type',
  'Retry-After',
  'x-request-id',
  'request-id',
  'openai-processing-ms',
  'openai-version',
] as const;

export function answerHeaders(answer: Response): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const name of ANSWER_HEADERS) {
    const value = answer.headers.get(name);
    if (value !== null) headers[name] = value;
  }
  return headers;
}

/** Where each provider reads its key. */
function credential(kind: ProviderKind, apiKey: string): Record<string, string> {
  if (kind === 'anthropic') return { 'x-api-key': apiKey };
  if (kind === 'google') return { 'x-goog-api-key': apiKey };
  return { Authorization: `Bearer ${apiKey}` };
}

const VERSION = /^\d{4}-\d{2}-\d{2}$/;
const ANTHROPIC_VERSION = '2023-06-01';

/** Of a caller's headers these and no others go up; a beta only if the route names it. */
function anthropicHeaders({ headers, route }: Call): Record<string, string> {
  const version = headers.get('anthropic-version') ?? '';
  const betas = (headers.get('anthropic-beta') ?? '')
    .split(',')
    .map((beta) => beta.trim())
    .filter((beta) => route.betas.has(beta));
  return {
    'anthropic-version': VERSION.test(version) ? version : ANTHROPIC_VERSION,
    ...(betas.length === 0 ? {} : { 'anthropic-beta': betas.join(',') }),
  };
}

/** The provider's answer. Rejects if there is none. */
export function forward(call: Call, signal: AbortSignal, deps: Deps): Promise<Response> {
  const { route } = call;
  const provider = present(route.provider, 'provider');
  const { baseUrl, apiKey } = deps.upstream(provider);
  const { body, contentType } = present(call.forwarded, 'forwarded');
  const ask = present(call.ask, 'ask');
  return fetch(`${baseUrl}${route.upstreamPath}${ask.upstreamTarget}`, {
    method: call.method,
    headers: {
      'Content-Type': contentType,
      Accept: ask.stream ? 'text/event-stream' : '*/*',
      'Accept-Encoding': 'identity',
      ...credential(provider.kind, apiKey),
      ...(provider.kind === 'anthropic' ? anthropicHeaders(call) : {}),
      'User-Agent': 'weighbridge',
    },
    body,
    redirect: 'manual',
    signal,
  });
}
