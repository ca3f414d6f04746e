// How much a request of the AI SDK's UI brings along: characters of text, and media that bytes do
// not bound. All that an app may show its model counts, whatever the part is called.

import { utf8 } from '../bytes.ts';
import type { UiMessage, UiPart, UiRequest } from './ai-sdk-ui-schema.ts';
import { list, record, text } from './json-value.ts';
import type { Media } from './media.ts';
import type { Need } from './need.ts';

export type UiWeight = {
  readonly promptChars: number;
  readonly needs: readonly Need[];
  readonly media: Media;
};

type Found = { readonly url: string; readonly type: string; readonly isKept: boolean };

/** Where a part, or a part of it, names media. */
function mediaOf(part: UiPart): Found[] {
  if (part.type === 'steering-message' && 'parts' in part) {
    return list(part.parts).flatMap((one) => mediaOf(one as UiPart));
  }
  const { url, data, mediaType, mimeType, providerReference } = record(part);
  if (part.type !== 'file' && part.type !== 'reasoning-file') return [];
  // Version 4 has the bare base64 here.
  const place = typeof url === 'string' ? url : `data:;base64,${text(data)}`;
  const isKept = providerReference !== undefined;
  return [{ url: place, type: text(mediaType) || text(mimeType), isKept }];
}

const attachedTo = ({ experimental_attachments: attached = [] }: UiMessage): Found[] =>
  attached.map(({ url, contentType = '' }) => ({ url, type: contentType, isKept: false }));

/** Of every string and every name in it; a body is not deep. */
function charsOf(value: unknown): number {
  if (typeof value === 'string') return value.length;
  if (typeof value !== 'object' || value === null) return 0;
  return Object.entries(value).reduce(
    (chars, [name, one]) => chars + charsOf(one) + (Array.isArray(value) ? 0 : name.length),
    0,
  );
}

/** Bytes of base64 without its padding, near enough. */
const decodedBytes = (chars: number): number => Math.ceil((chars * 3) / 4);

export function uiWeight(request: UiRequest): UiWeight {
  const { messages, id: _id, messageId: _messageId, trigger: _trigger, ...rest } = request;
  const needs = new Set<Need>();
  const media = { images: 0, files: 0, audios: 0, audioBytes: 0, fileBytes: 0, payloadBytes: 0 };
  let promptChars = charsOf(rest);
  const note = ({ url, type, isKept }: Found): void => {
    if (isKept) needs.add('serverState');
    if (!/^data:/i.test(url)) {
      needs.add('remoteMedia');
      return;
    }
    const bytes = decodedBytes(url.length - url.indexOf(',') - 1);
    const kind = type === '' ? url.slice('data:'.length) : type;
    media.payloadBytes += utf8(url).length;
    promptChars -= url.length;
    if (/^image\//i.test(kind)) {
      media.images += 1;
      needs.add('images');
    } else if (/^audio\//i.test(kind)) {
      media.audios += 1;
      media.audioBytes += bytes;
      needs.add('audio');
    } else {
      media.files += 1;
      media.fileBytes += bytes;
      needs.add('files');
    }
  };
  for (const message of messages) {
    const { id: _own, role: _role, parts = [], createdAt: _at, ...others } = message;
    for (const value of Object.values(others)) promptChars += charsOf(value);
    for (const part of parts) promptChars += charsOf(part);
    for (const found of [...parts.flatMap(mediaOf), ...attachedTo(message)]) note(found);
  }
  return { promptChars: Math.max(0, promptChars), needs: [...needs], media };
}
