// The script tag in a real Chromium: where it solves, what it asks for, what it leaves alone, and
// what it can do without.

import { describe, expect, test } from 'vitest';
import { ask, CHALLENGE_PATH, openPage, useVisitor } from './visitor.ts';

const currentVisitor = useVisitor();

describe('the script tag', () => {
  test('solves in a worker made from the solver beside it, never on the page', async () => {
    const visitor = currentVisitor();
    const { stack, page } = visitor;
    await openPage(visitor);
    const worker = page.waitForEvent('worker');
    await ask(visitor, 'hello');
    expect((await worker).url()).toBe(`${stack.gatewayUrl}/_weighbridge/solver.js`);
  });

  test('asks for a challenge once; later ones come with the answers', async () => {
    const visitor = currentVisitor();
    const { asked } = visitor;
    await openPage(visitor);
    for (const words of ['one', 'two', 'three']) {
      expect(await ask(visitor, words)).toContain('given back');
    }
    expect(asked.length).toBe(1);
  });

  test('keeps the device over a reload, and another profile is another device', async () => {
    const visitor = currentVisitor();
    const { stack, context, page, asked } = visitor;
    await openPage(visitor);
    await ask(visitor, 'hello');
    await page.reload();
    await ask(visitor, 'hello again');
    expect(asked[0]?.['jkt']).toBe(asked[1]?.['jkt']);
    const stranger = await context.browser()?.newContext();
    const other = await stranger?.newPage();
    const question = other?.waitForRequest((request) => request.url().endsWith(CHALLENGE_PATH));
    await other?.goto(stack.gatewayUrl);
    await other?.locator('.ideas button').first().click();
    expect(JSON.parse((await question)?.postData() ?? '{}').jkt).toMatch(/^[\w-]{43}$/);
    expect((await question)?.postData()).not.toContain(asked[0]?.['jkt']);
    await stranger?.close();
  });

  for (const missing of ['indexedDB', 'Worker'] as const) {
    test(`works without ${missing}`, async () => {
      const visitor = currentVisitor();
      const { page } = visitor;
      await page.addInitScript((name) => {
        Object.defineProperty(globalThis, name, { get: () => undefined });
      }, missing);
      await openPage(visitor);
      expect(await ask(visitor, 'hello')).toContain('given back');
    });
  }

  test('leaves every other path alone', async () => {
    const visitor = currentVisitor();
    const { page, asked } = visitor;
    await openPage(visitor);
    const health = page.waitForRequest((request) => request.url().endsWith('/health'));
    await page.evaluate(() => fetch('/_weighbridge/health', { method: 'GET' }));
    expect(await (await health).allHeaders()).not.toHaveProperty('inference-proof');
    expect(asked).toEqual([]);
  });

  test('included twice does everything once', async () => {
    const visitor = currentVisitor();
    const { page } = visitor;
    await openPage(visitor);
    await page.evaluate(async () => {
      const tag = document.createElement('script');
      tag.src = '/_weighbridge/client.js';
      tag.dataset['protect'] = '/api/chat';
      const loaded = new Promise((resolve) => tag.addEventListener('load', resolve));
      document.head.append(tag);
      await loaded;
      const counts: string[] = [];
      Object.assign(window, { counts });
      addEventListener('weighbridge:proof', (event) => {
        counts.push(event instanceof CustomEvent ? String(event.detail.state) : '');
      });
    });
    await ask(visitor, 'hello');
    const states = await page.evaluate(() => Reflect.get(window, 'counts'));
    const count = (state: string): number => states.filter((one: string) => one === state).length;
    expect([count('challenge'), count('sent'), count('retry')]).toEqual([1, 1, 0]);
  });
});
