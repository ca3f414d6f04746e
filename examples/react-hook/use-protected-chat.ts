// A chat for React whose calls carry a proof: the messages, whether an answer is under way, what
// went wrong, and how to send, stop and prepare. It needs no library but React.

import { useCallback, useEffect, useRef, useState } from 'react';
import type { ProofState, ProvingFetch } from '../../dist/client/index.js';
import { readWords } from './read-words.ts';

export type Message = { readonly role: 'user' | 'assistant'; readonly content: string };

export type ProtectedChatOptions = {
  /** From `createFetch`, made once outside of the component. */
  readonly fetch: ProvingFetch;
  /** The protected path, e.g. `/api/chat`, with the origin if it is another than the page's. */
  readonly url: string;
  readonly model: string;
};

export type ProtectedChat = {
  readonly messages: readonly Message[];
  readonly isAnswering: boolean;
  /** What went wrong, in words for the visitor, or null. */
  readonly failure: string | null;
  readonly send: (words: string) => Promise<void>;
  readonly stop: () => void;
  /** For `onInput` and `onFocus` of the text field. */
  readonly prepare: () => void;
};

export function useProtectedChat({ fetch, url, model }: ProtectedChatOptions): ProtectedChat {
  const [messages, setMessages] = useState<readonly Message[]>([]);
  const [isAnswering, setAnswering] = useState(false);
  const [failure, setFailure] = useState<string | null>(null);
  const leaving = useRef<AbortController | null>(null);

  useEffect(() => () => leaving.current?.abort(), []);

  const send = useCallback(
    async (words: string) => {
      if (leaving.current !== null) return;
      const controller = new AbortController();
      leaving.current = controller;
      const asked: readonly Message[] = [...messages, { role: 'user', content: words }];
      setMessages(asked);
      setFailure(null);
      setAnswering(true);
      try {
        const response = await fetch(url, {
          method: 'POST',
          headers: { 'Content-Type': 'application/json' },
          body: JSON.stringify({ model, messages: asked, stream: true }),
          signal: controller.signal,
        });
        if (!response.ok) throw new Error(await sentenceOf(response));
        let content = '';
        for await (const piece of readWords(response)) {
          content += piece;
          setMessages([...asked, { role: 'assistant', content }]);
        }
      } catch (error) {
        if (!controller.signal.aborted) setFailure(error instanceof Error ? error.message : '');
      } finally {
        leaving.current = null;
        setAnswering(false);
      }
    },
    [fetch, url, model, messages],
  );

  const stop = useCallback(() => leaving.current?.abort(), []);
  const prepare = useCallback(() => void fetch.prepare(url), [fetch, url]);
  return { messages, isAnswering, failure, send, stop, prepare };
}

/** The gateway's refusals say in `detail` what the visitor can do. */
async function sentenceOf(response: Response): Promise<string> {
  const problem: unknown = await response.json().catch(() => null);
  const { detail } = Object(problem) as { detail?: unknown };
  return typeof detail === 'string' ? detail : `The answer was ${String(response.status)}.`;
}

/** For `onProof` of `createFetch`: a few words for the visitor, or none. */
export function proofWords({ state, progress }: ProofState): string {
  if (state === 'solving') return `Weighing… ${String(Math.round(100 * (progress ?? 0)))} %`;
  if (state === 'human') return 'Please confirm that you are human';
  return state === 'retry' ? 'Weighing once more…' : '';
}
