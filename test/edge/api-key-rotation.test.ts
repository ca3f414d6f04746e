// API keys that are rotated under their id, through the whole stack. What breaks if this fails:
// whoever rotates a key gets a fresh budget, a customer is cut off by a rotation, or a secret that
// leaked goes on.

import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type KeyDesk, keyDesk } from '../support/api-keys.ts';
import { chatBody, postChat, spentOf } from '../support/chat.ts';
import { poll } from '../support/poll.ts';
import { expectProblem, heard } from '../support/problem.ts';
import { startStack, type TestStack } from '../support/stack.ts';

let stack: TestStack;
let desk: KeyDesk;
beforeAll(async () => {
  stack = await startStack();
  desk = keyDesk(stack);
});
beforeEach(async () => {
  await stack.resetEmulator();
  await stack.script({ chunks: 3, chunkDelayMs: 0 });
});
afterAll(() => stack.close());

describe('a key that is rotated', () => {
  test('while calls run is never refused with either secret', async () => {
    const { id, key } = await desk.make();
    const statuses: number[] = [];
    const keys = [key];
    let isOver = false;
    const loop = async (at: number): Promise<void> => {
      for (let turn = 0; !isOver; turn += 1) {
        statuses.push(await desk.call(keys[(at + turn) % keys.length] ?? key));
      }
    };
    const loops = Promise.all([0, 1, 2, 3].map(loop));
    await poll('calls run', () => Promise.resolve(statuses.length > 8 ? true : null));
    const next = await desk.rotate(id);
    expect(next).toMatchObject({ id, principal: `key:${id}` });
    expect(next.key).not.toBe(key);
    keys.push(next.key);
    const before = statuses.length;
    await poll('both secrets call', () =>
      Promise.resolve(statuses.length > before + 16 ? true : null),
    );
    isOver = true;
    await loops;
    expect(new Set(statuses)).toEqual(new Set([200]));
  });

  test('without grace ends the old secret at once, and no stream that runs with it', async () => {
    const { id, key } = await desk.make();
    await stack.script({ chunks: 12, chunkDelayMs: 20 });
    const running = await postChat(stack, key, chatBody({ max_tokens: 200, stream: true }));
    const next = await desk.rotate(id, { graceSeconds: 0 });
    expect(next.previous).toBeNull();
    expect(await running.text()).toContain('[DONE]');
    await stack.script({ chunks: 3, chunkDelayMs: 0 });
    const before = await desk.forwarded();
    await desk.refused(await postChat(stack, key), 401, 'api_key_invalid', '"reason":"unknown"');
    expect(await desk.forwarded()).toBe(before);
    expect(await desk.call(next.key)).toBe(200);
  });

  test('goes on with what it has spent: rotating buys no fresh budget', async () => {
    const { id, key, principal } = await desk.make({ capUsd: '1' });
    expect(await desk.call(key)).toBe(200);
    const { nanoUsd: spent } = await spentOf(stack, principal);
    expect(spent).toBeGreaterThan(0);
    const next = await desk.rotate(id);
    expect((await stack.counter(principal, 'nanoUsd-lifetime')).used).toBe(spent);
    expect(await desk.call(next.key)).toBe(200);
    expect((await spentOf(stack, principal)).nanoUsd).toBe(2 * spent);
    await stack.setCap(principal, 'lifetime', 'nanoUsd', 2 * spent);
    const third = await desk.rotate(id);
    for (const one of [next.key, third.key]) {
      expectProblem(await heard(await postChat(stack, one)), 402, 'over_budget');
    }
  });

  test('is revoked with both secrets, and cannot be rotated then', async () => {
    const { id, key } = await desk.make();
    const next = await desk.rotate(id);
    await stack.admin('DELETE', `/keys/${id}`);
    for (const one of [key, next.key]) {
      await desk.refused(await postChat(stack, one), 401, 'api_key_invalid', '"reason":"revoked"');
    }
    await expect(desk.rotate(id)).rejects.toThrow('was revoked');
    await expect(desk.rotate('000000000000')).rejects.toThrow('404');
    await expect(desk.rotate('x')).rejects.toThrow('404');
  });

  test.each([-1, 0.5, 2_592_001, '60'])('has no grace of %j seconds', async (graceSeconds) => {
    const { id } = await desk.make();
    await expect(desk.rotate(id, { graceSeconds })).rejects.toThrow('graceSeconds');
  });
});
