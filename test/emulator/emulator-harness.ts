/**
 * Starts one emulator for a test file and talks to it over real sockets, as any client would.
 * It polls what can be observed and never sleeps for a fixed time to let something happen.
 */
import { request as httpRequest } from 'node:http';
import type { ClientRequest, IncomingMessage } from 'node:http';
import { afterAll, afterEach, beforeAll } from 'vitest';
import type { LedgerCallView, LedgerView } from '../../emulator/billing-ledger.ts';
import type { ReceivedRequest } from '../../emulator/request-log.ts';
import { startEmulator } from '../../emulator/server.ts';
import type { Emulator } from '../../emulator/server.ts';

export function useEmulator(fixturesDirectory?: string): EmulatorHarness {
  const harness = new EmulatorHarness();
  beforeAll(async () => {
    const fixtures = fixturesDirectory === undefined ? {} : { fixturesDirectory };
    harness.emulator = await startEmulator({ port: 0, ...fixtures });
  });
  afterEach(() => harness.control('POST', '/_emulator/reset'));
  afterAll(() => harness.emulator?.close());
  return harness;
}

export class EmulatorHarness {
  emulator: Emulator | undefined;

  get url(): string {
    if (this.emulator === undefined) throw new Error('the emulator has not started');
    return this.emulator.url;
  }

  async control(method: 'GET' | 'POST', path: string, body?: string): Promise<ControlAnswer> {
    const init = body === undefined ? { method } : { method, body };
    const response = await fetch(this.url + path, init);
    return { status: response.status, body: (await response.json()) as unknown };
  }

  async script(script: Record<string, unknown>): Promise<void> {
    const answer = await this.control('POST', '/_emulator/script', JSON.stringify(script));
    if (answer.status !== 200) throw new Error(JSON.stringify(answer.body));
  }

  async ledger(): Promise<LedgerView> {
    return (await this.control('GET', '/_emulator/ledger')).body as LedgerView;
  }

  async requests(): Promise<ReceivedRequest[]> {
    return (await this.control('GET', '/_emulator/requests')).body as ReceivedRequest[];
  }

  /** Polls the ledger until its only call has ended. */
  async endedCall(): Promise<LedgerCallView> {
    return this.callWhere((call) => call.endedBy !== 'open');
  }

  async callWhere(accept: (call: LedgerCallView) => boolean): Promise<LedgerCallView> {
    const deadlineMs = Date.now() + POLL_MS_MAX;
    while (Date.now() < deadlineMs) {
      const { calls } = await this.ledger();
      const call = calls[0];
      if (calls.length === 1 && call !== undefined && accept(call)) return call;
    }
    throw new Error(`no such call: ${JSON.stringify(await this.ledger())}`);
  }

  chat(members: Record<string, unknown> = {}): Promise<Exchange> {
    return this.send(JSON.stringify({ ...CHAT_BODY, ...members }));
  }

  /** One call of any dialect. */
  call(path: string, body: unknown, headers: Record<string, string> = {}): Promise<Exchange> {
    return this.send(JSON.stringify(body), path, headers);
  }

  send(
    bodyText: string | Buffer,
    path = '/v1/chat/completions',
    extraHeaders: Record<string, string> = {},
  ): Promise<Exchange> {
    return new Promise((resolve, reject) => {
      const request = this.post(path, extraHeaders);
      // Once an answer has begun, a broken connection is for collect() to tell.
      request.on('error', reject);
      request.on('response', (response) => {
        request.off('error', reject).on('error', () => undefined);
        collect(response).then(resolve, reject);
      });
      request.end(bodyText);
    });
  }

  /** Sends a chat call and returns it unanswered, for a test that reads part of it and leaves. */
  begin(members: Record<string, unknown> = {}): ClientRequest {
    return this.beginAt('/v1/chat/completions', { ...CHAT_BODY, ...members });
  }

  beginAt(path: string, body: unknown, extraHeaders: Record<string, string> = {}): ClientRequest {
    const request = this.post(path, extraHeaders);
    // Leaving makes the client's own request fail; the test looks at the ledger instead.
    request.on('error', () => undefined);
    request.end(JSON.stringify(body));
    return request;
  }

  private post(path: string, extraHeaders: Record<string, string> = {}): ClientRequest {
    const headers = {
      authorization: 'Bearer test-key',
      'content-type': 'application/json',
      ...extraHeaders,
    };
    return httpRequest(this.url + path, { method: 'POST', headers, agent: false });
  }
}

export type ControlAnswer = { status: number; body: unknown };

export type Exchange = {
  readonly status: number;
  readonly contentType: string;
  readonly body: Buffer;
  readonly text: string;
  /** How many pieces the client's socket layer saw. */
  readonly pieces: readonly Buffer[];
  /** False when the connection broke before the answer's end. */
  readonly whole: boolean;
};

export const CHAT_BODY = {
  model: 'gpt-4o-mini',
  messages: [{ role: 'user', content: 'How heavy is a cart of salt?' }],
};

const POLL_MS_MAX = 5_000;

function collect(response: IncomingMessage): Promise<Exchange> {
  return new Promise((resolve) => {
    const pieces: Buffer[] = [];
    response.on('data', (piece: Buffer) => pieces.push(piece));
    response.on('error', () => undefined);
    response.on('close', () => {
      const body = Buffer.concat(pieces);
      resolve({
        status: response.statusCode ?? 0,
        contentType: response.headers['content-type'] ?? '',
        body,
        text: body.toString('utf8'),
        pieces,
        whole: response.complete,
      });
    });
  });
}

export type ChatChunk = {
  id: string;
  object: string;
  choices: {
    index: number;
    delta: { role?: string; content?: string | null };
    finish_reason: string | null;
  }[];
  usage?: Record<string, unknown> | null;
};

/** The parsed events of a whole stream, without the end mark, which must be there. */
export function readEvents(text: string): ChatChunk[] {
  const blocks = text.split('\n\n');
  if (blocks.pop() !== '') throw new Error('the stream does not end with a blank line');
  if (blocks.pop() !== 'data: [DONE]') throw new Error('the stream does not end with [DONE]');
  return blocks.map((block) => {
    if (!block.startsWith('data: ')) throw new Error(`not a data block: ${block}`);
    return JSON.parse(block.slice('data: '.length)) as ChatChunk;
  });
}

export function contentOf(chunks: readonly ChatChunk[], choice = 0): string {
  return chunks
    .flatMap((chunk) => chunk.choices)
    .filter((candidate) => candidate.index === choice)
    .map((candidate) => candidate.delta.content ?? '')
    .join('');
}
