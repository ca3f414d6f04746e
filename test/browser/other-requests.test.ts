// What a page with the script tag sends that cannot carry a proof, or need not: the first is
// refused in words, the second is the platform's own business.

import { describe, expect, test } from 'vitest';
import { sendJson } from '../client/proof-gateway.ts';
import { PROTECTED, statesOf, useSite } from './site.ts';

const currentSite = useSite();

describe('what cannot carry a proof', () => {
  test('a synchronous request is refused with an error that says so', async () => {
    const site = currentSite();
    await site.open();
    const said = await site.page.evaluate((path) => {
      try {
        new XMLHttpRequest().open('POST', path, false);
        return 'opened';
      } catch (error) {
        return String(error);
      }
    }, PROTECTED);
    expect(said).toMatch(/InvalidAccessError.*synchronous/);
    expect(await statesOf(site.page)).toMatchObject([{ state: 'refused', by: 'synchronous' }]);
    expect(site.calls()).toEqual([]);
  });

  test('a beacon to a protected path is not sent, and another one is', async () => {
    const site = currentSite();
    await site.open();
    const sent = await site.page.evaluate(
      (path) => [navigator.sendBeacon(path, 'x'), navigator.sendBeacon('/beacon', 'x')],
      PROTECTED,
    );
    expect(sent).toEqual([false, true]);
    expect(await statesOf(site.page)).toMatchObject([{ state: 'refused', by: 'beacon' }]);
    await expect.poll(() => site.gateway.calls.some(({ path }) => path === '/beacon')).toBe(true);
    expect(site.calls()).toEqual([]);
  });
});

describe('every other request', () => {
  test('is the platform’s own, synchronous ones included', async () => {
    const site = currentSite();
    await site.open();
    const text = await site.page.evaluate(() => {
      const xhr = new XMLHttpRequest();
      xhr.open('POST', '/elsewhere', false);
      xhr.send('x');
      const own = Object.getOwnPropertyNames(xhr);
      return `${xhr.responseText} ${own.join()}`;
    });
    expect(text).toBe('{"path":"/elsewhere"} ');
    expect(site.gateway.questions).toEqual([]);
  });

  test('may be sent with an object that was protected before', async () => {
    const site = currentSite();
    await site.open();
    const states = await site.page.evaluate(async (path) => {
      const xhr = new XMLHttpRequest();
      const get = (address: string): Promise<number> => {
        xhr.open('POST', address);
        xhr.send('x');
        return new Promise((resolve) => (xhr.onload = () => resolve(xhr.status)));
      };
      return [await get(path), await get('/elsewhere'), await get(path)];
    }, PROTECTED);
    expect(states).toEqual([200, 200, 200]);
    expect(site.calls().map(({ proof }) => proof)).toEqual(['ok', 'ok']);
  });

  test('without a body is proven only if the gateway asks', async () => {
    const site = currentSite();
    site.answer = (call, response) => sendJson(response, { method: call.method });
    await site.open();
    const status = await site.page.evaluate(async (path) => {
      const xhr = new XMLHttpRequest();
      xhr.open('GET', `${path}/history`);
      xhr.send();
      return new Promise((resolve) => (xhr.onload = () => resolve(xhr.status)));
    }, PROTECTED);
    expect(status).toBe(200);
    expect(site.calls().map(({ proof }) => proof)).toEqual(['none', 'ok']);
  });
});
