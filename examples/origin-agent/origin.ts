// An app's own server behind the gateway: an agent with tools, which makes its model calls through
// the gateway with the grant of the request it is answering. Its loop may run as wild as it likes:
// what the gateway held for this request is the most it can spend. Without a good grant it serves
// nobody.
//
//   APP_GRANT_SECRET=… node examples/origin-agent/origin.ts

import { createOpenAI } from '@ai-sdk/openai';
import { serve } from '@hono/node-server';
import { convertToModelMessages, stepCountIs, streamText, tool, type UIMessage } from 'ai';
import { Hono } from 'hono';
import { jwtVerify } from 'jose';
import * as z from 'zod';
import { reportNothing } from './report-nothing.ts';

const gateway = process.env['WEIGHBRIDGE_GATEWAY'] ?? 'http://127.0.0.1:8787';
const realm = process.env['WEIGHBRIDGE_REALM'] ?? 'weighbridge.local';
const secret = Buffer.from(process.env['APP_GRANT_SECRET'] ?? '', 'base64url');
const port = Number(process.env['PORT'] ?? '3000');

/** Says how warm it is; a real one would ask somebody. */
const weather = tool({
  description: 'The weather in a city',
  inputSchema: z.object({ city: z.string() }),
  execute: ({ city }) => ({ city, celsius: 11 }),
});

const app = new Hono();

app.post('/api/agent', async (c) => {
  const grant = c.req.header('Weighbridge-Grant') ?? '';
  // Whoever has no grant did not come through the gateway, and nothing is held for them.
  const verified = await jwtVerify(grant, secret, {
    algorithms: ['HS256'],
    typ: 'weighbridge-grant+jwt',
    issuer: realm,
    audience: 'app',
  }).catch(() => null);
  if (verified === null) return c.json({ error: 'Only the gateway may ask.' }, 401);

  const { messages } = await c.req.json<{ messages: UIMessage[] }>();
  let steps = 0;
  const provider = createOpenAI({
    baseURL: `${gateway}/_weighbridge/provider/openai/v1`,
    apiKey: grant,
  });
  // What ended before its first step has used nothing, and the gateway cannot know that.
  const unused = (): Promise<void> | undefined =>
    steps === 0 ? reportNothing(gateway, grant) : undefined;
  const result = streamText({
    model: provider.chat('gpt-4o-mini'),
    instructions: 'Answer with the help of the tools you have.',
    messages: await convertToModelMessages(messages),
    tools: { weather },
    stopWhen: stepCountIs(20),
    abortSignal: c.req.raw.signal,
    onStepEnd: () => {
      steps += 1;
    },
    onAbort: unused,
    onError: unused,
  });
  return result.toUIMessageStreamResponse({
    onError: (cause) => (cause instanceof Error ? cause.message : 'The agent stopped.'),
  });
});

serve({ fetch: app.fetch, port, hostname: '127.0.0.1' }, (info) => {
  console.log(`ready http://127.0.0.1:${String(info.port)}`);
});
