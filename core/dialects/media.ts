// What of a request is no text: pictures, recordings, files.

/** What bytes do not bound: how many of each, and the bytes that carry them. */
export type Media = {
  readonly images: number;
  readonly files: number;
  readonly audios: number;
  readonly audioBytes: number;
  readonly fileBytes: number;
  /** Of the forwarded body: what carries media in it, and is no text. */
  readonly payloadBytes: number;
  /** Of audio that says itself how long it is. */
  readonly declaredAudio?: { readonly bytes: number; readonly seconds: number };
};
