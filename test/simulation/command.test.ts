// What the command says. Breaks if a failure could not be played again from its output alone.

import { expect, it } from 'vitest';
import { command } from '../../simulation/main.ts';
import { NAIVE_LEDGERS } from '../../simulation/naive/ledgers.ts';

async function said(
  args: readonly string[],
  makeLedger?: Parameters<typeof command>[2],
): Promise<{ status: number; text: string }> {
  const lines: string[] = [];
  const status = await command(args, (line) => lines.push(line), makeLedger);
  return { status, text: lines.join('\n') };
}

it('prints the command that plays a failure again, which fails the same way', async () => {
  const [naive] = NAIVE_LEDGERS;
  const { status, text } = await said(['--seed', '1', '--seeds', '6'], naive?.make);
  expect(status).toBe(1);
  const broken = /^BROKEN: (.*)$/m.exec(text)?.[1];
  const again = /^again: npm run simulate -- (.*)$/m.exec(text)?.[1]?.split(' ') ?? [];
  const replayed = await said(again, naive?.make);
  expect(replayed.status).toBe(1);
  expect(replayed.text).toContain(`BROKEN: ${String(broken)}`);
});

it('answers in JSON, and the same for the same seed but for its speed', async () => {
  const run = async (): Promise<Record<string, unknown>> => {
    const { text } = await said(['--seed', '3', '--events', '500', '--json']);
    const { eventsPerSecond: _speed, ...rest } = JSON.parse(text) as Record<string, unknown>;
    return rest;
  };
  const first = await run();
  expect(first['failure']).toBeNull();
  expect(await run()).toEqual(first);
});

it('refuses what is not a number, and explains itself', async () => {
  await expect(said(['--events', 'many'])).rejects.toThrow('whole number');
  expect((await said(['--help'])).text).toContain('--seed N');
});
