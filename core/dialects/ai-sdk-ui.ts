// The Vercel AI SDK's UI protocol: what a page sends to an app's own route, and the stream that
// comes back. There is no model and no ceiling in it; what a call may cost is its route's `run`. It
// reads and closes the request, and leaves every word of it as it is.

import type { Denial } from '../denial.ts';
import { err, ok, type Result } from '../result.ts';
import { shapeDenial } from '../shape-failure.ts';
import { aiSdkUiAnatomy } from './ai-sdk-ui-anatomy.ts';
import { type UiRequest, uiRequest } from './ai-sdk-ui-schema.ts';
import { uiEvents } from './ai-sdk-ui-stream.ts';
import { uiWeight } from './ai-sdk-ui-weight.ts';
import { type Ask, type Dialect, PLAIN_ASK, type RequestInput } from './dialect.ts';
import { list, record, text } from './json-value.ts';

function readRequest({ json, extraFields }: RequestInput): Result<Ask, Denial> {
  const parsed = uiRequest(extraFields).safeParse(json);
  if (!parsed.success) return err(shapeDenial(parsed.error));
  const request: UiRequest = parsed.data;
  return ok({
    ...PLAIN_ASK,
    ...uiWeight(request),
    model: '',
    stream: true,
    messages: request.messages.length,
    body: request,
  });
}

/** Version 4 says it in a header, which the relay adds to the type. */
export const LINES_MARK = 'x-vercel-ai-data-stream';

/** The text of the last answer: what a tool gave is the app's to check. */
function lastAnswer(body: unknown): string | null {
  const message = list(record(body)['messages'])
    .map(record)
    .findLast(({ role }) => role === 'assistant');
  if (message === undefined) return null;
  const parts = list(message['parts']).map(record);
  if (parts.length === 0) return text(message['content']);
  return parts.map(({ type, text: said }) => (type === 'text' ? text(said) : '')).join('');
}

export const aiSdkUi: Dialect = {
  id: 'ai-sdk-ui',
  family: 'ui',
  bodyKind: 'json',
  upstreamPath: '/api/chat',
  readRequest,
  narrow: (ask) => ask.body,
  framing: (_ask, answerType) =>
    /^text\/event-stream\b/i.test(answerType)
      ? 'sse'
      : answerType.includes(LINES_MARK)
        ? 'lines'
        : 'bytes',
  openStream: (_ask, options) => uiEvents(options),
  readUsage: () => null,
  toolCallsIn: () => 0,
  conversation: { readAnswer: () => null, lastAnswer },
  anatomy: aiSdkUiAnatomy,
};
