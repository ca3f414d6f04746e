// What the official packages send to Gemini is let through, path and query included. What breaks if
// this fails: an honest app is refused for a field its package writes by itself.

import { createGoogle, type GoogleLanguageModelOptions } from '@ai-sdk/google';
import { FunctionCallingConfigMode, GoogleGenAI, ThinkingLevel, Type } from '@google/genai';
import { generateText, jsonSchema, stepCountIs, tool } from 'ai';
import { describe, expect, it } from 'vitest';
import { gemini } from '../../core/dialects/gemini.ts';
import { requestOf } from '../support/request-input.ts';

const MODEL = 'gemini-3-pro-preview';

const answer = (...parts: object[]) => ({
  candidates: [{ content: { parts, role: 'model' }, finishReason: 'STOP', index: 0 }],
  usageMetadata: { promptTokenCount: 3, candidatesTokenCount: 5, totalTokenCount: 8 },
});
const CALL = answer({
  functionCall: { name: 'weather', args: { city: 'Bonn' }, id: 'c1' },
  thoughtSignature: 'c2ln',
});
const DONE = answer({ text: 'rain' });

/** Answers one after the other, and keeps what was asked. */
function provider(...answers: object[]) {
  const asked: ReturnType<typeof gemini.readRequest>[] = [];
  const fetch = (url: unknown, init?: { readonly body?: unknown }): Promise<Response> => {
    // The official package says v1, the AI SDK v1beta.
    const target = String(url).replace(/^.*\/v1(?:beta)?\/models/, '');
    asked.push(gemini.readRequest(requestOf(JSON.parse(String(init?.body)), { target })));
    return Promise.resolve(Response.json(answers[asked.length - 1] ?? answers.at(-1)));
  };
  return { asked, fetch: fetch as typeof globalThis.fetch };
}

const taken = { ok: true, value: { model: MODEL, needs: [] } };

describe('requests of the official package', () => {
  it('are taken, turn after turn, with all that bounds and shapes an answer', async () => {
    const { asked, fetch } = provider(CALL, DONE);
    const client = new GoogleGenAI({ apiKey: 'k', httpOptions: { fetch } });
    const chat = client.chats.create({
      model: MODEL,
      config: {
        systemInstruction: 'be brief',
        temperature: 0.5,
        maxOutputTokens: 100,
        thinkingConfig: { includeThoughts: true, thinkingLevel: ThinkingLevel.LOW },
        toolConfig: { functionCallingConfig: { mode: FunctionCallingConfigMode.AUTO } },
        safetySettings: [],
        tools: [
          {
            functionDeclarations: [
              {
                name: 'weather',
                parameters: { type: Type.OBJECT, properties: { city: { type: Type.STRING } } },
              },
            ],
          },
        ],
      },
    });
    await chat.sendMessage({ message: 'hi' });
    await chat.sendMessage({
      message: { functionResponse: { id: 'c1', name: 'weather', response: { sky: 'rain' } } },
    });
    expect(asked).toMatchObject([taken, taken]);
  });

  it('to stream and to count are taken', async () => {
    const { asked, fetch } = provider(DONE, { totalTokens: 3 });
    const client = new GoogleGenAI({ apiKey: 'k', httpOptions: { fetch } });
    await client.models.generateContentStream({ model: MODEL, contents: 'hi' });
    await client.models.countTokens({ model: MODEL, contents: 'hi' });
    expect(asked).toMatchObject([
      { value: { stream: true, upstreamTarget: `/${MODEL}:streamGenerateContent?alt=sse` } },
      { value: { isFree: true, upstreamTarget: `/${MODEL}:countTokens` } },
    ]);
  });
});

describe('requests of the AI SDK', () => {
  it('with tools, thinking and a tool’s result are taken, step by step', async () => {
    const { asked, fetch } = provider(CALL, DONE);
    await generateText({
      model: createGoogle({ apiKey: 'k', fetch })(MODEL),
      maxRetries: 0,
      instructions: 'be brief',
      prompt: 'hi',
      maxOutputTokens: 500,
      tools: {
        weather: tool({
          inputSchema: jsonSchema({ type: 'object', properties: { city: { type: 'string' } } }),
          execute: () => ({ sky: 'rain' }),
        }),
      },
      stopWhen: stepCountIs(2),
      providerOptions: {
        google: { thinkingConfig: { includeThoughts: true } } satisfies GoogleLanguageModelOptions,
      },
    });
    expect(asked).toMatchObject([taken, taken]);
  });
});
