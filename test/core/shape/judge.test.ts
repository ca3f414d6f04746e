// The shape of a request, a row for every boundary. What breaks if this fails: fifty found pages
// at the price of six, or a program in the place of a picture.

import { describe, expect, it } from 'vitest';
import type { ShapeSource } from '../../../core/policy/shape-schema.ts';
import { formPayloads, shapeFlaw } from '../../../core/shape/judge.ts';
import { surveyOf } from '../../../core/shape/payloads.ts';

const PNG = Buffer.from('\x89PNG\r\n\x1a\n\0\0\0\rIHDR', 'latin1').toString('base64');
const PDF = Buffer.from('%PDF-1.7\n%\xe2\xe3', 'latin1').toString('base64');
const ELF = Buffer.from('\x7fELF\x02\x01\x01\0', 'latin1').toString('base64');
const PICTURES: ShapeSource = { fileTypes: ['png', 'jpeg'] };

const saying = (content: unknown): object => ({ messages: [{ role: 'user', content }] });

/** A picture in the words of every dialect. */
const inDialects = (data: string, type = 'image/png'): [string, object][] => [
  ['chat', saying([{ type: 'image_url', image_url: { url: `data:${type};base64,${data}` } }])],
  ['chat file', saying([{ type: 'file', file: { filename: 'a', file_data: data } }])],
  [
    'responses',
    { input: [{ content: [{ type: 'input_image', image_url: `data:${type};base64,${data}` }] }] },
  ],
  ['anthropic', saying([{ type: 'image', source: { type: 'base64', media_type: type, data } }])],
  ['gemini', { contents: [{ parts: [{ inlineData: { mimeType: type, data } }] }] }],
  ['gemini, plain', { contents: [{ parts: [{ inline_data: { mime_type: type, data } }] }] }],
  ['ui', { messages: [{ parts: [{ type: 'file', url: `data:${type};base64,${data}` }] }] }],
  // A spelling of the scheme in capitals is the same scheme (RFC 3986, 3.1).
  ['capitals', saying([{ type: 'image_url', image_url: { url: `DATA:${type};BASE64,${data}` } }])],
];

const judged = (json: object, shape: ShapeSource, messages = 1) =>
  shapeFlaw({ messages }, surveyOf(json), shape)?.sentence ?? null;

describe('files in the words of every dialect', () => {
  it.each(inDialects(PNG))('%s: a picture passes where pictures do', (_, json) => {
    expect(judged(json, PICTURES)).toBeNull();
  });

  it.each(inDialects(ELF))('%s: a program called a picture does not', (_, json) => {
    expect(judged(json, PICTURES)).toContain('no type that is known');
  });

  it.each(inDialects(PDF))('%s: nor does another type', (_, json) => {
    expect(judged(json, PICTURES)).toContain('"pdf"');
  });

  it.each(inDialects(PDF).filter(([name]) => name !== 'chat file'))(
    '%s: nor one that is allowed and called by another name',
    (_, json) => {
      expect(judged(json, { fileTypes: ['png', 'pdf'] })).toContain('called "png"');
    },
  );

  it.each(inDialects(PNG))('%s: one byte too many is too large', (_, json) => {
    const bytes = Buffer.from(PNG, 'base64').length;
    expect(judged(json, { fileBytesMax: bytes })).toBeNull();
    expect(judged(json, { fileBytesMax: bytes - 1 })).toContain('at most');
  });

  it('a program among the parts of a form is found as well', () => {
    const bytes = new Uint8Array(Buffer.from(ELF, 'base64'));
    const form = [{ name: 'file', fileName: 'a.png', type: 'image/png', bytes }];
    const survey = { payloads: formPayloads(form), documents: 0 };
    expect(shapeFlaw({ messages: 0 }, survey, PICTURES)?.field).toBe('files');
  });

  it.each([
    ['no base64', 'data:image/png;base64,%%%'],
    ['not encoded so', 'data:image/png,%89PNG'],
  ])('what cannot be looked at does not pass: %s', (_, url) => {
    expect(judged(saying([{ type: 'image_url', image_url: { url } }]), PICTURES)).not.toBeNull();
  });

  const long = `x=${'a'.repeat(400)}`;
  it.each([
    ['behind parameters', `data:image/png;${long};base64,${ELF}`],
    ['behind blanks', ` \n data:image/png;base64,${ELF}`],
    ['with blanks in it', `data:image/png;base64,${ELF.slice(0, 4)} ${ELF.slice(4)}`],
    ['with a base64 that is none', `data:image/png;base64;x=1,${ELF}`],
  ])('a program is found %s', (_, url) => {
    const json = { messages: [{ parts: [{ type: 'file', mediaType: 'image/png', url }] }] };
    expect(judged(json, PICTURES)).not.toBeNull();
    expect(judged(json, { fileBytesMax: 4 })).toContain('4 bytes');
  });

  it.each([
    ['with nothing beside it', { input: [{ type: 'input_file', file_data: ELF }] }],
    [
      'in the result of a tool',
      saying([
        {
          type: 'tool_result',
          content: [
            { type: 'image', source: { type: 'base64', media_type: 'image/png', data: ELF } },
          ],
        },
      ]),
    ],
    ['in lists of lists', saying([[[{ inlineData: { mimeType: 'image/png', data: ELF } }]]])],
  ])('a program is found %s', (_, json) => {
    expect(judged(json, PICTURES)).not.toBeNull();
    expect(judged(json, { fileBytesMax: 4 })).toContain('4 bytes');
  });

  it('either alphabet of base64 is read', () => {
    const jpeg = Buffer.from('\xff\xd8\xff\xfb\xff\xbf\xfe\xff\xff', 'latin1');
    const data = jpeg.toString('base64url');
    expect(data).toMatch(/[-_]/);
    const json = { contents: [{ parts: [{ inlineData: { mimeType: 'image/jpeg', data } }] }] };
    expect(judged(json, PICTURES)).toBeNull();
  });

  it('a picture with a document behind it is the picture that it is called', () => {
    const both = Buffer.concat([Buffer.from(PNG, 'base64'), Buffer.from(PDF, 'base64')]);
    const url = `data:image/png;base64,${both.toString('base64')}`;
    expect(judged(saying([{ type: 'image_url', image_url: { url } }]), PICTURES)).toBeNull();
    const pdf = `data:application/pdf;base64,${both.toString('base64')}`;
    const called = judged(saying([{ type: 'file', file: { file_data: pdf } }]), {
      fileTypes: ['png', 'pdf'],
    });
    expect(called).toContain('called "pdf"');
  });

  it('text in another encoding is no text', () => {
    const data = Buffer.from('\ufeffhello', 'utf16le').toString('base64');
    const json = { input: [{ type: 'input_file', filename: 'a.txt', file_data: data }] };
    expect(judged(json, { fileTypes: ['text'] })).toContain('no type');
  });

  it('a sentence that begins with "Data:" is a sentence', () => {
    for (const content of ['Data: 3, 4 and 5', 'data:a,b', 'data:, and more']) {
      expect(judged(saying(content), PICTURES)).toBeNull();
    }
  });

  it('are looked for once in each value, however many and long these are', () => {
    const keys = Object.fromEntries(
      Array.from({ length: 50_000 }, (_, at) => [`k${String(at)}`, 'data:;'.repeat(20)]),
    );
    const texts = ['data:' + ' ;'.repeat(1_000_000), `data:${'base64 '.repeat(300_000)}`];
    const startedAt = performance.now();
    surveyOf({ keys, texts });
    expect(performance.now() - startedAt).toBeLessThan(2_000);
  });

  it('words that only look like data are words', () => {
    const tools = { tool_calls: [{ function: { arguments: '{}' } }], data: 'hello there' };
    expect(judged({ messages: [{ role: 'assistant', ...tools }] }, PICTURES)).toBeNull();
  });
});

const found = (count: number, type = 'search_result'): object[] =>
  Array.from({ length: count }, () => ({ type, source: 'https://a.example', content: [] }));

describe('documents that were found for the model', () => {
  it.each([
    [6, saying(found(6))],
    [6, { documents: ['a', 'b', 'c', 'd', 'e', 'f'] }],
    [6, { documents: found(6, 'document') }],
    [1, saying([{ type: 'document', source: { type: 'text', data: 'x' } }])],
    [0, saying([{ type: 'document', source: { type: 'base64', data: PDF } }])],
    [6, { messages: [{ parts: found(6, 'source-document') }] }],
  ])('%i are counted, wherever they stand', (documents, json) => {
    expect(surveyOf(json).documents).toBe(documents);
    expect(judged(json, { documentsMax: documents })).toBeNull();
    if (documents === 0) return;
    expect(judged(json, { documentsMax: documents - 1 })).toContain('documents');
  });
});

it.each([
  [4, 4, null],
  [4, 5, 'At most 4 messages are offered here.'],
])('at most %i messages: of %i', (messagesMax, messages, sentence) => {
  expect(judged({}, { messagesMax }, messages)).toBe(sentence);
});
