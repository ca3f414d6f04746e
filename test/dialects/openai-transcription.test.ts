// Transcription: a form is read part by part and written anew. Attack: a part that a second reader
// reads otherwise, a file name that is a path, a file that is no recording.

import OpenAI, { toFile } from 'openai';
import { describe, expect, it } from 'vitest';
import type { Ask, FormField } from '../../core/dialects/dialect.ts';
import { outgoing } from '../../core/dialects/outgoing.ts';
import { openaiTranscription } from '../../core/dialects/openai-transcription.ts';
import { readForm } from '../../worker/adapters/read-form.ts';
import { requestOf } from '../support/request-input.ts';

const text = (name: string, value: string): FormField => ({ name, text: value });
const file = (fileName = 'a.mp3', type = 'audio/mpeg', size = 4_000): FormField => ({
  name: 'file',
  fileName,
  type,
  bytes: new Uint8Array(size).fill(7),
});
const BASE = [file(), text('model', 'whisper-1')];

const read = (...form: readonly FormField[]) =>
  openaiTranscription.readRequest(requestOf(null, { form, contentType: 'multipart/form-data' }));
function ask(...form: readonly FormField[]): Ask {
  const asked = read(...form);
  if (!asked.ok) throw new Error(JSON.stringify(asked.error));
  return asked.value;
}
const NARROWING = { outputTokensMax: 1, safetyIdentifier: 'p', provider: 'openai' } as const;
const up = (...form: readonly FormField[]): readonly FormField[] =>
  openaiTranscription.narrow(ask(...form), NARROWING) as readonly FormField[];

describe('a form for a transcription', () => {
  it('goes up in one order, under a name of ours', () => {
    const form = [
      text('temperature', '0.5'),
      text('stream', 'true'),
      text('timestamp_granularities[]', 'word'),
      text('prompt', 'names: Ada'),
      file('../../etc/passwd.M4A', ''),
      text('timestamp_granularities[]', 'segment'),
      text('language', 'en'),
      text('model', 'gpt-4o-transcribe'),
    ];
    const sent = up(...form);
    expect(sent.map(({ name }) => name)).toEqual([
      'model',
      'language',
      'prompt',
      'temperature',
      'stream',
      'timestamp_granularities[]',
      'timestamp_granularities[]',
      'file',
    ]);
    expect(sent.at(-1)).toMatchObject({ fileName: 'recording.m4a', type: 'audio/m4a' });
    expect(up(...form.toReversed()).map(({ name }) => name)).toEqual(sent.map(({ name }) => name));
  });

  it.each([
    ['a.bin', 'audio/wav', 'recording.wav'],
    ['a.webm', 'application/octet-stream', 'recording.webm'],
    ['blob', 'audio/webm;codecs=opus', 'recording.webm'],
    ['a.mpga', '', 'recording.mpga'],
  ])('names %s of %j %s', (fileName, type, name) => {
    expect(up(file(fileName, type), text('model', 'm')).at(-1)).toMatchObject({ fileName: name });
  });

  it.each([
    ['file', [text('model', 'm')]],
    ['file', [text('file', 'words'), text('model', 'm')]],
    ['file', [file('a.exe', 'application/x-msdownload'), text('model', 'm')]],
    ['file', [file('a.mp3', 'audio/mpeg', 0), text('model', 'm')]],
    ['file', [file(), file(), text('model', 'm')]],
    ['model', [file()]],
    ['model', [...BASE, text('model', 'gpt-4o-transcribe')]],
    ['temperature', [...BASE, text('temperature', '1e9')]],
    ['stream', [...BASE, text('stream', 'TRUE')]],
    ['response_format', [...BASE, text('response_format', 'xml')]],
    ['language', [...BASE, text('language', '../en')]],
    ['prompt', [...BASE, text('prompt', 'x'.repeat(4_097))]],
    ['chunking_strategy', [...BASE, text('chunking_strategy', '{"type":"server_vad"}')]],
    ['known_speaker_references', [...BASE, text('known_speaker_references', 'data:')]],
    ['include', [...BASE, text('include[]', 'logprobs'), text('include[]', 'logprobs')]],
  ])('is refused for %s', (field, form) => {
    const denied = read(...form);
    expect(denied).toMatchObject({ ok: false, error: { kind: 'shape-refused' } });
    expect(denied).toMatchObject({
      error: { field: expect.stringMatching(`^${field}`) as string },
    });
  });

  it.each(['url', 'user', 'model[]', 'file[]', 'service_tier', 'Model', '__proto__', 'toString'])(
    'is refused by the name of %s',
    (name) => {
      expect(read(...BASE, text(name, 'x'))).toMatchObject({ ok: false, error: { field: name } });
    },
  );

  it('as the openai package writes it is read, and reads the same as we write it', async () => {
    let form: readonly FormField[] = [];
    const fetch = async (_url: unknown, init?: RequestInit): Promise<Response> => {
      const request = new Request('http://localhost/', { ...init, method: 'POST' });
      const bytes = new Uint8Array(await request.arrayBuffer());
      const fields = await readForm(bytes, request.headers.get('Content-Type') ?? '');
      form = fields.ok ? fields.value : [];
      return Response.json({ text: 'hi', usage: { type: 'duration', seconds: 1 } });
    };
    const client = new OpenAI({ apiKey: 'k', maxRetries: 0, fetch });
    await client.audio.transcriptions.create({
      file: await toFile(new Uint8Array([1, 2, 3]), 'speech.wav', { type: 'audio/wav' }),
      model: 'whisper-1',
      response_format: 'verbose_json',
      timestamp_granularities: ['word', 'segment'],
      temperature: 0,
    });
    const sent = up(...form);
    expect(sent).toHaveLength(form.length);
    const { body, contentType } = outgoing(sent, 'multipart/form-data', 'nonce');
    const again = await readForm(body, contentType);
    expect(again.ok && up(...again.value)).toEqual(sent);
  });
});
