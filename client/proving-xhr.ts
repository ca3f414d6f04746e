// `XMLHttpRequest` whose protected requests carry a proof. Requests to anything else are the
// platform's own, untouched. A synchronous protected one is refused, because a proof takes time.

import type { Client } from './create-client.ts';
import { NativeXhr } from './native-xhr.ts';
import { targetUrl } from './outgoing-call.ts';
import { XhrPassage } from './xhr-passage.ts';

const UPLOAD_EVENTS = ['loadstart', 'progress', 'load', 'loadend'] as const;
const EVENTS = ['readystatechange', 'loadstart', 'progress', 'load', 'loadend', 'error'] as const;

export function createProvingXhr(
  Native: typeof XMLHttpRequest,
  client: Client,
): typeof XMLHttpRequest {
  const { protection, onProof } = client;

  class ProvingXmlHttpRequest extends Native {
    #passage: XhrPassage | null = null;

    constructor() {
      super();
      // First of all listeners, so that a refusal which is answered is heard by nobody.
      for (const type of EVENTS) this.addEventListener(type, (event) => this.#passage?.hear(event));
      this.#listenToUpload(true);
    }

    override open(...given: unknown[]): void {
      this.#passage?.close();
      this.#passage = null;
      const [method, address, isAsync = true] = given;
      const native = new NativeXhr(this, Native);
      const url = targetUrl(String(address));
      if (url === null || protection.treatmentOf(url, true) !== 'prove') {
        // A listener would make the platform ask other origins for leave first.
        this.#listenToUpload(false);
        native.open(given);
        return;
      }
      // Left out it means asynchronous; given, anything falsy does not.
      if (given.length > 2 && !isAsync) {
        onProof({ state: 'refused', path: url.pathname, by: 'synchronous' });
        const why = `${url.pathname} is protected: a synchronous request cannot carry a proof.`;
        throw new DOMException(why, 'InvalidAccessError');
      }
      native.open(given);
      this.#listenToUpload(true);
      const opening = { url, method: String(method).toUpperCase(), given };
      this.#passage = new XhrPassage(this, native, client, opening);
    }

    override setRequestHeader(name: string, value: string): void {
      this.#passage?.demandUnsent();
      super.setRequestHeader(name, value);
      this.#passage?.headers.append(name, value);
    }

    override send(body?: Document | XMLHttpRequestBodyInit | null): void {
      if (this.#passage === null) super.send(body);
      else this.#passage.send(body ?? null);
    }

    readonly #hearUpload = (event: Event): void => this.#passage?.hearUpload(event);

    #listenToUpload(listens: boolean): void {
      for (const type of UPLOAD_EVENTS) {
        if (listens) this.upload.addEventListener(type, this.#hearUpload);
        else this.upload.removeEventListener(type, this.#hearUpload);
      }
    }

    override abort(): void {
      if (this.#passage?.abort() !== true) super.abort();
    }
  }
  // Some pages ask.
  return Object.defineProperty(ProvingXmlHttpRequest, 'name', { value: Native.name });
}
