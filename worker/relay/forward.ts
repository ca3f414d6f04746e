// Sends the checked call to the provider its route names, with the headers we allow, and hands the
// answer to the relay. It chooses nothing: the URL comes from the policy and the environment, and a
// redirect is not followed.

import type { Call } from '../../core/call.ts';
import { present } from '../../core/result.ts';
import type { Deps } from '../env.ts';

/** What of the provider's answer a caller gets to see. */
const ANSWER_HEADERS = [
  'Content-Type',
  'Retry-After',
  'x-request-id',
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

/** The provider's answer. Rejects if there is none. */
export function forward(call: Call, signal: AbortSignal, deps: Deps): Promise<Response> {
  const { provider, upstreamPath } = call.route;
  const { baseUrl, apiKey } = deps.upstream(provider);
  return fetch(`${baseUrl}${upstreamPath}`, {
    method: call.method,
    headers: {
      'Content-Type': 'application/json',
      Accept: present(call.ask, 'ask').stream ? 'text/event-stream' : 'application/json',
      'Accept-Encoding': 'identity',
      Authorization: `Bearer ${apiKey}`,
      'User-Agent': 'weighbridge',
    },
    body: present(call.forwarded, 'forwarded'),
    redirect: 'manual',
    signal,
  });
}
