// Types by first bytes. What breaks if this fails: a program called a picture passes as one, or an
// honest photograph does not.

import { describe, expect, it } from 'vitest';
import { claimedType, fileTypeOf, SNIFFED_BYTES } from '../../../core/shape/file-type.ts';

const latin = (text: string): Uint8Array<ArrayBuffer> =>
  Uint8Array.from(text, (letter) => letter.charCodeAt(0));

describe('a file is what its first bytes say', () => {
  it.each([
    ['png', '\x89PNG\r\n\x1a\n\0\0\0\rIHDR'],
    ['jpeg', '\xff\xd8\xff\xe0\0\x10JFIF'],
    ['gif', 'GIF89a\x01\0'],
    ['gif', 'GIF87a\x01\0'],
    ['webp', 'RIFF\x24\0\0\0WEBPVP8 '],
    ['wav', 'RIFF\x24\0\0\0WAVEfmt '],
    ['pdf', '%PDF-1.7\n'],
    ['ogg', 'OggS\0\x02'],
    ['flac', 'fLaC\0\0'],
    ['mp4', '\0\0\0\x18ftypmp42'],
    ['webm', '\x1a\x45\xdf\xa3\x01'],
    ['zip', 'PK\x03\x04\x14\0'],
    ['mp3', 'ID3\x04\0'],
    ['mp3', '\xff\xfb\x90\x64'],
    ['mp3', '\xff\xf3\x40\xc4'],
    ['text', 'Dear all,\r\n\tplease find'],
    ['text', 'Gr\xc3\xbc\xc3\x9fe'],
    [null, ''],
    [null, 'MZ\x90\0\x03\0'],
    [null, '\x7fELF\x02\x01'],
    // One byte off in each place that counts.
    [null, '\x89PNG\n\n\x1a\n\0'],
    [null, 'XIFF\x24\0\0\0WEBPVP8 '],
    [null, 'RIFF\x24\0\0\0AVI LIST'],
    [null, '\xff\xe0\0\0'],
  ] as const)('%s', (type, head) => {
    expect(fileTypeOf(latin(head))).toBe(type);
  });

  it('and no more than the first bytes are needed', () => {
    expect(fileTypeOf(latin('a'.repeat(SNIFFED_BYTES)))).toBe('text');
  });
});

describe('what a request calls a file', () => {
  it.each([
    ['image/png', 'png'],
    ['IMAGE/JPEG; q=1', 'jpeg'],
    ['text/csv;charset=utf-8', 'text'],
    ['application/octet-stream', null],
    ['', null],
  ])('%s', (claim, type) => {
    expect(claimedType(claim)).toBe(type);
  });
});
