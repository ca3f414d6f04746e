// One streamed call before the whole gateway, from a caller who may leave at a chosen event, and
// what it came to: the bytes, the decision record, what was charged.

import { createExecutionContext, waitOnExecutionContext } from 'cloudflare:test';
import { expect } from 'vitest';
import { createApp } from '../../worker/app.ts';
import { requestOf } from './gateway-harness.ts';
import { EVENT_BYTES, type Facts, factsOf, startStreaming } from './stream-harness.ts';
import type { Voice } from './voices.ts';

export const CEILING = 4_096;
/** What each event says. */
export const PIECE = '~'.repeat(EVENT_BYTES);
export const EVENTS = 40;

export type Play = {
  /** Pieces of text that are said. */
  readonly says?: number;
  /** What comes behind them. */
  readonly last?: string;
  readonly breaks?: boolean;
  /** The caller leaves once so many pieces were said. */
  readonly leavesAfter?: number;
};

export type Outcome = {
  readonly text: string;
  readonly facts: Facts;
  readonly used: number;
  readonly forwarded: Record<string, unknown>;
  /** All that the provider has said. */
  readonly heard: string;
};

const encode = (text: string): Uint8Array => new TextEncoder().encode(text);

function speak(voice: Voice, script: Play, leave: () => void) {
  const { says = EVENTS, last = '', breaks = false, leavesAfter } = script;
  const parts = [
    ...(voice.begin === '' ? [] : [voice.begin]),
    ...Array.from({ length: says }, () => voice.say(PIECE)),
    ...(last === '' ? [] : [last]),
  ];
  const atLast = leavesAfter === undefined ? null : parts.indexOf(voice.say(PIECE)) + leavesAfter;
  const heard: string[] = [];
  const body = new ReadableStream<Uint8Array>({
    async pull(out) {
      if (heard.length === atLast) {
        leave();
        // It says no more, as a provider does that is told of it.
        await new Promise(() => undefined);
      }
      const part = parts[heard.length];
      if (part !== undefined) {
        heard.push(part);
        out.enqueue(encode(part));
      } else if (breaks) out.error(new Error('the connection was lost'));
      else out.close();
    },
  });
  return { body, heard };
}

/** Reads until the end, or until it has left. */
async function readUntil(body: ReadableStream<Uint8Array>, left: Promise<null>): Promise<string> {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  for (let text = ''; ;) {
    const read = await Promise.race([reader.read(), left]);
    if (read === null || read.done) return text;
    text += decoder.decode(read.value, { stream: true });
  }
}

export async function play(voice: Voice, script: Play, body: object = {}): Promise<Outcome> {
  const streaming = await startStreaming();
  const { gateway, key } = streaming;
  const caller = new AbortController();
  const left = new Promise<null>((resolve) => {
    caller.signal.addEventListener('abort', () => {
      resolve(null);
    });
  });
  const { body: answer, heard } = speak(voice, script, () => {
    caller.abort();
  });
  const headers = { 'Content-Type': 'text/event-stream' };
  gateway.answerWith(() => new Response(answer, { headers }));
  const request = requestOf({
    path: voice.path,
    headers: { Authorization: `Bearer ${key}` },
    body: JSON.stringify({ ...voice.asks(CEILING), ...body }),
    signal: caller.signal,
  });
  const context = createExecutionContext();
  const response = await createApp(gateway.deps)(request, context);
  expect(response.status).toBe(200);
  const text = await readUntil(response.body as ReadableStream<Uint8Array>, left);
  await waitOnExecutionContext(context);
  const facts = await factsOf(streaming, response.headers.get('Weighbridge-Request-Id') ?? '');
  const { used, held } = await streaming.counter();
  // What was charged is what was settled, and nothing of it is on hold any more.
  expect({ used, held }).toEqual({ used: facts.settledNanoUsd, held: 0 });
  const forwarded = JSON.parse(gateway.forwarded[0] ?? '{}') as Record<string, unknown>;
  return { text, facts, used, forwarded, heard: heard.join('') };
}
