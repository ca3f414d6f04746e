// Many callers at the same instant: every caller has a connection of its own and has sent all of
// its request but the last byte; then the last bytes go out together. So what is called concurrent
// here is in flight at the gateway, not waiting in a client's queue.

import { Agent, type ClientRequest, type IncomingMessage, request } from 'node:http';

export type Errand = {
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** The loopback address to call from. */
  readonly from?: string;
};

export type Answer = {
  /** 0 if there was none. */
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly text: string;
  /** The connection broke before the end. */
  readonly broken: boolean;
};

export type Caller = {
  /** All but the last byte has left. */
  readonly ready: Promise<void>;
  /** Sends the last byte. */
  finish(): void;
  /** Never rejects. */
  readonly answer: Promise<Answer>;
  /** The answer so far. */
  received(): string;
  leave(): void;
};

const agent = new Agent({ keepAlive: false, maxSockets: Number.POSITIVE_INFINITY });

const NO_ANSWER: Answer = { status: 0, headers: {}, text: '', broken: true };

export function makeCaller(url: string, { path, headers, body, from }: Errand): Caller {
  const bytes = Buffer.from(body);
  const { hostname, port } = new URL(url);
  let text = '';
  let sent: ClientRequest | null = null;
  const answer = new Promise<Answer>((resolve) => {
    sent = request({
      host: hostname,
      port,
      path,
      method: 'POST',
      agent,
      ...(from === undefined ? {} : { localAddress: from }),
      headers: { ...headers, 'Content-Length': bytes.length },
    });
    sent.setNoDelay(true);
    sent.on('error', () => {
      resolve(NO_ANSWER);
    });
    sent.on('response', (response) => {
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => {
        text += chunk;
      });
      response.on('error', () => undefined);
      response.on('close', () => {
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          text,
          broken: !response.complete,
        });
      });
    });
  });
  const socket = sent as unknown as ClientRequest;
  const ready = new Promise<void>((resolve) => {
    socket.on('close', resolve);
    socket.write(bytes.subarray(0, -1), () => {
      resolve();
    });
  });
  return {
    ready,
    answer,
    finish() {
      socket.end(bytes.subarray(-1));
    },
    received: () => text,
    leave() {
      socket.destroy();
    },
  };
}

/** All at once. */
export async function makeCrowd(url: string, errands: readonly Errand[]): Promise<Caller[]> {
  const callers = errands.map((errand) => makeCaller(url, errand));
  await Promise.all(callers.map((caller) => caller.ready));
  for (const caller of callers) caller.finish();
  return callers;
}

/** One caller alone. */
export async function callOnce(url: string, errand: Errand): Promise<Answer> {
  const caller = makeCaller(url, errand);
  caller.finish();
  return caller.answer;
}

/** A chat call on the provider's own path, with an API key. */
export const chatErrand = (key: string, body: Readonly<Record<string, unknown>>): Errand => ({
  path: '/v1/chat/completions',
  headers: { Authorization: `Bearer ${key}`, 'Content-Type': 'application/json' },
  body: JSON.stringify({ model: 'gpt-4o-mini', ...body }),
});

/** The machine-readable code of a problem document. */
export function codeOf({ text }: Answer): string {
  try {
    return String((JSON.parse(text) as { code?: unknown }).code);
  } catch {
    return '';
  }
}
