// What a caller of Gemini may ask for. Attack: a field that costs money and is not priced (a
// search, a film, a picture as the answer) rides along with a cheap call, or in the other of two
// spellings.

import { describe, expect, it } from 'vitest';
import { gemini } from '../../core/dialects/gemini.ts';
import type { Ask } from '../../core/dialects/dialect.ts';
import {
  askForRecordings,
  recordedRequest,
  type Recording,
  recordings,
} from '../support/recordings.ts';
import { requestOf } from '../support/request-input.ts';

askForRecordings('recorded gemini requests');

const TARGET = '/gemini-2.5-flash:generateContent';
const BASE = { contents: [{ role: 'user', parts: [{ text: 'hi' }] }] };

const reads = (parts: object, target = TARGET) =>
  gemini.readRequest(requestOf({ ...BASE, ...parts }, { target }));

function ask(parts: object, target = TARGET): Ask {
  const asked = reads(parts, target);
  if (!asked.ok) throw new Error(JSON.stringify(asked.error));
  return asked.value;
}

const denied = (parts: object): Record<string, unknown> => {
  const asked = reads(parts);
  return asked.ok ? { kind: 'accepted' } : { ...asked.error };
};

const user = (...parts: object[]) => ({ contents: [{ role: 'user', parts }] });

const recorded = recordings('gemini').flatMap((recording) => {
  const request = recordedRequest(recording);
  return request === null
    ? []
    : [{ file: recording.file, tags: recording.tags, recording, request }];
});

const targetOf = (recording: Recording): string =>
  (recording as unknown as { url: string }).url.replace(/^.*\/models/, '');

describe.skipIf(recorded.length === 0)('a recorded request', () => {
  it.each(recorded)('$file is taken, and needs a price for tools alone', (one) => {
    const runsTools = one.tags.some((tag) => /google-search|url-context|code-execution/.test(tag));
    const target = targetOf(one.recording);
    expect(gemini.readRequest(requestOf(one.request, { target }))).toMatchObject({
      ok: true,
      value: { needs: runsTools ? ['serverTools'] : [], stream: target.includes(':stream') },
    });
  });
});

describe('a request is refused by the name of', () => {
  it.each([
    'model',
    'n',
    'max_tokens',
    'Contents',
    'GenerationConfig',
    'max_output_tokens',
    'generation_Config',
    'x',
  ])('the unknown field %s', (field) => {
    expect(denied({ [field]: 1 })).toMatchObject({ kind: 'field-unknown' });
  });

  it.each([
    ['store', true],
    ['modelSelectionConfig', { featureSelectionPreference: 'PRIORITIZE_QUALITY' }],
    ['routingConfig', { autoMode: {} }],
    ['continuationToken', 'x'],
    ['generationConfig', { routingConfig: { autoMode: {} } }],
    ['generationConfig', { model_selection_config: {} }],
    ['generationConfig', { maxOutputTokens: 0 }],
    ['generationConfig', { maxOutputTokens: '10' }],
    ['generationConfig', { maxOutputTokens: 1e12 }],
    ['generationConfig', { candidateCount: 9 }],
    ['generationConfig', { responseModalities: ['VIDEO'] }],
    ['generationConfig', { responseModalities: [] }],
    ['generationConfig', { mediaResolution: 'MEDIA_RESOLUTION_ULTRA_HIGH' }],
    ['generationConfig', { thinkingConfig: { thinkingBudget: -2 } }],
    ['generationConfig', { enableEnhancedCivicAnswers: true }],
    ['generationConfig', { audioTimestamp: true }],
    ['tools', [{ mcpServers: [{ name: 'x' }] }]],
    ['tools', [{ exaAiSearch: {} }]],
    ['tools', { parallelAiSearch: {} }],
    ['contents', []],
    ['contents', 'hi'],
    ['contents', [{ role: 'wizard', parts: [] }]],
    ['contents', [{ parts: [{ text: 'hi', videoMetadata: { fps: 24 } }] }]],
    ['contents', [{ parts: [{ text: 'hi', rider: 1 }] }]],
    ['contents', [{ parts: [{ inlineData: { mimeType: 'video/mp4', data: 'AAAA' } }] }]],
    ['contents', [{ parts: [{ inlineData: { mimeType: 'VIDEO/mp4', data: 'AAAA' } }] }]],
    ['contents', [{ parts: [{ inlineData: { mimeType: 'image/png', data: 'not base64!' } }] }]],
  ])('%s where it is %j', (field, value) => {
    const refused = denied({ [field]: value });
    expect(refused['kind']).toMatch(/^(shape-refused|field-unknown)$/);
    expect(String(refused['field']).startsWith(field)).toBe(true);
  });

  it.each([null, 7, 'text', [], [BASE]])('the body where it is %j', (body) => {
    const asked = gemini.readRequest(requestOf(body, { target: TARGET }));
    expect(asked).toMatchObject({ ok: false, error: { field: 'body' } });
  });
});

describe('two spellings', () => {
  it('are one where a field stands in either of them', () => {
    const snake = ask({
      generation_config: { max_output_tokens: 50, candidate_count: 2 },
      system_instruction: { parts: [{ text: 'be brief' }] },
      tools: { function_declarations: [{ name: 'f', parameters_json_schema: { a_b: 1 } }] },
      ...user({ inline_data: { mime_type: 'image/png', data: 'AAAA' } }),
    });
    expect(snake).toMatchObject({ outputTokensMax: 50, choices: 2, tools: 1, needs: ['images'] });
    expect(snake.body).toEqual({
      generationConfig: { maxOutputTokens: 50, candidateCount: 2 },
      systemInstruction: { parts: [{ text: 'be brief' }] },
      tools: [{ functionDeclarations: [{ name: 'f', parametersJsonSchema: { a_b: 1 } }] }],
      ...user({ inlineData: { mimeType: 'image/png', data: 'AAAA' } }),
    });
  });

  // Attack: the one spelling is clamped, and Google reads the other.
  it.each([
    [{ generationConfig: { maxOutputTokens: 1 }, generation_config: {} }, 'generationConfig'],
    [{ generationConfig: { maxOutputTokens: 1, max_output_tokens: 9 } }, 'maxOutputTokens'],
    [{ tools: [{ googleSearch: {}, google_search: {} }] }, 'googleSearch'],
  ])('of one field are refused in %j', (parts, field) => {
    expect(denied(parts)).toMatchObject({ kind: 'shape-refused', field });
  });

  it('are left alone in what the app itself named', () => {
    const own = { own_name: 1, ownName: 2 };
    const parts = user(
      { functionCall: { name: 'f', args: own } },
      { functionResponse: { name: 'f', response: own } },
    );
    expect(ask(parts).body).toEqual(parts);
  });

  it.each(['max__output_tokens', 'max_output_tokens_', '_maxOutputTokens', 'max_Output_tokens'])(
    'are not three: %s is unknown',
    (name) => {
      expect(denied({ generationConfig: { [name]: 9 } })).toMatchObject({ kind: 'field-unknown' });
    },
  );
});

describe('what bytes do not bound is named as a need:', () => {
  const data = (mimeType: string) => ({ inlineData: { mimeType, data: 'AAAAAAAA' } });
  const file = (fileUri: string) => ({ fileData: { fileUri } });

  /** What is not here may be a recording or a picture. */
  const UNSEEN = ['input', 'inputImage', 'inputAudio'];

  it.each([
    ['an image', user(data('image/png')), ['images'], ['input', 'inputImage']],
    ['audio', user(data('audio/wav')), ['audio'], ['input', 'inputAudio']],
    ['a document', user(data('application/pdf')), ['files'], ['input']],
    [
      'an image in the result of a function',
      user({ functionResponse: { name: 'f', response: {}, parts: [data('image/png')] } }),
      ['images'],
      ['input', 'inputImage'],
    ],
    [
      'an image in the instruction',
      { systemInstruction: { parts: [data('image/png')] } },
      ['images'],
      ['input', 'inputImage'],
    ],
    ['a film elsewhere', user(file('https://www.youtube.com/watch?v=x')), ['remoteMedia'], UNSEEN],
    ['a kept file', user(file('files/abc')), ['serverState'], UNSEEN],
    [
      'a kept file by its address',
      user(file('https://generativelanguage.googleapis.com/v1beta/files/abc')),
      ['serverState'],
      UNSEEN,
    ],
    ['a kept context', { cachedContent: 'cachedContents/x' }, ['serverState'], UNSEEN],
    ['what a tool did before', user({ toolCall: { id: 'x' } }), ['serverTools'], ['input']],
  ])('%s', (_, parts, needs, inputRates) => {
    expect(ask(parts)).toMatchObject({ needs, inputRates });
  });

  // What breaks if this fails: fifty films are held for as one.
  it('what is elsewhere, each by itself', () => {
    const film = file('https://www.youtube.com/watch?v=x');
    const { needTimes } = ask(user(film, film, file('files/a')));
    expect(needTimes).toEqual({ remoteMedia: 2, serverState: 1 });
  });

  it('media by their number and bytes', () => {
    const parts = user(data('image/png'), data('audio/wav'), data('audio/wav'), data('text/csv'));
    expect(ask(parts).media).toEqual({
      images: 1,
      audios: 2,
      audioBytes: 12,
      files: 1,
      fileBytes: 6,
      // Not those of the table: it is text.
      payloadBytes: 24,
    });
  });

  it.each([
    [{ responseModalities: ['TEXT', 'IMAGE'] }, ['imageOutput'], ['output', 'outputImage']],
    [{ imageConfig: { imageSize: '4K' } }, ['imageOutput'], ['output', 'outputImage']],
    [{ responseModalities: ['AUDIO'] }, ['audioOutput'], ['output', 'outputAudio']],
    [{ speechConfig: {} }, ['audioOutput'], ['output', 'outputAudio']],
    [{ responseModalities: ['TEXT'] }, [], ['output']],
  ])('answers that are %j', (generationConfig, needs, outputRates) => {
    expect(ask({ generationConfig })).toMatchObject({ needs, outputRates });
  });

  it('tools that Google runs, by their names', () => {
    const tools = [{ functionDeclarations: [{ name: 'f' }] }, { googleSearch: {}, urlContext: {} }];
    expect(ask({ tools })).toMatchObject({
      tools: 3,
      serverTools: ['googleSearch', 'urlContext'],
      needs: ['serverTools'],
    });
  });
});
