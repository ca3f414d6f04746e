// The platform's own side of an `XMLHttpRequest` whose methods and some of whose members a page
// finds replaced.

const READ = ['Inference-Proof-Next', 'Inference-Proof-Pass', 'WWW-Authenticate', 'Content-Type'];

export class NativeXhr {
  readonly #xhr: XMLHttpRequest;
  readonly #prototype: object;

  constructor(xhr: XMLHttpRequest, Native: typeof XMLHttpRequest) {
    this.#xhr = xhr;
    this.#prototype = Native.prototype;
  }

  open(given: readonly unknown[]): void {
    this.#call('open', given);
  }

  setRequestHeader(name: string, value: string): void {
    this.#call('setRequestHeader', [name, value]);
  }

  send(body: XMLHttpRequestBodyInit | null): void {
    this.#call('send', [body]);
  }

  readyState(): number {
    const state: unknown = Reflect.get(this.#prototype, 'readyState', this.#xhr);
    return Number(state);
  }

  setTimeout(milliseconds: number): void {
    Reflect.set(this.#prototype, 'timeout', milliseconds, this.#xhr);
  }

  /** Of the answer's headers those this client reads. */
  headers(): Headers {
    const headers = new Headers();
    for (const name of READ) {
      const value = this.#xhr.getResponseHeader(name);
      if (value !== null) headers.set(name, value);
    }
    return headers;
  }

  /** The body as JSON, where the page's `responseType` lets anybody read it at once. */
  json(): unknown {
    const { responseType, response } = this.#xhr as { responseType: string; response: unknown };
    if (responseType === 'json') return response;
    try {
      const text =
        response instanceof ArrayBuffer ? new TextDecoder().decode(response) : String(response);
      return JSON.parse(text);
    } catch {
      return null;
    }
  }

  #call(name: string, given: readonly unknown[]): void {
    const method = Reflect.get(this.#prototype, name) as (...given: unknown[]) => void;
    Reflect.apply(method, this.#xhr, given);
  }
}
