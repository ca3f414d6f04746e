// A thief who sends a few bytes that stand for many: text that is called a file, and addresses and
// ids of things that are elsewhere. What breaks if this fails: what a route allows at the price of
// one is had a thousand times for it.

import { describe, expect, it } from 'vitest';
import { utf8 } from '../../core/bytes.ts';
import { openaiTranscription } from '../../core/dialects/openai-transcription.ts';
import type { AllowanceSource } from '../../core/policy/route-schema.ts';
import { allowanceOf } from '../../core/pricing/allowance.ts';
import { priceOf } from '../../core/pricing/catalog.ts';
import { present } from '../../core/result.ts';
import { requestOf } from '../support/request-input.ts';
import { allowing, chat, claude, FLASH, held, inputOf } from './thief-bench.ts';

const base64 = (text: string): string => Buffer.from(text).toString('base64');

describe('text that is passed off as a file', () => {
  const TEXT = 'ᏣᎳᎩ'.repeat(4_000);
  const DATA = base64(TEXT);
  const ALLOW: AllowanceSource = { files: { most: 1, tokensEach: 1_000 } };
  const asChat = (file: object): object =>
    chat({ messages: [{ role: 'user', content: [{ type: 'file', file }] }] });
  const asInput = (part: object): object => ({
    model: 'gpt-4o-mini',
    input: [{ role: 'user', content: [{ type: 'input_file', ...part }] }],
  });
  const asGemini = (mimeType: string): object => ({
    contents: [{ parts: [{ inlineData: { mimeType, data: DATA } }] }],
  });

  it.each([
    [
      'by its type',
      'chat-completions',
      asChat({ file_data: `data:text/plain;base64,${DATA}` }),
      '',
    ],
    [
      'by its name',
      'chat-completions',
      asChat({ file_data: `data:application/pdf;base64,${DATA}`, filename: 'a.txt' }),
      '',
    ],
    [
      'as another type',
      'chat-completions',
      asChat({ file_data: `data:text/x-pdf;base64,${DATA}`, filename: 'a.pdf' }),
      '',
    ],
    ['without a type', 'responses', asInput({ file_data: DATA, filename: 'a.md' }), ''],
    ['without type and name', 'responses', asInput({ file_data: DATA }), ''],
    ['by its type', 'responses', asInput({ file_data: `data:text/csv;base64,${DATA}` }), ''],
    ['by its type', 'gemini', asGemini('text/plain'), FLASH],
    ['by another', 'gemini', asGemini('application/json'), FLASH],
    ['as a drawing', 'gemini', asGemini('image/svg+xml'), FLASH],
  ])('is held as text (%s, %s)', async (_, id, json, target) => {
    const call = await held(allowing(id, ALLOW), json, target);
    // One token a byte: Cherokee is the worst text that was found.
    expect(inputOf(call)).toBeGreaterThanOrEqual(utf8(TEXT).length + 1_000);
  });

  it('control: pages are held at what the route says of them', async () => {
    const pdf = asChat({ file_data: `data:application/pdf;base64,${DATA}`, filename: 'a.PDF' });
    expect(inputOf(await held(allowing('chat-completions', ALLOW), pdf))).toBeLessThan(3_000);
  });
});

/** A WAV of so many bytes of samples, with these fields of its format. */
function wav(bytes: number, format: number, rate: number, block: number, perSecond = rate): string {
  const head = Buffer.alloc(44);
  head.write('RIFF', 0);
  head.write('WAVEfmt ', 8);
  head.writeUInt32LE(16, 16);
  head.writeUInt16LE(format, 20);
  head.writeUInt16LE(1, 22);
  head.writeUInt32LE(perSecond, 24);
  head.writeUInt32LE(rate, 28);
  head.writeUInt16LE(block, 32);
  head.writeUInt16LE(block * 8, 34);
  head.write('data', 36);
  return Buffer.concat([head, Buffer.alloc(bytes)]).toString('base64');
}

/** A FLAC that says how many samples it has, at so many a second; and has no more than its head. */
function flac(samples: number, perSecond: number): Buffer {
  const head = Buffer.alloc(42);
  head.write('fLaC', 0);
  head.writeUInt32BE(perSecond * 4_096, 18);
  head.writeUInt32BE(samples, 22);
  return head;
}

describe('a recording that plays longer than its bytes', () => {
  const ALLOW: AllowanceSource = {
    audio: { most: 1, bytesPerSecondMin: 2_000, tokensPerSecond: 10 },
  };
  const heard = (data: string): object =>
    chat({
      messages: [
        {
          role: 'user',
          content: [{ type: 'input_audio', input_audio: { data, format: 'wav' } }],
        },
      ],
    });
  const route = allowing('chat-completions', ALLOW);

  it.each([
    ['at 1 Hz', wav(4_000, 1, 1, 1)],
    ['at 1 Hz, and at 192,000 bytes a second', wav(4_000, 1, 192_000, 1, 1)],
    ['at 192,000 Hz, and at 1 byte a second', wav(4_000, 1, 1, 1, 192_000)],
    ['in another code, at 8 Hz', wav(4_000, 17, 8, 1)],
    ['without a rate', base64(`RIFF0000WAVE${'JUNK'.repeat(1_000)}`)],
  ])('is held as long as it says (%s)', async (_, data) => {
    expect(inputOf(await held(route, heard(data)))).toBeGreaterThanOrEqual(4_000 * 10);
  });

  it('control: one that says less is held by its bytes', async () => {
    const input = inputOf(await held(route, heard(wav(4_000, 1, 192_000, 2, 96_000))));
    expect(input).toBeLessThan(1_000);
  });

  it.each([
    ['an hour of silence', flac(28_800_000, 8_000), 3_600],
    ['no length at all', flac(0, 8_000), 42],
  ])('is held as long as it says (a FLAC of %s)', (_, bytes, seconds) => {
    const form = [
      { name: 'model', text: 'whisper-1' },
      { name: 'file', fileName: 'a.flac', type: 'audio/flac', bytes: Uint8Array.from(bytes) },
    ];
    const asked = openaiTranscription.readRequest(requestOf(null, { form }));
    if (!asked.ok) throw new Error(JSON.stringify(asked.error));
    expect(allowanceOf(ALLOW, asked.value).pieces).toEqual({ audioSecond: seconds });
  });
});

describe('many of what is not in the request', () => {
  const EACH = 20_000;
  const ALLOW: AllowanceSource = {
    remoteMedia: { inputTokensMax: EACH, usd: '0.01' },
    serverState: { inputTokensMax: EACH },
  };
  const fifty = (part: object): object[] => Array.from({ length: 50 }, () => part);
  const content = (part: object): object => ({
    messages: [{ role: 'user', content: fifty(part) }],
  });

  it.each([
    [
      'chat-completions',
      chat(content({ type: 'image_url', image_url: { url: 'https://x.example/a' } })),
      '',
    ],
    ['chat-completions', chat(content({ type: 'file', file: { file_id: 'f' } })), ''],
    [
      'responses',
      { model: 'gpt-4o-mini', input: fifty({ type: 'item_reference', id: 'msg_1' }) },
      '',
    ],
    [
      'responses',
      {
        model: 'gpt-4o-mini',
        input: [
          { role: 'user', content: fifty({ type: 'input_file', file_url: 'https://x.example/a' }) },
        ],
      },
      '',
    ],
    [
      'messages',
      claude(content({ type: 'image', source: { type: 'url', url: 'https://x.example' } })),
      '',
    ],
    ['messages', claude(content({ type: 'document', source: { type: 'file', file_id: 'f' } })), ''],
    [
      'gemini',
      { contents: [{ parts: fifty({ fileData: { fileUri: 'https://youtu.be/x' } }) }] },
      FLASH,
    ],
    ['gemini', { contents: [{ parts: fifty({ fileData: { fileUri: 'files/x' } }) }] }, FLASH],
  ])('are held for one by one (%s)', async (id, json, target) => {
    expect(inputOf(await held(allowing(id, ALLOW), json, target))).toBeGreaterThanOrEqual(
      50 * EACH,
    );
  });

  it('a recording that is kept elsewhere is held at the rate of recordings', async () => {
    const call = await held(
      allowing('gemini', ALLOW),
      { contents: [{ parts: [{ fileData: { fileUri: 'files/x' } }] }] },
      FLASH,
    );
    const rate = priceOf('google', 'gemini-2.5-flash')?.rates.inputAudio ?? 0;
    expect(rate).toBeGreaterThan(priceOf('google', 'gemini-2.5-flash')?.rates.input ?? 0);
    expect(present(call.estimate, 'e').inputNanoUsd).toBeGreaterThanOrEqual((EACH * rate) / 1_000);
  });
});
