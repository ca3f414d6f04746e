// What a file is by its first bytes. What the request calls it is not believed: a route that takes
// pictures takes what a picture's decoder would take.

import type { Bytes } from '../bytes.ts';

/** Types that a route may name. */
export const FILE_TYPES = [
  'png',
  'jpeg',
  'gif',
  'webp',
  'pdf',
  'wav',
  'mp3',
  'ogg',
  'mp4',
  'webm',
  'flac',
  'zip',
  'text',
] as const;
export type FileType = (typeof FILE_TYPES)[number];

/** All that is looked at. */
export const SNIFFED_BYTES = 512;

type Signature = readonly [type: FileType, at: number, bytes: string];

/** Latin-1 texts at their places: PNG 5.2, JFIF, GIF89a, RIFF, ISO 32000-1 7.5.2, RFC 3533, … */
const SIGNATURES: readonly Signature[] = [
  ['png', 0, '\x89PNG\r\n\x1a\n'],
  ['jpeg', 0, '\xff\xd8\xff'],
  ['gif', 0, 'GIF87a'],
  ['gif', 0, 'GIF89a'],
  ['webp', 8, 'WEBP'],
  ['wav', 8, 'WAVE'],
  ['pdf', 0, '%PDF-'],
  ['ogg', 0, 'OggS'],
  ['flac', 0, 'fLaC'],
  ['mp4', 4, 'ftyp'],
  ['webm', 0, '\x1a\x45\xdf\xa3'],
  ['zip', 0, 'PK\x03\x04'],
  ['mp3', 0, 'ID3'],
];
const RIFF = 'RIFF';

const latin = (head: Bytes, at: number, length: number): string =>
  String.fromCharCode(...head.subarray(at, at + length));

/** A frame of MPEG audio, layer III: eleven bits of sync, a version, a layer (ISO 11172-3). */
const isMpegFrame = ([first = 0, second = 0]: Bytes): boolean =>
  first === 0xff && (second & 0xe6) === 0xe2;

/** No control characters but the usual ones. UTF-16 is none that a provider takes. */
const isText = (head: Bytes): boolean =>
  head.every((byte) => byte >= 0x20 || byte === 0x09 || byte === 0x0a || byte === 0x0d);

/** Null for what is none of the types that can be named. */
export function fileTypeOf(head: Bytes): FileType | null {
  for (const [type, at, bytes] of SIGNATURES) {
    if (latin(head, at, bytes.length) !== bytes) continue;
    if (at !== 8 || latin(head, 0, RIFF.length) === RIFF) return type;
  }
  if (isMpegFrame(head)) return 'mp3';
  return head.length > 0 && isText(head) ? 'text' : null;
}

const CLAIMS: Readonly<Record<string, FileType>> = {
  'image/png': 'png',
  'image/jpeg': 'jpeg',
  'image/jpg': 'jpeg',
  'image/gif': 'gif',
  'image/webp': 'webp',
  'application/pdf': 'pdf',
  'audio/wav': 'wav',
  'audio/x-wav': 'wav',
  'audio/mpeg': 'mp3',
  'audio/mp3': 'mp3',
  'audio/ogg': 'ogg',
  'audio/flac': 'flac',
  'audio/mp4': 'mp4',
  'video/mp4': 'mp4',
  'audio/webm': 'webm',
  'video/webm': 'webm',
  'application/zip': 'zip',
};

/** What a media type says, or null where it says nothing that could be compared. */
export const claimedType = (mediaType: string): FileType | null => {
  const plain = mediaType.split(';', 1)[0]?.trim().toLowerCase() ?? '';
  return CLAIMS[plain] ?? (plain.startsWith('text/') ? 'text' : null);
};
