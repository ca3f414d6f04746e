// How long a recording says that it plays, where its first bytes say so: a WAV that names a rate of
// 1 Hz plays an hour in 4 KB, a FLAC of silence in less. It holds where it is more than what the
// route says of their bytes. Other formats are not read: their times can be anything.

const RIFF = 0x52494646;
const WAVE = 0x57415645;
const FMT = 0x666d7420;
const FLAC = 0x664c6143;
const PCM = new Set([1, 3]);

/** So much of a recording is looked at: more than any recorder writes before its rate. */
export const AUDIO_HEAD_BYTES = 4_098;
const FMT_BYTES = 16;

/** Bytes a second of a WAV, by the least of what its fields come to; null if they are not there. */
function wavRate(view: DataView): number | null {
  const end = view.byteLength - 8 - FMT_BYTES;
  let at = 12;
  while (at <= end) {
    const size = view.getUint32(at + 4, true);
    if (view.getUint32(at) === FMT) {
      const channels = view.getUint16(at + 10, true);
      const perSecond = view.getUint32(at + 12, true);
      const rate = view.getUint32(at + 16, true);
      const block = view.getUint16(at + 20, true);
      const bits = view.getUint16(at + 22, true);
      const least = PCM.has(view.getUint16(at + 8, true))
        ? Math.min(rate, perSecond * block, (perSecond * channels * bits) / 8)
        : Math.min(rate, perSecond / 8);
      return Math.max(1, least);
    }
    at += 8 + size + (size % 2);
  }
  return null;
}

/** Of a FLAC: its samples over its rate (RFC 9639, 8.2); it need not know its length. */
function flacSeconds(view: DataView): number | null {
  if (view.byteLength < 26) return null;
  const rate = view.getUint32(18) >>> 12;
  const samples = (view.getUint8(21) & 0x0f) * 2 ** 32 + view.getUint32(22);
  return rate === 0 || samples === 0 ? null : samples / rate;
}

/**
 * Null where it is neither. One of these that does not say how long it is counts as a second for
 * every byte.
 */
export function declaredSeconds(head: Uint8Array, bytes: number): number | null {
  if (head.length < 12) return null;
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
  const name = view.getUint32(0);
  if (name === RIFF && view.getUint32(8) === WAVE) {
    return Math.ceil(bytes / (wavRate(view) ?? 1));
  }
  return name === FLAC ? Math.ceil(flacSeconds(view) ?? bytes) : null;
}
