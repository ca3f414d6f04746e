/**
 * One answer on its way to one caller: writes, waits, and notices at once when the caller leaves.
 * Every wait ends when the caller is gone, so nothing is generated for nobody; it decides nothing
 * about what is sent and refuses to write to a caller who has left.
 */
import type { OutgoingHttpHeaders, ServerResponse } from 'node:http';

export class CallerConnection {
  readonly #response: ServerResponse;
  #gone = false;
  #wake: () => void = () => undefined;

  constructor(response: ServerResponse) {
    this.#response = response;
    response.on('close', () => {
      this.#gone = !response.writableFinished;
      this.#wake();
    });
    response.on('drain', () => this.#wake());
    response.on('finish', () => this.#wake());
    this.#gone = response.destroyed;
  }

  /** The caller left before the answer was finished. */
  get gone(): boolean {
    return this.#gone;
  }

  start(status: number, headers: OutgoingHttpHeaders): void {
    if (this.#gone) return;
    this.#response.statusCode = status;
    for (const [name, value] of Object.entries(headers)) {
      if (value !== undefined) this.#response.setHeader(name, value);
    }
  }

  /** False when the caller reads more slowly than this: wait for drained() before more. */
  write(bytes: string | Uint8Array): boolean {
    return this.#gone || bytes.length === 0 ? true : this.#response.write(bytes);
  }

  /** Ends the answer; true once every byte has left, false when the caller left first. */
  async end(lastBytes: string): Promise<boolean> {
    if (this.#gone) return false;
    this.#response.end(lastBytes);
    while (!this.#gone && !this.#response.writableFinished) await this.#woken();
    return !this.#gone;
  }

  async drained(): Promise<void> {
    while (!this.#gone && this.#response.writableNeedDrain) await this.#woken();
  }

  /** Resolves only when the caller has left. */
  async left(): Promise<void> {
    while (!this.#gone) await this.#woken();
  }

  /** Waits that long, or until `early` resolves or the caller leaves. */
  async wait(durationMs: number, early?: Promise<void>): Promise<void> {
    if (this.#gone) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, durationMs);
      this.#wake = () => {
        if (!this.#gone) return;
        clearTimeout(timer);
        resolve();
      };
      void early?.then(() => {
        clearTimeout(timer);
        resolve();
      });
    });
  }

  /** Lets the sockets be heard between two bursts of writing. */
  async yieldTurn(): Promise<void> {
    await new Promise<void>((resolve) => setImmediate(resolve));
  }

  /**
   * Breaks the connection with a TCP reset, once what was written has left this process and the
   * caller has had a moment to read it; false when the caller left first.
   */
  async reset(): Promise<boolean> {
    if (!this.#gone) {
      await new Promise<void>((resolve) => {
        this.#wake = () => {
          if (this.#gone) resolve();
        };
        // An empty write adds no bytes; its callback comes after everything written before it.
        this.#response.write('', () => resolve());
      });
    }
    // A reset throws away what the peer has received but not read, even on loopback (measured).
    await this.wait(RESET_GRACE_MS);
    if (this.#gone) return false;
    this.#response.socket?.resetAndDestroy();
    return true;
  }

  /** Closes the connection without an answer. */
  destroy(): void {
    this.#response.destroy();
  }

  #woken(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }
}

const RESET_GRACE_MS = 50;
