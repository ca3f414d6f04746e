// A limit in calls of tools, on the whole gateway: nobody knows beforehand how many an answer will
// make, so one is held, the truth is settled, and the next call is refused. What breaks if this
// fails: a limit that the policy names limits nothing.

import { expect, it } from 'vitest';
import { codeOf, IP, policyWith } from './gateway-harness.ts';
import policySource from '../support/policy.ts';
import { startStreaming } from './stream-harness.ts';

const tool = (name: string): object => ({ type: 'function', function: { name, parameters: {} } });
const called = (name: string): object => ({
  id: name,
  type: 'function',
  function: { name, arguments: '{}' },
});

it('holds one call of a tool, settles as many as there were, and refuses the next', async () => {
  const key = [...policySource.limits.key, { window: 'day' as const, toolCalls: 3 }];
  const policy = policyWith({ limits: { ...policySource.limits, key } });
  const streaming = await startStreaming({ policy });
  const { gateway } = streaming;
  let answered = ['find', 'sum'];
  gateway.answerWith(() =>
    Response.json({
      choices: [{ index: 0, message: { role: 'assistant', tool_calls: answered.map(called) } }],
      usage: { prompt_tokens: 9, completion_tokens: 4, total_tokens: 13 },
    }),
  );
  const ask = (tools: readonly object[]): Promise<Response> =>
    gateway.send({
      path: '/v1/chat/completions',
      headers: { Authorization: `Bearer ${streaming.key}` },
      ip: IP,
      body: JSON.stringify({
        model: 'gpt-4o-mini',
        messages: [{ role: 'user', content: 'hi' }],
        ...(tools.length === 0 ? {} : { tools }),
      }),
    });
  const usedOf = async (): Promise<number> =>
    (await streaming.counter(streaming.principal, 'toolCalls-day')).used;
  const tools = [tool('find'), tool('sum')];

  expect(await codeOf(await ask(tools))).toBe('ok');
  expect(await usedOf()).toBe(2);
  // A call that offers none uses none.
  answered = [];
  expect(await codeOf(await ask([]))).toBe('ok');
  expect(await usedOf()).toBe(2);
  answered = ['find', 'sum'];
  expect(await codeOf(await ask(tools))).toBe('ok');
  expect(await usedOf()).toBe(4);
  expect(await codeOf(await ask(tools))).toBe('over_quota');
  expect(await codeOf(await ask([]))).toBe('ok');
});
