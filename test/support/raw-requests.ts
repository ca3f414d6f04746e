// One connection on which requests are written byte by byte, so that a path arrives as nobody's
// client library would let it. It reads just enough of an answer to know where it ends.

import { connect, type Socket } from 'node:net';

/** `status` is 0 where the server hung up instead of answering. */
export type RawAnswer = { readonly status: number; readonly head: string };

const ANSWER_MS_MAX = 10_000;
const HEAD_END = '\r\n\r\n';

/** The answer, or null as long as it is not whole. */
function wholeAnswer(text: string, isHead: boolean): RawAnswer | null {
  const end = text.indexOf(HEAD_END);
  if (end < 0) return null;
  const head = text.slice(0, end).toLowerCase();
  const status = Number(head.slice(9, 12));
  // Something like `100 Continue` is not the answer.
  if (status < 200) return wholeAnswer(text.slice(end + HEAD_END.length), isHead);
  const body = text.slice(end + HEAD_END.length);
  const length = /\r\ncontent-length: *(\d+)/.exec(head)?.[1];
  const isChunked = /\r\ntransfer-encoding: *chunked/.test(head);
  const hasNone = isHead || status === 204 || status === 304;
  const whole = isChunked ? body.endsWith('0\r\n\r\n') : body.length >= Number(length ?? Infinity);
  return hasNone || whole ? { status, head } : null;
}

export class RawConnection {
  readonly #port: number;
  #socket: Socket | null = null;

  constructor(port: number) {
    this.#port = port;
  }

  /** `request` is written as it is, a character to a byte. */
  async ask(request: string): Promise<RawAnswer> {
    const socket = this.#socket ?? (await this.#open());
    let text = '';
    const answer = await new Promise<RawAnswer>((resolve, reject) => {
      const timer = setTimeout(() => {
        reject(new Error(`no answer to ${JSON.stringify(request.slice(0, 200))}: ${text}`));
      }, ANSWER_MS_MAX);
      const finish = (found: RawAnswer): void => {
        clearTimeout(timer);
        socket.removeAllListeners('data').removeAllListeners('close');
        resolve(found);
      };
      socket.on('data', (bytes: Buffer) => {
        text += bytes.toString('latin1');
        const found = wholeAnswer(text, request.startsWith('HEAD '));
        if (found !== null) finish(found);
      });
      // An answer that ends with its connection, or none.
      socket.on('close', () => {
        const end = text.indexOf(HEAD_END);
        const head = text.slice(0, Math.max(0, end)).toLowerCase();
        finish({ status: Number(head.slice(9, 12)), head });
      });
      socket.write(Buffer.from(request, 'latin1'));
    });
    if (socket.destroyed || /\r\nconnection: *close/.test(answer.head)) this.close();
    return answer;
  }

  close(): void {
    this.#socket?.destroy();
    this.#socket = null;
  }

  async #open(): Promise<Socket> {
    const socket = connect({ host: '127.0.0.1', port: this.#port });
    socket.setNoDelay(true);
    socket.on('error', () => undefined);
    await new Promise<void>((resolve, reject) => {
      socket.once('connect', resolve);
      socket.once('error', reject);
    });
    this.#socket = socket;
    return socket;
  }
}
