// One gateway as its operator reaches it. The token goes over https or to this machine, nowhere
// else and never on to where a redirect points; answers are bounded in bytes and in time.

import { misused, refused, unreachable } from './ending.ts';
import { plain } from './output.ts';

const ANSWER_BYTES_MAX = 8 * 1_024 * 1_024;
const ANSWER_MS_MAX = 30_000;

export type Answer = {
  readonly status: number;
  readonly headers: Headers;
  readonly body: unknown;
  /** Half of the time it took: when the server wrote its clock. */
  readonly askedAtMs: number;
};

const isLoopback = ({ hostname }: URL): boolean =>
  hostname === 'localhost' || hostname === '[::1]' || /^127\.\d+\.\d+\.\d+$/.test(hostname);

/** The origin of a gateway; throws for what a token may not be sent to. */
export function gatewayOrigin(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : null;
  const isPlainOrigin =
    url !== null &&
    url.username + url.password + url.search + url.hash === '' &&
    !/./.test(url.pathname.slice(1));
  if (url === null || !isPlainOrigin) {
    throw misused(`${plain(text)} is no gateway: write its origin, such as https://ai.example.com`);
  }
  const isSafe = url.protocol === 'https:' || (url.protocol === 'http:' && isLoopback(url));
  if (!isSafe) {
    throw misused(`${url.origin}: the token is sent over https, or to this machine, only`);
  }
  return url.origin;
}

/** The text of an answer; null where it is longer than anything a gateway says. */
async function boundedText(response: Response): Promise<string | null> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of response.body ?? []) {
    bytes += chunk.byteLength;
    if (bytes > ANSWER_BYTES_MAX) return null;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function parsed(text: string | null): unknown {
  try {
    return JSON.parse(text ?? '') as unknown;
  } catch {
    return undefined;
  }
}

const causeOf = (cause: unknown): string => {
  const { cause: inner, message } = cause as Error & { cause?: { code?: string } };
  return plain(inner?.code ?? message);
};

/** The sentence of a refusal. */
function sentenceOf(body: unknown, status: number): string {
  const { title, detail } = (body ?? {}) as { title?: unknown; detail?: unknown };
  if (typeof title !== 'string') return `The gateway answered ${String(status)}.`;
  return `${plain(title)} (${String(status)}): ${plain(detail ?? '')}`;
}

export class Gateway {
  readonly url: string;
  readonly #token: () => Promise<string>;

  /** `url`: as `gatewayOrigin` has it. */
  constructor(url: string, token: () => Promise<string>) {
    this.url = url;
    this.#token = token;
  }

  async #ask(method: string, path: string, headers: HeadersInit, body?: string): Promise<Answer> {
    // A name such as `..` would be another place of the operator API.
    const { pathname, search } = new URL(path, this.url);
    if (pathname + search !== path) throw misused('That is no name of anything here.');
    const asked = Date.now();
    let response: Response;
    let text: string | null;
    try {
      response = await fetch(`${this.url}${path}`, {
        method,
        headers,
        redirect: 'manual',
        signal: AbortSignal.timeout(ANSWER_MS_MAX),
        ...(body === undefined ? {} : { body }),
      });
      text = await boundedText(response);
    } catch (cause) {
      throw unreachable(`No answer from ${this.url}: ${causeOf(cause)}`);
    }
    const { status } = response;
    if (status >= 300 && status < 400) {
      throw unreachable(
        `${this.url} sends elsewhere (${String(status)}): redirects are not followed`,
      );
    }
    const askedAtMs = (asked + Date.now()) / 2;
    return { status, headers: response.headers, body: parsed(text), askedAtMs };
  }

  /** Without the token. */
  health(): Promise<Answer> {
    return this.#ask('GET', '/_weighbridge/health', {});
  }

  /** The operator API. Throws on every answer that is not the thing that was asked for. */
  async ask(method: string, path: string, body?: unknown): Promise<unknown> {
    const headers = { Authorization: `Bearer ${await this.#token()}` };
    const sent = body === undefined ? undefined : JSON.stringify(body);
    const answer = await this.#ask(method, `/_weighbridge/admin${path}`, headers, sent);
    const { status } = answer;
    if (answer.body === null || typeof answer.body !== 'object') {
      throw unreachable(`${this.url} is no Weighbridge: it answered ${String(status)}`);
    }
    if (status < 200 || status > 299) throw refused(sentenceOf(answer.body, status), status);
    return answer.body;
  }

  /** `path` with these in its query, those left out that are undefined. */
  get(path: string, query: Readonly<Record<string, string | undefined>> = {}): Promise<unknown> {
    const said = Object.entries(query).filter(([, value]) => value !== undefined);
    const search = new URLSearchParams(said as [string, string][]).toString();
    return this.ask('GET', search === '' ? path : `${path}?${search}`);
  }
}
