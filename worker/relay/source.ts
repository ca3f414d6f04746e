// The provider's side of a stream: one read at a time, that can be called off, and how much may be
// waiting there. A provider does not wait for a slow reader: it generates on, into buffers of its
// own, and bills it. So time in which nothing is read counts as time in which anything may have
// been generated, until a read has to wait: then nothing had gathered.

/** A read that took this long waited for the network. */
const WAITED_MS_MIN = 2;
/** A read of so many bytes had them waiting, however late a busy machine was to hand them over. */
const GATHERED_BYTES_MIN = 4_096;

export type Read = ReadableStreamReadResult<Uint8Array>;

export class Source {
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  readonly #nowMs: () => number;
  #callOff: () => void = () => undefined;
  /** A read that nobody has had the answer of. */
  #pending: Promise<Read> | null = null;
  #gatheredMs = 0;
  #pausedAtMs: number | null = null;

  constructor(body: ReadableStream<Uint8Array>, nowMs: () => number) {
    this.#reader = body.getReader();
    this.#nowMs = nowMs;
  }

  get isPaused(): boolean {
    return this.#pausedAtMs !== null;
  }

  /** In which what is not read yet may have been generated. */
  get unreadMs(): number {
    return this.#gatheredMs + this.#pauseMs(this.#nowMs());
  }

  #pauseMs(nowMs: number): number {
    return this.#pausedAtMs === null ? 0 : Math.max(0, nowMs - this.#pausedAtMs);
  }

  /** Nothing is read from now on. */
  pause(): void {
    this.#pausedAtMs ??= this.#nowMs();
  }

  resume(): void {
    this.#gatheredMs = this.unreadMs;
    this.#pausedAtMs = null;
  }

  /** Null if it was called off. */
  async read(): Promise<Read | null> {
    this.resume();
    const startedAtMs = this.#nowMs();
    const pending = this.#reader.read();
    this.#pending = pending;
    const read = await new Promise<Read | null>((resolve, reject) => {
      this.#callOff = () => {
        resolve(null);
      };
      pending.then(resolve, reject);
    });
    if (read !== null) this.#pending = null;
    const hasWaited = this.#nowMs() - startedAtMs >= WAITED_MS_MIN;
    if (hasWaited && (read?.value?.length ?? 0) < GATHERED_BYTES_MIN) this.#gatheredMs = 0;
    return read;
  }

  /** Takes what has come already, up to so many bytes: until a read has to wait. */
  async gather(take: (bytes: Uint8Array) => void, bytesMax: number): Promise<void> {
    this.#callOff();
    for (let bytes = 0; bytes < bytesMax;) {
      const waited = scheduler.wait(WAITED_MS_MIN).then(() => null);
      const reading = this.#pending ?? this.#reader.read();
      const read = await Promise.race([reading, waited]).catch(() => null);
      if (read === null || read.done) return;
      this.#pending = null;
      take(read.value);
      bytes += read.value.length;
    }
  }

  /** Nothing more is read. */
  close(): void {
    this.#callOff();
    this.#reader.cancel().catch(() => undefined);
  }
}
