// A client that runs the tools that a model calls for as long as it is let, one history of messages
// long, without any ceiling of its own but one that no test should meet.

import type { TestStack } from './stack.ts';
import { CHAT, MODEL } from './chat.ts';
import { poll } from './poll.ts';

export const STEPS_TRIED_MAX = 24;

export type Message = Readonly<Record<string, unknown>>;

type Called = { readonly id: string; readonly function: { readonly name: string } };

export const RESEARCH = {
  type: 'function',
  function: { name: 'research', parameters: { type: 'object', properties: {} } },
};

export const user = (content: string): Message => ({ role: 'user', content });

/** One step, in one piece or streamed: the calls that a client could run now. */
export async function step(
  stack: TestStack,
  key: string,
  messages: readonly Message[],
  more: { readonly path?: string; readonly stream?: boolean; readonly body?: object } = {},
): Promise<{ status: number; code: string; calls: readonly Called[]; response: Response }> {
  const { path = CHAT, stream = false, body = {} } = more;
  const response = await fetch(`${stack.gatewayUrl}${path}`, {
    method: 'POST',
    headers: { Authorization: `Bearer ${key}`, 'Content-Type': 'application/json' },
    body: JSON.stringify({ model: MODEL, messages, tools: [RESEARCH], stream, ...body }),
  });
  const text = await response.text();
  if (!response.ok) {
    const { code } = JSON.parse(text) as { code: string };
    return { status: response.status, code, calls: [], response };
  }
  const calls = stream ? streamedCalls(text) : wholeCalls(text);
  return { status: 200, code: 'ok', calls, response };
}

type Choices = {
  readonly choices: readonly {
    readonly message?: { readonly tool_calls?: readonly Called[] };
    readonly delta?: { readonly tool_calls?: readonly Called[] };
  }[];
};

const wholeCalls = (text: string): readonly Called[] =>
  (JSON.parse(text) as Choices).choices.flatMap(({ message }) => message?.tool_calls ?? []);

const streamedCalls = (text: string): readonly Called[] =>
  text
    .split('\n\n')
    .filter((event) => event.startsWith('data: {'))
    .flatMap((event) => (JSON.parse(event.slice(6)) as Choices).choices)
    .flatMap(({ delta }) => delta?.tool_calls ?? [])
    .filter(({ id }) => typeof id === 'string' && id !== '');

/** What the next request repeats: the calls, and what came of each. */
export const turn = (calls: readonly Called[], found = 'nothing'): readonly Message[] => [
  {
    role: 'assistant',
    content: null,
    tool_calls: calls.map(({ id, function: { name } }) => ({
      id,
      type: 'function',
      function: { name, arguments: '{}' },
    })),
  },
  ...calls.map(({ id }) => ({ role: 'tool', tool_call_id: id, content: found })),
];

export type Loop = { readonly steps: number; readonly toolCalls: number; readonly end: string };

/** Goes on until it is refused, has nothing to call, or has had enough. */
export async function loopOn(
  stack: TestStack,
  key: string,
  start: readonly Message[],
  more: Parameters<typeof step>[3] & { readonly found?: string } = {},
): Promise<Loop> {
  const messages = [...start];
  let toolCalls = 0;
  for (let steps = 0; ; steps += 1) {
    if (steps === STEPS_TRIED_MAX) return { steps, toolCalls, end: 'never' };
    const { code, calls } = await step(stack, key, messages, more);
    if (code !== 'ok') return { steps, toolCalls, end: code };
    toolCalls += calls.length;
    if (calls.length === 0) return { steps: steps + 1, toolCalls, end: 'answer' };
    messages.push(...turn(calls, more.found));
  }
}

/** The emulator's bill, once nothing of it runs any more. */
export const bill = (stack: TestStack): ReturnType<TestStack['ledger']> =>
  poll('the end of every provider call', async () => {
    const ledger = await stack.ledger();
    const isOver = ledger.openStreams === 0 && ledger.calls.every((one) => one.endedAtMs !== null);
    return isOver ? ledger : null;
  });
