/**
 * The last provider requests as they arrived, so that a test can see what really went upstream.
 * It keeps at most REQUESTS_MAX of them and at most BODY_CHARACTERS_MAX of bodies; the oldest go.
 */
import type { IncomingHttpHeaders } from 'node:http';
import { parseObject } from './json-record.ts';

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
const BODY_KEYS_MAX = 200;

export type CredentialKind = 'bearer' | 'x-api-key' | 'x-goog-api-key' | 'query-key' | 'none';

export type ReceivedRequest = {
  readonly method: string;
  readonly path: string;
  /** With its question mark; empty where there is none. */
  readonly query: string;
  /** Every kind of credential that came, never a secret. */
  readonly auth: readonly CredentialKind[];
  /** Top-level members of a JSON body, as they came; empty for any other body. */
  readonly bodyKeys: readonly string[];
  readonly headers: IncomingHttpHeaders;
  readonly bodyText: string;
};

export function credentialKinds(
  headers: IncomingHttpHeaders,
  query: URLSearchParams,
): CredentialKind[] {
  const kinds: CredentialKind[] = [];
  if (headers.authorization !== undefined) kinds.push('bearer');
  if (headers['x-api-key'] !== undefined) kinds.push('x-api-key');
  if (headers['x-goog-api-key'] !== undefined) kinds.push('x-goog-api-key');
  if (query.has('key')) kinds.push('query-key');
  return kinds.length === 0 ? ['none'] : kinds;
}

export function topLevelKeys(bodyText: string): string[] {
  return Object.keys(parseObject(bodyText) ?? {}).slice(0, BODY_KEYS_MAX);
}
