// A thief at a stream: reads as much of it as suits him and leaves. And a provider that has
// generated everything before anybody reads, as a fast one may have.

import { createExecutionContext, waitOnExecutionContext } from 'cloudflare:test';
import { createApp } from '../../worker/app.ts';
import { IP, requestOf } from './gateway-harness.ts';
import { type Facts, factsOf, type Streaming } from './stream-harness.ts';

export const encode = (text: string): Uint8Array => new TextEncoder().encode(text);

/** An event stream whose chunks wait for no reader; it stays open behind them. */
export function pushed(chunks: readonly string[], ends = false): Response {
  const body = new ReadableStream<Uint8Array>({
    start(out) {
      for (const chunk of chunks) out.enqueue(encode(chunk));
      if (ends) out.close();
    },
  });
  return new Response(body, { headers: { 'Content-Type': 'text/event-stream' } });
}

type Left = { readonly text: string; readonly facts: () => Promise<Facts> };

/** Leaves once `isEnough` says so of what was read. */
export async function leaveOnce(
  streaming: Streaming,
  sent: { readonly path: string; readonly body: object },
  isEnough: (text: string) => boolean | Promise<boolean>,
): Promise<Left> {
  const context = createExecutionContext();
  const request = requestOf({
    path: sent.path,
    headers: { Authorization: `Bearer ${streaming.key}` },
    ip: IP,
    body: JSON.stringify(sent.body),
  });
  const response = await createApp(streaming.gateway.deps)(request, context);
  const reader = (response.body as ReadableStream<Uint8Array>).getReader();
  const decoder = new TextDecoder();
  let text = '';
  while (!(await isEnough(text))) {
    const { done, value } = await reader.read();
    if (done) break;
    text += decoder.decode(value, { stream: true });
  }
  await reader.cancel();
  await waitOnExecutionContext(context);
  const requestId = response.headers.get('Weighbridge-Request-Id') ?? '';
  return { text, facts: () => factsOf(streaming, requestId) };
}
