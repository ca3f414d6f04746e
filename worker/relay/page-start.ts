// The beginning of a page, up to the end of its head: where our script tag belongs, and whether the
// page has one already. Reads no more of a page than that, and never more than a limit; the rest is
// not looked at.

import { type Bytes, concatBytes } from '../../core/bytes.ts';
import { isClientSource } from '../../core/page/client-tag.ts';

/** A head that is longer than this is not read to its end: a tag of ours in the rest is unseen. */
const HEAD_BYTES_MAX = 65_536;
const READ_BYTES = 4_096;
const TAG_END = 0x3e;
/** As many as this may be text: then the parser decides alone. */
const HEAD_ENDS_MAX = 4;
const HEAD_END = /<(?:\/head|body)[\s>/]/gi;
/** A character for each byte. */
const ASCII = new TextDecoder('latin1');

/** What may stand in a head. Any other element ends it, whether `</head>` was written or not. */
const HEAD_ELEMENTS: ReadonlySet<string> = new Set(
  'html head base basefont bgsound link meta noscript script style template title'.split(' '),
);

export type PageStart = {
  /** As it came. */
  readonly bytes: Bytes;
  /** With the tag in it, or why not. */
  readonly tagged: Bytes | 'own-tag' | 'no-place' | 'unreadable';
};

type Sight = { readonly place: boolean; readonly ownTag: boolean; readonly over: boolean };
type Scan = Sight & { readonly scannedBytes: number; readonly tagged: Bytes };

const NOTHING_YET: Scan = {
  place: false,
  ownTag: false,
  over: false,
  scannedBytes: 0,
  tagged: new Uint8Array(0),
};

/** One reading of a beginning by the platform's own parser, which knows what is only text. */
async function scan(bytes: Bytes, tag: string): Promise<Scan> {
  let seen: Sight = NOTHING_YET;
  const see = (sight: Partial<Sight>): void => {
    seen = { ...seen, ...sight };
  };
  const rewriter = new HTMLRewriter().on('*', {
    element(element) {
      if (seen.over) return;
      const name = element.tagName;
      if (!seen.place && name === 'head') element.prepend(tag, { html: true });
      else if (!seen.place && name !== 'html') element.before(tag, { html: true });
      if (name !== 'html') see({ place: true });
      if (name === 'script' && isClientSource(element.getAttribute('src') ?? '')) {
        see({ ownTag: true });
      }
      if (name === 'head') element.onEndTag(() => see({ over: true }));
      else if (!HEAD_ELEMENTS.has(name)) see({ over: true });
    },
  });
  // Without a content type it takes the bytes as they are; the tags it looks for are ASCII. What
  // is cut off at the end comes out as it went in.
  const tagged = await rewriter.transform(new Response(bytes)).arrayBuffer();
  return { ...seen, scannedBytes: bytes.length, tagged: new Uint8Array(tagged) };
}

function tellApart({ place, ownTag, tagged, scannedBytes }: Scan, bytes: Bytes): PageStart {
  if (ownTag) return { bytes, tagged: 'own-tag' };
  if (!place) return { bytes, tagged: 'no-place' };
  return { bytes, tagged: concatBytes([tagged, bytes.subarray(scannedBytes)]) };
}

/**
 * Scans up to where a head may end, because each element that is looked at costs some
 * microseconds; what stands there may be text, and then up to the next such place.
 */
async function scanHead(bytes: Bytes, tag: string): Promise<Scan> {
  const text = ASCII.decode(bytes);
  let seen = NOTHING_YET;
  for (const { index } of [...text.matchAll(HEAD_END)].slice(0, HEAD_ENDS_MAX)) {
    const end = text.indexOf('>', index) + 1;
    if (end === 0) break;
    seen = await scan(bytes.subarray(0, end), tag);
    if (seen.over || seen.ownTag) return seen;
  }
  return scan(bytes, tag);
}

/** Leaves the body where the beginning ends. If the body fails, the rest of it says so. */
export async function readPageStart(body: ReadableStream, tag: string): Promise<PageStart> {
  const reader = body.getReader({ mode: 'byob' });
  let bytes: Bytes = new Uint8Array(0);
  let seen = NOTHING_YET;
  try {
    while (!seen.over && !seen.ownTag && bytes.length < HEAD_BYTES_MAX) {
      const read = await reader.read(new Uint8Array(READ_BYTES)).catch(() => null);
      if (read?.value === undefined || read.value.length === 0) break;
      bytes = concatBytes([bytes, read.value]);
      // Nothing new begins or ends before a tag does.
      if (read.value.includes(TAG_END)) seen = await scanHead(bytes, tag);
    }
  } catch {
    // The parser gives a page up whose text it might take for tags, or the other way round.
    return { bytes, tagged: 'unreadable' };
  } finally {
    reader.releaseLock();
  }
  return tellApart(seen, bytes);
}
