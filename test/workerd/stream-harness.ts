// A provider that streams as it is told, before the real gateway and its real ledgers in one
// workerd: what the tests of slices and cuts send their calls to. It keeps to the ceiling it is
// given unless it is told not to, and can be asked to do something in the middle of an answer.

import { expect } from 'vitest';
import type { Policy } from '../../core/policy/policy.ts';
import { type Gateway, IP, SECRETS, startGateway } from './gateway-harness.ts';

export const INPUT_NANO_USD = 150;
export const OUTPUT_NANO_USD = 600;
export const EVENT_BYTES = 100;
/** So many tokens its own tokenizer makes of one event. */
export const EVENT_TOKENS = EVENT_BYTES / 4;

export type Script = {
  readonly events: number;
  readonly gapMs?: number;
  readonly ignoresCeiling?: boolean;
  /** How it stops: properly, without a word, or by losing its connection. */
  readonly ends?: 'done' | 'silent' | 'broken';
  /** Called before each event is sent. */
  readonly before?: (event: number) => Promise<void> | void;
};

const line = (json: object): string => `data: ${JSON.stringify(json)}\n\n`;
const chunk = (delta: object, finish: string | null = null): string =>
  line({ id: 'c', created: 1, model: 'm', choices: [{ index: 0, delta, finish_reason: finish }] });

/** What the provider saw of its own streams. */
export class Seen {
  open = 0;
  sentEvents = 0;
  letGo = 0;

  begins(): void {
    this.open += 1;
  }

  sends(): void {
    this.sentEvents += 1;
  }

  ends(isLetGo: boolean): void {
    this.open -= 1;
    if (isLetGo) this.letGo += 1;
  }
}

const encode = (text: string): Uint8Array => new TextEncoder().encode(text);

function answerOf(script: Script, ceiling: number, seen: Seen): ReadableStream<Uint8Array> {
  const { gapMs = 0, ends = 'done' } = script;
  const most = script.ignoresCeiling === true ? Number.POSITIVE_INFINITY : ceiling;
  let sent = 0;
  let isLetGo = false;
  seen.begins();
  return new ReadableStream<Uint8Array>({
    async pull(out) {
      if (gapMs > 0) await scheduler.wait(gapMs);
      await script.before?.(sent);
      if (isLetGo) return;
      const isFull = (sent + 1) * EVENT_TOKENS > most;
      if (sent < script.events && !isFull) {
        sent += 1;
        seen.sends();
        out.enqueue(encode(chunk({ content: '~'.repeat(EVENT_BYTES) })));
        return;
      }
      seen.ends(false);
      if (ends === 'broken') {
        out.error(new Error('the connection was lost'));
        return;
      }
      if (ends === 'done') {
        const tokens = sent * EVENT_TOKENS;
        const usage = { prompt_tokens: 9, completion_tokens: tokens, total_tokens: 9 + tokens };
        out.enqueue(encode(chunk({}, isFull ? 'length' : 'stop')));
        out.enqueue(encode(`${line({ id: 'c', choices: [], usage })}data: [DONE]\n\n`));
      }
      out.close();
    },
    cancel() {
      isLetGo = true;
      seen.ends(true);
    },
  });
}

export type Counter = { readonly name: string; readonly used: number; readonly held: number };

export type Streaming = {
  readonly gateway: Gateway;
  readonly seen: Seen;
  readonly key: string;
  readonly principal: string;
  play(script: Script): void;
  /** The answer's whole text. */
  chat(body?: Readonly<Record<string, unknown>>, ip?: string): Promise<Chat>;
  admin(method: string, path: string, body?: object): Promise<unknown>;
  counter(principal?: string, name?: string): Promise<Counter>;
  setCap(cap: number, principal?: string): Promise<void>;
};

export type Chat = { readonly status: number; readonly text: string; readonly requestId: string };

type Starting = {
  readonly policy?: Policy;
  readonly objects?: NonNullable<Parameters<typeof startGateway>[0]>['objects'];
};

export async function startStreaming({ policy, objects }: Starting = {}): Promise<Streaming> {
  const gateway = startGateway({
    ...(policy === undefined ? {} : { policy }),
    ...(objects === undefined ? {} : { objects }),
  });
  const seen = new Seen();
  const admin = async (method: string, path: string, body?: object): Promise<unknown> => {
    const response = await gateway.send({
      method,
      path: `/_weighbridge/admin${path}`,
      headers: { Authorization: `Bearer ${SECRETS.WEIGHBRIDGE_ADMIN_TOKEN}` },
      ...(body === undefined ? { body: '' } : { body: JSON.stringify(body) }),
    });
    expect(response.status, `${method} ${path}`).toBeLessThan(300);
    return response.status === 204 ? null : response.json();
  };
  const made = (await admin('POST', '/keys', { name: 'streaming' })) as Record<string, string>;
  const key = made['key'] ?? '';
  const principal = made['principal'] ?? '';
  const pathOf = (name: string): string => `/principals/${encodeURIComponent(name)}`;

  return {
    gateway,
    seen,
    key,
    principal,
    admin,
    play(script) {
      gateway.answerWith(async (request) => {
        const asked = (await request.json()) as { max_completion_tokens?: number };
        const body = answerOf(script, asked.max_completion_tokens ?? 0, seen);
        return new Response(body, { headers: { 'Content-Type': 'text/event-stream' } });
      });
    },
    async chat(body = {}, ip = IP) {
      const response = await gateway.send({
        path: '/v1/chat/completions',
        headers: { Authorization: `Bearer ${key}` },
        ip,
        body: JSON.stringify({
          model: 'gpt-4o-mini',
          messages: [{ role: 'user', content: 'hi' }],
          stream: true,
          stream_options: { include_usage: true },
          ...body,
        }),
      });
      const requestId = response.headers.get('Weighbridge-Request-Id') ?? '';
      return { status: response.status, text: await response.text(), requestId };
    },
    async counter(of = principal, name = 'nanoUsd-day') {
      const view = (await admin('GET', pathOf(of))) as { counters: Counter[] };
      const found = view.counters.find((counter) => counter.name === name);
      if (found === undefined) throw new Error(`${of} has no ${name}`);
      return found;
    },
    async setCap(cap, of = principal) {
      const counter = { window: 'day', unit: 'nanoUsd', cap };
      await admin('PUT', `${pathOf(of)}/budgets`, counter);
    },
  };
}

/** What the tests read of a decision record. */
export type Facts = {
  readonly ending: string;
  readonly settledNanoUsd: number;
  readonly heldNanoUsd: number;
  readonly usageSource: string;
  readonly estimate: { readonly inputNanoUsd: number; readonly totalNanoUsd: number };
  readonly hold: {
    readonly firstNanoUsd: number;
    readonly lastNanoUsd: number;
    readonly extensions: number;
    readonly refused: string | null;
  };
};

export const factsOf = (streaming: Streaming, requestId: string): Promise<Facts> =>
  streaming.admin('GET', `/requests/${requestId}`) as Promise<Facts>;

/** Generated text that was passed on, in bytes. */
export const passedBytes = (text: string): number => text.split('~').length - 1;

/** What has to be paid for before so much may be passed on. */
export const neededTokens = (bytes: number): number => bytes / 2 + 160;

/** Events of an answer, each one parsed: nothing in it is half an event. */
export function eventsOf(text: string): (Record<string, unknown> | '[DONE]')[] {
  expect(text.endsWith('\n\n')).toBe(true);
  return text
    .split('\n\n')
    .filter((event) => event !== '')
    .map((event) => {
      const data = event.replace(/^event: .*\n/, '').replace(/^data: /, '');
      return data === '[DONE]' ? '[DONE]' : (JSON.parse(data) as Record<string, unknown>);
    });
}
