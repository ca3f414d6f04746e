// The examples that use the SDK, against the real stack: they type-check against what is built, and
// the Vercel AI SDK runs as its README says. What breaks if this fails: the recipe a developer
// copies.

import { execFile } from 'node:child_process';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import type { ChatTransport, UIMessage } from 'ai';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { inRoot } from '../../local/paths.ts';
import { runExample } from '../support/example.ts';
import { startStack, type TestStack } from '../support/stack.ts';

let stack: TestStack;

beforeAll(async () => {
  stack = await startStack();
});
beforeEach(() => stack.resetEmulator());
afterAll(() => stack?.close());

type BuiltClient = { readonly createFetch: (options: object) => typeof fetch };
type Transport = {
  readonly createProtectedTransport: (options: object) => ChatTransport<UIMessage>;
};

/** By name at run time: what is built is not there when the types are checked. */
const load = async (...path: readonly string[]): Promise<unknown> =>
  import(pathToFileURL(inRoot(...path)).href);

test('they are right about the types of the SDK', async () => {
  const tsc = inRoot('node_modules', 'typescript', 'bin', 'tsc');
  const checked = promisify(execFile)(process.execPath, [tsc, '-p', inRoot('examples')]);
  await expect(checked.then(({ stdout }) => stdout)).resolves.toBe('');
});

test('streamText of the AI SDK is answered without a key, proven and billed once', async () => {
  await stack.script({ text: 'As heavy as nine elephants.' });
  const command = [
    process.execPath,
    inRoot('examples/ai-sdk-fetch/chat.ts'),
    'How heavy?',
  ] as const;
  const run = await runExample(command, { env: { WEIGHBRIDGE_GATEWAY: stack.gatewayUrl } });
  expect(run).toMatchObject({ code: 0, complaints: '', output: 'As heavy as nine elephants.\n' });
  expect((await stack.ledger()).calls).toMatchObject([{ endedBy: 'complete' }]);
});

test('the transport for useChat streams the words of an answer', async () => {
  await stack.script({ text: 'Nine elephants.' });
  const { createFetch } = (await load('dist', 'client', 'index.js')) as BuiltClient;
  const { createProtectedTransport } = (await load(
    'examples/ai-sdk-fetch/protected-transport.ts',
  )) as Transport;
  const gateway = stack.gatewayUrl;
  const transport = createProtectedTransport({
    gateway,
    model: 'gpt-4o-mini',
    fetch: createFetch({ gateway, protect: ['/v1'] }),
  });
  const stream = await transport.sendMessages({
    trigger: 'submit-message',
    chatId: '1',
    messageId: undefined,
    messages: [{ id: '1', role: 'user', parts: [{ type: 'text', text: 'How heavy?' }] }],
    abortSignal: undefined,
  });
  let words = '';
  for await (const part of stream as unknown as AsyncIterable<{ type: string; delta?: string }>) {
    if (part.type === 'error') throw new Error(JSON.stringify(part));
    words += part.delta ?? '';
  }
  expect(words).toBe('Nine elephants.');
  expect((await stack.ledger()).calls.length).toBe(1);
});

test('a gateway out of reach ends the program with an error', async () => {
  const command = [process.execPath, inRoot('examples/ai-sdk-fetch/chat.ts')] as const;
  const run = await runExample(command, { env: { WEIGHBRIDGE_GATEWAY: 'http://127.0.0.1:9' } });
  expect(run.code).toBe(1);
  expect(run.complaints).not.toBe('');
});
