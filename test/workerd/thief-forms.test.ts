// A thief who writes a form so that two readers find other parts in it. It is read by the runtime
// and written anew; what goes up is read here by a reader that knows nothing but RFC 7578, and has
// to be what was checked. What breaks if this fails: a model, a file or a field that nobody has
// priced.

import { describe, expect, it } from 'vitest';
import { concatBytes, utf8 } from '../../core/bytes.ts';
import type { FormField } from '../../core/dialects/dialect.ts';
import { openaiTranscription } from '../../core/dialects/openai-transcription.ts';
import { outgoing } from '../../core/dialects/outgoing.ts';
import { readForm } from '../../worker/adapters/read-form.ts';
import { requestOf } from '../support/request-input.ts';

const BOUNDARY = 'thief';
const TYPE = `multipart/form-data; boundary=${BOUNDARY}`;
const FILE =
  'Content-Disposition: form-data; name="file"; filename="a.mp3"\r\nContent-Type: audio/mpeg';
const field = (name: string, text: string): string =>
  `Content-Disposition: form-data; name="${name}"\r\n\r\n${text}`;
const GOOD = [field('model', 'whisper-1'), `${FILE}\r\n\r\nsound`];

const formOf = (parts: readonly string[]): Uint8Array<ArrayBuffer> =>
  utf8(`${parts.map((part) => `--${BOUNDARY}\r\n${part}\r\n`).join('')}--${BOUNDARY}--\r\n`);

type Sent = { readonly word: string; readonly parts: readonly string[]; readonly body: string };

/** What goes up, part by part, as any reader has to see it; or why nothing does. */
async function sent(bytes: Uint8Array<ArrayBuffer>, type = TYPE): Promise<Sent> {
  const form = await readForm(bytes, type);
  if (!form.ok) return { word: form.error.kind, parts: [], body: '' };
  const asked = openaiTranscription.readRequest(
    requestOf(null, { form: form.value, contentType: type }),
  );
  if (!asked.ok) return { word: asked.error.kind, parts: [], body: '' };
  const narrowed = openaiTranscription.narrow(asked.value, {
    outputTokensMax: 1,
    safetyIdentifier: 'x',
    provider: 'openai',
  });
  const { body, contentType } = outgoing(narrowed, type, 'nonce');
  const text = new TextDecoder().decode(body);
  const boundary = contentType.slice(contentType.indexOf('boundary=') + 'boundary='.length);
  const blocks = text.split(`--${boundary}`);
  expect(blocks[0]).toBe('');
  expect(blocks.at(-1)).toBe('--\r\n');
  // Nothing of the form can be told from a part of its own.
  expect(blocks).toHaveLength((narrowed as readonly FormField[]).length + 2);
  return { word: 'ok', parts: blocks.slice(1, -1).map((block) => block.slice(2, -2)), body: text };
}

const heads = ({ parts }: Sent): string[] => parts.map((part) => part.split('\r\n\r\n')[0] ?? '');
const MODEL_HEAD = 'Content-Disposition: form-data; name="model"';
const FILE_HEAD =
  'Content-Disposition: form-data; name="file"; filename="recording.mp3"\r\nContent-Type: audio/mpeg';

describe('a form', () => {
  it('goes up in one order, with names of ours', async () => {
    const up = await sent(formOf(GOOD.toReversed()));
    expect(up.word).toBe('ok');
    expect(heads(up)).toEqual([MODEL_HEAD, FILE_HEAD]);
    expect(up.body).not.toContain('a.mp3');
  });

  it.each([
    ['a model twice', [...GOOD, field('model', 'gpt-4o-transcribe')]],
    ['a file twice', [...GOOD, `${FILE}\r\n\r\nmore`]],
    ['a file and a text of one name', [...GOOD, field('file', 'x')]],
    ['a file in a list', [...GOOD, `${FILE.replace('"file"', '"file[]"')}\r\n\r\nmore`]],
    ['a model in a list', [...GOOD, field('model[]', 'gpt-4o-transcribe')]],
    ['a model by a number', [...GOOD, field('model[0]', 'gpt-4o-transcribe')]],
    ['a model as a file', [GOOD[1] ?? '', `${FILE.replace('"file"', '"model"')}\r\n\r\nwhisper-1`]],
    ['a name that is not known', [...GOOD, field('prompt_cache', 'x')]],
    ['a name in capitals', [...GOOD, field('Model', 'x')]],
    ['a name with a blank', [...GOOD, field('model ', 'x')]],
    ['a name of the prototype', [...GOOD, field('__proto__', 'x')]],
    ['no file', [field('model', 'whisper-1')]],
    ['a file of no bytes', [field('model', 'whisper-1'), `${FILE}\r\n\r\n`]],
    [
      'a file of no sound',
      [
        GOOD[0] ?? '',
        FILE.replace('a.mp3', 'a.html').replace('audio/mpeg', 'text/html') + '\r\n\r\nx',
      ],
    ],
    ['a stream that is neither', [...GOOD, field('stream', 'TRUE')]],
    ['too many parts', [...GOOD, ...Array.from({ length: 80 }, () => field('keywords', 'x'))]],
  ])('with %s is refused', async (_, parts) => {
    expect((await sent(formOf(parts))).word).not.toBe('ok');
  });

  it.each([
    ['quotes and line ends in the name of the file', FILE.replace('a.mp3', 'a%22%0d%0aX: y.mp3')],
    ['a second name of the file', FILE.replace('filename=', "filename*=UTF-8''x.exe; filename=")],
    ['a second name of the part', FILE.replace('name="file"', 'name="file"; name*=model')],
    ['parameters of its type', `${FILE}; charset=utf-16; boundary=x`],
    ['a transfer encoding', `${FILE}\r\nContent-Transfer-Encoding: base64`],
    ['another length', `${FILE}\r\nContent-Length: 999999`],
    [
      'headers of its own',
      `${FILE}\r\nX-Model: gpt-4o\r\nContent-Disposition: form-data; name="x"`,
    ],
    ['a folded header', FILE.replace('; filename', ';\r\n filename')],
  ])('with %s is refused, or goes up without it', async (_, head) => {
    const up = await sent(formOf([GOOD[0] ?? '', `${head}\r\n\r\nsound`]));
    if (up.word !== 'ok') return;
    expect(heads(up)).toEqual([MODEL_HEAD, FILE_HEAD]);
  });

  it('inside of a part stays a part, whatever stands in it', async () => {
    const inner = new TextDecoder()
      .decode(formOf([field('model', 'gpt-4o-transcribe')]))
      .replaceAll(BOUNDARY, 'inner');
    const ours = '--weighbridge-form-boundary-5b1c7e0d9f\r\n';
    const up = await sent(
      formOf([GOOD[0] ?? '', field('prompt', `${inner}\r\n${ours}`), GOOD[1] ?? '']),
    );
    expect(up.word).toBe('ok');
    expect(heads(up)).toEqual([
      MODEL_HEAD,
      'Content-Disposition: form-data; name="prompt"',
      FILE_HEAD,
    ]);
  });

  it.each([
    'multipart/form-data; boundary="thief"',
    'multipart/form-data; boundary=thief; boundary=other',
    'multipart/form-data; boundary=',
    'multipart/form-data',
    'multipart/mixed; boundary=thief',
    'application/x-www-form-urlencoded',
  ])('of the type %s is refused, or read as what goes up', async (type) => {
    const up = await sent(formOf(GOOD), type);
    expect(up.word === 'ok' ? heads(up) : []).toEqual(
      up.word === 'ok' ? [MODEL_HEAD, FILE_HEAD] : [],
    );
  });

  it.each([
    [
      'before the first boundary',
      (good: Uint8Array) => concatBytes([utf8(`${field('model', 'evil')}\r\n`), good]),
    ],
    [
      'behind the last boundary',
      (good: Uint8Array) => concatBytes([good, formOf([field('model', 'evil')])]),
    ],
    ['without its last boundary', (good: Uint8Array) => good.slice(0, -12)],
  ])('with something %s goes up without it, or not at all', async (_, change) => {
    const up = await sent(change(formOf(GOOD)) as Uint8Array<ArrayBuffer>);
    expect(up.body).not.toContain('evil');
  });

  it('of as many parts as a body can have is refused in bounded time', async () => {
    const parts = Array.from({ length: 100_000 }, () => field('a', ''));
    const bytes = formOf(parts);
    const started = Date.now();
    expect((await sent(bytes)).word).toBe('shape-refused');
    expect(Date.now() - started).toBeLessThan(10_000);
  });
});
