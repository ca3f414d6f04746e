// The only platform surface `core/` may see: text codecs and headers to read. No clock, no fetch,
// no timers, no storage.
declare class TextEncoder {
  encode(input?: string): Uint8Array<ArrayBuffer>;
}
declare class TextDecoder {
  constructor(label?: string, options?: { fatal?: boolean; ignoreBOM?: boolean });
  decode(input?: Uint8Array, options?: { stream?: boolean }): string;
}
interface Headers {
  get(name: string): string | null;
}
