// Several tabs of one site, and pages that come back from the back/forward cache: one device, each
// tab with challenges of its own, nothing shared that can be spent twice.

import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { PROTECTED, untilPrepared, useSite } from './site.ts';

const currentSite = useSite();

const post = (page: Page): Promise<number> =>
  page.evaluate(
    async (path) => (await fetch(path, { method: 'POST', body: '{}' })).status,
    PROTECTED,
  );

test('two tabs that start together are one device, and both go on', async () => {
  const site = currentSite();
  const tabs = [site.page, await site.context.newPage(), await site.context.newPage()];
  await Promise.all(tabs.map((tab) => site.open(tab)));
  // Nobody has a key yet: all of them make one at once.
  expect(await Promise.all(tabs.map(post))).toEqual([200, 200, 200]);
  expect(await Promise.all(tabs.map(post))).toEqual([200, 200, 200]);
  const devices = new Set(site.gateway.questions.map(({ asked }) => asked['jkt']));
  expect(devices.size).toBe(1);
  expect([...devices][0]).toMatch(/^[\w-]{43}$/);
  const calls = site.calls();
  expect(calls.map(({ proof }) => proof)).toEqual(calls.map(() => 'ok'));
  expect(new Set(calls.map(({ nonce }) => nonce)).size).toBe(6);
});

test('the same with a read and a write apart would end with as many keys as tabs', async () => {
  const site = currentSite();
  await site.open();
  const count = await site.page.evaluate(async () => {
    const done = <Value>(request: IDBRequest<Value>): Promise<Value> =>
      new Promise((resolve) => {
        request.addEventListener('success', () => resolve(request.result));
      });
    const opening = indexedDB.open('naive');
    opening.onupgradeneeded = () => opening.result.createObjectStore('keys');
    const database = await done(opening);
    const store = (mode: IDBTransactionMode): IDBObjectStore =>
      database.transaction('keys', mode).objectStore('keys');
    const keys = await Promise.all(
      [1, 2, 3].map(async (own) => {
        const kept: unknown = await done(store('readonly').get('owner'));
        if (kept !== undefined) return kept;
        await done(store('readwrite').put(own, 'owner'));
        return own;
      }),
    );
    return new Set(keys).size;
  });
  expect(count).toBe(3);
});

test('the key cannot be read out of the page that has it', async () => {
  const site = currentSite();
  await site.open();
  await post(site.page);
  const said = await site.page.evaluate(async () => {
    const opening = indexedDB.open('weighbridge');
    await new Promise((resolve) => (opening.onsuccess = resolve));
    const reading = opening.result.transaction('device-keys').objectStore('device-keys').getAll();
    await new Promise((resolve) => (reading.onsuccess = resolve));
    const [pair] = reading.result as CryptoKeyPair[];
    if (pair === undefined) return 'no key';
    const exported = crypto.subtle.exportKey('jwk', pair.privateKey);
    return exported.then(
      () => 'exported',
      (error: unknown) => String(error),
    );
  });
  expect(said).toMatch(/^InvalidAccessError/);
});

test('a page that comes back from the back/forward cache goes on, its workers ended', async () => {
  const site = currentSite();
  const { page } = site;
  await site.open();
  await post(page);
  await untilPrepared(page);
  await page.evaluate(() => {
    addEventListener('pageshow', ({ persisted }) => Object.assign(globalThis, { persisted }));
  });
  expect(page.workers().length).toBeGreaterThan(0);
  await page.goto(`${site.gateway.url}/elsewhere`);
  expect(page.workers()).toEqual([]);
  // The page is not loaded again, so there is no `load` to wait for.
  await page.goBack({ waitUntil: 'commit' });
  const persisted = await page.evaluate(() => Reflect.get(globalThis, 'persisted') as unknown);
  // The point of it: this is the same page, not another one.
  expect(persisted).toBe(true);
  expect(await post(page)).toBe(200);
  expect(await post(page)).toBe(200);
  expect(site.gateway.questions.length).toBe(1);
  expect(site.calls().map(({ proof }) => proof)).toEqual(['ok', 'ok', 'ok']);
});
