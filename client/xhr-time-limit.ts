// The `timeout` of one `XMLHttpRequest`, counted from the page's `send`: the time a proof takes is
// part of it. It ends no request itself: it only says when.

export class XhrTimeLimit {
  /** As the page has set it: zero for none. */
  milliseconds: number;
  readonly #end: () => void;
  #startedAtMs = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(milliseconds: number, end: () => void) {
    this.milliseconds = milliseconds;
    this.#end = end;
  }

  start(): void {
    this.#startedAtMs = performance.now();
    this.watch();
  }

  /** Null without a limit. */
  millisecondsLeft(): number | null {
    if (!(this.milliseconds > 0)) return null;
    return Math.max(1, Math.round(this.milliseconds - (performance.now() - this.#startedAtMs)));
  }

  /** Until `stop`: from then on the platform watches. */
  watch(): void {
    const left = this.millisecondsLeft();
    if (left !== null) this.#timer = setTimeout(this.#end, left);
  }

  stop(): void {
    clearTimeout(this.#timer);
  }
}
