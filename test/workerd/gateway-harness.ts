// The whole gateway inside workerd, in production's mode, before its real ledger objects: what the
// tests of attacks send their requests to. Around it a provider that counts and can misbehave, and
// a count of every object call and every subrequest, because most attacks must not cause one.

import { createExecutionContext, waitOnExecutionContext } from 'cloudflare:test';
import { env as platform } from 'cloudflare:workers';
import { vi } from 'vitest';
import { counted } from '../../bench/counting/counted.ts';
import { toBase64Url } from '../../core/bytes.ts';
import { loadPolicy } from '../../core/policy/load.ts';
import type { Policy } from '../../core/policy/policy.ts';
import type { PolicySource } from '../../core/policy/schema.ts';
import { AskLimiter } from '../../worker/adapters/ask-limiter.ts';
import { SITEVERIFY_URL, siteverify } from '../../worker/adapters/siteverify.ts';
import { Tokens } from '../../worker/adapters/tokens.ts';
import { createApp, type Handler } from '../../worker/app.ts';
import { compose, type Deps, type Env } from '../../worker/env.ts';
import policySource from '../support/policy.ts';

export const IP = '203.0.113.7';
export const HOST = 'https://gateway.example';
export const BODY = JSON.stringify({
  model: 'gpt-4o-mini',
  messages: [{ role: 'user', content: 'hi' }],
  max_tokens: 16,
});

const secret = (length = 32): string => toBase64Url(crypto.getRandomValues(new Uint8Array(length)));

export const SECRETS = {
  WEIGHBRIDGE_PROOF_KEY_ACTIVE: `7:${secret()}`,
  WEIGHBRIDGE_API_KEY_SECRET: secret(),
  WEIGHBRIDGE_ADMIN_TOKEN: secret(),
  OPENAI_API_KEY: 'sk-nobody',
  OPENAI_BASE_URL: 'https://provider.example',
  ANTHROPIC_API_KEY: 'sk-nobody',
  ANTHROPIC_BASE_URL: 'https://provider.example',
  GEMINI_API_KEY: 'sk-nobody',
  GEMINI_BASE_URL: 'https://provider.example',
};

export type Counts = { objectCalls: number; subrequests: number };

/** How the provider answers, from the request it got. */
export type ProviderAnswer = (request: Request) => Response | Promise<Response>;

export const answerJson: ProviderAnswer = () =>
  Response.json({
    id: 'chatcmpl-1',
    object: 'chat.completion',
    model: 'gpt-4o-mini',
    choices: [{ index: 0, message: { role: 'assistant', content: 'yes' }, finish_reason: 'stop' }],
    usage: { prompt_tokens: 9, completion_tokens: 1, total_tokens: 10 },
  });

/** What siteverify says of a token. */
export type SiteAnswer = (token: string) => Response;

export type Sent = {
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array<ArrayBuffer>;
  readonly ip?: string;
  readonly method?: string;
  readonly path?: string;
  readonly signal?: AbortSignal;
};

export type Gateway = {
  readonly deps: Deps;
  readonly counts: Counts;
  /** The bodies that reached the provider. */
  readonly forwarded: string[];
  /** The Turnstile tokens that siteverify was asked about. */
  readonly siteTokens: string[];
  answerWith(answer: ProviderAnswer): void;
  /** Without this siteverify is a 502. */
  siteAnswersWith(answer: SiteAnswer): void;
  /** Sends a request, and waits until what it left behind is done. */
  send(sent: Sent): Promise<Response>;
  handle(request: Request): Promise<Response>;
  challenge(wish?: object, ip?: string): Promise<string>;
};

export function policyWith(changes: Partial<PolicySource>): Policy {
  const loaded = loadPolicy({ ...policySource, ...changes });
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.error));
  return loaded.value;
}

/** What the policy decides when the gateway is put together. */
const withPolicy = (deps: Deps, policy: Policy): Deps => ({
  ...deps,
  policy,
  askLimiter: new AskLimiter(policy.asks),
  tokens: policy.jwt === null ? null : new Tokens(policy.jwt),
  turnstile:
    policy.human === null
      ? null
      : { ask: siteverify(SITEVERIFY_URL, 'turnstile-secret'), scriptUrl: null },
});

export const requestOf = (sent: Sent): Request =>
  new Request(`${HOST}${sent.path ?? '/api/chat'}`, {
    method: sent.method ?? 'POST',
    headers: {
      'Content-Type': 'application/json',
      'CF-Connecting-IP': sent.ip ?? IP,
      ...sent.headers,
    },
    ...(sent.method === 'GET' ? {} : { body: sent.body ?? BODY }),
    ...(sent.signal === undefined ? {} : { signal: sent.signal }),
  });

type Started = {
  readonly policy?: Policy;
  readonly bindings?: Readonly<Record<string, unknown>>;
  readonly objects?: (objects: Pick<Env, 'EDGE_SHARD' | 'PRINCIPAL_LEDGER'>) => object;
};

export function startGateway({ policy, bindings = {}, objects }: Started = {}): Gateway {
  const counts: Counts = { objectCalls: 0, subrequests: 0 };
  const forwarded: string[] = [];
  const siteTokens: string[] = [];
  let site: SiteAnswer = () => new Response('', { status: 502 });
  let answer = answerJson;
  const countCall = (): void => {
    counts.objectCalls += 1;
  };
  const spaces = {
    EDGE_SHARD: counted(platform.EDGE_SHARD, countCall),
    PRINCIPAL_LEDGER: counted(platform.PRINCIPAL_LEDGER, countCall),
  } as unknown as Pick<Env, 'EDGE_SHARD' | 'PRINCIPAL_LEDGER'>;
  const { CONTROL, CONVERSATION_SHELF } = platform as unknown as Env;
  const own = { ...SECRETS, ...bindings } as unknown as Env;
  const env: Env = { ...own, ...spaces, CONTROL, CONVERSATION_SHELF, ...objects?.(spaces) };
  const composed = compose(env);
  if (!composed.ok) throw new Error(composed.error.join(', '));
  const deps = policy === undefined ? composed.value : withPolicy(composed.value, policy);
  const handler: Handler = createApp(deps);

  const provider = async (input: RequestInfo | URL, init?: RequestInit): Promise<Response> => {
    const request = new Request(input, init);
    counts.subrequests += 1;
    if (request.url === SITEVERIFY_URL) {
      const bytes = await request.arrayBuffer();
      const token = new URLSearchParams(new TextDecoder().decode(bytes)).get('response') ?? '';
      siteTokens.push(token);
      return site(token);
    }
    forwarded.push(await request.clone().text());
    return answer(request);
  };

  async function handle(request: Request): Promise<Response> {
    globalThis.fetch = provider as typeof fetch;
    const context = createExecutionContext();
    const response = await handler(request, context);
    const body = await response.arrayBuffer().catch(() => null);
    await waitOnExecutionContext(context);
    return new Response(body === null || body.byteLength === 0 ? null : body, response);
  }
  const send = (sent: Sent): Promise<Response> => handle(requestOf(sent));

  return {
    deps,
    counts,
    forwarded,
    siteTokens,
    siteAnswersWith(next) {
      site = next;
    },
    answerWith(next) {
      answer = next;
    },
    send,
    handle,
    async challenge(wish = {}, ip = IP) {
      const response = await send({
        path: '/.well-known/inference-proof/challenge',
        body: JSON.stringify({ method: 'POST', path: '/api/chat', ...wish }),
        ip,
      });
      const { challenges } = (await response.json()) as { challenges?: string[] };
      const [first] = challenges ?? [];
      if (first === undefined) throw new Error('no challenge');
      return first;
    },
  };
}

/** The code of a problem, or `ok`: all that the caller is told. */
export async function codeOf(response: Response): Promise<string> {
  if (response.ok) return 'ok';
  const problem = (await response.clone().json()) as { code?: string };
  return problem.code ?? String(response.status);
}

type Refusal = { requestId: string; denial: { kind: string; failure?: string } };

/** Request id → why, in the log's own word. */
const logged = new Map<string, string>();

vi.spyOn(console, 'log').mockImplementation((line: unknown) => {
  const { event, requestId, denial } = JSON.parse(String(line)) as Refusal & { event: string };
  if (event === 'refusal') logged.set(requestId, denial.failure ?? denial.kind);
});

/** Why it was refused, as the operator's log has it; `ok` if it was not. */
export const wordOf = (response: Response): string =>
  response.ok
    ? 'ok'
    : (logged.get(response.headers.get('Weighbridge-Request-Id') ?? '') ?? String(response.status));
