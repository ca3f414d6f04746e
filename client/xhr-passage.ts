// One protected request of an `XMLHttpRequest`, from `open` to its end. The proof is made between
// the page's `send` and the real one; a first refusal is answered with a fresh proof before the
// page hears of it. While the platform has nothing to tell, this plays its part: `loadstart`,
// `abort`, `timeout` and `error` come as they would.

import type { Client } from './create-client.ts';
import type { NativeXhr } from './native-xhr.ts';
import { type OutgoingCall, readCall } from './outgoing-call.ts';
import type { Proven } from './prover.ts';
import { mayBeRefusal, refusalIn } from './refusal-code.ts';
import { XhrTimeLimit } from './xhr-time-limit.ts';

type Stage =
  | 'open'
  /** The page has sent it, we have not: a proof is being made, perhaps for the second time. */
  | 'proving'
  /** Under way. If the answer is a refusal, the page shall not see it. */
  | 'first'
  /** The rest of that answer. */
  | 'refused'
  /** Under way, and whatever is answered is the page's. */
  | 'last'
  | 'ended';

type Opening = {
  readonly url: URL;
  readonly method: string;
  /** To `open`, once more. */
  readonly given: readonly unknown[];
};

const HEADERS_RECEIVED = 2;
const LOADING = 3;
const DONE = 4;

export class XhrPassage {
  /** The page's own. */
  readonly headers = new Headers();
  readonly #xhr: XMLHttpRequest;
  readonly #native: NativeXhr;
  readonly #client: Client;
  readonly #opening: Opening;
  readonly #leaving = new AbortController();
  #stage: Stage = 'open';
  #isRetried = false;
  #isWithheld = false;
  /** What `readyState` says, if not the platform. */
  #shown: number | null = null;
  readonly #limit: XhrTimeLimit;
  #call: OutgoingCall | null = null;
  #proven: Proven | null = null;
  #settle: () => void = () => undefined;

  constructor(xhr: XMLHttpRequest, native: NativeXhr, client: Client, opening: Opening) {
    this.#xhr = xhr;
    this.#native = native;
    this.#client = client;
    this.#opening = opening;
    this.#limit = new XhrTimeLimit(xhr.timeout, () => this.#end('timeout'));
    Object.defineProperty(xhr, 'readyState', {
      configurable: true,
      get: () => this.#shown ?? this.#native.readyState(),
    });
    Object.defineProperty(xhr, 'timeout', {
      configurable: true,
      get: () => this.#limit.milliseconds,
      set: (milliseconds: number) => {
        this.#limit.milliseconds = milliseconds;
        native.setTimeout(milliseconds);
      },
    });
  }

  demandUnsent(): void {
    if (this.#stage === 'open') return;
    throw new DOMException('The request has been sent.', 'InvalidStateError');
  }

  /** The page opens something else with it. */
  close(): void {
    this.#stage = 'ended';
    this.#stop();
    Reflect.deleteProperty(this.#xhr, 'readyState');
    Reflect.deleteProperty(this.#xhr, 'timeout');
    this.#xhr.timeout = this.#limit.milliseconds;
  }

  send(body: Document | XMLHttpRequestBodyInit | null): void {
    this.demandUnsent();
    if (body instanceof Document) {
      throw new TypeError('A protected request cannot send a document.');
    }
    this.#stage = 'proving';
    this.#limit.start();
    const { method } = this.#opening;
    const sent = body === null || method === 'GET' || method === 'HEAD' ? null : body;
    // Takes the body as it is now, whatever those who hear of the start do to it.
    this.#prove(sent, null).catch(() => this.#end('error'));
    this.#tellStart(sent);
  }

  /** Before `send` returns, as the platform does. Its own `loadstart` is told to nobody. */
  #tellStart(body: XMLHttpRequestBodyInit | null): void {
    this.#xhr.dispatchEvent(new ProgressEvent('loadstart'));
    if (body === null || this.#stage !== 'proving') return;
    // How long a form will be is not known yet.
    const part = body instanceof URLSearchParams ? String(body) : body;
    const total = part instanceof FormData ? 0 : new Blob([part]).size;
    const length = { lengthComputable: total > 0, total };
    this.#xhr.upload.dispatchEvent(new ProgressEvent('loadstart', length));
  }

  /** True if there was nothing for the platform to abort. */
  abort(): boolean {
    if (this.#stage !== 'proving') return false;
    this.#end('abort');
    return true;
  }

  /** Of the platform's events, before anybody else. */
  hear(event: Event): void {
    if (!event.isTrusted || this.#stage === 'open' || this.#stage === 'proving') return;
    const isDone = this.#native.readyState() === DONE;
    if (this.#stage === 'first' && event.type === 'readystatechange') this.#judge(isDone);
    if (this.#stage === 'last' && event.type === 'readystatechange') this.#note(isDone);
    if (event.type === 'error') this.#giveBack();
    if (isDone) this.#settle();
    const isUntold = this.#isWithheld || this.#stage === 'refused' || event.type === 'loadstart';
    if (isUntold) event.stopImmediatePropagation();
    if (this.#stage === 'refused' && event.type === 'loadend') this.#again();
  }

  /** Of the second sending of the same bytes nothing is told. */
  hearUpload(event: Event): void {
    if (!event.isTrusted || (!this.#isRetried && event.type !== 'loadstart')) return;
    event.stopImmediatePropagation();
  }

  /** Is the first answer a refusal? Until that is known the page is told nothing. */
  #judge(isDone: boolean): void {
    const { status } = this.#xhr;
    if (!isDone) {
      if (this.#native.readyState() !== HEADERS_RECEIVED) return;
      this.#isWithheld = mayBeRefusal(status, this.#native.headers());
      if (!this.#isWithheld) this.#learn();
      return;
    }
    if (!this.#isWithheld) return;
    this.#isWithheld = false;
    if (refusalIn(status, this.#native.json()) !== null) {
      this.#stage = 'refused';
      return;
    }
    this.#learn();
    for (const state of [HEADERS_RECEIVED, LOADING]) {
      this.#shown = state;
      this.#xhr.dispatchEvent(new Event('readystatechange'));
    }
    this.#shown = null;
  }

  /** Of the answer that is the page's. */
  #note(isDone: boolean): void {
    if (this.#native.readyState() === HEADERS_RECEIVED) this.#learn();
    if (!isDone || refusalIn(this.#xhr.status, this.#native.json()) === null) return;
    this.#report('refused');
  }

  #report(state: 'retry' | 'refused'): void {
    const by = state === 'refused' ? { by: 'gateway' as const } : {};
    this.#client.onProof({ state, path: this.#opening.url.pathname, ...by });
  }

  #again(): void {
    this.#report('retry');
    const refusal = this.#native.headers();
    this.#isRetried = true;
    this.#native.open(this.#opening.given);
    for (const [name, value] of this.headers) {
      this.#native.setRequestHeader(name, value);
    }
    this.#stage = 'proving';
    this.#limit.watch();
    this.#prove(null, refusal).catch(() => this.#end('error'));
  }

  async #prove(body: XMLHttpRequestBodyInit | null, refusal: Headers | null): Promise<void> {
    const { url, method } = this.#opening;
    const { signal } = this.#leaving;
    const init = { method, headers: this.headers, body, signal };
    const call = (this.#call ??= await readCall(url, url.href, init, null));
    const { prover } = this.#client;
    // As with `fetch`: without a body it is proven only if the gateway asks.
    const proven =
      call.hasBody || refusal !== null ? await prover.prove(call, refusal ?? undefined) : null;
    if (this.#stage !== 'proving') return;
    // Where no challenge is to be had, the gateway's answer to the call itself says why.
    this.#proven = proven?.ok === true ? proven.value : null;
    const isLast = refusal !== null || proven?.ok === false;
    this.#sendNative(call, this.#proven?.headers ?? call.headers, isLast ? 'last' : 'first');
    const answered = new Promise<void>((resolve) => (this.#settle = resolve));
    void prover.preparations.expect(call, () => answered);
  }

  #sendNative(call: OutgoingCall, headers: Headers, stage: 'first' | 'last'): void {
    this.#limit.stop();
    const left = this.#limit.millisecondsLeft();
    if (left !== null) this.#native.setTimeout(left);
    for (const [name, value] of headers) {
      // The platform would append to what the page has set.
      if (!this.headers.has(name)) this.#native.setRequestHeader(name, value);
    }
    this.#stage = stage;
    this.#native.send(call.hasBody ? call.body : null);
  }

  /** What the platform would do, had it begun. */
  #end(how: 'abort' | 'error' | 'timeout'): void {
    if (this.#stage !== 'proving') return;
    this.#stage = 'ended';
    this.#stop();
    this.#shown = DONE;
    this.#xhr.dispatchEvent(new Event('readystatechange'));
    // A body that a refusal answered has been told of to its end.
    const targets = this.#isRetried ? [this.#xhr] : [this.#xhr.upload, this.#xhr];
    for (const target of targets) {
      for (const type of [how, 'loadend']) target.dispatchEvent(new ProgressEvent(type));
    }
    if (how === 'abort') this.#shown = 0;
  }

  #stop(): void {
    this.#leaving.abort();
    this.#limit.stop();
    this.#settle();
  }

  #learn(): void {
    this.#settle();
    const { prover } = this.#client;
    const jkt = this.#proven?.jkt ?? '';
    if (this.#call !== null) prover.learn(this.#call, this.#native.headers(), jkt);
  }

  /** Without a network nothing has arrived anywhere. */
  #giveBack(): void {
    if (navigator.onLine || this.#call === null || this.#proven === null) return;
    this.#client.prover.preparations.giveBack(this.#call, this.#proven.prepared);
  }
}
