// What official clients send to the Responses API, a loop of tools among it, is read. What breaks
// if this fails: an app that works with the provider does not work through the gateway.

import { createOpenAI } from '@ai-sdk/openai';
import { AIMessage, HumanMessage, ToolMessage } from '@langchain/core/messages';
import { ChatOpenAI } from '@langchain/openai';
import { generateText, jsonSchema, type ModelMessage, tool } from 'ai';
import { describe, expect, it } from 'vitest';
import type { Ask } from '../../core/dialects/dialect.ts';
import { openaiResponses } from '../../core/dialects/openai-responses.ts';
import { requestOf } from '../support/request-input.ts';

/** Refuses everything, and keeps what it was sent last. */
function listening(): { fetch: typeof fetch; sent: () => unknown } {
  let last: unknown = null;
  const answer = (_url: unknown, init?: RequestInit): Promise<Response> => {
    last = JSON.parse(typeof init?.body === 'string' ? init.body : 'null');
    const error = { message: 'no', type: 'invalid_request_error', code: 'no', param: null };
    return Promise.resolve(Response.json({ error }, { status: 400 }));
  };
  return { fetch: answer, sent: () => last };
}

function read(body: unknown): Ask {
  const asked = openaiResponses.readRequest(requestOf(body));
  if (!asked.ok) throw new Error(JSON.stringify({ error: asked.error, body }));
  return asked.value;
}

const openai = (itemId: string): object => ({ providerOptions: { openai: { itemId } } });

/** A turn of a loop of tools, as it is sent back for the next. */
const HISTORY = [
  { role: 'user', content: [{ type: 'text', text: 'Rain?' }] },
  {
    role: 'assistant',
    content: [
      { type: 'reasoning', text: 'Hm.', ...openai('rs_1') },
      { type: 'text', text: 'Let me see.', ...openai('msg_1') },
      { type: 'tool-call', toolCallId: 'c', toolName: 'weather', input: {}, ...openai('fc_1') },
    ],
  },
  {
    role: 'tool',
    content: [
      {
        type: 'tool-result',
        toolCallId: 'c',
        toolName: 'weather',
        output: { type: 'text', value: 'rain' },
      },
    ],
  },
] as ModelMessage[];

const WEATHER = tool({
  description: 'Says the weather.',
  inputSchema: jsonSchema<object>({ type: 'object', properties: {} }),
  execute: () => 'rain',
});

async function fromAiSdk(store?: boolean): Promise<Ask> {
  const { fetch, sent } = listening();
  const asked = generateText({
    model: createOpenAI({ apiKey: 'k', fetch }).responses('gpt-5-mini'),
    messages: HISTORY,
    tools: { weather: WEATHER },
    maxRetries: 0,
    ...(store === undefined ? {} : { providerOptions: { openai: { store } } }),
  });
  await expect(asked).rejects.toThrow('no');
  return read(sent());
}

describe('the AI SDK', () => {
  it('is read, with its tools and what came of them', async () => {
    expect(await fromAiSdk(false)).toMatchObject({ tools: 1, messages: 4, needs: [] });
  });

  it('names what the provider keeps unless it is told not to store', async () => {
    expect((await fromAiSdk()).needs).toEqual(['serverState']);
  });
});

describe('LangChain', () => {
  it('is read, with its tools and what came of them', async () => {
    const { fetch, sent } = listening();
    const model = new ChatOpenAI({
      apiKey: 'k',
      model: 'gpt-5-mini',
      useResponsesApi: true,
      maxRetries: 0,
      configuration: { fetch },
    }).bindTools([
      {
        type: 'function',
        function: { name: 'weather', parameters: { type: 'object', properties: {} } },
      },
    ]);
    const asked = model.invoke([
      new HumanMessage('Rain?'),
      new AIMessage({ content: '', tool_calls: [{ id: 'c', name: 'weather', args: {} }] }),
      new ToolMessage({ content: 'rain', tool_call_id: 'c' }),
    ]);
    await expect(asked).rejects.toThrow();
    expect(read(sent())).toMatchObject({ tools: 1, needs: [], stream: false });
  });
});
