/**
 * The last provider requests as they arrived, so that a test can see what really went upstream.
 * It keeps at most REQUESTS_MAX of them and at most BODY_CHARACTERS_MAX of bodies; the oldest go.
 */
import type { IncomingHttpHeaders } from 'node:http';

export class RequestLog {
  #requests: ReceivedRequest[] = [];
  #bodyCharacters = 0;

  add(request: ReceivedRequest): void {
    this.#requests.push(request);
    this.#bodyCharacters += request.bodyText.length;
    while (this.#requests.length > REQUESTS_MAX || this.#bodyCharacters > BODY_CHARACTERS_MAX) {
      const oldest = this.#requests.shift();
      if (oldest === undefined) return;
      this.#bodyCharacters -= oldest.bodyText.length;
    }
  }

  /** Oldest first. */
  values(): readonly ReceivedRequest[] {
    return this.#requests;
  }

  forget(): void {
    this.#requests = [];
    this.#bodyCharacters = 0;
  }
}

const REQUESTS_MAX = 100;
const BODY_CHARACTERS_MAX = 64 * 1024 * 1024;

export type ReceivedRequest = {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly bodyText: string;
};
