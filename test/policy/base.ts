// A small policy that loads, and how to spoil it: a case is the base with a few places changed,
// given by their path, so that what is wrong with it is all that stands in its file.

import { present } from '../../core/result.ts';

const limits = {
  dayUsd: '1',
  monthUsd: '10',
  dayRequests: 100,
  monthRequests: 1_000,
  concurrentCalls: 4,
};

export const ROUTE = {
  id: 'chat',
  method: 'POST',
  path: '/api/chat',
  dialect: 'openai-chat',
  provider: 'openai',
  upstreamPath: '/v1/chat/completions',
  proof: 'always',
  models: ['gpt-4o-mini'],
  bodyBytesMax: 65_536,
  promptCharsMax: 8_000,
  outputTokensMax: 800,
  choicesMax: 1,
  toolsMax: 8,
  firstByteSecondsMax: 60,
  callSecondsMax: 300,
} as const;

export const PROVIDER = {
  id: 'openai',
  baseUrl: 'https://api.openai.com',
  apiKeySecret: 'OPENAI_API_KEY',
  baseUrlVariable: 'OPENAI_BASE_URL',
} as const;

const BASE = {
  realm: 'test.example',
  providers: [PROVIDER],
  routes: [ROUTE],
  limits: { key: limits, device: limits, ip: limits },
  proof: { floorHashes: 256, capHashes: 4_096 },
  edgeShards: 4,
  leaseSeconds: 4,
  corsOrigins: [],
  docsUrl: 'https://docs.example/problems',
};

export const REMOVED = Symbol('removed');

/** The base with the values at these paths (`routes.0.path`) replaced. */
export function policyWith(changes: Readonly<Record<string, unknown>> = {}): unknown {
  const policy = JSON.parse(JSON.stringify(BASE)) as Record<string, unknown>;
  for (const [path, value] of Object.entries(changes)) {
    const steps = path.split('.');
    const last = present(steps.pop(), 'a path');
    let at = policy;
    for (const step of steps) at = present(at[step], path) as Record<string, unknown>;
    if (value === REMOVED) delete at[last];
    else at[last] = value;
  }
  return policy;
}

/** What loading must say: the path of the error and words of its sentence. */
export type Expected = readonly [path: string, words: string];

export type BadPolicy = { readonly policy: unknown; readonly errors: readonly Expected[] };

export const bad = (
  changes: Readonly<Record<string, unknown>>,
  ...errors: readonly Expected[]
): BadPolicy => ({ policy: policyWith(changes), errors });
