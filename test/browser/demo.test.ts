// The demo page in a real Chromium, against the built worker and the emulator: what a visitor sees,
// and what the provider bills for it.

import { describe, expect, test } from 'vitest';
import { poll } from '../support/poll.ts';
import { ask, lastAnswer, openPage, say, useVisitor } from './visitor.ts';

const currentVisitor = useVisitor();

/** Integer arithmetic on the text itself: `$0.000123` is 123,000 nano-dollars. */
function nanoUsd(text: string | null): bigint {
  const [, whole = '', fraction = ''] = /\$(\d+)\.(\d{2,9})/.exec(text ?? '') ?? [];
  return BigInt(whole + fraction.padEnd(9, '0'));
}

describe('a visitor', () => {
  test('gets a streamed answer and is shown exactly what the provider billed', async () => {
    const visitor = currentVisitor();
    const { stack, page } = visitor;
    await stack.script({ text: 'A scale in the ground, for lorries.' });
    await openPage(visitor);
    expect(await ask(visitor, 'What is a weighbridge?')).toContain(
      'A scale in the ground, for lorries.',
    );
    const ledger = await stack.ledger();
    const price = await page.locator('.verdict strong').textContent();
    expect(nanoUsd(price)).toBe(BigInt(ledger.billedNanoUsd));
    const ticket = await page.locator('.ticket').innerText();
    expect(ticket).toMatch(/of \$[\d.]+ held, \$[\d.]+ given back/);
    expect(ticket).toMatch(/\d+ in, \d+ out/);
    expect(ticket).toContain('by the provider');
    expect(ticket).toMatch(/\d+ ms( ahead)?, [\d,]+ hashes/);
    expect(ticket).toMatch(/Request\s+\S{8,}/);
  });

  test('sees the budget left, and it shrinks', async () => {
    const visitor = currentVisitor();
    const { page } = visitor;
    await openPage(visitor);
    await ask(visitor, 'one');
    const before = await page.locator('#budget-text').innerText();
    expect(before).toMatch(/^\$[\d.]+ of \$[\d.]+ left, resets /);
    await ask(visitor, 'two');
    expect(nanoUsd(await page.locator('#budget-text').innerText())).toBeLessThan(nanoUsd(before));
  });

  test('is told that the message is being weighed, then reads words as they come', async () => {
    const visitor = currentVisitor();
    const { stack, page } = visitor;
    await stack.script({ chunks: 40, chunkDelayMs: 25, text: 'word '.repeat(40) });
    await openPage(visitor);
    await say(visitor, 'slowly please');
    await page.locator('.weighing', { hasText: 'Weigh' }).waitFor();
    await page.locator('.words', { hasText: 'word word' }).last().waitFor();
    expect(await page.locator('#conversation').getAttribute('aria-busy')).toBe('true');
    await lastAnswer(visitor);
    expect(await page.locator('#conversation').getAttribute('aria-busy')).toBe('false');
  });

  test('who types is weighed ahead, is told so, and the message goes at once', async () => {
    const visitor = currentVisitor();
    const { page, asked } = visitor;
    await openPage(visitor);
    await page.locator('#message').pressSequentially('hello');
    await page.locator('#hint', { hasText: 'Weighed ahead' }).waitFor({ state: 'attached' });
    await page.keyboard.press('Enter');
    expect(await lastAnswer(visitor)).toMatch(/\d+ ms ahead, [\d,]+ hashes/);
    expect(asked.map(({ bind }) => bind)).toEqual(['signature']);
    // The answer has brought the next one.
    await page.locator('#hint', { hasText: 'Weighed ahead' }).waitFor({ state: 'attached' });
  });

  test('stops an answer, and the provider stops with it', async () => {
    const visitor = currentVisitor();
    const { stack, page } = visitor;
    await stack.script({ chunks: 400, chunkDelayMs: 50, text: 'word '.repeat(400) });
    await openPage(visitor);
    await say(visitor, 'go on forever');
    await page.locator('.words', { hasText: 'word' }).last().waitFor();
    await page.keyboard.press('Escape');
    expect(await lastAnswer(visitor)).toContain('Stopped');
    const call = await poll('the provider to notice', async () => {
      const visitor = currentVisitor();
      const { stack } = visitor;
      const { openStreams, calls } = await stack.ledger();
      return openStreams === 0 && calls[0];
    });
    expect(call).toMatchObject({ endedBy: 'client-abort' });
  });

  test('keeps the thread: the second question carries the first and its answer', async () => {
    const visitor = currentVisitor();
    const { stack, page } = visitor;
    await stack.script({ text: 'First answer.' });
    await openPage(visitor);
    await ask(visitor, 'First question');
    const second = page.waitForRequest((request) => request.url().endsWith('/api/chat'));
    await ask(visitor, 'Second question');
    const { messages } = JSON.parse((await second).postData() ?? '{}');
    expect(messages.map((message: { content: string }) => message.content)).toEqual([
      'First question',
      'First answer.',
      'Second question',
    ]);
  });

  test('never has to scroll sideways on a small screen', async () => {
    const visitor = currentVisitor();
    const { stack, page } = visitor;
    await stack.script({ text: `\`\`\`\n${'long'.repeat(100)}\n\`\`\`\n${'wide'.repeat(100)}` });
    await openPage(visitor);
    await ask(visitor, 'x'.repeat(300));
    const sideways = await page.evaluate(
      () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
    );
    expect(sideways).toBe(0);
  });
});

describe('a refusal is explained in words', () => {
  test('a used-up budget says so, says when, and nothing is billed', async () => {
    const visitor = currentVisitor();
    const { stack, asked } = visitor;
    await openPage(visitor);
    await ask(visitor, 'hello');
    await stack.setCap(`device:${String(asked[0]?.['jkt'])}`, 'day', 'nanoUsd', 1);
    await stack.resetEmulator();
    const said = await ask(visitor, 'more');
    expect(said).toContain('Budget used up');
    expect(said).toContain('Come back when the budget resets');
    expect(said).not.toMatch(/[{}]/);
    expect((await stack.ledger()).calls).toEqual([]);
  });

  for (const [fault, words] of [
    ['500', 'pick another model'],
    ['cut', 'The answer broke off'],
  ] as const) {
    test(`a provider that fails (${fault}) is named, and there is a way to go on`, async () => {
      const visitor = currentVisitor();
      const { stack, page } = visitor;
      await stack.script({ fault, times: 1 });
      await openPage(visitor);
      const said = await ask(visitor, 'hello');
      expect(said).toContain(words);
      expect(said).not.toMatch(/[{}]/);
      await stack.script({ text: 'All well.' });
      await page.getByRole('button', { name: 'Try again' }).click();
      await page.locator('.words', { hasText: 'All well.' }).waitFor();
    });
  }

  test('a gateway out of reach is not the visitor’s riddle', async () => {
    const visitor = currentVisitor();
    const { context } = visitor;
    await openPage(visitor);
    await context.setOffline(true);
    expect(await ask(visitor, 'hello')).toContain('The gateway cannot be reached');
  });
});
