// What a Chat Completions request asks for beside text, as needs that a route refuses unless it
// prices them. What breaks if this fails: 341 bytes with the address of a picture cost 2,245 tokens
// and are held as 405 (recorded), and a caller picks what we pay for.

import { describe, expect, it } from 'vitest';
import type { Ask } from '../../core/dialects/dialect.ts';
import { openaiChat } from '../../core/dialects/openai-chat.ts';
import { requestOf } from '../support/request-input.ts';

const BASE = { model: 'gpt-4o-mini', messages: [{ role: 'user', content: 'hi' }] };

function ask(parts: object): Ask {
  const provider = 'search_parameters' in parts ? 'xai' : 'openai';
  const asked = openaiChat.readRequest(requestOf({ ...BASE, ...parts }, { provider }));
  if (!asked.ok) throw new Error(JSON.stringify(asked.error));
  return asked.value;
}

const withPart = (...content: readonly object[]) => ({ messages: [{ role: 'user', content }] });

const PIXEL =
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';
const image = (url: string) => ({ type: 'image_url', image_url: { url } });
const recording = (data: string) => ({
  type: 'input_audio',
  input_audio: { data, format: 'wav' },
});
const file = (parts: object) => ({ type: 'file', file: parts });
const PDF = 'data:application/pdf;base64,JVBERi0xLjQK';

describe('a request needs', () => {
  it.each([
    ['images', 'a picture in it', withPart(image(`data:image/png;base64,${PIXEL}`))],
    ['remoteMedia', 'a picture elsewhere', withPart(image('https://x.example/a.png'))],
    ['remoteMedia', 'a picture on a plain address', withPart(image('HTTP://x.example/a.png'))],
    ['audio', 'a recording', withPart(recording('AAAA'))],
    ['files', 'a file in it', withPart(file({ file_data: PDF, filename: 'a.pdf' }))],
    ['serverState', 'a file that was uploaded', withPart(file({ file_id: 'file-1' }))],
    [
      'serverState',
      'an earlier answer in audio',
      { messages: [{ role: 'assistant', audio: { id: 'audio_1' } }] },
    ],
    ['audioOutput', 'an answer in audio', { modalities: ['text', 'audio'] }],
    ['audioOutput', 'a voice', { audio: { format: 'wav', voice: 'alloy' } }],
    ['serverTools', 'a search', { web_search_options: {} }],
    ['serverTools', 'a model that searches', { model: 'gpt-4o-search-preview' }],
    ['serverTools', 'one with a date', { model: 'gpt-4o-mini-search-preview-2025-03-11' }],
    ['serverTools', 'a newer one', { model: 'gpt-5-search-api' }],
    ['serverTools', "OpenRouter's suffix", { model: 'openai/gpt-4o:online' }],
    ['serverTools', 'the suffix and another', { model: 'openai/gpt-4o:ONLINE:nitro' }],
    ['serverTools', "Groq's systems", { model: 'groq/compound' }],
    ['serverTools', 'an older one', { model: 'compound-beta-mini' }],
    ['serverTools', "xAI's search", { search_parameters: { mode: 'auto' } }],
    ['serverTools', 'it in its default', { search_parameters: {} }],
  ])('%s for %s', (need, _, parts) => {
    expect(ask(parts).needs).toEqual([need]);
  });

  it('everything that it asks for, each once', () => {
    const content = [
      image('https://x.example/a.png'),
      image('https://x.example/b.png'),
      recording('AAAA'),
      file({ file_id: 'file-1' }),
    ];
    const audio = { format: 'pcm16', voice: { id: 'voice_1' } };
    const asked = ask({ ...withPart(...content), audio, web_search_options: {} });
    expect([...asked.needs].sort()).toEqual(
      ['audio', 'audioOutput', 'remoteMedia', 'serverState', 'serverTools'].sort(),
    );
  });

  it('nothing for text, functions, thoughts, and fields that are null', () => {
    const plain = ask({
      audio: null,
      modalities: ['text'],
      web_search_options: null,
      search_parameters: { mode: 'off' },
      tools: [{ type: 'function', function: { name: 'web_search' } }],
      messages: [{ role: 'assistant', content: 'a', audio: null, reasoning_content: 'hm' }],
    });
    expect(plain).toMatchObject({
      needs: [],
      serverTools: [],
      inputRates: ['input', 'cacheWrite'],
      outputRates: ['output'],
    });
  });
});

describe('tools that the provider runs', () => {
  it.each([
    [{ web_search_options: {} }, ['web_search']],
    [{ model: 'gpt-4o-search-preview', web_search_options: {} }, ['web_search']],
    [{ search_parameters: { mode: 'on' } }, ['live_search']],
    [{ model: 'groq/compound-mini' }, ['compound']],
  ])('of %j are %j', (parts, names) => {
    expect(ask(parts).serverTools).toEqual(names);
  });
});

describe('a search', () => {
  it('that is certain is a piece with its own price, and held for', () => {
    expect(ask({ web_search_options: {} }).pieces).toEqual({ webSearch: 1 });
    expect(ask({ model: 'gpt-4o-search-preview' }).pieces).toEqual({ webSearch: 1 });
    expect(ask({ search_parameters: { mode: 'auto' } }).pieces).toEqual({});
    expect(ask({}).pieces).toEqual({});
  });
});

describe('rates', () => {
  it('are the dearest of what goes in and what may come out', () => {
    const spoken = ask({ ...withPart(recording('AAAA')), modalities: ['text', 'audio'] });
    expect(spoken.inputRates).toEqual(['input', 'cacheWrite', 'inputAudio']);
    expect(spoken.outputRates).toEqual(['output', 'outputAudio']);
    expect(ask(withPart(image('https://x.example'))).inputRates).toContain('inputImage');
    // What the provider kept may have been anything.
    expect(ask(withPart(file({ file_id: 'file-1' }))).inputRates).toEqual([
      'input',
      'cacheWrite',
      'inputAudio',
      'inputImage',
    ]);
  });
});

describe('media', () => {
  const heavy = withPart(
    image(`data:image/png;base64,${PIXEL}`),
    image(`data:image/gif;base64,R0lGODlhAQABAAAAACw=`),
    image('https://x.example/a.png'),
    recording('AAAAAA=='),
    recording('AAAAAAA='),
    file({ file_data: PDF }),
    { type: 'text', text: `data:image/png;base64,${PIXEL}` },
  );

  it('are counted, with the bytes that they are', () => {
    expect(ask(heavy).media).toEqual({
      images: 2,
      audios: 2,
      files: 1,
      audioBytes: 4 + 5,
      fileBytes: 9,
      payloadBytes: PIXEL.length + 20 + 8 + 8 + 12,
    });
  });

  // What breaks if this fails: text is passed off as a picture, and the hold does not see it.
  it('weigh in the forwarded JSON exactly what is said, and nothing that is text', () => {
    const asked = ask(heavy);
    const narrowing = { outputTokensMax: 1, safetyIdentifier: 'p', provider: 'openai' } as const;
    const forwarded = JSON.stringify(openaiChat.narrow(asked, narrowing));
    const light = forwarded.replaceAll(
      /("url":"data:[^,]*,|"file_data":"data:[^,]*,|"data":")[^"]*/g,
      '$1',
    );
    expect(forwarded.length - light.length).toBe(asked.media.payloadBytes);
    expect(light).toContain(PIXEL);
  });
});
