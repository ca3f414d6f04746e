// When a page asks for a challenge ahead of a call: when its visitor is about to send something,
// and at no other time.

import { describe, expect, test } from 'vitest';
import { PROTECTED, statesOf, untilPrepared, useSite } from './site.ts';

const currentSite = useSite();

const asked = (): number => currentSite().gateway.questions.length;
const post = (): Promise<number> =>
  currentSite().page.evaluate(
    async (path) => (await fetch(path, { method: 'POST', body: '{}' })).status,
    PROTECTED,
  );

/** Everything that was going to be done while the page is idle has been done. */
const untilIdle = (): Promise<unknown> =>
  currentSite().page.evaluate(
    () =>
      new Promise((resolve) =>
        requestIdleCallback(() => setTimeout(resolve, 0), { timeout: 1_000 }),
      ),
  );

describe('a visitor who', () => {
  test('types is prepared: the call they then make is only signed', async () => {
    const site = currentSite();
    await site.open();
    await site.page.locator('#words').pressSequentially('hello');
    await untilPrepared(site.page);
    expect(await post()).toBe(200);
    const states = (await statesOf(site.page)).map(({ state }) => state);
    expect(states.slice(0, 3)).toEqual(['challenge', 'prepared', 'sent']);
    expect(site.calls()).toMatchObject([{ proof: 'ok', ahead: true }]);
    expect(asked()).toBe(1);
  });

  test('types on and on costs one challenge', async () => {
    const site = currentSite();
    await site.open();
    await site.page.locator('#words').pressSequentially('a long question, a long question');
    await untilPrepared(site.page);
    await site.page.locator('#words').pressSequentially('and more');
    await untilIdle();
    expect(asked()).toBe(1);
  });

  test('clicks into a text field is prepared', async () => {
    const site = currentSite();
    await site.open();
    await site.page.locator('#words').click();
    await untilPrepared(site.page);
    expect(asked()).toBe(1);
  });

  test('only looks, clicks and presses keys elsewhere costs nothing', async () => {
    const site = currentSite();
    await site.open();
    await site.page.locator('#button').click();
    await site.page.keyboard.press('ArrowDown');
    await untilIdle();
    expect(asked()).toBe(0);
  });

  test('types where the page is hidden costs nothing', async () => {
    const site = currentSite();
    await site.open();
    await site.page.evaluate(() => {
      Object.defineProperty(document, 'visibilityState', { get: () => 'hidden' });
    });
    await site.page.locator('#words').pressSequentially('hello');
    await untilIdle();
    expect(asked()).toBe(0);
  });

  test('types without a network is prepared as soon as there is one', async () => {
    const site = currentSite();
    await site.open();
    await site.context.setOffline(true);
    await site.page.locator('#words').pressSequentially('hello');
    await untilIdle();
    expect(asked()).toBe(0);
    await site.context.setOffline(false);
    await untilPrepared(site.page);
    expect(asked()).toBe(1);
  });

  test('comes back after a long while is not sent with a stale challenge', async () => {
    const site = currentSite();
    await site.open();
    await site.page.locator('#words').pressSequentially('hello');
    await untilPrepared(site.page);
    await site.page.evaluate(() => {
      const now = Date.now.bind(Date);
      Date.now = () => now() + 85_000;
    });
    // Time alone costs nothing.
    await untilIdle();
    expect(asked()).toBe(1);
    expect(await post()).toBe(200);
    expect(asked()).toBe(2);
    expect(site.calls()).toMatchObject([{ proof: 'ok', ahead: false }]);
  });
});

describe('a page that', () => {
  test('says so in its tag is prepared when it is loaded', async () => {
    const site = currentSite();
    site.attributes = 'data-prepare="load"';
    await site.open();
    await untilPrepared(site.page);
    expect(asked()).toBe(1);
  });

  test('knows better than a text field may say so itself', async () => {
    const site = currentSite();
    await site.open();
    await site.page.evaluate(() => {
      const { weighbridge } = globalThis as unknown as {
        weighbridge: { prepare: (path: string) => Promise<void> };
      };
      return weighbridge.prepare('/api/chat');
    });
    expect(await post()).toBe(200);
    expect(site.calls()).toMatchObject([{ proof: 'ok', ahead: true }]);
  });

  test('puts the cursor somewhere by itself says nothing about its visitor', async () => {
    const site = currentSite();
    await site.page.addInitScript(() => {
      addEventListener('load', () => document.getElementById('words')?.focus());
    });
    await site.open();
    await untilIdle();
    expect(asked()).toBe(0);
    await site.page.keyboard.type('hello');
    await untilPrepared(site.page);
  });

  test('is left loads no solver and starts no worker before there is work', async () => {
    const site = currentSite();
    await site.open();
    await untilIdle();
    const paths = site.gateway.calls.map(({ path }) => path);
    expect(paths).toEqual(['/', '/_weighbridge/client.js']);
    expect(site.page.workers()).toEqual([]);
  });
});
