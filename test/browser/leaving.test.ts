// A caller, a page or a network that goes away: at every stage the call ends as a `fetch` would, no
// challenge is wasted, and whoever comes back goes on.

import { describe, expect, test } from 'vitest';
import { PROTECTED, untilPrepared, useSite } from './site.ts';

const currentSite = useSite();

/** Posts from the page and says how that ended. */
const post = (): Promise<string> =>
  currentSite().page.evaluate(async (path) => {
    try {
      const response = await fetch(path, { method: 'POST', body: '{}' });
      return `${String(response.status)} ${await response.text()}`;
    } catch (error) {
      return String(error);
    }
  }, PROTECTED);

describe('leaving', () => {
  /** Posts, and leaves as soon as `when` is reported. */
  const leaveAt = (when: string): Promise<string> =>
    currentSite().page.evaluate(
      ([path, state]) => {
        const leaving = new AbortController();
        addEventListener('weighbridge:proof', (event) => {
          const { detail } = event as CustomEvent<{ state: string }>;
          if (detail.state === state) leaving.abort();
        });
        const init = { method: 'POST', body: '{}', signal: leaving.signal };
        return fetch(path, init).then(String, String);
      },
      [PROTECTED, when] as const,
    );

  for (const state of ['challenge', 'solving']) {
    test(`at "${state}" ends the call at once, and nothing is sent`, async () => {
      const site = currentSite();
      site.gateway.settings.bits = 21;
      await site.open();
      expect(await leaveAt(state)).toMatch(/^AbortError/);
      expect(site.calls()).toEqual([]);
    });
  }

  test('while the answer streams ends the stream, and the gateway sees it', async () => {
    const site = currentSite();
    let isGone = false;
    site.answer = (_call, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write('data: 1\n\n');
      response.on('close', () => {
        isGone = true;
      });
    };
    await site.open();
    const said = await site.page.evaluate(async (path) => {
      const leaving = new AbortController();
      const init = { method: 'POST', body: '{}', signal: leaving.signal };
      const reader = (await fetch(path, init)).body?.getReader();
      const first = await reader?.read();
      leaving.abort();
      const rest = await reader?.read().then(String, String);
      return `${new TextDecoder().decode(first?.value)} ${String(rest)}`;
    }, PROTECTED);
    expect(said).toMatch(/^data: 1\s+AbortError/);
    await expect.poll(() => isGone).toBe(true);
  });

  test('the page during a call ends the call, and the next page goes on as the same device', async () => {
    const site = currentSite();
    site.answer = (_call, response) => {
      response.writeHead(200);
      response.write('1');
    };
    await site.open();
    void post().catch(() => undefined);
    await expect.poll(() => site.calls().length).toBe(1);
    await site.open();
    site.answer = (_call, response) => void response.end('2');
    expect(await post()).toBe('200 2');
    const [before, after] = site.gateway.questions;
    expect(after?.asked['jkt']).toBe(before?.asked['jkt']);
  });

  test('the page after preparing still sends what it sends last', async () => {
    const site = currentSite();
    site.attributes = 'data-prepare="load"';
    await site.open();
    await untilPrepared(site.page);
    await site.page.evaluate((path) => {
      const init = { method: 'POST', body: '{"last":true}', keepalive: true };
      addEventListener('pagehide', () => void fetch(path, init));
    }, PROTECTED);
    await site.page.goto(`${site.gateway.url}/elsewhere`);
    await expect.poll(() => site.calls()).toMatchObject([{ proof: 'ok', ahead: true }]);
  });
});

describe('a network that comes and goes', () => {
  test('is a TypeError as fetch gives, wastes no challenge, and the next call goes on', async () => {
    const site = currentSite();
    await site.open();
    expect(await post()).toMatch(/^200/);
    await untilPrepared(site.page);
    await site.context.setOffline(true);
    expect(await post()).toBe('TypeError: Failed to fetch');
    await site.context.setOffline(false);
    expect(await post()).toMatch(/^200/);
    expect(site.gateway.questions.length).toBe(1);
    expect(site.calls().map(({ proof }) => proof)).toEqual(['ok', 'ok']);
  });
});

describe('a network that was not there from the start', () => {
  test('lets nothing in the page stay broken once it is there', async () => {
    const site = currentSite();
    await site.open();
    await site.context.setOffline(true);
    expect(await post()).toBe('TypeError: Failed to fetch');
    expect(await post()).toBe('TypeError: Failed to fetch');
    await site.context.setOffline(false);
    expect(await post()).toMatch(/^200/);
  });
});
