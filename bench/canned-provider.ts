// A provider with next to no cost of its own: it answers every request with bytes prepared
// beforehand, so that what is measured is the gateway. It understands Content-Length and nothing
// else.

import { createServer, type Socket } from 'node:net';

const JSON_BODY = JSON.stringify({
  id: 'chatcmpl-bench',
  object: 'chat.completion',
  created: 1_795_000_000,
  model: 'gpt-4o-mini',
  choices: [
    {
      index: 0,
      message: { role: 'assistant', content: 'Twelve tonnes, give or take a sparrow.' },
      finish_reason: 'stop',
    },
  ],
  usage: { prompt_tokens: 20, completion_tokens: 12, total_tokens: 32 },
});

const chunk = (delta: object, usage: object | null, choices = true): string =>
  `data: ${JSON.stringify({
    id: 'chatcmpl-bench',
    object: 'chat.completion.chunk',
    created: 1_795_000_000,
    model: 'gpt-4o-mini',
    choices: choices ? [{ index: 0, delta, finish_reason: null }] : [],
    usage,
  })}\n\n`;

export const STREAM_CHUNKS = 50;

const EVENTS = [
  ...Array.from({ length: STREAM_CHUNKS }, (_, index) =>
    chunk({ content: `word${String(index)} ` }, null),
  ),
  chunk({}, { prompt_tokens: 20, completion_tokens: STREAM_CHUNKS, total_tokens: 70 }, false),
  'data: [DONE]\n\n',
];

const httpChunk = (text: string): string => `${text.length.toString(16)}\r\n${text}\r\n`;

const JSON_ANSWER =
  'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n' +
  `Content-Length: ${String(JSON_BODY.length)}\r\n\r\n${JSON_BODY}`;

const STREAM_HEAD =
  'HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n';

function answer(socket: Socket, body: string): void {
  if (!body.includes('"stream":true')) {
    socket.write(JSON_ANSWER);
    return;
  }
  // Each event in a write of its own, as a provider sends them.
  socket.write(STREAM_HEAD);
  for (const event of EVENTS) socket.write(httpChunk(event));
  socket.write('0\r\n\r\n');
}

function serve(socket: Socket): void {
  socket.setNoDelay(true);
  let pending = '';
  socket.on('data', (data) => {
    pending += data.toString('latin1');
    for (;;) {
      const head = pending.indexOf('\r\n\r\n');
      if (head < 0) return;
      const length = Number(/\r\ncontent-length: *(\d+)/i.exec(pending.slice(0, head))?.[1] ?? 0);
      const end = head + 4 + length;
      if (pending.length < end) return;
      answer(socket, pending.slice(head + 4, end));
      pending = pending.slice(end);
    }
  });
  socket.on('error', () => socket.destroy());
}

export async function startCannedProvider(): Promise<{ url: string; close(): void }> {
  const server = createServer(serve);
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', 1_024, () => {
      resolve();
    });
  });
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return { url: `http://127.0.0.1:${String(port)}`, close: () => server.close() };
}
