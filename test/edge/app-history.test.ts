// What an app's own route remembers, through the real gateway: the newest turns, of stopped answers
// what had come, and nothing that an operator had forgotten. If this breaks, a bot answers to what
// was never said, or keeps what it was told to forget.

import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { inRoot } from '../../local/paths.ts';
import { APP, CLAUDE, SUPPORT } from '../support/app-policy.ts';
import { decisionOf, requestIdOf, spentOf, upstreamRequests } from '../support/chat.ts';
import { poll } from '../support/poll.ts';
import { expectProblem, heard } from '../support/problem.ts';
import { type MadeKey, startStack, type TestStack } from '../support/stack.ts';
import { idOf, lastHeard, type Saying, sentOf, type Talker, talker } from '../support/talking.ts';

let stack: TestStack;
let key: MadeKey;
let page: Talker;

beforeAll(async () => {
  stack = await startStack({ policyFile: inRoot('test/support/app-policy.ts') });
});

beforeEach(async () => {
  await stack.resetEmulator();
  await stack.script({ text: 'It is on its way.', chunkDelayMs: 0 });
  key = await stack.makeKey('support');
  page = talker(stack, key.key);
});

afterAll(() => stack.close());

const say = (path: string, said: Saying): Promise<string> => page.say(path, said);

const ANSWERED = 'assistant: It is on its way.';

describe('the history', () => {
  it('is the newest turns, and what was held covers the longest', async () => {
    await stack.script({ text: 'x'.repeat(700), chunkDelayMs: 0 });
    const id = await say(SUPPORT, { message: 'first' });
    for (let turn = 0; turn < 9; turn += 1) {
      await say(SUPPORT, { message: `${String(turn)}${'ö'.repeat(900)}`, conversationId: id });
    }
    const bodies = (await upstreamRequests(stack)).map(({ bodyText }) =>
      Buffer.byteLength(bodyText),
    );
    const [shortest = 0, ...others] = bodies;
    const last = await lastHeard(stack);
    expect(last).not.toContain('user: first');
    expect(last.length).toBeLessThanOrEqual(APP.historyTurnsMax * 2 + 1);
    for (const bytes of others) {
      expect(bytes).toBeLessThanOrEqual(shortest + APP.historyBytesMax + 1_000 * 2);
    }
    expect(Math.max(...others)).toBeGreaterThan(shortest + 4_000);
  });

  it('of a stopped answer is what had come, and of none that the question is not there', async () => {
    const id = await say(SUPPORT, { message: 'Hello' });
    await stack.script({ chunks: 400, chunkDelayMs: 20, text: 'word '.repeat(100) });
    const leave = new AbortController();
    const answer = await page.post(
      SUPPORT,
      { message: 'Tell me all', conversationId: id, stream: true },
      { signal: leave.signal },
    );
    const reader = answer.body?.getReader();
    for (let seen = ''; !seen.includes('word');) {
      seen += Buffer.from((await reader?.read())?.value ?? []).toString();
    }
    leave.abort();
    const left = await decisionOf(stack, requestIdOf(answer));
    expect(left.ending).toBe('caller-left');
    await stack.script({ text: 'Fine.', chunkDelayMs: 0 });
    await say(SUPPORT, { message: 'Go on', conversationId: id });
    const [, , question, stopped] = await lastHeard(stack);
    expect(question).toBe('user: Tell me all');
    expect(stopped).toMatch(/^assistant: (?:word )*w?o?r?d?$/);
    expect((stopped ?? '').length).toBeLessThan(400);
    // Nothing came: it is as if it had not been asked.
    await stack.script({ fault: '500' });
    expect((await page.post(SUPPORT, { message: 'lost', conversationId: id })).status).toBe(500);
    await stack.script({ text: 'Fine.', chunkDelayMs: 0 });
    await say(SUPPORT, { message: 'Still there?', conversationId: id });
    expect(await lastHeard(stack)).not.toContain('user: lost');
    expect(await lastHeard(stack)).toContain('user: Go on');
  });

  it.each([false, true])(
    'has the last turn in the instant of its end, 30 times (streamed: %s)',
    async (stream) => {
      let conversationId = await say(SUPPORT, { message: 'turn 0', stream });
      for (let turn = 1; turn <= 30; turn += 1) {
        conversationId = await say(SUPPORT, {
          message: `turn ${String(turn)}`,
          conversationId,
          stream,
        });
        const last = await lastHeard(stack);
        expect(last.slice(-3, -1)).toEqual([`user: turn ${String(turn - 1)}`, ANSWERED]);
      }
    },
  );

  it('has both of two calls at once, in the order in which they ended', async () => {
    const id = await say(SUPPORT, { message: 'Hello' });
    await stack.script({ text: 'slow', firstChunkDelayMs: 400, times: 1 });
    const slow = say(SUPPORT, { message: 'A', conversationId: id });
    await poll('the first is on its way', async () => (await stack.ledger()).openStreams === 1);
    await stack.script({ text: 'quick', chunkDelayMs: 0 });
    await say(SUPPORT, { message: 'B', conversationId: id });
    // The second did not see the first: that had no answer yet.
    expect(await lastHeard(stack)).toEqual(['user: Hello', ANSWERED, 'user: B']);
    await slow;
    await say(SUPPORT, { message: 'C', conversationId: id });
    expect((await lastHeard(stack)).slice(2)).toEqual([
      'user: B',
      'assistant: quick',
      'user: A',
      'assistant: slow',
      'user: C',
    ]);
  });

  it('survives a restart of the gateway', async () => {
    const id = await say(SUPPORT, { message: 'Hello' });
    await spentOf(stack, key.principal);
    await stack.restart();
    await say(SUPPORT, { message: 'Again', conversationId: id });
    expect(await lastHeard(stack)).toEqual(['user: Hello', ANSWERED, 'user: Again']);
  });

  it('is forgotten when an operator says so, and only then is the id refused', async () => {
    const id = await say(SUPPORT, { message: 'My name is Ada' });
    const other = await say(CLAUDE, { message: 'Mine too' });
    const where = `/conversations?principal=${encodeURIComponent(key.principal)}`;
    await say(SUPPORT, { message: 'And?', conversationId: id });
    expect(await stack.admin('DELETE', where)).toEqual({
      principal: key.principal,
      forgotten: 2,
    });
    expect(await stack.admin('DELETE', where)).toMatchObject({ forgotten: 0 });
    for (const [path, conversationId] of [
      [SUPPORT, id],
      [CLAUDE, other],
    ] as const) {
      const refused = await page.post(path, { message: 'Hello', conversationId });
      expect(refused.status).toBe(403);
    }
    expect(JSON.stringify(await sentOf(stack))).toContain('Ada');
    const bad = await fetch(`${stack.gatewayUrl}/_weighbridge/admin/conversations?principal=x`, {
      method: 'DELETE',
      headers: { Authorization: `Bearer ${stack.adminToken}` },
    });
    expect(bad.status).toBe(400);
  });

  it('that is not there gives the money back, and reaches nobody', async () => {
    const conversationId = 'A'.repeat(22);
    const refused = await page.post(SUPPORT, { message: 'Hello', conversationId });
    expectProblem(await heard(refused), 403, 'conversation_not_continued');
    expect(idOf(refused)).toBeNull();
    expect((await stack.ledger()).calls).toHaveLength(0);
    expect((await spentOf(stack, key.principal)).nanoUsd).toBe(0);
  });
});
