// Media inside a Chat Completions request: which spellings are let through, and what they weigh.
// Data is base64 of RFC 4648 §4 in its one padded spelling; addresses are not fetched or judged
// here.

import { fromBase64 } from '../bytes.ts';
import { AUDIO_HEAD_BYTES, declaredSeconds } from './audio-length.ts';
import type { Media } from './media.ts';

/** As much as the largest body that a policy can allow. */
export const MEDIA_CHARS_MAX = 8_388_608;
export const ADDRESS_CHARS_MAX = 2_048;
const HEAD_CHARS_MAX = 128;

const IMAGE_HEAD = /^data:image\/(?:png|jpeg|webp|gif);base64,$/;
const FILE_HEAD = /^data:[a-z]+\/[a-z0-9.+-]{1,100};base64,$/;
const ADDRESS = /^https?:\/\/[^\s]+$/i;

/** By its first stray character: no pattern that could go back over megabytes. */
export function isBase64(data: string): boolean {
  if (data === '' || data.length % 4 !== 0) return false;
  const stray = data.search(/[^A-Za-z0-9+/]/);
  if (stray < 0) return true;
  const padding = data.slice(stray);
  // Bits that stand behind the last byte are zero.
  if (padding === '=') return /[AEIMQUYcgkosw048]=$/.test(data.slice(-2));
  return padding === '==' && /[AQgw]==$/.test(data.slice(-3));
}

/** The base64 of a data URL with this head, or null. */
function dataBehind(head: RegExp, url: string): string | null {
  const comma = url.slice(0, HEAD_CHARS_MAX).indexOf(',');
  if (comma < 0 || !head.test(url.slice(0, comma + 1))) return null;
  const data = url.slice(comma + 1);
  return isBase64(data) ? data : null;
}

export const imageData = (url: string): string | null => dataBehind(IMAGE_HEAD, url);
export const fileData = (url: string): string | null => dataBehind(FILE_HEAD, url);
export const isAddress = (url: string): boolean =>
  url.length <= ADDRESS_CHARS_MAX && ADDRESS.test(url);

/**
 * What is read as pages: only of that do its bytes say nothing. By its type and by its name,
 * because either may be what the provider goes by; any other file is text at its worst and counts
 * as that.
 */
export const isPdf = (type: string, fileName: string | null | undefined): boolean =>
  type === 'application/pdf' && /(?:^|\.pdf)$/i.test(fileName ?? '');

/** Of a data URL. */
export const typeOf = (url: string): string => /^data:([^;,]{0,110});/.exec(url)?.[1] ?? '';

const bytesOf = (data: string): number =>
  (data.length / 4) * 3 - (data.endsWith('==') ? 2 : data.endsWith('=') ? 1 : 0);

export type Scale = {
  image(data: string): void;
  audio(data: string): void;
  /** Of one that may be text, the bytes stay in the bound. */
  file(data: string, isPages: boolean): void;
  weigh(): Media;
};

type Declared = NonNullable<Media['declaredAudio']>;

const addDeclared = (known: Declared | null, bytes: number, seconds: number): Declared => ({
  bytes: (known?.bytes ?? 0) + bytes,
  seconds: (known?.seconds ?? 0) + seconds,
});

/** The first bytes, in either alphabet. */
const headOf = (data: string): Uint8Array =>
  fromBase64(
    data
      .slice(0, (AUDIO_HEAD_BYTES / 3) * 4)
      .replaceAll('-', '+')
      .replaceAll('_', '/'),
  ) ?? new Uint8Array(0);

/** Base64 stands in JSON as it is, so its length is what it adds to the forwarded body. */
export function scale(): Scale {
  let [images, audios, files, audioBytes, fileBytes, payloadBytes] = [0, 0, 0, 0, 0, 0];
  let declared: Declared | null = null;
  return {
    image(data) {
      images += 1;
      payloadBytes += data.length;
    },
    audio(data) {
      const bytes = bytesOf(data);
      const seconds = declaredSeconds(headOf(data), bytes);
      audios += 1;
      audioBytes += bytes;
      if (seconds !== null) declared = addDeclared(declared, bytes, seconds);
      payloadBytes += data.length;
    },
    file(data, isPages) {
      files += 1;
      fileBytes += bytesOf(data);
      if (isPages) payloadBytes += data.length;
    },
    weigh: () => ({
      images,
      audios,
      files,
      audioBytes,
      fileBytes,
      payloadBytes,
      ...(declared === null ? {} : { declaredAudio: declared }),
    }),
  };
}
