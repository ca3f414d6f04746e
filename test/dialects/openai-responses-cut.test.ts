// A Responses stream that we end before its time, behind each of its events: the official clients
// read it as an answer that ran into its ceiling, with the text so far and our usage. What breaks
// if this fails: an app of an honest caller crashes, or runs a tool with half of its arguments.

import { ChatOpenAI } from '@langchain/openai';
import { createOpenAI } from '@ai-sdk/openai';
import { stepCountIs, streamText, tool } from 'ai';
import OpenAI from 'openai';
import { beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { PLAIN_ASK, type Ask, type Cut, type EventReader } from '../../core/dialects/dialect.ts';
import { openaiResponses } from '../../core/dialects/openai-responses.ts';
import { KEPT_CHARS_MAX } from '../../core/dialects/openai-responses-output.ts';
import {
  RESPONSES_EVENTS,
  responsesBlock,
  type ResponsesEvent,
} from '../support/responses-stream.ts';

const ASK: Ask = { ...PLAIN_ASK, model: 'gpt-5-mini', stream: true, body: {} };
const LENGTH: Cut = { as: 'length', sentence: '', inputTokens: 70, outputTokens: 30 };
const ERROR: Cut = {
  as: 'error',
  sentence: 'The budget is spent.',
  inputTokens: 1,
  outputTokens: 1,
};

const readerOf = (events: readonly ResponsesEvent[]): EventReader => {
  const reader = openaiResponses.openStream(ASK, { hideUsage: false, collectAnswer: false });
  for (const event of events) reader.take({ event: event.type, data: JSON.stringify(event) });
  return reader;
};

/** The stream up to there, and the end that we give it. */
const cutBehind = (events: readonly ResponsesEvent[], cut: Cut): string =>
  events.map(responsesBlock).join('') + readerOf(events).cut(cut);

const answering = (body: string) => (): Promise<Response> =>
  Promise.resolve(new Response(body, { headers: { 'content-type': 'text/event-stream' } }));

/** How many of the events came: none to all but the last. */
const COUNTS = RESPONSES_EVENTS.map((_, count) => count);

const shownText = (events: readonly ResponsesEvent[], ...others: readonly string[]): string =>
  events
    .filter(({ type }) => type === 'response.output_text.delta' || others.includes(type))
    .map((event) => String(event['delta']))
    .join('');

const openai = (body: string): OpenAI =>
  new OpenAI({ apiKey: 'k', maxRetries: 0, fetch: answering(body) });

describe('a stream cut to its length', () => {
  it.each(COUNTS)(
    'behind %i events is an incomplete response to the openai package',
    async (count) => {
      const events = RESPONSES_EVENTS.slice(0, count);
      const stream = openai(cutBehind(events, LENGTH)).responses.stream({
        model: 'm',
        input: 'hi',
      });
      const response = await stream.finalResponse();
      expect(response.status).toBe('incomplete');
      expect(response.incomplete_details).toEqual({ reason: 'max_output_tokens' });
      expect(response.usage).toMatchObject({
        input_tokens: 70,
        output_tokens: 30,
        total_tokens: 100,
      });
      expect(response.output_text).toBe(shownText(events));
      if (count > 0) {
        expect(response).toMatchObject({ id: 'resp_1', model: 'gpt-5-mini-2025-08-07' });
      }
      const begun = events.filter(({ type }) => type === 'response.output_item.added');
      const done = events.filter(({ type }) => type === 'response.output_item.done');
      expect(response.output).toHaveLength(begun.length);
      expect(response.output.slice(0, done.length)).toMatchObject(done.map(({ item }) => item));
      for (const item of response.output.slice(done.length)) {
        expect(item).toMatchObject({ status: 'incomplete' });
      }
    },
  );

  it.each(COUNTS)('behind %i events numbers its events on and on', (count) => {
    const body = cutBehind(RESPONSES_EVENTS.slice(0, count), LENGTH);
    const numbers = [...body.matchAll(/"sequence_number":(\d+)/g)].map(([, digits]) =>
      Number(digits),
    );
    expect(numbers).toEqual(numbers.map((_, index) => index));
  });

  it.each(COUNTS)(
    'behind %i events ends for length in the AI SDK, and runs no tool',
    async (count) => {
      const events = RESPONSES_EVENTS.slice(0, count);
      const provider = createOpenAI({ apiKey: 'k', fetch: answering(cutBehind(events, LENGTH)) });
      const ran: unknown[] = [];
      const errors: unknown[] = [];
      const result = streamText({
        model: provider.responses('gpt-5-mini'),
        prompt: 'hi',
        maxRetries: 0,
        stopWhen: stepCountIs(1),
        tools: {
          weather: tool({
            inputSchema: z.object({ city: z.string() }),
            execute: (input) => {
              ran.push(input);
              return 'rain';
            },
          }),
        },
        onError: ({ error }) => errors.push(error),
      });
      const parts = [];
      for await (const part of result.stream) parts.push(part);
      expect(parts.filter(({ type }) => type === 'error')).toEqual([]);
      expect(errors).toEqual([]);
      expect(await result.finishReason).toBe('length');
      // This client shows refusals as text.
      expect(await result.text).toBe(shownText(events, 'response.refusal.delta'));
      expect((await result.usage).outputTokens).toBe(30);
      const starts = parts.filter(({ type }) => type === 'text-start').length;
      expect(parts.filter(({ type }) => type === 'text-end')).toHaveLength(starts);
      // It runs nothing of an answer that ran into its ceiling, whole calls neither.
      expect(ran).toEqual([]);
    },
  );

  it.each(COUNTS)('behind %i events is read by LangChain', async (count) => {
    const events = RESPONSES_EVENTS.slice(0, count);
    const model = new ChatOpenAI({
      apiKey: 'k',
      model: 'gpt-5-mini',
      useResponsesApi: true,
      maxRetries: 0,
      configuration: { fetch: answering(cutBehind(events, LENGTH)) },
    });
    let text = '';
    let output = 0;
    for await (const chunk of await model.stream('hi')) {
      text += chunk.text;
      const usage: unknown = chunk.usage_metadata;
      output = (usage as { output_tokens?: number } | undefined)?.output_tokens ?? output;
    }
    expect(text).toBe(shownText(events));
    expect(output).toBe(30);
  });

  it('is not ended twice', () => {
    expect(readerOf(RESPONSES_EVENTS).cut(LENGTH)).toBe('');
    expect(readerOf(RESPONSES_EVENTS).cut(ERROR)).toBe('');
  });
});

describe('a stream cut for an error', () => {
  it.each(COUNTS)('behind %i events throws its sentence in the openai package', async (count) => {
    const body = cutBehind(RESPONSES_EVENTS.slice(0, count), ERROR);
    const stream = openai(body).responses.stream({ model: 'm', input: 'hi' });
    await expect(stream.finalResponse()).rejects.toThrow('The budget is spent.');
  });

  it.each(COUNTS)('behind %i events is an error in the AI SDK', async (count) => {
    const body = cutBehind(RESPONSES_EVENTS.slice(0, count), ERROR);
    const provider = createOpenAI({ apiKey: 'k', fetch: answering(body) });
    const errors: unknown[] = [];
    const result = streamText({
      model: provider.responses('gpt-5-mini'),
      prompt: 'hi',
      maxRetries: 0,
      onError: ({ error }) => errors.push(error),
    });
    await result.consumeStream();
    expect(JSON.stringify(errors)).toContain('The budget is spent.');
  });
});

// What breaks if this fails: a provider that never stops fills the memory of an isolate.
describe('a stream of more than is kept', () => {
  const long = (pieces: number): ResponsesEvent[] => {
    const upTo = RESPONSES_EVENTS.findIndex(({ type }) => type === 'response.output_text.delta');
    const [delta] = RESPONSES_EVENTS.slice(upTo, upTo + 1);
    const events = RESPONSES_EVENTS.slice(0, upTo);
    for (let i = 0; i < pieces; i += 1) {
      events.push({
        ...delta,
        type: delta?.type ?? '',
        delta: 'x'.repeat(16),
        sequence_number: upTo + i,
      });
    }
    return events;
  };
  let kept = 0;
  beforeAll(() => {
    kept = Math.floor(KEPT_CHARS_MAX / 16);
  });

  it('is repeated as long as it fits', async () => {
    const events = long(Math.floor(kept * 0.9));
    const stream = openai(cutBehind(events, LENGTH)).responses.stream({ model: 'm', input: 'hi' });
    expect((await stream.finalResponse()).output_text).toBe(shownText(events));
  });

  it('ends without being repeated, in few bytes', async () => {
    const events = long(kept * 4);
    const end = readerOf(events).cut(LENGTH);
    expect(end.length).toBeLessThan(2_000);
    const stream = openai(cutBehind(events, LENGTH)).responses.stream({ model: 'm', input: 'hi' });
    const response = await stream.finalResponse();
    expect(response.status).toBe('incomplete');
    expect(response.output).toEqual([]);
  });
});
