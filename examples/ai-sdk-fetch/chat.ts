// The Vercel AI SDK through the gateway without an API key: the provider is given a `fetch` that
// proves every call. Run it with `node examples/ai-sdk-fetch/chat.ts "How heavy is it?"`.

import { createOpenAI } from '@ai-sdk/openai';
import { streamText } from 'ai';
import { createFetch } from '../../dist/client/index.js';

const gateway = process.env['WEIGHBRIDGE_GATEWAY'] ?? 'http://127.0.0.1:8787';
const protectedFetch = createFetch({ gateway, protect: ['/v1'] });

const openai = createOpenAI({
  baseURL: `${gateway}/v1`,
  // The package insists on a key; the gateway ignores what is not its own.
  apiKey: 'not-needed',
  fetch: protectedFetch,
});

// While somebody types: the challenge is fetched and its work is done.
await protectedFetch.prepare('/v1/chat/completions');

const { textStream } = streamText({
  model: openai.chat('gpt-4o-mini'),
  // The client tries once more by itself where that helps.
  maxRetries: 0,
  prompt: process.argv[2] ?? 'How heavy is the blue truck?',
  onError({ error }) {
    process.exitCode = 1;
    process.stderr.write(`${String(error)}\n`);
  },
});
for await (const words of textStream) process.stdout.write(words);
process.stdout.write('\n');
